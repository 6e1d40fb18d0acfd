/*
 * settings.h
 *		Every setting of the business rules, in one list.
 *
 * VZ_SETTING(name, kind, unit, minimum, maximum, default, flags, description)
 *
 * Kinds: INT, a whole number within the bounds; LIST, such numbers with commas
 * between them; ADDRESS, empty or with a scheme, with a length within the
 * bounds. The values stand in veza_data.setting; veza.migrate() adds the row of a
 * setting that is new here, so that a migration need not. The list includes no
 * server header: veza-httpd reads it, too, whose variables refer to it
 * (httpd/config/config_vars.h), and docs/settings.md is made from it.
 *
 * Units: ms, s, min, h and d are times, and converted when a variable has another
 * one; flag is 0 or 1; others are words.
 */
#ifndef VEZA_SETTINGS_H
#define VEZA_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

enum
{
	VZ_SETTING_TEST_ONLY = 1,	/* nobody sets it by a function */
	VZ_SETTING_BY_HTTPD = 2		/* a variable of veza-httpd sets it at start */
};

typedef enum VzSettingKind
{
	VZ_SETTING_INT,
	VZ_SETTING_LIST,
	VZ_SETTING_ADDRESS
} VzSettingKind;

#define VZ_SETTINGS(VZ_SETTING) \
	/* the floor: effects, relays */ \
	VZ_SETTING(clock_offset, INT, "s", -315360000, 315360000, "0", VZ_SETTING_TEST_ONLY, \
			   "Shifts the business clock; for tests only, leave it at 0") \
	VZ_SETTING(effect_lease, INT, "s", 1, 86400, "60", 0, \
			   "How long a relay may work on an effect before another takes it over") \
	VZ_SETTING(effect_max_attempts, INT, "attempts", 1, 1000, "20", 0, \
			   "Attempts before an effect is dead and waits for an operator") \
	VZ_SETTING(effect_backoff_base, INT, "ms", 1, 3600000, "500", 0, \
			   "Pause after the first failed attempt; doubles with each, with jitter") \
	VZ_SETTING(effect_backoff_cap, INT, "ms", 1, 86400000, "300000", 0, \
			   "Longest pause between two attempts") \
	VZ_SETTING(effect_keep, INT, "s", 0, INT64_C(3153600000), "34560000", 0, \
			   "Finished effects are swept after this time") \
	VZ_SETTING(audit_keep, INT, "s", 0, INT64_C(3153600000), "2592000", 0, \
			   "Runs of veza.audit are kept this long") \
	VZ_SETTING(effect_secret_keep, INT, "s", 0, 86400, "60", 0, \
			   "A secret that nobody fetched is removed after this time") \
	VZ_SETTING(effect_wait, INT, "ms", 10, 60000, "8000", 0, \
			   "How long a request waits for the payment provider") \
	VZ_SETTING(relay_heartbeat_ttl, INT, "s", 1, 86400, "15", 0, \
			   "A relay without a heartbeat for this time counts as gone") \
	/* accounts */ \
	VZ_SETTING(bypass_creator_role, INT, "flag", 0, 1, "0", VZ_SETTING_BY_HTTPD, \
			   "Everybody who is logged in counts as a creator; development and tests only") \
	VZ_SETTING(access_token_ttl, INT, "s", 1, 86400, "900", VZ_SETTING_BY_HTTPD, \
			   "Lifetime of an access token") \
	VZ_SETTING(session_ttl, INT, "s", 1, 315360000, "604800", VZ_SETTING_BY_HTTPD, \
			   "Lifetime of a login session") \
	VZ_SETTING(session_ttl_remember, INT, "s", 1, 315360000, "2592000", 0, \
			   "Lifetime of a login session with remember_me") \
	/* billing */ \
	VZ_SETTING(pending_ttl, INT, "s", 1, 31536000, "82800", 0, \
			   "How long a subscription waits for its payment") \
	VZ_SETTING(session_margin, INT, "s", 0, 31536000, "3600", 0, \
			   "The provider's payment session outlives pending_ttl by this") \
	VZ_SETTING(session_guard, INT, "s", 0, 86400, "60", 0, \
			   "A payment session that ends within this time is not handed out") \
	VZ_SETTING(processing_hold, INT, "s", 0, 315360000, "259200", 0, \
			   "A processing payment is reported by veza.audit after this time") \
	VZ_SETTING(revive_window, INT, "s", 0, 315360000, "259200", 0, \
			   "Late money revives an expired subscription for this long, then it is refunded") \
	VZ_SETTING(payment_attempts, INT, "payments", 1, 1000, "10", 0, \
			   "Payments that one pending subscription may start") \
	VZ_SETTING(reconcile_schedule, LIST, "s", 1, 31536000, "30,120,600,1800,3600,10800,21600", 0, \
			   "Pauses between questions to the provider about an open payment; the last repeats") \
	VZ_SETTING(reconcile_unknown, LIST, "s", 1, 31536000, "5,15,60,300", 0, \
			   "The same, before the provider has ever answered; then reconcile_schedule") \
	VZ_SETTING(inbox_keep, INT, "s", 0, INT64_C(3153600000), "34560000", 0, \
			   "Webhooks are kept this long") \
	VZ_SETTING(payment_return_url, ADDRESS, "address", 0, 2000, "", 0, \
			   "Where the provider sends the payer back to; empty: nowhere") \
	VZ_SETTING(unserved_alert, INT, "s", 0, 315360000, "900", 0, \
			   "veza.audit reports money without service after this time") \
	/* accounts: passwords, mails */ \
	VZ_SETTING(password_min_length, INT, "characters", 1, 64, "8", 0, \
			   "Shortest password") \
	VZ_SETTING(verify_email_ttl, INT, "s", 60, 31536000, "172800", 0, \
			   "Lifetime of a token that confirms an address") \
	VZ_SETTING(reset_password_ttl, INT, "s", 60, 31536000, "3600", 0, \
			   "Lifetime of a token that resets a password") \
	VZ_SETTING(two_factor_setup_ttl, INT, "s", 10, 86400, "900", 0, \
			   "Time to confirm a second factor") \
	VZ_SETTING(login_limit, INT, "attempts", 0, 1000000, "5", VZ_SETTING_BY_HTTPD, \
			   "Logins per account and login window") \
	VZ_SETTING(login_window, INT, "s", 1, 86400, "60", VZ_SETTING_BY_HTTPD, \
			   "The login window") \
	VZ_SETTING(login_failures_max, INT, "attempts", 0, 1000000000, "100", 0, \
			   "Failed logins in a row after which a password is not accepted until it is reset; 0: no limit") \
	VZ_SETTING(hash_wait_ms, INT, "ms", 0, 600000, "2000", 0, \
			   "Longest wait for one of the two places where passwords are hashed") \
	VZ_SETTING(mail_limit, INT, "mails", 0, 1000000000, "3", 0, \
			   "Mails of one kind per address and hour") \
	VZ_SETTING(password_change_limit, INT, "attempts", 1, 1000000000, "5", 0, \
			   "Password changes per account and hour") \
	VZ_SETTING(mail_keep, INT, "s", 0, INT64_C(3153600000), "2592000", 0, \
			   "Mails are forgotten after this time") \
	VZ_SETTING(analyst_time_limit, INT, "s", 1, 31536000, "300", 0, \
			   "A session of a member of veza_analyst whose transaction is older is ended") \
	VZ_SETTING(fresh_login, INT, "s", 0, 86400, "600", 0, \
			   "A session that began within this time proves who one is as the password does, where a way in is added; 0: always the password") \
	VZ_SETTING(second_factor_confirm_limit, INT, "attempts", 1, 1000000, "10", 0, \
			   "Codes that may be tried per account and hour to confirm a second factor") \
	VZ_SETTING(password_strength_min, INT, "bits", 0, 200, "26", 0, \
			   "Weakest password that is accepted: it takes 2 to the power of this many guesses") \
	VZ_SETTING(address_claims_max, INT, "claims", 1, 1000, "5", 0, \
			   "Accounts that may claim one address without having confirmed it; the first one stays, newer ones crowd out older ones") \
	VZ_SETTING(address_claim_ttl, INT, "s", 60, 315360000, "604800", 0, \
			   "An address that is not confirmed in this time is taken off the account") \
	VZ_SETTING(review_hold, INT, "s", 0, 315360000, "86400", 0, \
			   "A payment under review is reported by veza.audit after this time") \
	VZ_SETTING(frontend_url, ADDRESS, "address", 0, 2000, "", VZ_SETTING_BY_HTTPD, \
			   "Web app, for links in mails; empty: links lead to the API") \
	/* idempotency */ \
	VZ_SETTING(idempotency_keep, INT, "s", 0, INT64_C(3153600000), "86400", 0, \
			   "Answers under an Idempotency-Key are forgotten after this time") \
	/* users */ \
	VZ_SETTING(email_change_limit, INT, "attempts", 1, 1000000000, "5", 0, \
			   "Changes of the e-mail address that an account may ask for in a day") \
	VZ_SETTING(follow_limit, INT, "follows", 1, 1000000000, "200", 0, \
			   "Users that one may begin to follow in an hour") \
	VZ_SETTING(following_max, INT, "users", 0, 1000000000, "5000", 0, \
			   "Users that one may follow") \
	VZ_SETTING(block_limit, INT, "blocks", 1, 1000000000, "200", 0, \
			   "Users that one may block in an hour") \
	/* events */ \
	VZ_SETTING(live_event_keep, INT, "s", 60, INT64_C(3153600000), "86400", 0, \
			   "Events for streams are kept this long, for clients that come back") \
	VZ_SETTING(signed_address_ttl, INT, "s", 10, 86400, "3600", 0, \
			   "A signed address is good for this time") \
	/* files */ \
	VZ_SETTING(file_keep, INT, "s", 0, INT64_C(3153600000), "86400", 0, \
			   "A file that nothing names any more is forgotten after this time") \
	/* tracks */ \
	VZ_SETTING(track_restore, INT, "s", 0, 315360000, "2592000", 0, \
			   "A track that was removed can be restored for this long; then its audio goes") \
	VZ_SETTING(work_lease, INT, "s", 5, 86400, "300", 0, \
			   "How long a worker may scan or analyse a file before another one takes it over") \
	VZ_SETTING(work_retry, INT, "s", 0, 86400, "30", 0, \
			   "Pause before a scan or an analysis that failed is tried again; four times as long before the third try") \
	VZ_SETTING(rescan_interval, INT, "s", 1, 31536000, "300", 0, \
			   "A file that the scanner could not be asked about is scanned again after this time") \
	VZ_SETTING(play_keep, INT, "s", 86400, INT64_C(3153600000), "34560000", 0, \
			   "Single plays and downloads are forgotten after this time; their numbers by day stay") \
	VZ_SETTING(play_late, INT, "s", 0, 31536000, "1209600", 0, \
			   "A play is counted when it is reported within this time") \
	VZ_SETTING(play_limit, INT, "plays", 1, 1000000, "600", 0, \
			   "Plays that one listener may report in an hour") \
	VZ_SETTING(stream_server_url, ADDRESS, "address", 0, 2000, "", 0, \
			   "Stream server, which is asked to prepare tracks; empty: nobody is") \
	/* playlists */ \
	VZ_SETTING(playlist_restore, INT, "s", 0, 315360000, "2592000", 0, \
			   "A playlist that was removed can be restored for this long; then it goes") \
	VZ_SETTING(playlist_entries_max, INT, "entries", 1, 10000, "10000", 0, \
			   "Entries that a playlist may have") \
	VZ_SETTING(playlist_import_limit, INT, "imports", 1, 1000000, "60", 0, \
			   "Playlists that an account may make of files in an hour, trials included") \
	VZ_SETTING(playlist_change_keep, INT, "s", 0, INT64_C(3153600000), "7776000", 0, \
			   "Who has changed the entries of a playlist is forgotten after this time") \
	VZ_SETTING(invitation_limit, INT, "invitations", 1, 1000000, "50", 0, \
			   "Invitations to playlists that one user may send in a day") \
	/* comments, reports */ \
	VZ_SETTING(comment_limit, INT, "comments", 1, 1000000, "10", 0, \
			   "Comments that one user may write or edit in a minute") \
	VZ_SETTING(comment_hour_limit, INT, "comments", 1, 1000000, "120", 0, \
			   "Comments that one user may write or edit in an hour") \
	VZ_SETTING(report_limit, INT, "reports", 1, 1000000, "20", 0, \
			   "Reports to moderators that one user may make in an hour") \
	/* notifications */ \
	VZ_SETTING(notification_keep, INT, "s", 86400, INT64_C(3153600000), "7776000", 0, \
			   "Notifications are forgotten after this time; their numbers by day stay") \
	VZ_SETTING(digest_hour, INT, "hour", 0, 23, "8", 0, \
			   "Hour of the day, in the user's time zone, at which digests are sent; weekly ones on Monday") \
	/* administration */ \
	VZ_SETTING(audit_seal_interval, INT, "s", 0, 86400, "60", 0, \
			   "The audit log is sealed this often") \
	VZ_SETTING(audit_seal_rows, INT, "rows", 1, 1000000, "10000", 0, \
			   "Rows of one seal, but never less than a whole transaction") \
	VZ_SETTING(audit_verify_interval, INT, "s", 0, 86400, "60", 0, \
			   "Some seals are verified this often") \
	VZ_SETTING(audit_verify_rows, INT, "rows", 1, 10000000, "20000", 0, \
			   "Rows that are verified each time; after the last comes the first again") \
	VZ_SETTING(suspicious_account_logins, INT, "failures", 1, 1000000, "5", 0, \
			   "Failed logins of one account that are reported") \
	VZ_SETTING(suspicious_account_window, INT, "s", 1, 31536000, "900", 0, \
			   "when they fall within this time") \
	VZ_SETTING(suspicious_address_logins, INT, "failures", 1, 1000000, "6", 0, \
			   "Failed logins from one address that are reported") \
	VZ_SETTING(suspicious_address_window, INT, "s", 1, 31536000, "60", 0, \
			   "when they fall within this time") \
	VZ_SETTING(suspicious_user_addresses, INT, "addresses", 1, 1000000, "5", 0, \
			   "Addresses of one account's logins that are reported") \
	VZ_SETTING(suspicious_user_window, INT, "s", 1, 31536000, "3600", 0, \
			   "when they fall within this time") \
	VZ_SETTING(suspicious_rate_limits, INT, "refusals", 1, 1000000, "3", 0, \
			   "Refusals by a rate limit of one address that are reported") \
	VZ_SETTING(suspicious_rate_window, INT, "s", 1, 31536000, "3600", 0, \
			   "when they fall within this time") \
	/* chat */ \
	VZ_SETTING(chat_token_ttl, INT, "s", 1, 900, "300", 0, \
			   "Lifetime of a chat token") \
	VZ_SETTING(chat_server_url, ADDRESS, "address", 0, 2000, "", VZ_SETTING_BY_HTTPD, \
			   "Chat server, which chat tokens lead to")

/* The place of a setting in vz_settings. */
typedef enum VzSettingId
{
#define VZ_SETTING(name, kind, unit, minimum, maximum, def, flags, description) VZ_SETTING_ID_##name,
	VZ_SETTINGS(VZ_SETTING)
#undef VZ_SETTING
	VZ_SETTING_COUNT
} VzSettingId;

typedef struct VzSetting
{
	const char *name;
	VzSettingKind kind;
	const char *unit;
	int64_t		minimum;
	int64_t		maximum;
	const char *default_value;
	int			flags;
	const char *description;
} VzSetting;

extern const VzSetting vz_settings[];
extern const int vz_nsettings;

/* The setting of that name, or NULL. */
extern const VzSetting *vz_setting_find(const char *name);

/* What is wrong with a value, as the end of a sentence about it, or NULL; number gets that of an INT. */
extern const char *vz_setting_fault(const VzSetting *setting, const char *value, int64_t *number);

/* The bounds in words, such as "1 to 86400 s". */
extern const char *vz_setting_range(const VzSetting *setting, char *buf, int size);

/* The setting whose name is nearest to a wrong one, or NULL when none is near. */
extern const VzSetting *vz_setting_nearest(const char *name);

#endif							/* VEZA_SETTINGS_H */
