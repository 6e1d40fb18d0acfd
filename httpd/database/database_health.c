/*
 * database_health.c
 *		How the database is, as the control thread has seen it last (see database_health.h).
 */
#include "database_health.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "../base/log.h"
#include "../base/metrics.h"
#include "server.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static DatabaseHealth health = {.schema = "unknown"};

DatabaseHealth
database_health(void)
{
	DatabaseHealth h;

	pthread_mutex_lock(&lock);
	h = health;
	pthread_mutex_unlock(&lock);
	return h;
}

/* notify_lanes lets them follow: who waits to connect may do so now, and who is connected to a former server must not stay. */
static void
notify_lanes(bool was_up, const DatabaseLook *seen)
{
	static bool was_wrong;
	bool		is_right = seen != NULL && seen->is_writable && was_wrong;

	if (is_right)
		server_note_change();
	if (is_right || (seen != NULL && !was_up))
		server_note_return();
	if (seen != NULL)
		was_wrong = !seen->is_writable;
}

void
database_health_note(const DatabaseLook *seen, bool has_routes)
{
	static const Readiness unknown = {.state = "unknown"};
	const Readiness *now = seen != NULL ? &seen->readiness : &unknown;
	bool		is_up = seen != NULL;
	bool		is_writable = is_up && seen->is_writable;
	bool		changed;

	notify_lanes(database_health().is_up, seen);
	pthread_mutex_lock(&lock);
	changed = health.is_up != is_up || health.is_writable != is_writable || strcmp(health.schema, now->state) != 0;
	health.is_up = is_up;
	health.is_writable = is_writable;
	health.is_ready = is_writable && strcmp(now->state, "ready") == 0 && has_routes;
	snprintf(health.schema, sizeof(health.schema), "%s", now->state);
	snprintf(health.command, sizeof(health.command), "%s", now->command);
	health.latency_us = is_up ? seen->latency_us : 0;
	pthread_mutex_unlock(&lock);
	metrics_set(GAUGE_DATABASE_UP, is_up);
	metrics_set(GAUGE_DATABASE_WRITABLE, is_writable);
	if (changed)
		log_line(is_writable ? LOG_INFO : LOG_WARN,
				 is_writable ? "database answers" : is_up ? "database is read-only" : "database lost", "schema", now->state,
				 "run", now->command[0] ? now->command : NULL, NULL);
}

void
database_health_note_payments(const char *json)
{
	pthread_mutex_lock(&lock);
	snprintf(health.payments, sizeof(health.payments), "%s", json);
	pthread_mutex_unlock(&lock);
}
