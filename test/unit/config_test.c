/*
 * config_test.c
 *		The configuration: where values come from, what is refused, what is
 *		never printed.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../httpd/config/config.h"
#include "tap.h"

#define KEY32 "0123456789abcdef0123456789abcdef"

static char directory[] = "/tmp/veza-config-XXXXXX";
static char errors[20000];

/* write_file writes a file of the directory. */
static void
write_file(const char *name, const char *text)
{
	char		path[200];
	FILE	   *f;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	f = fopen(path, "w");
	if (f == NULL)
		abort();
	fputs(text, f);
	fclose(f);
}

/* remove_files removes the files again. */
static void
remove_files(void)
{
	static const char *const names[] = {".env", ".env.development", ".env.test", ".env.staging", ".env.production", "secret"};
	char		path[200];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
	{
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		unlink(path);
	}
}

/* reset empties the environment and the directory, and sets what must be set. */
static void
reset(const char *env)
{
	clearenv();
	remove_files();
	setenv("APP_ENV", env, 1);
	setenv("DATABASE_URL", "postgres://veza_httpd@localhost/veza", 1);
	setenv("JWT_SECRET", KEY32, 1);
	if (strcmp(env, "production") == 0)
	{
		setenv("CORS_ALLOWED_ORIGINS", "https://app.example", 1);
		setenv("CHAT_JWT_SECRET", "chat-" KEY32, 1);
		setenv("RABBITMQ_ENABLE", "false", 1);
	}
}

/* load loads the configuration; returns the number of errors. */
static int
load(void)
{
	FILE	   *f = fmemopen(errors, sizeof(errors), "w");
	int			n = config_load(directory, f);

	fclose(f);
	return n;
}

/* load_with loads with one more variable in the environment. */
static int
load_with(const char *name, const char *value)
{
	reset("test");
	setenv(name, value, 1);
	return load();
}

/* complains tests that there is one error, about this variable. */
static void
complains(const char *name, const char *what)
{
	int			n = load();

	if (!ok(n == 1 && strncmp(errors, name, strlen(name)) == 0, "%s", what))
		printf("#      got: %d errors: %s\n", n, errors);
}

/* printed returns what a printer prints. */
static char *
printed(void (*print) (FILE *out))
{
	char	   *text = NULL;
	size_t		size = 0;
	FILE	   *f = open_memstream(&text, &size);

	print(f);
	fclose(f);
	return text;
}

/* test_defaults: what is there without any file. */
static void
test_defaults(void)
{
	reset("development");
	is_number(load(), 0, "what is required suffices");
	is_number(config_int(CONFIG_APP_PORT), 8080, "the port's default");
	is_number(config_int(CONFIG_ADMIN_PORT), 8081, "the second port is the next one");
	is_number(config_int(CONFIG_HANDLER_TIMEOUT), 30000, "durations are milliseconds");
	ok(config_int(CONFIG_HTTP_LOOPS) >= 1, "a loop per processor");
	ok(config_bool(CONFIG_DB_AUTO_MIGRATE) && !config_bool(CONFIG_HYPERSWITCH_ENABLED), "switches");
	ok(!config_is_set(CONFIG_SMTP_HOST) && config_text(CONFIG_SMTP_HOST) == NULL, "what is not set is not set");
	ok(!config_bool(CONFIG_CLAMAV_REQUIRED), "development lets uploads pass unscanned");
	is_number(config_int(CONFIG_RATE_LIMIT_LIMIT), 1000, "and more requests");
	is_text(config_text(CONFIG_SENTRY_ENVIRONMENT), "development", "the environment's name");
	ok(!config_is_production(), "it is not production");
	reset("staging");
	setenv("APP_PORT", "9000", 1);
	is_number(load(), 0, "staging");
	ok(config_bool(CONFIG_CLAMAV_REQUIRED), "is strict");
	is_number(config_int(CONFIG_RATE_LIMIT_LIMIT), 200, "about requests, too");
	is_number(config_int(CONFIG_ADMIN_PORT), 9001, "the second port follows the first");
	reset("test");
	setenv("APP_PORT", "65535", 1);
	complains("ADMIN_PORT", "the last port leaves none for the second");
}

/* test_overflow: comes last, because the sanitizer ends the program when it fails. */
static void
test_overflow(void)
{
	reset("test");
	setenv("APP_PORT", "9223372036854775807", 1);
	ok(load() > 0, "a port of 19 digits is an error and nothing worse");
	reset("test");
	setenv("APP_PORT", "-9223372036854775808", 1);
	ok(load() > 0, "a negative one, too");
}

