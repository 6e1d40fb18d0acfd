/*
 * mail.c
 *		Asking for mails, and noting what became of them (see mail.h).
 */
#include "mail.h"

#include "../core/ground/clock.h"
#include "address.h"

static VzStmt insert_mail = VZ_STMT(
	"insert into veza_data.mail (template, recipient, user_id, data, created_at)"
	" values ($1, $2, $3, coalesce($4, '{}'), $5) returning id",
	TEXTOID, TEXTOID, UUIDOID, JSONBOID, TIMESTAMPTZOID);

static VzStmt mark_sent = VZ_STMT(
	"update veza_data.mail set sent_at = $2 where id = $1 and dropped is null", UUIDOID, TIMESTAMPTZOID);

/* The mail server says that there is nobody to take it. */
static VzStmt mark_dropped = VZ_STMT(
	"update veza_data.mail set dropped = $2 ->> 'dropped' where id = $1", UUIDOID, JSONBOID);

static VzStmt withdraw = VZ_STMT(
	"update veza_data.mail set dropped = 'withdrawn'"
	" where user_id = $1 and template = $2 and sent_at is null and dropped is null",
	UUIDOID, TEXTOID);

/* The last mail to an account that is gone leaves no trace of whose it was. */
static VzStmt forget_last = VZ_STMT(
	"update veza_data.mail set recipient = '', data = '{}' where id = $1 and template = 'account_deleted'", UUIDOID);

static VzStmt find_mails = VZ_STMT(
	"select id from veza_data.mail where user_id = $1 or recipient = $2 and user_id is null order by id", UUIDOID, TEXTOID);

static VzStmt delete_mail = VZ_STMT("delete from veza_data.mail where id = $1", UUIDOID);

static VzStmt sweep = VZ_STMT(
	"delete from veza_data.mail where id in"
	" (select id from veza_data.mail where created_at < $1 order by created_at limit 1000)",
	TIMESTAMPTZOID);

void
vz_mail_queue(const char *template, const char *recipient, const pg_uuid_t *user_id, const char *data)
{
	VzRow		row;

	vz_query_row(&insert_mail, VZ_ARGS(vz_arg_text(template), vz_arg_text(recipient), vz_arg_uuid(user_id),
									   vz_arg_jsonb(data), vz_arg_time(vz_now())), &row);
	vz_effect_queue(&(VzEffectOrder) {.kind = "mail_send", .subject_id = vz_row_uuid(&row, "id"), .reason = template});
}

void
vz_mail_notify(const char *template, const pg_uuid_t *user_id, const char *data)
{
	const char *address = vz_address_of(user_id);

	if (address != NULL)
		vz_mail_queue(template, address, user_id, data);
}

void
vz_mail_withdraw(const char *template, const pg_uuid_t *user_id)
{
	vz_execute(&withdraw, VZ_ARGS(vz_arg_uuid(user_id), vz_arg_text(template)));
}

const VzForeignMember vz_mail_facts[] = {
	{"dropped", VZ_FOREIGN_TEXT, 200, NULL},
	VZ_FOREIGN_END
};

void
vz_mail_effect_result(const VzEffectResult *r)
{
	if (r->outcome == VZ_OUTCOME_OK && r->has_result)
		vz_execute(&mark_dropped, VZ_ARGS(vz_arg_uuid(&r->subject_id), vz_arg_datum(r->result, false)));
	else if (r->outcome == VZ_OUTCOME_OK)
		vz_execute(&mark_sent, VZ_ARGS(vz_arg_uuid(&r->subject_id), vz_arg_time(vz_now())));
	if (r->is_final)
		vz_execute(&forget_last, VZ_ARGS(vz_arg_uuid(&r->subject_id)));
}

void
vz_mail_forget(const pg_uuid_t *user_id, const char *address)
{
	VzRows		mails = vz_query_rows(&find_mails, VZ_ARGS(vz_arg_uuid(user_id), vz_arg_text(address)));

	for (uint64 i = 0; i < mails.n; i++)
	{
		vz_effect_withdraw("mail_send", vz_row_uuid(&mails.row[i], "id"));
		vz_execute(&delete_mail, VZ_ARGS(vz_arg_uuid(vz_row_uuid(&mails.row[i], "id"))));
	}
}

int64
vz_job_sweep_mails(void)
{
	return (int64) vz_execute(&sweep, VZ_ARGS(vz_arg_time(vz_time_plus(vz_now(), -vz_setting_int("mail_keep")))));
}
