/*
 * config_fuzz.c
 *		Any .env file, and any address that must lose its password.
 */
#include "../../httpd/config/config.h"
#include "fuzz.h"

static const uint8_t *file_data;
static size_t file_size;

extern FILE *__wrap_fopen(const char *path, const char *mode);

/* Every .env file is the input; .env.<APP_ENV> is not there. */
FILE *
__wrap_fopen(const char *path, const char *mode)
{
	size_t		len = strlen(path);

	if (file_size == 0 || len < 5 || strcmp(path + len - 5, "/.env") != 0)
		return NULL;
	return fmemopen((void *) file_data, file_size, mode);
}

/* check_redaction builds an address as libpq takes it, with the input in the password, and redacts it. */
static void
check_redaction(const char *text)
{
	static const char marker[] = "QQpasswordQQ";
	size_t		len = strcspn(text, "@/");
	char		url[400];
	char		out[500];

	snprintf(url, sizeof(url), "postgres://user:%.*s%s@host/db", (int) (len > 300 ? 300 : len), text, marker);
	config_redact_url(url, out, sizeof(out));
	promise(strstr(out, marker) == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char	   *messages = NULL;
	char	   *dump = NULL;
	size_t		n;
	FILE	   *errors = open_memstream(&messages, &n);
	FILE	   *out = open_memstream(&dump, &n);
	char	   *text = text_of(data, size);
	char		small[16];
	int64_t		ms;
	int			nerrors;

	file_data = data;
	file_size = size;
	clearenv();
	nerrors = config_load(".", errors);
	fclose(errors);
	promise((nerrors > 0) == (messages != NULL && messages[0] != '\0'));
	config_dump(out);
	fclose(out);
	if (nerrors == 0)
	{
		promise(config_int(CONFIG_APP_PORT) >= 1 && config_int(CONFIG_APP_PORT) <= 65535);
		promise(strlen(config_text(CONFIG_JWT_SECRET)) >= 32);
		/* Quotes and blanks around it are not part of a value, so it may occur in another one. */
		promise(config_int(CONFIG_HANDLER_TIMEOUT) >= 100);
	}
	free(messages);
	free(dump);

	if (config_parse_duration(text, &ms))
		promise(ms >= 0);
	config_redact_url(text, small, sizeof(small));
	promise(strlen(small) < sizeof(small));
	check_redaction(text);
	free(text);
	return 0;
}