/* test_order: the environment, then .env.<APP_ENV>, then .env, then defaults. */
static void
test_order(void)
{
	reset("test");
	write_file(".env", "APP_PORT=1001\nRELAY_NAME=weak\nJWT_ISSUER=weak\n");
	write_file(".env.test", "RELAY_NAME=strong\nJWT_ISSUER=strong\n");
	write_file(".env.production", "RELAY_NAME=other\n");
	setenv("JWT_ISSUER", "strongest", 1);
	setenv("JWT_AUDIENCE", "", 1);
	is_number(load(), 0, "three places");
	is_number(config_int(CONFIG_APP_PORT), 1001, ".env is stronger than the default");
	is_text(config_text(CONFIG_RELAY_NAME), "strong", ".env.<APP_ENV> is stronger than .env");
	is_text(config_text(CONFIG_JWT_ISSUER), "strongest", "the environment is stronger than both");
	is_text(config_text(CONFIG_JWT_AUDIENCE), "veza-app", "an empty variable is not set");
	unsetenv("APP_ENV");
	write_file(".env", "APP_ENV=staging\n");
	write_file(".env.staging", "RELAY_NAME=staged\n");
	is_number(load(), 0, "APP_ENV may stand in .env");
	is_text(config_text(CONFIG_RELAY_NAME), "staged", "and selects the second file");
	reset("test");
	write_file(".env.test", "APP_PORT=\n");
	is_number(load(), 0, "an empty value in a file");
	is_number(config_int(CONFIG_APP_PORT), 8080, "is the default");
}

/* test_syntax: the lines of a .env file. */
static void
test_syntax(void)
{
	static const char *const lines[][2] = {
		{"RELAY_NAME=plain", "plain"}, {"  RELAY_NAME = blanks around  ", "blanks around"}, {"export RELAY_NAME=x", "x"},
		{"export   RELAY_NAME = x", "x"}, {"RELAY_NAME=\"double # quoted \"", "double # quoted "},
		{"RELAY_NAME='single'", "single"}, {"RELAY_NAME=a # a comment", "a"}, {"RELAY_NAME=a#b", "a#b"},
		{"RELAY_NAME=a=b=c", "a=b=c"}, {"RELAY_NAME=\"", "\""}, {"RELAY_NAME=\"\"", NULL}, {"RELAY_NAME=''", NULL},
		{"RELAY_NAME=", NULL}, {"RELAY_NAME=a\r", "a"}, {"RELAY_NAME=\"it's\"", "it's"}, {"RELAY_NAME=$HOME", "$HOME"},
		{"# RELAY_NAME=x", NULL}, {"RELAY_NAME=x\nRELAY_NAME=y", "y"}, {"RELAY_NAMES=x", NULL}, {"relay_name=x", NULL},
		{"\n\n  \nRELAY_NAME=x\n\n", "x"},
		{"RELAY_NAME=\"a b\" # a comment", "a b"}, {"RELAY_NAME='a' # a comment", "a"}, {"RELAY_NAME= # a comment", NULL},
		{"RELAY_NAME=a\t# a comment", "a"},
	};
	char	   *long_line = malloc(20000);

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
	{
		reset("test");
		write_file(".env", lines[i][0]);
		load();
		is_text(config_text(CONFIG_RELAY_NAME), lines[i][1], "line %zu: %.*s", i, (int) strcspn(lines[i][0], "\r\n"), lines[i][0]);
	}
	reset("test");
	write_file(".env", "RELAY_NAME=x\nnonsense\n");
	is_number(load(), 1, "a line without = is an error");
	ok(strstr(errors, ".env:2:") != NULL, "which names the line");
	reset("test");
	write_file(".env", "UNKNOWN=1\nPATH=/bin\n");
	is_number(load(), 0, "variables of others are not ours to judge");

	memset(long_line, 'x', 9000);
	memcpy(long_line, "RELAY_NAME=", 11);
	strcpy(long_line + 9000, "APP_PORT=7777\n");
	memcpy(long_line + 8191, "APP_PORT=6666 # ", 16);
	reset("test");
	write_file(".env", long_line);
	ok(load() > 0 || config_int(CONFIG_APP_PORT) == 8080, "the end of a long line is not another variable");
	free(long_line);
}

