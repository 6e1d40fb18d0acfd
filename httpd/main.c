/*
 * main.c
 *		veza-httpd: carries HTTP requests into PostgreSQL and answers out.
 */
#include <jansson.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/identity.h"
#include "base/log.h"
#include "base/watch.h"
#include "check.h"
#include "config/config.h"
#include "control/control.h"
#include "events/event_listener.h"
#include "files/upload.h"
#include "ops/admin.h"
#include "ops/health.h"
#include "ops/probe.h"
#include "ops/profile.h"
#include "serve/client.h"
#include "serve/limiter.h"
#include "serve/loops.h"
#include "trust/reload.h"
#include "trust/token.h"

#define LOG_END_MS	1000		/* who does not read the log until then misses its end */

static const char usage[] =
	"usage: veza-httpd [--check | --dump-config | --print-example-config | --print-reference | --version | --help]\n"
	"\n"
	"  --check                 validate the configuration, ask the database whether it fits\n"
	"                          (role, schema, connections), name unknown variables, and exit\n"
	"  --dump-config           print every variable with its value and origin, secrets left out\n"
	"  --print-example-config  print .env.example\n"
	"  --print-reference       print docs/settings.md, the page of all variables and settings\n"
	"  --version               print the version\n"
	"\n"
	"Without an option it serves until SIGTERM; SIGHUP reloads the keys. The configuration comes\n"
	"from the environment, .env.<APP_ENV> and .env in the working directory; see .env.example.\n";

/* wait_for_end waits for the signal to stop; SIGHUP reloads the keys meanwhile. */
static void
wait_for_end(const sigset_t *signals)
{
	int			signal_number;

	while (sigwait(signals, &signal_number) == 0 && signal_number == SIGHUP)
		keys_reload();
	log_line(LOG_INFO, "stopping", "signal", strsignal(signal_number), NULL);
	log_flush();
}

/*
 * wait_for_balancers goes on serving for DRAIN_DELAY while /readyz says 503, so
 * that who sends requests here sees it before the port closes; another signal
 * to stop cuts it short.
 */
static void
wait_for_balancers(const sigset_t *signals)
{
	int64_t		end_ms = monotonic_ms() + config_int(CONFIG_DRAIN_DELAY);
	int64_t		left_ms;

	while ((left_ms = end_ms - monotonic_ms()) > 0)
	{
		struct timespec wait = {.tv_sec = left_ms / 1000, .tv_nsec = left_ms % 1000 * 1000000};
		int			signal_number = sigtimedwait(signals, NULL, &wait);

		if (signal_number == SIGHUP)
			keys_reload();
		else if (signal_number > 0)
			break;
	}
}

/* run_server runs the server; returns the exit code. */
static int
run_server(void)
{
	sigset_t	signals;
	bool		ok;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);	/* a file beyond a limit of the system is an upload that fails, not our end */
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);

	log_init("veza-httpd", config_text(CONFIG_LOG_LEVEL));
	keys_load();
	token_init(config_text(CONFIG_JWT_ISSUER), config_text(CONFIG_JWT_AUDIENCE));
	health_init();
	clients_init();
	limiter_init();
	(void) upload_init();
	probe_start();
	/* A migration may take long: meanwhile the second port says what goes on. */
	if (!admin_start())
		return 1;
	if (!control_start())
	{
		log_line(LOG_ERROR, "the database cannot be used; giving up", NULL);
		log_drain(LOG_END_MS);
		admin_stop();
		return 1;
	}
	ok = loops_start();
	event_listener_start();
	if (ok)
	{
		log_line(LOG_INFO, "serving", "version", VEZA_VERSION, "build", build_id, "#port", config_text(CONFIG_APP_PORT),
				 "#admin_port", config_text(CONFIG_ADMIN_PORT), "#loops", config_text(CONFIG_HTTP_LOOPS),
				 "environment", config_text(CONFIG_APP_ENV), "libmicrohttpd", MHD_get_version(), NULL);
		log_flush();
		wait_for_end(&signals);
		health_drain();
		wait_for_balancers(&signals);
		profile_cut();
	}
	loops_stop();
	event_listener_stop();
	admin_stop();
	control_stop();
	log_line(LOG_INFO, "stopped", NULL);
	log_drain(LOG_END_MS);
	return ok ? 0 : 1;
}

/* check_and_exit judges the configuration and the database without serving; returns the exit code. */
static int
check_and_exit(void)
{
	long		per_loop = (long) (config_int(CONFIG_DB_READ_CONNECTIONS) + config_int(CONFIG_DB_WRITE_CONNECTIONS) +
								   config_int(CONFIG_DB_SLOW_CONNECTIONS) + config_int(CONFIG_DB_AUTH_CONNECTIONS) +
								   config_int(CONFIG_DB_WAIT_CONNECTIONS));
	CheckNeeds	needs = {CONFIG_DATABASE_URL, "begin_request", per_loop * (long) config_int(CONFIG_HTTP_LOOPS) + 2,
	config_bool(CONFIG_DB_AUTO_MIGRATE)};

	printf("%ld database connections: %lld loops of %ld, one to look after them and one to hear of events\n",
		   needs.connections, (long long) config_int(CONFIG_HTTP_LOOPS), per_loop);
	return check_configuration(&needs);
}

/* is_known_option says whether the usage names the option; none is fine, too. */
static bool
is_known_option(const char *option)
{
	static const char *const options[] = {"", "--check", "--dump-config", "--print-example-config", "--print-reference",
	"--version", "--help"};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (strcmp(option, options[i]) == 0)
			return true;
	return false;
}

int
main(int argc, char **argv)
{
	const char *option = argc > 1 ? argv[1] : "";
	bool		is_wrong = argc > 2 || !is_known_option(option);
	int			errors;

	/* Hash tables of client JSON must not be predictable; once, before any thread. */
	json_object_seed(0);
	if (sodium_init() < 0)
		return 1;
	if (is_wrong || strcmp(option, "--help") == 0)
	{
		fputs(usage, is_wrong ? stderr : stdout);
		return is_wrong ? 2 : 0;
	}
	if (strcmp(option, "--version") == 0)
		return printf("veza-httpd %s (build %s)\n", VEZA_VERSION, build_id) < 0;
	if (strcmp(option, "--print-example-config") == 0)
	{
		config_print_example(stdout);
		return 0;
	}
	if (strcmp(option, "--print-reference") == 0)
	{
		config_print_reference(stdout);
		return 0;
	}
	errors = config_load(".", stderr);
	if (strcmp(option, "--dump-config") == 0)
		config_dump(stdout);
	if (errors > 0)
	{
		fprintf(stderr, "veza-httpd: %d error%s in the configuration\n", errors, errors == 1 ? "" : "s");
		return 1;
	}
	if (strcmp(option, "--dump-config") == 0)
		return 0;
	if (strcmp(option, "--check") == 0)
		return check_and_exit();
	return run_server();
}
