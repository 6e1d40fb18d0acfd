/*
 * admit_fuzz.c
 *		request_admit on any head. Input: three lines (method, target,
 *		version), then a header per line, "name:value".
 */
#include <strings.h>

#include "../../httpd/wire/admit.h"
#include "fuzz.h"

#define MAX_HEADERS 64
#define LIMIT 1000

/* count counts the headers of a name. */
static int
count(const HttpHead *head, const char *name)
{
	int			n = 0;

	for (size_t i = 0; i < head->nheaders; i++)
		n += head->headers[i].name_len == strlen(name) &&
			strncasecmp(head->headers[i].name, name, strlen(name)) == 0;
	return n;
}

/* check_admitted checks what must hold of everything that is let in. */
static void
check_admitted(const HttpHead *head, const Admission *a)
{
	static const char *const once[] = {"Host", "Content-Length", "Transfer-Encoding", "Content-Type",
	"Authorization", "Idempotency-Key", "Range", "X-CSRF-Token", "Origin", "Cookie", "User-Agent", "X-Request-ID"};
	bool		is_1_1 = strcmp(head->version, "HTTP/1.1") == 0;

	promise(is_1_1 || strcmp(head->version, "HTTP/1.0") == 0);
	promise(head->target[0] == '/' && strlen(head->target) <= ADMIT_TARGET_MAX);
	for (const char *p = head->target; *p != '\0'; p++)
		promise(*p > ' ' && *p < 0x7F);
	for (size_t i = 0; i < sizeof(once) / sizeof(once[0]); i++)
		promise(count(head, once[i]) <= 1);
	promise(!is_1_1 || count(head, "Host") == 1);
	promise(count(head, "Content-Length") + count(head, "Transfer-Encoding") <= 1);
	promise(a->is_chunked == (count(head, "Transfer-Encoding") == 1));
	promise(a->content_length <= LIMIT && a->has_body == (a->is_chunked || a->content_length > 0));
	for (size_t i = 0; i < head->nheaders; i++)
	{
		const HttpHeader *h = &head->headers[i];

		promise(h->name_len > 0);
		for (size_t j = 0; j < h->name_len; j++)
			promise(h->name[j] > ' ' && h->name[j] < 0x7F && strchr(":()<>@,;\\\"/[]?={}", h->name[j]) == NULL);
		for (size_t j = 0; j < h->value_len; j++)
			promise((unsigned char) h->value[j] >= ' ' || h->value[j] == '\t');
	}
}

/* header_of cuts a line at its first colon; the name and the value get blocks of their own. */
static HttpHeader
header_of(const uint8_t *line, size_t len)
{
	const uint8_t *colon = memchr(line, ':', len);
	size_t		name_len = colon ? (size_t) (colon - line) : len;
	size_t		value_len = colon ? len - name_len - 1 : 0;
	char	   *name = malloc(name_len ? name_len : 1);
	char	   *value = malloc(value_len ? value_len : 1);

	memcpy(name, line, name_len);
	if (value_len > 0)
		memcpy(value, colon + 1, value_len);
	return (HttpHeader) {name, name_len, value, value_len};
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	HttpHeader	headers[MAX_HEADERS];
	char	   *lines[3];
	HttpHead	head = {.headers = headers};
	const uint8_t *line;
	size_t		len;
	Admission	a;

	for (int i = 0; i < 3; i++)
		lines[i] = take_line(&data, &size, &line, &len) ? text_of(line, len) : strdup("");
	head.method = lines[0];
	head.target = lines[1];
	head.version = lines[2];
	while (head.nheaders < MAX_HEADERS && take_line(&data, &size, &line, &len))
		headers[head.nheaders++] = header_of(line, len);
	a = request_admit(&head, LIMIT);
	free(request_list(&head, "If-Match"));
	free(request_list(&head, "Content-Encoding"));
	if (a.error == ADMIT_OK)
		check_admitted(&head, &a);
	else
		promise(a.error >= 0 && a.error < VZ_ERROR_COUNT && a.problem != NULL);
	for (size_t i = 0; i < head.nheaders; i++)
	{
		free((char *) headers[i].name);
		free((char *) headers[i].value);
	}
	for (int i = 0; i < 3; i++)
		free(lines[i]);
	return 0;
}
