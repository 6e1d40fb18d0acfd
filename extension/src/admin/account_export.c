/*
 * account_export.c
 *		Everything that is stored about an account, as one object for its owner.
 *
 * Each member is one statement. Columns are named one by one, so that a new
 * column is exported only when somebody has decided that it may be: no hash,
 * key or token is (a test compares with the columns that operators must not
 * read). Addresses of others (administrators) are left out of the audit log.
 */
#include "../core/ground/clock.h"
#include "../core/ground/json.h"
#include "../core/request/request.h"
#include "../core/ground/response.h"

/* A member of the export: an object of one row, or the list of all. */
typedef struct Part
{
	const char *name;
	bool		is_list;
	VzStmt		stmt;
} Part;

#define OBJECT(member, sql) {.name = (member), .stmt = VZ_STMT(sql, UUIDOID)}
#define LIST(member, sql) {.name = (member), .is_list = true, .stmt = VZ_STMT(sql, UUIDOID)}

static Part parts[] = {
	OBJECT("profile", "select m.*, u.revision from veza_data.me_shape m join veza_data.users u on u.id = m.id where m.id = $1"),
	OBJECT("settings", "select * from veza_data.settings_shape where user_id = $1"),
	OBJECT("security",
		   "select (select confirmed_at from veza_data.two_factor where user_id = $1) as two_factor_enabled_at,"
		   "       (select count(*) from veza_data.recovery_code where user_id = $1 and used_at is null) as recovery_codes_left"),
	LIST("sessions",
		 "select id, ip_address, user_agent, device, remember_me, created_at, last_used_at, expires_at, ended_at, end_reason"
		 "  from veza_data.session where user_id = $1 order by created_at, id"),
	LIST("mails",
		 "select id, template, recipient, sent_as, dropped, created_at, composed_at, sent_at"
		 "  from veza_data.mail where user_id = $1 order by created_at, id"),
	LIST("subscriptions",
		 "select * from veza_data.subscription_shape where user_id = $1 order by created_at, id"),
	LIST("payments",
		 "select id, subscription_id, purpose, cycle_no, attempt_no, psp_payment_id, amount_minor, currency, state, psp_status,"
		 "       amount_received_minor, payment_method_id, error_code, error_message, review_reason, succeeded_at,"
		 "       created_at, updated_at"
		 "  from veza_data.payment where user_id = $1 order by created_at, id"),
	LIST("refunds",
		 "select r.id, r.payment_id, r.reason, r.psp_refund_id, r.amount_minor, r.currency, r.state, r.created_at, r.updated_at"
		 "  from veza_data.refund r join veza_data.payment p on p.id = r.payment_id"
		 " where p.user_id = $1 order by r.created_at, r.id"),
	LIST("distributions",
		 "select * from veza_data.distribution_shape where user_id = $1 order by created_at, id"),
	LIST("gate_refusals",
		 "select at, code, subscription_id, request_id from veza_data.gate_refusal where user_id = $1 order by id"),
	LIST("tracks",
		 "select s.*, t.revision, t.edited, t.purged_at"
		 "  from veza_data.track_owner_shape s join veza_data.track t on t.id = s.id where t.uploader_id = $1 order by t.created_at, t.id"),
	LIST("track_versions",
		 "select v.* from veza_data.track_version_shape v join veza_data.track t on t.id = v.track_id"
		 " where t.uploader_id = $1 order by v.created_at, v.id"),
	LIST("track_changes",
		 "select c.at, c.track_id, c.action, c.field, c.old_value, c.new_value, c.actor_kind"
		 "  from veza_data.track_change c join veza_data.track t on t.id = c.track_id where t.uploader_id = $1 order by c.id"),
	LIST("track_likes",
		 "select track_id, created_at from veza_data.track_like where user_id = $1 order by created_at, track_id"),
	LIST("track_plays",
		 "select play_id, track_id, listened_ms, source, at, is_counted, is_own, reported_at"
		 "  from veza_data.track_play where user_id = $1 order by at, play_id"),
	LIST("track_downloads",
		 "select track_id, hour from veza_data.track_download where user_id = $1 order by hour, track_id"),
	LIST("track_shares",
		 "select id, track_id, allow_download, max_uses, uses, expires_at, revoked_at, created_at"
		 "  from veza_data.track_share where user_id = $1 order by created_at, id"),
	LIST("follows",
		 "select followed_id as user_id, created_at from veza_data.user_follow where follower_id = $1 order by created_at, followed_id"),
	LIST("followers",
		 "select follower_id as user_id, created_at from veza_data.user_follow where followed_id = $1 order by created_at, follower_id"),
	LIST("blocks",
		 "select blocked_id as user_id, created_at from veza_data.user_block where blocker_id = $1 order by created_at, blocked_id"),
	LIST("playlists",
		 "select s.*, p.revision, p.rules from veza_data.playlist_base s join veza_data.playlist p on p.id = s.id"
		 " where s.user_id = $1 order by s.created_at, s.id"),
	LIST("playlist_entries",
		 "select e.id, e.playlist_id, e.track_id, row_number() over (partition by e.playlist_id order by e.rank) - 1 as position, e.added_at"
		 "  from veza_data.playlist_entry e join veza_data.playlist p on p.id = e.playlist_id"
		 " where p.owner_id = $1 order by e.playlist_id, e.rank"),
	LIST("playlist_additions",
		 "select e.id, e.playlist_id, e.track_id, e.added_at"
		 "  from veza_data.playlist_entry e join veza_data.playlist p on p.id = e.playlist_id"
		 " where e.added_by = $1 and p.owner_id <> $1 order by e.added_at, e.id"),
	LIST("playlist_memberships",
		 "select playlist_id, role, created_at, accepted_at from veza_data.playlist_member where user_id = $1 order by created_at, playlist_id"),
	LIST("playlist_invitations",
		 "select playlist_id, user_id, role, created_at, accepted_at from veza_data.playlist_member"
		 " where invited_by = $1 order by created_at, playlist_id, user_id"),
	LIST("playlist_changes",
		 "select playlist_id, version, at, action, n from veza_data.playlist_change where actor_id = $1 order by id"),
	LIST("playlist_follows",
		 "select playlist_id, created_at from veza_data.playlist_follow where user_id = $1 order by created_at, playlist_id"),
	LIST("playlist_likes",
		 "select playlist_id, created_at from veza_data.playlist_like where user_id = $1 order by created_at, playlist_id"),
	OBJECT("play_queue",
		   "select track_ids, current_index, position_ms, device, revision, updated_at from veza_data.play_queue where user_id = $1"),
	LIST("comments",
		 "select id, track_id, parent_id, reply_to_id, content, timestamp_ms, edited_at, hidden_at, created_at"
		 "  from veza_data.comment where user_id = $1 and deleted_at is null order by created_at, id"),
	LIST("comment_likes",
		 "select comment_id, created_at from veza_data.comment_like where user_id = $1 order by created_at, comment_id"),
	LIST("reports",
		 "select * from veza_data.report_shape where reporter_id = $1 order by created_at, id"),
	LIST("moderation_decisions",
		 "select * from veza_data.moderation_decision_shape where owner_id = $1 order by created_at, id"),
	LIST("notifications",
		 "select id, kind, subject_type, subject_id, n, read_at, created_at"
		 "  from veza_data.notification where user_id = $1 and not is_deleted order by created_at, id"),
	LIST("history",
		 "with own as (select id from veza_data.subscription where user_id = $1"
		 "             union all select id from veza_data.payment where user_id = $1"
		 "             union all select r.id from veza_data.refund r join veza_data.payment p on p.id = r.payment_id"
		 "                        where p.user_id = $1"
		 "             union all select id from veza_data.distribution where user_id = $1)"
		 " select h.machine, h.entity_id, h.from_state, h.event, h.to_state, h.at, h.actor_kind, h.reason, h.request_id"
		 "  from own join veza_data.state_history h on h.entity_id = own.id order by h.id"),
	LIST("audit",
		 "select at, actor_kind, action, outcome, resource_type, resource_id, reason, details, request_id,"
		 "       case when actor_id = $1 then ip_address end as ip_address,"
		 "       case when actor_id = $1 then user_agent end as user_agent"
		 "  from veza_data.audit_log where actor_id = $1 or resource_type = 'user' and resource_id = $1::text"
		 " order by id"),
};

VZ_FUNCTION(account_export);

/* account_export answers with everything that is stored about the actor, without secrets, as a file. */
Datum
account_export(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoString(&json, "{\"exported_at\":");
	vz_json_append(&json, TimestampTzGetDatum(vz_now()), false, TIMESTAMPTZOID);
	for (int i = 0; i < (int) lengthof(parts); i++)
	{
		Datum		part;

		if (parts[i].is_list)
			part = vz_json_rows(&parts[i].stmt, VZ_ARGS(vz_arg_uuid(&actor->user_id)), NULL);
		else if (!vz_json_row(&parts[i].stmt, VZ_ARGS(vz_arg_uuid(&actor->user_id)), &part))
			part = CStringGetTextDatum("null");
		appendStringInfo(&json, ",\"%s\":%s", parts[i].name, TextDatumGetCString(part));
	}
	appendStringInfoChar(&json, '}');
	vz_set_header("Content-Disposition", "attachment; filename=\"veza-export.json\"");
	return vz_json_datum(&json);
}