/* test_values: each type's bounds. */
static void
test_values(void)
{
	static const char *const wrong[][2] = {
		{"APP_PORT", "0"}, {"APP_PORT", "65536"}, {"APP_PORT", "x"}, {"APP_PORT", "80x"}, {"APP_PORT", "8e3"},
		{"APP_PORT", "99999999999999999999"}, {"APP_PORT", "-1"}, {"APP_PORT", "1.5"},
		{"HANDLER_TIMEOUT", "99ms"}, {"HANDLER_TIMEOUT", "601s"}, {"HANDLER_TIMEOUT", "30 s"}, {"HANDLER_TIMEOUT", "s"},
		{"HANDLER_TIMEOUT", "-1s"}, {"HANDLER_TIMEOUT", "1w"}, {"HANDLER_TIMEOUT", "1.5s"},
		{"DB_AUTO_MIGRATE", "maybe"}, {"DB_AUTO_MIGRATE", "2"}, {"DB_AUTO_MIGRATE", "tru"},
		{"SENTRY_SAMPLE_RATE_ERRORS", "1.1"}, {"SENTRY_SAMPLE_RATE_ERRORS", "-0.1"}, {"SENTRY_SAMPLE_RATE_ERRORS", "nan"},
		{"SENTRY_SAMPLE_RATE_ERRORS", "x"}, {"SENTRY_SAMPLE_RATE_ERRORS", "inf"},
		{"JWT_SECRET", "0123456789abcdef0123456789abcde"}, {"CHAT_JWT_SECRET", "short"},
		{"HYPERSWITCH_BASE_URL", "sandbox.hyperswitch.io"}, {"DATABASE_URL", "host=localhost dbname=veza"},
		{"APP_ENV", "prod"}, {"LOG_LEVEL", "info"}, {"LOG_LEVEL", "TRACE"}, {"HTTP_LOOPS", "65"},
		{"DB_AUTH_CONNECTIONS", "3"}, {"FRONTEND_URL", "https://"}, {"FRONTEND_URL", "https://a b"},
		{"JWT_ACCESS_TTL", "59s"}, {"JWT_ACCESS_TTL", "25h"}, {"AUTH_RATE_LIMIT_LOGIN_WINDOW", "0"},
		{"AUTH_RATE_LIMIT_LOGIN_WINDOW", "1441"},
	};
	static const char *const good[][2] = {
		{"APP_PORT", "1"}, {"APP_PORT", "65534"}, {"HANDLER_TIMEOUT", "100ms"}, {"HANDLER_TIMEOUT", "10m"},
		{"HANDLER_TIMEOUT", "45"}, {"DB_AUTO_MIGRATE", "Yes"}, {"DB_AUTO_MIGRATE", "off"}, {"DB_AUTO_MIGRATE", "0"},
		{"SENTRY_SAMPLE_RATE_ERRORS", "0"}, {"SENTRY_SAMPLE_RATE_ERRORS", "0.25"}, {"JWT_SECRET", KEY32},
		{"JWT_REFRESH_TTL", "365d"}, {"JWT_ACCESS_TTL", "1h"}, {"RELAY_CONCURRENCY", "64"},
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
	{
		int			n = load_with(wrong[i][0], wrong[i][1]);

		ok(n > 0 && strncmp(errors, wrong[i][0], strlen(wrong[i][0])) == 0, "%s=%s is refused", wrong[i][0], wrong[i][1]);
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		is_number(load_with(good[i][0], good[i][1]), 0, "%s=%s", good[i][0], good[i][1]);
	reset("test");
	unsetenv("JWT_SECRET");
	complains("JWT_SECRET", "no key of tokens");
	unsetenv("DATABASE_URL");
	is_number(load(), 2, "all errors are told at once");
}

/* test_production: what development may do. */
static void
test_production(void)
{
	static const char *const wrong[][2] = {
		{"CSRF_DISABLED", "true"}, {"BYPASS_CONTENT_CREATOR_ROLE", "yes"}, {"DISABLE_RATE_LIMIT_FOR_TESTS", "1"},
		{"CORS_ALLOWED_ORIGINS", "https://*.example"}, {"CORS_ALLOWED_ORIGINS", "*"}, {"CORS_ALLOWED_ORIGINS", ""},
		{"CHAT_JWT_SECRET", ""}, {"RABBITMQ_ENABLE", "true"},
	};

	reset("production");
	is_number(load(), 0, "a production's configuration");
	ok(config_is_production(), "is production");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
	{
		char		what[80];

		reset("production");
		setenv(wrong[i][0], wrong[i][1], 1);
		snprintf(what, sizeof(what), "%s=%s in production", wrong[i][0], wrong[i][1]);
		complains(strcmp(wrong[i][0], "RABBITMQ_ENABLE") == 0 ? "RABBITMQ_URL" : wrong[i][0], what);
	}
	reset("production");
	setenv("HYPERSWITCH_ENABLED", "true", 1);
	setenv("HYPERSWITCH_API_KEY", "key", 1);
	complains("HYPERSWITCH_WEBHOOK_SECRET", "payments without a webhook key");
	setenv("HYPERSWITCH_WEBHOOK_SECRET", "key", 1);
	is_number(load(), 0, "with one");
	setenv("HYPERSWITCH_BASE_URL", "http://psp.example", 1);
	complains("HYPERSWITCH_BASE_URL", "payments in the clear");
	reset("test");
	setenv("HYPERSWITCH_ENABLED", "true", 1);
	complains("HYPERSWITCH_API_KEY", "payments without a key, anywhere");
	reset("test");
	setenv("JWT_SECRET", "change-me-change-me-change-me-change-me", 1);
	is_number(load(), 0, "tests may use the key of the example");
	reset("production");
	setenv("JWT_SECRET", "change-me-change-me-change-me-change-me", 1);
	complains("JWT_SECRET", "production may not");
	reset("test");
	setenv("CSRF_DISABLED", "true", 1);
	is_number(load(), 0, "tests may switch things off");
	write_file(".env", "APP_ENV=production\nCSRF_DISABLED=true\n");
	unsetenv("APP_ENV");
	ok(load() > 0 && strstr(errors, "CSRF_DISABLED") != NULL, "files are judged like the environment");
}

/* test_secret_files: a secret may stand in a file of its own, of one line. */
static void
test_secret_files(void)
{
	static const char *const wrong[] = {"two\nlines-0123456789abcdef0123456789", "a\rb-0123456789abcdef0123456789abcdef",
	"short\n", "", "\n\n"};
	char		path[200];
	char		line[300];

	snprintf(path, sizeof(path), "%s/secret", directory);
	snprintf(line, sizeof(line), "JWT_SECRET=" KEY32 "-dotenv\nJWT_SECRET_FILE=%s\n", path);
	reset("test");
	unsetenv("JWT_SECRET");
	write_file("secret", KEY32 "-of-a-file\r\n");
	write_file(".env", line);
	is_number(load(), 0, "a .env file names a secret's file");
	is_text(config_text(CONFIG_JWT_SECRET), KEY32 "-of-a-file", "which is stronger than the .env file, and ends before its newline");
	setenv("JWT_SECRET_FILE", "/nonexistent/secret", 1);
	complains("JWT_SECRET_FILE", "the environment names another one, which is not there");
	setenv("JWT_SECRET", KEY32, 1);
	is_number(load(), 0, "the value in the environment");
	is_text(config_text(CONFIG_JWT_SECRET), KEY32, "is the strongest, and no file is read");
	unsetenv("JWT_SECRET");
	setenv("JWT_SECRET_FILE", path, 1);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
	{
		write_file("secret", wrong[i]);
		ok(load() > 0 && strncmp(errors, "JWT_SECRET", 10) == 0 && strstr(errors, "0123") == NULL,
		   "content %zu is refused, and not shown", i);
	}
	setenv("JWT_SECRET", KEY32, 1);
	setenv("APP_PORT_FILE", path, 1);
	write_file("secret", "1234");
	load();
	is_number(config_int(CONFIG_APP_PORT), 8080, "what is no secret comes from no file");
}

/* test_trial: a configuration on trial is seen until it is forgotten, and changes nothing in force. */
static void
test_trial(void)
{
	FILE	   *f = fmemopen(errors, sizeof(errors), "w");

	reset("test");
	is_number(load(), 0, "in force");
	setenv("JWT_SECRET", KEY32 "-new", 1);
	is_number(config_try(directory, f), 0, "on trial");
	fclose(f);
	is_text(config_text(CONFIG_JWT_SECRET), KEY32 "-new", "its values are seen");
	ok(config_try_changes(CONFIG_JWT_SECRET), "and found changed");
	ok(!config_try_changes(CONFIG_APP_PORT) && !config_try_changes(CONFIG_SMTP_HOST), "others not");
	setenv("SMTP_HOST", "mail.example", 1);
	config_try_end();
	f = fmemopen(errors, sizeof(errors), "w");
	config_try(directory, f);
	ok(config_try_changes(CONFIG_SMTP_HOST), "what was not set before has changed, too");
	config_try_end();
	fclose(f);
	is_text(config_text(CONFIG_JWT_SECRET), KEY32, "what was in force stays");
}

/* test_token_keys: no two classes of tokens share a key. */
static void
test_token_keys(void)
{
	static const char *const pairs[][2] = {
		{"JWT_SECRET", "CHAT_JWT_SECRET"}, {"JWT_SECRET", "CHAT_JWT_SECRET_PREVIOUS"}, {"JWT_SECRET", "SIGNED_URL_SECRET"},
		{"JWT_SECRET_PREVIOUS", "CHAT_JWT_SECRET"}, {"CHAT_JWT_SECRET", "SIGNED_URL_SECRET"},
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
	{
		char		what[80];

		reset("test");
		setenv(pairs[i][0], KEY32 "-same", 1);
		setenv(pairs[i][1], KEY32 "-same", 1);
		snprintf(what, sizeof(what), "%s is %s", pairs[i][1], pairs[i][0]);
		complains(pairs[i][1], what);
	}
	reset("test");
	setenv("JWT_SECRET_PREVIOUS", KEY32, 1);
	is_number(load(), 0, "a former key may be the present one");
}

/* stored returns what a variable sets its setting to. */
static const char *
stored(ConfigId id)
{
	static char buf[CONFIG_STORED_MAX];

	return config_stored_value(id, buf, sizeof(buf));
}

/* test_stored: what is handed to the database at start. */
static void
test_stored(void)
{
	reset("test");
	is_number(load(), 0, "what is stored by default");
	is_text(config_stored_name(CONFIG_JWT_ACCESS_TTL), "access_token_ttl", "a variable names its setting");
	ok(config_stored_name(CONFIG_APP_PORT) == NULL && stored(CONFIG_APP_PORT) == NULL, "most have none");
	ok(stored(CONFIG_JWT_ACCESS_TTL) == NULL && stored(CONFIG_FRONTEND_URL) == NULL, "without a value nothing is stored");
	is_text(stored(CONFIG_AUTH_RATE_LIMIT_LOGIN_ATTEMPTS), "5", "a default is stored");
	is_text(stored(CONFIG_AUTH_RATE_LIMIT_LOGIN_WINDOW), "60", "in the setting's unit");
	is_text(config_text(CONFIG_AUTH_RATE_LIMIT_LOGIN_WINDOW), "1", "and is the setting's, in the variable's");
	is_text(stored(CONFIG_BYPASS_CONTENT_CREATOR_ROLE), "0", "a switch is a flag");
	reset("test");
	setenv("JWT_ACCESS_TTL", "1h", 1);
	setenv("FRONTEND_URL", "https://app.example/path", 1);
	setenv("CHAT_SERVER_URL", "http://me:hunter2@chat.example:81/path", 1);
	setenv("AUTH_RATE_LIMIT_LOGIN_ATTEMPTS", "9", 1);
	setenv("DISABLE_RATE_LIMIT_FOR_TESTS", "true", 1);
	is_number(load(), 0, "what the environment says");
	is_text(stored(CONFIG_JWT_ACCESS_TTL), "3600", "a duration in seconds");
	is_text(stored(CONFIG_FRONTEND_URL), "https://app.example/path", "an address");
	is_text(stored(CONFIG_CHAT_SERVER_URL), "http://chat.example:81", "one that may hold a password without it");
	is_text(stored(CONFIG_AUTH_RATE_LIMIT_LOGIN_ATTEMPTS), "0", "a limit of accounts is none while tests switch limits off");
	is_number(config_int(CONFIG_AUTH_RATE_LIMIT_LOGIN_ATTEMPTS), 9, "the variable keeps its value");
}

/* test_durations: the parser by itself. */
static void
test_durations(void)
{
	static const struct
	{
		const char *text;
		int64_t		ms;			/* negative: refused */
	}			cases[] = {
		{"500ms", 500}, {"30s", 30000}, {"30", 30000}, {"5m", 300000}, {"2h", 7200000}, {"7d", 604800000}, {"0", 0},
		{"", -1}, {"ms", -1}, {"-1s", -1}, {"1 s", -1}, {"1s ", -1}, {"1S", -1}, {"1us", -1}, {"1e3", -1},
		{"99999999999999999999s", -1}, {"100000000000d", INT64_C(100000000000) * 86400000}, {"100000000001d", -1},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		int64_t		ms = -1;
		bool		good = config_parse_duration(cases[i].text, &ms);

		ok(good == (cases[i].ms >= 0) && (!good || ms == cases[i].ms), "duration '%s'", cases[i].text);
	}
}

/* test_redaction: no password is printed, however the address is written. */
static void
test_redaction(void)
{
	static const char *const cases[][2] = {
		{"postgres://u:hunter2@h/d", "postgres://u:***@h/d"}, {"postgres://u@h/d", "postgres://***@h/d"},
		{"postgres://h/d", "postgres://h/d"}, {"amqp://guest:guest@h:5672/", "amqp://guest:***@h:5672/"},
		{"redis://:hunter2@h:6379/0", "redis://:***@h:6379/0"}, {"https://key@sentry.example/1", "https://***@sentry.example/1"},
		{"postgres:///d?host=/run&password=hunter2", "postgres:///d?host=/run&password=***"},
		{"", ""}, {"://", "://"}, {"http://[::1]:80/a@b", "http://[::1]:80/a@b"},
	};
	/* libpq takes each of these, with hunter2 in the password. */
	static const char *const hidden[] = {"postgres://u:hunter2@h/d", "postgres://u:a@hunter2@h/d", "postgres://u:hunter2?x@h/d",
		"postgres://u:hunter2#x@h/d", "postgres://u:x?hunter2@h/d", "postgres:///d?user=u&password=hunter2&host=h",
		"postgres:///d?PASSWORD=hunter2", "postgres:///d?passwor%64=hunter2", "postgres://h/d?sslpassword=hunter2",
	"host=h password=hunter2 dbname=d", "host=h password = hunter2", "host=h password = 'hunter2'"};
	char		out[200];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		config_redact_url(cases[i][0], out, sizeof(out));
		is_text(out, cases[i][1], "%s", cases[i][0]);
	}
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
	{
		config_redact_url(hidden[i], out, sizeof(out));
		ok(strstr(out, "hunter2") == NULL, "%s is printed as %s", hidden[i], out);
	}
	for (size_t size = 1; size < 40; size++)
	{
		memset(out, '!', sizeof(out));
		config_redact_url("postgres://u:hunter2@h/d?password=hunter2", out, size);
		each(out[size] == '!' && strlen(out) < size && strstr(out, "hunter2") == NULL, "size %zu", size);
	}
	all("a small buffer holds a beginning, and no password either");
}

/* test_printing: the dump and the example. */
static void
test_printing(void)
{
	static const char *const secrets[] = {"JWT_SECRET", "CHAT_JWT_SECRET", "SIGNED_URL_SECRET", "HYPERSWITCH_API_KEY",
	"HYPERSWITCH_WEBHOOK_SECRET", "STREAM_SERVER_INTERNAL_API_KEY", "SMTP_PASSWORD"};
	char		secret[80];
	char	   *text;

	reset("test");
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
	{
		snprintf(secret, sizeof(secret), "hunter2-hunter2-hunter2-hunter2-hunter2-%zu", i);
		setenv(secrets[i], secret, 1);
	}
	setenv("DATABASE_URL", "postgres://u:hunter2@h/d", 1);
	setenv("RABBITMQ_URL", "amqp://u:hunter2@h/", 1);
	is_number(load(), 0, "a configuration full of secrets");
	text = printed(config_dump);
	ok(strstr(text, "hunter2") == NULL, "none is dumped");
	ok(strstr(text, "# JWT_SECRET is set by environment; secret\n") != NULL, "a secret is named with its origin");
	ok(strstr(text, "APP_PORT=8080 # default\n") != NULL, "a value is dumped with its origin");
	ok(strstr(text, "# SMTP_HOST is not set\n") != NULL, "what is not set is named, too");
	free(text);

	text = printed(config_print_example);
	ok(strstr(text, "hunter2") == NULL, "the example does not depend on the configuration");
	write_file(".env", text);
	free(text);
	clearenv();
	is_number(load(), 0, "the example is itself a good configuration");
	is_number(config_int(CONFIG_APP_PORT), 8080, "with the defaults in comments");
}

int
main(void)
{
	if (mkdtemp(directory) == NULL)
		abort();
	test_defaults();
	test_order();
	test_syntax();
	test_values();
	test_production();
	test_secret_files();
	test_trial();
	test_token_keys();
	test_stored();
	test_durations();
	test_redaction();
	test_printing();
	test_overflow();
	remove_files();
	rmdir(directory);
	return done_testing();
}
