/*
 * mails.c
 *		The thread that sends mails (see mails.h).
 *
 * It has a connection of its own, so that a slow mail server never delays a
 * payment. A mail is composed by the database in a transaction of its own
 * before it is sent; the token in it is known to nobody else.
 */
#include "mails.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/log.h"
#include "../base/watch.h"
#include "../config/config.h"
#include "database.h"
#include "report.h"
#include "side_thread.h"
#include "smtp.h"

/* One at a time: each must be sent within its lease, however slow the server is. */
#define BATCH "1"

static const char *name;

/*
 * report_mail tells the database what became of a mail. That there is no such
 * mailbox is an answer, not a failure: strangers name addresses that do not
 * exist, and no operator must be called for that.
 */
static void
report_mail(PGconn *conn, const char *effect, const char *lease, const SmtpOutcome *o, const char *code, int64_t ms)
{
	bool		is_answer = strcmp(o->word, "no_mailbox") == 0;

	(void) report_effect(conn, &(EffectReport) {.effect = effect, .lease = lease, .relay = name,
		.word = is_answer ? "ok" : o->word, .http_status = o->status, .error_code = code, .error_message = o->error,
		.facts = is_answer ? "{\"dropped\": \"there is no such mailbox\"}" : NULL, .duration_ms = ms});
	log_line(strcmp(o->word, "ok") == 0 ? LOG_INFO : LOG_WARN, "mail", "effect_id", effect, "outcome", o->word,
			 "error", o->error[0] ? o->error : NULL, NULL);
}

/* send_composed takes a composed mail out of its JSON and sends it; one that lacks a member is refused. */
static void
send_composed(const char *json, SmtpOutcome *outcome)
{
	json_t	   *j = json_loads(json, 0, NULL);
	Mail		mail = {
		.id = json_string_value(json_object_get(j, "mail_id")),
		.to = json_string_value(json_object_get(j, "to")),
		.language = json_string_value(json_object_get(j, "language")),
		.subject = json_string_value(json_object_get(j, "subject")),
		.text = json_string_value(json_object_get(j, "text")),
		.html = json_string_value(json_object_get(j, "html"))
	};

	if (mail.id == NULL || mail.to == NULL || mail.language == NULL || mail.subject == NULL ||
		mail.text == NULL || mail.html == NULL)
		*outcome = (SmtpOutcome) {.word = "refused", .error = "the mail makes no sense to this relay"};
	else
		smtp_send(&mail, outcome);
	json_decref(j);
}

/* carry_out composes and sends the mail of one claimed effect. */
static void
carry_out(PGconn *conn, const char *effect, const char *lease)
{
	const char *values[2] = {effect, lease};
	SmtpOutcome outcome = {.word = "ok"};
	int64_t		started_ms = monotonic_ms();
	const char *code = NULL;
	PGresult   *r;

	if (!config_is_set(CONFIG_SMTP_HOST) || !config_is_set(CONFIG_SMTP_FROM))
	{
		outcome = (SmtpOutcome) {.word = "refused", .error = "SMTP_HOST and SMTP_FROM are not set"};
		report_mail(conn, effect, lease, &outcome, "mail_not_configured", 0);
		return;
	}
	r = database_call(conn, "select veza.compose_mail($1, $2)", 2, values);
	if (r == NULL)
		return;					/* the lease runs out */
	if (!PQgetisnull(r, 0, 0))
		send_composed(PQgetvalue(r, 0, 0), &outcome);
	PQclear(r);
	if (strcmp(outcome.word, "ok") != 0)
		code = "mail_not_sent";
	report_mail(conn, effect, lease, &outcome, code, monotonic_ms() - started_ms);
}

/* send_due sends what is due; true when there may be more. */
static bool
send_due(PGconn *conn)
{
	const char *values[2] = {name, BATCH};
	PGresult   *r = database_call(conn, "select id, lease_token from veza.claim_effects($1, '{mail_send}', $2::int)", 2, values);
	int			n = r ? PQntuples(r) : 0;

	for (int i = 0; i < n; i++)
		carry_out(conn, PQgetvalue(r, i, 0), PQgetvalue(r, i, 1));
	PQclear(r);
	return n == atoi(BATCH);
}

/* mail_interval is how often mails are asked for. */
static int64_t
mail_interval(void)
{
	return config_int(CONFIG_RELAY_POLL_INTERVAL);
}

static SideThread side = {.name = "mails", .work = send_due, .interval_ms = mail_interval};

void
mails_start(const char *relay_name)
{
	name = relay_name;
	side_thread_start(&side);
}

void
mails_stop(void)
{
	side_thread_stop(&side);
}
