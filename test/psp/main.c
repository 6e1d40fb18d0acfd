/*
 * main.c
 *	  veza-pspsim: a small stand-in for the Hyperswitch payment service provider.
 *
 * Reads the arguments, starts the two ports and the webhook sender, and waits
 * for the signal to stop.
 */
#include <curl/curl.h>
#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "clock.h"
#include "config.h"
#include "control.h"
#include "ledger.h"
#include "listener.h"
#include "record.h"
#include "sender.h"
#include "store.h"

struct config config;

enum option_id
{
	OPT_PORT, OPT_CONTROL_PORT, OPT_API_KEY, OPT_PUBLISHABLE_KEY, OPT_WEBHOOK_URL,
	OPT_WEBHOOK_SECRET, OPT_TIME_SCALE, OPT_STATE, OPT_RETURN_URL, OPT_PUBLIC_URL,
	OPT_ADDRESS, OPTIONS
};

static const struct option long_options[] = {
	{"port", required_argument, NULL, OPT_PORT},
	{"control-port", required_argument, NULL, OPT_CONTROL_PORT},
	{"api-key", required_argument, NULL, OPT_API_KEY},
	{"publishable-key", required_argument, NULL, OPT_PUBLISHABLE_KEY},
	{"webhook-url", required_argument, NULL, OPT_WEBHOOK_URL},
	{"webhook-secret", required_argument, NULL, OPT_WEBHOOK_SECRET},
	{"time-scale", required_argument, NULL, OPT_TIME_SCALE},
	{"state", required_argument, NULL, OPT_STATE},
	{"return-url", required_argument, NULL, OPT_RETURN_URL},
	{"public-url", required_argument, NULL, OPT_PUBLIC_URL},
	{"address", required_argument, NULL, OPT_ADDRESS},
	{NULL, 0, NULL, 0}
};

/* The same options, as the environment calls them. */
static const char *const variables[OPTIONS] = {
	"PSPSIM_PORT", "PSPSIM_CONTROL_PORT", "PSPSIM_API_KEY", "PSPSIM_PUBLISHABLE_KEY",
	"PSPSIM_WEBHOOK_URL", "PSPSIM_WEBHOOK_SECRET", "PSPSIM_TIME_SCALE", "PSPSIM_STATE",
	"PSPSIM_RETURN_URL", "PSPSIM_PUBLIC_URL", "PSPSIM_ADDRESS"
};

/* Ends the program with one line that says what is wrong. */
static void
die(const char *what, const char *detail)
{
	fprintf(stderr, "veza-pspsim: %s%s\n", what, detail);
	exit(1);
}

/* Returns a port number, or ends the program. */
static int
parse_port(const char *text)
{
	char	   *end;
	long		port = strtol(text, &end, 10);

	if (*text == '\0' || *end != '\0' || port < 0 || port > 65535)
		die("not a port: ", text);
	return (int) port;
}

/* Returns a factor of at least zero, or ends the program. */
static double
parse_scale(const char *text)
{
	char	   *end;
	double		scale = strtod(text, &end);

	if (*text == '\0' || *end != '\0' || !(scale >= 0 && scale <= 1000))
		die("not a time scale: ", text);
	return scale;
}

/* Fills in the configuration from the environment and the arguments. */
static void
configure(int count, char **arguments)
{
	const char *values[OPTIONS];
	int			option;

	for (int i = 0; i < OPTIONS; i++)
	{
		values[i] = getenv(variables[i]);
		if (values[i] != NULL && values[i][0] == '\0')
			values[i] = NULL;
	}
	while ((option = getopt_long(count, arguments, "", long_options, NULL)) != -1)
	{
		if (option < 0 || option >= OPTIONS)
			exit(2);
		values[option] = optarg;
	}
	if (optind < count)
		die("unexpected argument: ", arguments[optind]);
	for (int i = 0; i < OPTIONS; i++)
	{
		if (values[i] == NULL && (i == OPT_PORT || i == OPT_API_KEY ||
								  i == OPT_WEBHOOK_URL || i == OPT_WEBHOOK_SECRET))
			die("missing option --", long_options[i].name);
	}
	config = (struct config) {
		.address = values[OPT_ADDRESS] != NULL ? values[OPT_ADDRESS] : "127.0.0.1",
		.port = parse_port(values[OPT_PORT]),
		.api_key = values[OPT_API_KEY],
		.publishable_key = values[OPT_PUBLISHABLE_KEY],
		.webhook_url = values[OPT_WEBHOOK_URL],
		.webhook_secret = values[OPT_WEBHOOK_SECRET],
		.state_file = values[OPT_STATE],
		.return_url = values[OPT_RETURN_URL],
		.public_url = values[OPT_PUBLIC_URL],
		.time_scale = values[OPT_TIME_SCALE] != NULL ? parse_scale(values[OPT_TIME_SCALE]) : 1.0
	};
	config.control_port = values[OPT_CONTROL_PORT] != NULL
		? parse_port(values[OPT_CONTROL_PORT]) : config.port == 0 ? 0 : config.port + 1;
}

/* Starts everything, or ends the program saying what did not start. */
static void
start(void)
{
	static char public_url[64];

	if (sodium_init() < 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		die("the libraries do not start", "");
	json_object_seed(0);
	nap_init();
	ledger_init();
	if (!store_load())
		exit(1);
	if (!listener_open(&api_service))
		die("cannot listen for the API: ", strerror(errno));
	snprintf(public_url, sizeof(public_url), "http://%s:%d", config.address, config.port);
	if (config.public_url == NULL)
		config.public_url = public_url;
	if (!control_start())
		die("cannot listen for control: ", strerror(errno));
	if (!sender_start())
		die("cannot start the webhook sender", "");
	printf("veza-pspsim: api http://%s:%d control http://127.0.0.1:%d\n", config.address,
		   config.port, config.control_port);
	fflush(stdout);
}

/* Sleeps until a signal says stop, opening the API port again when it is due. */
static void
wait_for_stop(const sigset_t *signals)
{
	int			got;

	do
	{
		int64_t		due = control_reopen_due();
		int64_t		left = due == 0 ? 3600000 : due - monotonic_ms();
		struct timespec wait = {left > 0 ? left / 1000 : 0, left > 0 ? left % 1000 * 1000000 : 0};

		got = sigtimedwait(signals, NULL, &wait);
		if (due != 0 && monotonic_ms() >= due && due == control_reopen_due())
		{
			control_reopen_done();
			if (!listener_reopen())
				fprintf(stderr, "veza-pspsim: cannot open the API port again\n");
		}
	} while (got != SIGTERM && got != SIGINT);
}

int
main(int argc, char **argv)
{
	sigset_t	signals;

	configure(argc, argv);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGUSR1);
	/* Before any thread starts, so that only sigtimedwait() sees them. */
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	start();
	wait_for_stop(&signals);
	/* The sender first: it ends what control requests may be waiting for. */
	sender_stop();
	control_stop();
	listener_close();
	store_sync();
	record_reset();
	ledger_free();
	curl_global_cleanup();
	return 0;
}
