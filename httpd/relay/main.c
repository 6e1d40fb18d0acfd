/*
 * main.c
 *		veza-relay: carries effects out of PostgreSQL and their results back.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "../base/identity.h"
#include "../base/log.h"
#include "../check.h"
#include "../config/config.h"
#include "exchange.h"
#include "jobs.h"
#include "mails.h"
#include "relay.h"
#include "stream_jobs.h"

static const char usage[] =
	"usage: veza-relay [--check | --version | --help]\n"
	"\n"
	"Claims due effects (payments, refunds, mails), carries them out at the payment provider\n"
	"and the mail server, and reports the results; runs veza.run_due_jobs(). Any number may run. The configuration is\n"
	"that of veza-httpd; RELAY_DATABASE_URL is the connection.\n"
	"\n"
	"  --check    validate the configuration, ask the database whether it fits, name\n"
	"             unknown variables, and exit\n";

#define CONNECTIONS 4			/* for effects, jobs, mails and the stream server */

#define LOG_END_MS	1000		/* who does not read the log until then misses its end */

static volatile sig_atomic_t stop;

/* ask_to_stop is the signal handler. */
static void
ask_to_stop(int signal_number)
{
	(void) signal_number;
	stop = 1;
}

int
main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = ask_to_stop};
	const CheckNeeds needs = {CONFIG_RELAY_DATABASE_URL, "claim_effects", CONNECTIONS, false};
	int			errors;

	if (argc > 1 && strcmp(argv[1], "--check") != 0)
	{
		if (strcmp(argv[1], "--version") == 0)
			return printf("veza-relay %s (build %s)\n", VEZA_VERSION, build_id) < 0;
		fputs(usage, strcmp(argv[1], "--help") == 0 ? stdout : stderr);
		return strcmp(argv[1], "--help") == 0 ? 0 : 2;
	}
	errors = config_load(".", stderr);
	if (!config_is_set(CONFIG_RELAY_DATABASE_URL))
	{
		fprintf(stderr, "RELAY_DATABASE_URL is required by veza-relay (not set)\n");
		errors++;
	}
	if (errors > 0)
	{
		fprintf(stderr, "veza-relay: %d error%s in the configuration\n", errors, errors == 1 ? "" : "s");
		return 1;
	}
	if (argc > 1)
		return check_configuration(&needs);
	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);

	log_init("veza-relay", config_text(CONFIG_LOG_LEVEL));
	/* libcurl is prepared before there are threads that use it. */
	exchange_init();
	jobs_start();
	mails_start(relay_name());
	stream_jobs_start(relay_name());
	relay_run(&stop);
	stream_jobs_stop();
	mails_stop();
	jobs_stop();
	log_line(LOG_INFO, "stopped", NULL);
	log_drain(LOG_END_MS);
	return 0;
}
