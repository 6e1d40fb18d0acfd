/*
 * errors.h
 *		The catalogue of everything Veza refuses, in one list.
 *
 * VZ_ERROR(symbol, sqlstate, http status, message, hint, hint in psql)
 *
 * The symbol is the stable code that clients see (error.code). The message
 * is the sentence shown to a user over HTTP; psql shows the same one in
 * PostgreSQL's style (lower case, no full stop). The hint is the next step
 * when the refusal itself names none; the hint in psql is NULL where the same
 * words help a DBA. The list includes no server header, so
 * that veza-httpd can refuse by the same catalogue when no database answers.
 */
#ifndef VEZA_ERRORS_H
#define VEZA_ERRORS_H

#include <stddef.h>

#define VZ_ERROR_CATALOGUE(VZ_ERROR) \
	/* requests */ \
	VZ_ERROR(VALIDATION_ERROR, "VZ001", 400, "Some fields are missing or wrong.", \
			 "Correct the fields named in details and send the request again.", \
			 "Correct the arguments named in DETAIL and call the function again.") \
	VZ_ERROR(MALFORMED_JSON, "VZ002", 400, "The request body is not valid JSON.", \
			 "Send one JSON object, with every name at most once.", NULL) \
	VZ_ERROR(MALFORMED_REQUEST, "VZ003", 400, "The request is malformed.", \
			 "Send a well-formed HTTP/1.1 request.", NULL) \
	VZ_ERROR(ROUTE_NOT_FOUND, "VZ004", 404, "There is nothing at this address.", \
			 "See /openapi.json for the addresses that exist.", NULL) \
	VZ_ERROR(METHOD_NOT_ALLOWED, "VZ005", 405, "This address does not answer that method.", \
			 "Use one of the methods named in the Allow header.", NULL) \
	VZ_ERROR(REQUEST_BODY_TIMEOUT, "VZ006", 408, "The request took too long to arrive.", \
			 "Send the request again over a faster connection.", NULL) \
	VZ_ERROR(PAYLOAD_TOO_LARGE, "VZ007", 413, "The request body is too large.", \
			 "Send a smaller body; details.limit_bytes is the limit.", NULL) \
	VZ_ERROR(URI_TOO_LONG, "VZ008", 414, "The address is too long.", \
			 "Shorten the address.", NULL) \
	VZ_ERROR(UNSUPPORTED_MEDIA_TYPE, "VZ009", 415, "The request body is of another type than is asked for here.", \
			 "Send JSON with the header Content-Type: application/json, or where a file is asked for, a form or the file itself.", NULL) \
	VZ_ERROR(EXPECTATION_FAILED, "VZ010", 417, "The Expect header asks for something this server does not do.", \
			 "Send only Expect: 100-continue, or no Expect header.", NULL) \
	VZ_ERROR(HEADERS_TOO_LARGE, "VZ011", 431, "The request headers are too large.", \
			 "Send fewer or shorter headers.", NULL) \
	VZ_ERROR(INTERNAL_ERROR, "VZ012", 500, "Something went wrong on our side.", \
			 "Try again; if it persists, report the request id.", NULL) \
	VZ_ERROR(NOT_IMPLEMENTED, "VZ013", 501, "This server does not implement that.", \
			 "Use a standard method and no transfer coding but chunked.", NULL) \
	VZ_ERROR(SERVER_BUSY, "VZ014", 503, "The server is busy.", \
			 "Wait for the time in Retry-After and try again.", \
			 "Wait a second and call it again.") \
	VZ_ERROR(DATABASE_UNAVAILABLE, "VZ015", 503, "The database cannot be reached.", \
			 "Wait for the time in Retry-After and try again; what was acknowledged is safe.", NULL) \
	VZ_ERROR(SCHEMA_NOT_READY, "VZ016", 503, "The database schema is not ready.", \
			 "Run CALL veza.migrate(); as a member of veza_owner.", NULL) \
	VZ_ERROR(REQUEST_TIMEOUT, "VZ017", 504, "The request took too long and was cancelled.", \
			 "Try again; nothing of the cancelled request was kept.", NULL) \
	VZ_ERROR(HTTP_VERSION_NOT_SUPPORTED, "VZ018", 505, "This HTTP version is not supported.", \
			 "Use HTTP/1.1.", NULL) \
	VZ_ERROR(RATE_LIMIT_EXCEEDED, "VZ019", 429, "Too many requests.", \
			 "Wait for the time in Retry-After and try again.", \
			 "Wait for the retry_after seconds of DETAIL and call it again.") \
	/* the floor: transitions, procedures, migrations */ \
	VZ_ERROR(INVALID_TRANSITION, "VZ020", 409, "This cannot be done in the present state.", \
			 "See details.allowed for what can be done now.", \
			 "DETAIL says what can be done now; veza.state_machine has every arrow.") \
	VZ_ERROR(STATE_COLUMN_GUARDED, "VZ021", 409, "A state changes only through its state machine.", \
			 "See veza.state_machine for the transitions and the functions that make them.", NULL) \
	VZ_ERROR(APPEND_ONLY, "VZ022", 409, "This table is append-only.", \
			 "Write a new row; what happened is never altered.", NULL) \
	VZ_ERROR(COMMITTING_PROCEDURE, "VZ023", 409, "This procedure commits its own steps and cannot run inside a transaction block.", \
			 "Run CALL alone, outside BEGIN ... COMMIT and outside of functions.", NULL) \
	VZ_ERROR(MIGRATION_MISPLACED, "VZ024", 409, "Migrations cannot run inside an extension script.", \
			 "Run CALL veza.migrate(); after CREATE EXTENSION or ALTER EXTENSION.", NULL) \
	VZ_ERROR(MIGRATION_CHANGED, "VZ025", 409, "A migration that was applied here has changed since.", \
			 "Install the extension version that this database was migrated with, or a later one.", NULL) \
	VZ_ERROR(DEPENDENT_VIEW, "VZ026", 409, "A view of yours depends on a view that must be re-created.", \
			 "Drop the view named in details, do the same once more, and create it again.", \
			 "Drop the view named in DETAIL, do the same once more, and create it again.") \
	VZ_ERROR(SETTING_INVALID, "VZ027", 422, "A setting cannot have this value.", \
			 "See veza.setting for the settings and what they may be.", NULL) \
	VZ_ERROR(OWNER_CHANGED, "VZ060", 409, "What belongs to veza_owner belongs to somebody else.", \
			 "Ask the operators.", \
			 "A restore with --no-owner leaves this behind: run SELECT veza.adopt(); as a superuser, then CALL veza.migrate();") \
	VZ_ERROR(SERVICE_MISCONFIGURED, "VZ061", 503, "This service is not configured properly.", \
			 "Try again later; the operators find the reason in the log.", NULL) \
	VZ_ERROR(IDEMPOTENCY_CONFLICT, "VZ029", 409, "A request with this Idempotency-Key is under way.", \
			 "Wait for the time in Retry-After and repeat the same request.", \
			 "Wait until the first one has ended.") \
	VZ_ERROR(IDEMPOTENCY_KEY_REUSED, "VZ030", 422, "This Idempotency-Key was used for another request.", \
			 "Use a new key for a new request, or repeat the first one unchanged.", \
			 "Calls in psql carry no key.") \
	VZ_ERROR(CSRF_INVALID, "VZ031", 403, "The CSRF token is missing or wrong.", \
			 "Get one with GET /api/v1/csrf-token and send it as X-CSRF-Token, or authenticate with Authorization: Bearer.",\
			 "Requests in psql need none.") \
	VZ_ERROR(UPLOAD_BUSY, "VZ036", 503, "Too many files are being uploaded.", \
			 "Wait for the time in Retry-After and try again.", NULL) \
	VZ_ERROR(UPLOAD_FAILED, "VZ037", 503, "The file could not be stored.", \
			 "Try again later; an operator finds the reason in the log of veza-httpd.", NULL) \
	VZ_ERROR(UPLOAD_MALFORMED, "VZ038", 400, "The upload is malformed.", \
			 "Send multipart/form-data with one file, or the file itself with its own Content-Type.", NULL) \
	VZ_ERROR(IMAGE_UNSUPPORTED, "VZ039", 415, "This is no image that we can show.", \
			 "Send a PNG, JPEG, WebP or GIF file.", NULL) \
	VZ_ERROR(IMAGE_TOO_LARGE, "VZ040", 422, "The image has too many pixels.", \
			 "Scale it down to details.limit_pixels on each side.", \
			 "Scale it down to the limit_pixels of DETAIL on each side.") \
	VZ_ERROR(AUDIO_UNSUPPORTED, "VZ048", 415, "This is no audio that we can play.", \
			 "Send a WAV, AIFF, FLAC, MP3, AAC, M4A, Ogg Vorbis or Opus file.", NULL) \
	VZ_ERROR(SCANNER_UNAVAILABLE, "VZ050", 503, "Files cannot be checked for viruses at the moment.", \
			 "Wait for the time in Retry-After and try again.", \
			 "Look at the log of clamd and at CLAMAV_ADDRESS of veza-httpd.") \
	VZ_ERROR(UPLOAD_NOT_FOUND, "VZ051", 404, "There is no such upload.", \
			 "It has ended or expired: begin a new one.", NULL) \
	VZ_ERROR(UPLOAD_OFFSET_CONFLICT, "VZ052", 409, "The upload has got another number of bytes.", \
			 "Ask for Upload-Offset with HEAD, and go on from there.", NULL) \
	VZ_ERROR(UPLOAD_LOCKED, "VZ053", 423, "Another request is sending this file.", \
			 "Wait until it has ended and ask for Upload-Offset with HEAD.", NULL) \
	VZ_ERROR(UPLOAD_CHECKSUM_MISMATCH, "VZ054", 460, "What has come is not what was sent.", \
			 "Send the same bytes once more.", NULL) \
	VZ_ERROR(TUS_VERSION_UNSUPPORTED, "VZ055", 412, "This version of tus is not spoken here.", \
			 "Send Tus-Resumable: 1.0.0.", NULL) \
	VZ_ERROR(RANGE_NOT_SATISFIABLE, "VZ049", 416, "The file has no such bytes.", \
			 "Ask for bytes below the size in Content-Range, or for the whole file without Range.", NULL) \
	VZ_ERROR(PRECONDITION_FAILED, "VZ028", 412, "This has been changed since you read it.", \
			 "Read it again and repeat your change with the new ETag in If-Match.", \
			 "Calls in psql name no version.") \
	VZ_ERROR(ISOLATION_UNSUITABLE, "VZ047", 503, "The transaction has an isolation level that this cannot run in.", \
			 "An operator must take back the setting default_transaction_isolation; see docs/dba.md.", \
			 "Run it with READ COMMITTED: SET default_transaction_isolation = 'read committed';") \
	/* accounts */ \
	VZ_ERROR(AUTH_REQUIRED, "VZ100", 401, "Authentication is required.", \
			 "Log in with POST /api/v1/auth/login and send Authorization: Bearer <access_token>.", "Run SELECT veza.act_as(account, reason); first: a username or an id.") \
	VZ_ERROR(AUTH_TOKEN_INVALID, "VZ101", 401, "The access token is not valid.", \
			 "Log in again.", \
			 "Run SELECT veza.act_as(account, reason); functions in psql take no access token.") \
	VZ_ERROR(AUTH_TOKEN_EXPIRED, "VZ102", 401, "The access token has expired.", \
			 "Renew it with POST /api/v1/auth/refresh.", NULL) \
	VZ_ERROR(AUTH_INVALID_CREDENTIALS, "VZ103", 401, "The e-mail address or the password is wrong.", \
			 "Check both, use the username while the address is not confirmed, or reset the password.", \
			 "Check both; SELECT veza.act_as(account, reason); needs no password.") \
	VZ_ERROR(AUTH_REFRESH_TOKEN_INVALID, "VZ104", 401, "The refresh token is not valid.", \
			 "Log in again.", \
			 "SELECT veza.auth_login(email, password); gives a new one.") \
	VZ_ERROR(AUTH_INSUFFICIENT_PERMISSIONS, "VZ105", 403, "Your role does not allow this.", \
			 "Ask an administrator for the role named in details.", \
			 "Act as an account with the role named in DETAIL: SELECT veza.act_as(account, reason);") \
	VZ_ERROR(USER_ACCOUNT_DISABLED, "VZ106", 403, "This account is disabled.", \
			 "Contact support.", \
			 "See veza_data.users.status; SELECT veza.admin_user_unsuspend(id, reason); lets a suspended account in again.") \
	VZ_ERROR(CREATOR_ROLE_REQUIRED, "VZ107", 403, "This needs a creator account.", \
			 "Subscribe to a creator plan, or ask an administrator for the creator role.", \
			 "SELECT veza.admin_user_role(id, 'creator', reason); as an administrator makes the account a creator.") \
	VZ_ERROR(USER_ALREADY_EXISTS, "VZ108", 409, "An account with this e-mail address or username exists already.", \
			 "Log in, or choose another value for the field named in details.", \
			 "Choose another value for the field named in DETAIL.") \
	VZ_ERROR(AUTH_2FA_REQUIRED, "VZ109", 401, "The code of your second factor is required.", \
			 "Log in again with totp_code, or with recovery_code if the second factor is lost.", \
			 "Call it again with totp_code, or with recovery_code if the second factor is lost.") \
	VZ_ERROR(AUTH_2FA_INVALID, "VZ110", 401, "The code of your second factor is wrong.", \
			 "Wait for the next code of your authenticator and try again; every code works once.", NULL) \
	VZ_ERROR(AUTH_LINK_INVALID, "VZ111", 400, "This link is not valid any more.", \
			 "Ask for a new mail; every link works once and for a limited time.", \
			 "SELECT veza.auth_resend_verification(email); or veza.auth_password_reset_request(email); has a new one mailed.") \
	VZ_ERROR(INVALID_CURRENT_PASSWORD, "VZ112", 403, "The current password is wrong.", \
			 "Check it, or log out and reset the password.", \
			 "Check it; SELECT veza.auth_password_reset_request(email); has a link mailed that needs none.") \
	VZ_ERROR(SESSION_NOT_FOUND, "VZ113", 404, "There is no such session.", \
			 "List yours with GET /api/v1/auth/sessions.", "SELECT veza.auth_sessions(); shows those of the user you act as.") \
	VZ_ERROR(TWO_FACTOR_ENABLED, "VZ114", 409, "A second factor is enabled already.", \
			 "Disable it first with POST /api/v1/auth/2fa/disable.", "SELECT veza.two_factor_disable(password); removes it.") \
	VZ_ERROR(TWO_FACTOR_NOT_ENABLED, "VZ115", 409, "No second factor is set up.", \
			 "Set one up with POST /api/v1/auth/2fa/setup.", "SELECT veza.two_factor_setup(); sets one up.") \
	VZ_ERROR(USER_IS_LAST_ADMIN, "VZ116", 409, "This is the last active administrator.", \
			 "Make another account an administrator first.", NULL) \
	VZ_ERROR(REAUTHENTICATION_REQUIRED, "VZ117", 403, "This needs your password, or a login of a moment ago.", \
			 "Send the password in the field named in details, or log in again and repeat this.", \
			 "Give the password in the argument that DETAIL names.") \
	VZ_ERROR(AUTH_ACCOUNT_PROOF_REQUIRED, "VZ119", 403, "This link is for the account named in details.", \
			 "Log in to that account first, or send its password, too; if it is not yours, do nothing.", \
			 "SELECT veza.auth_verify_email(token, password); takes the password.") \
	VZ_ERROR(USER_NOT_FOUND, "VZ200", 404, "There is no such user.", \
			 "Check the id or the username.", NULL) \
	VZ_ERROR(USER_IS_BLOCKED, "VZ201", 409, "You have blocked this user.", \
			 "Take the block back first, with DELETE /api/v1/users/:id/block.", "SELECT veza.user_unblock(id); takes the block back.") \
	VZ_ERROR(FOLLOWING_LIMIT_REACHED, "VZ202", 422, "You follow as many users as one may.", \
			 "Follow somebody else no more first, with DELETE /api/v1/users/:id/follow.", "SELECT veza.set_setting('following_max', value, reason); allows more.") \
	VZ_ERROR(AVATAR_NOT_FOUND, "VZ209", 404, "This user has no picture.", \
			 "Show a placeholder.", NULL) \
	VZ_ERROR(TRACK_NOT_FOUND, "VZ210", 404, "There is no such track.", \
			 "Check the track id; it may be private, or removed.", NULL) \
	/* tracks */ \
	VZ_ERROR(TRACK_NOT_YOURS, "VZ211", 403, "This track belongs to somebody else.", \
			 "Only its owner may do this; make a track of your own.", "Act as its owner or as an administrator: SELECT veza.act_as(account, reason);") \
	VZ_ERROR(TRACK_DUPLICATE, "VZ212", 409, "You have uploaded this file already.", \
			 "See details.track_id, or send allow_duplicate=true to have it twice.", \
			 "See the track_id of DETAIL, or call it with allow_duplicate => true.") \
	VZ_ERROR(TRACK_FILE_TOO_LARGE, "VZ213", 413, "This file is larger than your plan allows.", \
			 "Send at most details.limit_bytes, or choose a plan from GET /api/v1/subscriptions/plans.", \
			 "DETAIL has the limit; veza_data.plan has those of other plans.") \
	VZ_ERROR(TRACK_QUOTA_EXCEEDED, "VZ214", 429, "You have used the uploads of this month.", \
			 "Wait until details.resets_at, or choose a plan from GET /api/v1/subscriptions/plans.", \
			 "DETAIL says when the next month begins; veza_data.plan has the limits of other plans.") \
	VZ_ERROR(STORAGE_QUOTA_EXCEEDED, "VZ215", 402, "Your storage is full.", \
			 "Remove tracks, or choose a plan from GET /api/v1/subscriptions/plans.", \
			 "DETAIL says what is used; veza_data.plan has the limits of other plans.") \
	VZ_ERROR(TRACK_PROCESSING, "VZ216", 422, "This track cannot be played yet.", \
			 "See its status with GET /api/v1/tracks/:id.", "See veza_data.track_version.state.") \
	VZ_ERROR(TRACK_NOT_DOWNLOADABLE, "VZ217", 403, "This track may be heard, but not stored.", \
			 "Stream it with GET /api/v1/tracks/:id/stream, or ask its owner.", \
			 "Act as its owner; SELECT veza.track_update(id, is_downloadable => true); lets others store it.") \
	VZ_ERROR(TRACK_PART_NOT_FOUND, "VZ218", 404, "The file of this track has none.", \
			 "Show a placeholder.", NULL) \
	VZ_ERROR(TRACK_NOT_RESTORABLE, "VZ219", 410, "This track can no longer be restored.", \
			 "Upload it again.", NULL) \
	VZ_ERROR(TRACK_VERSION_NOT_FOUND, "VZ220", 404, "This track has no such version.", \
			 "List them with GET /api/v1/tracks/:id/versions.", "See veza_data.track_version.") \
	VZ_ERROR(SHARE_NOT_FOUND, "VZ221", 404, "There is no such link.", \
			 "Ask who gave it to you for another one.", "See veza_data.track_share.") \
	VZ_ERROR(SHARE_EXPIRED, "VZ222", 410, "This link is no longer good.", \
			 "Ask who gave it to you for another one.", "See veza_data.track_share.") \
	VZ_ERROR(PLAY_ID_REUSED, "VZ223", 409, "This play_id belongs to another play.", \
			 "Make a new UUID for each play.", NULL) \
	VZ_ERROR(TRACK_HELD, "VZ224", 409, "This track is being compared with another one.", \
			 "Wait: until a moderator has decided, only you hear it. GET /api/v1/tracks/:id shows when it is released.", \
			 "See veza_data.track_match; SELECT veza.track_match_resolve(id, decision, reason); decides.") \
	VZ_ERROR(TRACK_MATCH_NOT_FOUND, "VZ225", 404, "There is no such match.", \
			 "List them with GET /api/v1/admin/track-matches.", "See veza_data.track_match.") \
	/* playlists */ \
	VZ_ERROR(PLAYLIST_NOT_FOUND, "VZ230", 404, "There is no such playlist.", \
			 "Check the playlist id; it may be private, or removed.", NULL) \
	VZ_ERROR(PLAYLIST_NOT_YOURS, "VZ231", 403, "You may not do this with this playlist.", \
			 "Ask its owner, or make a copy of your own.", "Act as its owner or as an administrator: SELECT veza.act_as(account, reason);") \
	VZ_ERROR(PLAYLIST_CHANGED, "VZ232", 409, "The entries of this playlist have been changed since you read them.", \
			 "Read them again and repeat your change with details.version.", \
			 "Call it again with the version of DETAIL.") \
	VZ_ERROR(PLAYLIST_POSITION_INVALID, "VZ233", 422, "The playlist has no such position.", \
			 "Stay within details.track_count.", "DETAIL has the number of its entries.") \
	VZ_ERROR(PLAYLIST_ORDER_INVALID, "VZ234", 422, "The order does not have each entry of the playlist once.", \
			 "Read the entries again and send all of them.", "See veza_data.playlist_entry.") \
	VZ_ERROR(PLAYLIST_FULL, "VZ235", 409, "The playlist is full.", \
			 "Remove something, or make another playlist; details.limit is the limit.", "DETAIL has the limit.") \
	VZ_ERROR(PLAYLIST_ENTRY_NOT_FOUND, "VZ236", 404, "This does not stand in the playlist.", \
			 "List what does with GET /api/v1/playlists/:id/tracks.", "See veza_data.playlist_entry.") \
	VZ_ERROR(PLAYLIST_NOT_RESTORABLE, "VZ237", 410, "This playlist can no longer be restored.", \
			 "Make a new one.", NULL) \
	VZ_ERROR(COLLABORATOR_NOT_FOUND, "VZ238", 404, "This user does not take part in the playlist.", \
			 "List who does with GET /api/v1/playlists/:id/collaborators.", "See veza_data.playlist_member.") \
	VZ_ERROR(INVITATION_NOT_FOUND, "VZ239", 404, "You have no invitation to this playlist.", \
			 "List yours with GET /api/v1/playlists?scope=invited.", "See veza_data.playlist_member.") \
	VZ_ERROR(PLAYLIST_COVER_NOT_FOUND, "VZ240", 404, "This playlist has no picture of its own.", \
			 "Show the covers of its tracks, as in cover_urls.", NULL) \
	/* comments, reports */ \
	VZ_ERROR(COMMENT_NOT_FOUND, "VZ250", 404, "There is no such comment.", \
			 "Check the comment id; it may have been deleted.", "See veza_data.comment.") \
	VZ_ERROR(COMMENT_NOT_YOURS, "VZ251", 403, "This comment is somebody else's.", \
			 "Only its author edits it, and only its author, the owner of the track and moderators delete it.", \
			 "Act as its author, or to delete it as the owner of the track or an administrator: SELECT veza.act_as(account, reason);") \
	VZ_ERROR(COMMENT_DUPLICATE, "VZ252", 409, "You have said this on the track already.", \
			 "Say it in other words, or see details.comment_id.", "See the comment_id of DETAIL.") \
	VZ_ERROR(REPORT_EXISTS, "VZ253", 409, "You have reported this already.", \
			 "Wait for the moderators; details.report_id is your report.", "The report_id of DETAIL is that report.") \
	VZ_ERROR(REPORT_NOT_FOUND, "VZ254", 404, "There is no such report.", \
			 "List yours with GET /api/v1/reports.", "SELECT veza.report_list(); shows those of the user you act as.") \
	VZ_ERROR(CASE_NOT_FOUND, "VZ255", 404, "There is no such case.", \
			 "Check its id.", "See veza_data.moderation_case.") \
	VZ_ERROR(CASE_DECIDED, "VZ256", 409, "This case does not allow that in its present state.", \
			 "See details.allowed for what can be done now.", \
			 "DETAIL says what can be done now; veza.state_machine has every arrow.") \
	/* smart playlists, and playlists as files */ \
	VZ_ERROR(PLAYLIST_IS_SMART, "VZ245", 409, "What stands in this playlist is found by its rules.", \
			 "Change them with PUT /api/v1/playlists/:id/rules, or add the tracks to another playlist.", \
			 "Change them with veza.playlist_rules_update, or add the tracks to another playlist.") \
	VZ_ERROR(PLAYLIST_NOT_SMART, "VZ246", 404, "This playlist has no rules.", \
			 "Make one that has with POST /api/v1/playlists/smart.", "Make one that has with veza.playlist_smart_create.") \
	VZ_ERROR(PLAYLIST_FILE_UNREADABLE, "VZ247", 422, "This file is no playlist that we can read.", \
			 "Send M3U8, XSPF or JSPF with at most 10000 tracks and no DOCTYPE; details say what is wrong and in which line.", \
			 "It must be M3U8, XSPF or JSPF with at most 10000 tracks and no DOCTYPE; see DETAIL.") \
	/* billing */ \
	VZ_ERROR(PLAN_INVALID, "VZ300", 422, "There is no such plan.", \
			 "Choose one of GET /api/v1/subscriptions/plans.", "Choose a name from veza_data.plan.") \
	VZ_ERROR(SAME_PLAN, "VZ301", 422, "This is the plan you have already.", \
			 "Choose another plan or billing cycle.", NULL) \
	VZ_ERROR(SUBSCRIPTION_NOT_FOUND, "VZ302", 404, "There is no such subscription.", \
			 "List yours with GET /api/v1/subscriptions.", "SELECT veza.subscription_list(); shows those of the user you act as.") \
	VZ_ERROR(SUBSCRIPTION_NOT_PENDING, "VZ303", 409, "This subscription is not waiting for a payment.", \
			 "See details.status; GET /api/v1/subscriptions/current shows what you have.", "SELECT veza.subscription_current(); shows what the user has.") \
	VZ_ERROR(ALREADY_SUBSCRIBED, "VZ304", 409, "You have an active paid subscription.", \
			 "Cancel it first, or wait for the end of its period.", NULL) \
	VZ_ERROR(SUBSCRIPTION_INVALID_STATE, "VZ305", 409, "The subscription does not allow this in its present state.", \
			 "See details.allowed for what can be done now.", \
			 "DETAIL says what can be done now; veza.state_machine has every arrow.") \
	VZ_ERROR(NO_ACTIVE_SUBSCRIPTION, "VZ306", 404, "You have no active subscription.", \
			 "Subscribe with POST /api/v1/subscriptions/subscribe.", "CALL veza.subscription_subscribe(plan, cycle); makes one.") \
	VZ_ERROR(PAYMENT_PROVIDER_UNAVAILABLE, "VZ310", 503, "Payments are not available right now.", \
			 "Try again later; nothing was charged.", "See veza_data.relay: start veza-relay with HYPERSWITCH_ENABLED=true, or wait for the circuit to close.") \
	VZ_ERROR(PAYMENT_PROVIDER_ERROR, "VZ311", 502, "The payment provider refused or failed.", \
			 "Try again with details.complete_url; you will not be charged twice.", \
			 "CALL veza.subscription_complete(id); with the subscription_id of DETAIL tries again; nobody is charged twice.") \
	VZ_ERROR(PAYMENT_PROVIDER_TIMEOUT, "VZ312", 502, "The payment provider did not answer in time.", \
			 "Try again with details.complete_url; you will not be charged twice.", \
			 "CALL veza.subscription_complete(id); with the subscription_id of DETAIL tries again; nobody is charged twice.") \
	VZ_ERROR(PAYMENT_UNDER_REVIEW, "VZ313", 409, "The payment is under review.", \
			 "Wait for the outcome; you will not be charged again meanwhile.", NULL) \
	VZ_ERROR(PAYMENT_ATTEMPTS_EXHAUSTED, "VZ314", 429, "Too many payment attempts for this subscription.", \
			 "Abandon it and subscribe again.", \
			 "SELECT veza.subscription_abandon(id); then subscribe anew.") \
	VZ_ERROR(PAYMENT_NOT_FOUND, "VZ315", 404, "There is no such payment.", \
			 "Check the payment id.", NULL) \
	VZ_ERROR(WEBHOOK_SIGNATURE_INVALID, "VZ320", 401, "The webhook signature is missing or wrong.", \
			 "Sign the raw body with the key of the payment profile.", NULL) \
	VZ_ERROR(WEBHOOK_NOT_CONFIGURED, "VZ321", 503, "Webhooks are not configured here.", \
			 "Set the webhook secret of this provider and restart veza-httpd.", NULL) \
	VZ_ERROR(EFFECT_NOT_FOUND, "VZ330", 404, "There is no such effect.", \
			 "See veza_data.effect for the effects that exist.", NULL) \
	/* distribution */ \
	VZ_ERROR(SUBSCRIPTION_PENDING_PAYMENT, "VZ400", 403, "Complete the payment to enable distribution.", \
			 "Get the payment back with details.complete_url.", \
			 "CALL veza.subscription_complete(id); with the subscription_id of DETAIL gets the payment back.") \
	VZ_ERROR(DISTRIBUTION_NOT_ELIGIBLE, "VZ401", 403, "Upgrade your plan to enable distribution.", \
			 "Choose a plan with can_distribute from GET /api/v1/subscriptions/plans.", "Choose a plan with can_distribute from veza_data.plan.") \
	VZ_ERROR(DISTRIBUTION_NOT_FOUND, "VZ402", 404, "There is no such distribution.", \
			 "List yours with GET /api/v1/distributions.", "SELECT veza.distribution_list(); shows those of the user you act as.") \
	VZ_ERROR(DISTRIBUTION_ALREADY_SUBMITTED, "VZ403", 409, "This track is submitted for distribution already.", \
			 "See details.distribution_id, or cancel that submission first.", \
			 "See the distribution_id of DETAIL, or cancel that submission first.") \
	/* notifications */ \
	VZ_ERROR(NOTIFICATION_NOT_FOUND, "VZ450", 404, "There is no such notification.", \
			 "List yours with GET /api/v1/notifications.", "SELECT veza.notification_list(); shows those of the user you act as.") \
	/* administration */ \
	VZ_ERROR(ADMIN_NOT_GRANTABLE, "VZ500", 403, "Nobody becomes an administrator over HTTP.", \
			 "Ask an operator, who does it in psql with veza.make_admin.", "Run SELECT veza.make_admin(username, reason); as a member of veza_dba.") \
	VZ_ERROR(ADMIN_OWN_ACCOUNT, "VZ501", 409, "Administrators do not change their own role or status.", \
			 "Ask another administrator.", NULL) \
	/* operation */ \
	VZ_ERROR(PROFILE_RUNNING, "VZ510", 409, "A profile is being taken already.", \
			 "Wait until it is there, a minute at most, and ask again.", NULL) \
	VZ_ERROR(PROFILE_OVER_HTTP_ONLY, "VZ511", 409, "Only veza-httpd takes a profile of itself.", \
			 "Ask it: GET /api/v1/admin/debug/pprof/profile.", "Have an administrator ask it; see docs/operate.md.")

typedef enum VzError
{
#define VZ_ERROR(symbol, sqlstate, http, message, hint, psql_hint) VZ_E_##symbol,
	VZ_ERROR_CATALOGUE(VZ_ERROR)
#undef VZ_ERROR
	VZ_ERROR_COUNT
} VzError;

typedef struct VzErrorInfo
{
	const char *code;
	const char *sqlstate;
	int			http_status;
	const char *message;
	const char *hint;
	const char *psql_hint;
} VzErrorInfo;

extern const VzErrorInfo vz_error_info[VZ_ERROR_COUNT];

#endif							/* VEZA_ERRORS_H */
