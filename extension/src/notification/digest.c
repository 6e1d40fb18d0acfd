/*
 * digest.c
 *		Ordering digests (see digest.h).
 *
 * Each unread notification of somebody who wants digests has a moment at which
 * it is looked after. Then either a digest is due, which takes up all of them, or
 * they wait for the next one together.
 */
#include "digest.h"

#include "../core/effects/job.h"
#include "../core/ground/clock.h"
#include "../core/ground/json.h"
#include "../mail/mail.h"

#include "pgtime.h"

static VzStmt due_users = VZ_STMT(
	"select distinct user_id::text as unit"
	"  from (select user_id from veza_data.notification where digest_at <= $1 order by digest_at limit 1000) u limit 100",
	TIMESTAMPTZOID);

/* Whoever has not confirmed the address may be a stranger to its owner, and a digest has words of others in it. */
static VzStmt lock_reader = VZ_STMT(
	"select id, email, timezone,"
	"       case when status = 'active' and is_verified and email is not null"
	"                 and coalesce((preferences #>> '{notifications,email}')::boolean, true)"
	"            then preferences #>> '{notifications,digest}' end as every"
	"  from veza_data.users where id = $1 for no key update",
	UUIDOID);

/* The last moment at which a digest was due, and the next one, by the clock on the user's wall. */
static VzStmt find_moments = VZ_STMT(
	"with wall as (select date_trunc(case $3 when 'weekly' then 'week' else 'day' end, $1 at time zone $2)"
	"                     + $4 * interval '1 hour' as this,"
	"                     case $3 when 'weekly' then interval '7 days' else interval '1 day' end as step),"
	"     moments as (select case when this <= $1 at time zone $2 then this else this - step end as last, step from wall)"
	" select last::date as period, last at time zone $2 as last, (last + step) at time zone $2 as next from moments",
	TIMESTAMPTZOID, TEXTOID, TEXTOID, INT4OID);

static VzStmt order_once = VZ_STMT(
	"insert into veza_data.notification_digest (user_id, period, since, until)"
	" select $1, $2, since, $4 from (select min(created_at) as since from veza_data.notification"
	"                                 where user_id = $1 and read_at is null and digest_at is not null) n"
	"  where since < $3"
	" on conflict do nothing returning since, until",
	UUIDOID, DATEOID, TIMESTAMPTZOID, TIMESTAMPTZOID);

/* Those that somebody else is at have a moment of their own, or were read. */
static VzStmt look_again = VZ_STMT(
	"update veza_data.notification set digest_at = $2"
	" where id in (select id from veza_data.notification"
	"               where user_id = $1 and read_at is null and digest_at is not null for no key update skip locked)",
	UUIDOID, TIMESTAMPTZOID);

VzRows
vz_job_order_digests_units(void)
{
	return vz_query_rows(&due_users, VZ_ARGS(vz_arg_time(vz_now())));
}

const char *
vz_digest_zone(const char *name)
{
	pg_tz	   *zone = pg_tzset(name);

	return zone != NULL && pg_tz_acceptable(zone) ? name : "UTC";
}

/* order_mail orders the digest of the period unless there was one, or nothing is due; whether it did. */
static bool
order_mail(const VzRow *reader, const VzRow *moments)
{
	bool		isnull;
	VzRow		digest;
	StringInfoData data;

	if (!vz_query_row(&order_once, VZ_ARGS(vz_arg_uuid(vz_row_uuid(reader, "id")),
										   vz_arg_datum(vz_row_datum(moments, "period", &isnull), false),
										   vz_arg_time(vz_row_time(moments, "last")), vz_arg_time(vz_now())), &digest))
		return false;
	initStringInfo(&data);
	vz_json_append_row(&data, &digest);
	vz_mail_queue(VZ_DIGEST_TEMPLATE, vz_row_text(reader, "email"), vz_row_uuid(reader, "id"), data.data);
	return true;
}

void
vz_job_order_digest(const char *unit)
{
	pg_uuid_t	user_id = vz_unit_uuid(unit);
	const char *every;
	VzRow		reader;
	VzRow		moments;

	if (!vz_query_row(&lock_reader, VZ_ARGS(vz_arg_uuid(&user_id)), &reader))
		return;
	every = vz_row_text(&reader, "every");
	if (every == NULL || strcmp(every, "off") == 0)
	{
		vz_execute(&look_again, VZ_ARGS(vz_arg_uuid(&user_id), vz_arg_time(0)));
		return;
	}
	vz_query_row(&find_moments, VZ_ARGS(vz_arg_time(vz_now()), vz_arg_text(vz_digest_zone(vz_row_text(&reader, "timezone"))),
										vz_arg_text(every), vz_arg_int4((int32) vz_setting_int("digest_hour"))), &moments);
	vz_execute(&look_again, VZ_ARGS(vz_arg_uuid(&user_id),
									vz_arg_time(order_mail(&reader, &moments) ? 0 : vz_row_time(&moments, "next"))));
}
