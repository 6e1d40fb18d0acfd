/*
 * scanner.c
 *		The virus scanner as everybody sees it (see scanner.h).
 */
#include "scanner.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../base/log.h"
#include "../base/metrics.h"
#include "../config/config.h"
#include "clamd.h"

#define LOOK_EVERY_S	1
#define LOOK_MS			2000
#define ADDRESSES_MAX	8

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static ClamdAddress known;		/* where it has answered last */
static atomic_bool is_up;
static atomic_bool is_told;		/* of how it is: a change is a line in the log, not every look */

/* note_scanner notes how the scanner is. */
static void
note_scanner(bool up)
{
	bool		was_up = atomic_exchange(&is_up, up);

	metrics_set(GAUGE_SCANNER_UP, up);
	if (was_up == up && atomic_exchange(&is_told, true))
		return;
	atomic_store(&is_told, true);
	log_line(up ? LOG_INFO : LOG_WARN, up ? "clamd answers" : "clamd does not answer", "address",
			 config_text(CONFIG_CLAMAV_ADDRESS), NULL);
	log_flush();
}

/* look_for_scanner asks at each address that it may have. */
static bool
look_for_scanner(void)
{
	ClamdAddress address;

	for (int i = 0; i < ADDRESSES_MAX && clamd_resolve(config_text(CONFIG_CLAMAV_ADDRESS), i, &address); i++)
		if (clamd_ping(&address, LOOK_MS))
		{
			pthread_mutex_lock(&lock);
			known = address;
			pthread_mutex_unlock(&lock);
			return true;
		}
	return false;
}

/* watch_scanner asks every second, for ever. */
static void *
watch_scanner(void *unused)
{
	(void) unused;
	for (;;)
	{
		note_scanner(look_for_scanner());
		sleep(LOOK_EVERY_S);
	}
	return NULL;
}

void
scanner_start(void)
{
	pthread_t	thread;

	if (!config_bool(CONFIG_CLAMAV_ENABLE))
		return;
	if (pthread_create(&thread, NULL, watch_scanner, NULL) != 0)
		abort();
	pthread_detach(thread);
}

const char *
scanner_status(void)
{
	return !config_bool(CONFIG_CLAMAV_ENABLE) ? "disabled" : atomic_load(&is_up) ? "ok" : "down";
}

bool
scanner_is_missed(void)
{
	return config_bool(CONFIG_CLAMAV_REQUIRED) && !atomic_load(&is_up);
}

ClamdVerdict
scanner_scan(int fd, bool (*must_stop) (void), char detail[CLAMD_DETAIL_MAX])
{
	ClamdAddress address;
	ClamdVerdict verdict = CLAMD_UNAVAILABLE;

	snprintf(detail, CLAMD_DETAIL_MAX, "%s", scanner_status());
	if (!atomic_load(&is_up))
		return CLAMD_UNAVAILABLE;
	pthread_mutex_lock(&lock);
	address = known;
	pthread_mutex_unlock(&lock);
	verdict = clamd_scan(&address, fd, (int) config_int(CONFIG_CLAMAV_TIMEOUT), must_stop, detail);
	if (verdict != CLAMD_UNAVAILABLE || must_stop())
		return verdict;
	/* A scanner that answers others has failed at this file, which would wait for ever otherwise. */
	if (clamd_ping(&address, LOOK_MS))
		return CLAMD_FAILED;
	note_scanner(false);
	return CLAMD_UNAVAILABLE;
}
