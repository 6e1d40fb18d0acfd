/*
 * live_event.c
 *		Telling clients what happens (see live_event.h).
 *
 * Anybody who is connected may hear notifications, and send some. So one is an
 * id and nothing else; veza-httpd reads the events by veza.live_events.
 */
#include "live_event.h"

#include "../ground/clock.h"
#include "../ground/json.h"
#include "../ground/lock.h"
#include "job.h"

#include "commands/async.h"
#include "common/hashfn.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

#define NOTIFY_CHANNEL "veza_live_event"

static VzStmt insert_event = VZ_STMT(
	"insert into veza_data.live_event (channel, kind, data, created_at) values ($1, $2, $3::jsonb, $4) returning id",
	TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID);

/* Whether what the client saw last is still known. */
static VzStmt channel_state = VZ_STMT(
	"select coalesce((select max(id) from veza_data.live_event where channel = $1), 0) as last,"
	"       exists (select from veza_data.live_event where channel = $1 and id = $2) as is_known",
	TEXTOID, INT8OID);

static VzStmt events_since = VZ_STMT(
	"select id, kind, data from veza_data.live_event where channel = $1 and id > $2 order by id limit 1000", TEXTOID, INT8OID);

static VzStmt events_by_id = VZ_STMT(
	"select id, channel, kind, data::text from veza_data.live_event where id = any ($1) order by id", INT8ARRAYOID);

static VzStmt sweep_live_events = VZ_STMT(
	"delete from veza_data.live_event where id in (select id from veza_data.live_event where created_at < $1 limit 1000)",
	TIMESTAMPTZOID);

VZ_FUNCTION(live_events);

char *
vz_live_channel(const char *kind, const pg_uuid_t *id)
{
	return psprintf("%s:%s", kind, vz_uuid_text(id));
}

/* channel_lock is what makes who publishes on the channel next wait for us, so that ids come in the order of commits. */
static VzLock
channel_lock(const char *channel)
{
	return vz_lock(VZ_LOCK_LIVE_CHANNEL, hash_bytes_extended((const unsigned char *) channel, (int) strlen(channel), 0));
}

void
vz_live_hold(const char *channel)
{
	VzLock		lock = channel_lock(channel);

	vz_lock_take(&lock);
}

bool
vz_live_try_hold(const char *channel)
{
	VzLock		lock = channel_lock(channel);

	return vz_lock_try(&lock);
}

void
vz_live_publish(const char *channel, const char *kind, const char *data)
{
	VzRow		row;

	vz_live_hold(channel);
	vz_query_row(&insert_event, VZ_ARGS(vz_arg_text(channel), vz_arg_text(kind), vz_arg_text(data), vz_arg_time(vz_now())), &row);
	Async_Notify(NOTIFY_CHANNEL, psprintf(INT64_FORMAT, vz_row_int8(&row, "id")));
}

/* append_first appends how things stand now. */
static void
append_first(StringInfo json, const char *kind, const char *data)
{
	appendStringInfoString(json, "{\"kind\":");
	escape_json(json, kind);
	appendStringInfo(json, ",\"data\":%s}", data);
}

/* append_events appends what has happened since an event. */
static void
append_events(StringInfo json, const char *channel, int64 since)
{
	VzRows		events = vz_query_rows(&events_since, VZ_ARGS(vz_arg_text(channel), vz_arg_int8(since)));

	for (uint64 i = 0; i < events.n; i++)
	{
		if (json->data[json->len - 1] != '[')
			appendStringInfoChar(json, ',');
		vz_json_append_row(json, &events.row[i]);
	}
}

Datum
vz_live_answer(const char *channel, int64 last_seen, const char *kind, const char *data)
{
	StringInfoData json;
	VzRow		state;

	vz_query_row(&channel_state, VZ_ARGS(vz_arg_text(channel), vz_arg_int8(last_seen)), &state);
	initStringInfo(&json);
	appendStringInfo(&json, "{\"channel\":\"%s\",\"last\":" INT64_FORMAT ",\"events\":[", channel, vz_row_int8(&state, "last"));
	if (kind != NULL)
		append_first(&json, kind, data);
	if (last_seen > 0 && vz_row_bool(&state, "is_known"))
		append_events(&json, channel, last_seen);
	else if (last_seen > 0)
		appendStringInfoString(&json, kind != NULL ? ",{\"kind\":\"reset\",\"data\":{}}" : "{\"kind\":\"reset\",\"data\":{}}");
	appendStringInfoString(&json, "]}");
	return vz_json_datum(&json);
}

/* live_events answers the events with these ids, for veza-httpd. */
Datum
live_events(PG_FUNCTION_ARGS)
{
	return vz_return_rows(fcinfo, &events_by_id, VZ_ARGS(vz_arg_datum(PG_GETARG_DATUM(0), false)));
}

int64
vz_job_sweep_live_events(void)
{
	return vz_sweep(&sweep_live_events, "live_event_keep");
}
