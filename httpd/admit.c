/*
 * admit.c
 *		Judging a request by its head (see admit.h). Source: RFC 9110, RFC 9112.
 */
#include "admit.h"

#include <string.h>
#include <strings.h>

/* Headers that decide something here: two of them would be read differently by two readers. */
static const char *const singletons[] = {"Host", "Content-Length", "Transfer-Encoding",
"Content-Type", "Authorization", "Idempotency-Key", "Range", "X-CSRF-Token", "Origin", "Expect"};

static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* is_name compares a header's name, which has no case. */
static bool
is_name(const HttpHeader *h, const char *name)
{
	return strlen(name) == h->name_len && strncasecmp(h->name, name, h->name_len) == 0;
}

/* is_value compares a header's value without regard to case. */
static bool
is_value(const HttpHeader *h, const char *value)
{
	return strlen(value) == h->value_len && strncasecmp(h->value, value, h->value_len) == 0;
}

const HttpHeader *
request_header(const HttpHead *head, const char *name)
{
	for (size_t i = 0; i < head->nheaders; i++)
		if (is_name(&head->headers[i], name))
			return &head->headers[i];
	return NULL;
}

/* is_token says whether the text is a token of RFC 9110. */
static bool
is_token(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
	{
		unsigned char c = (unsigned char) text[i];

		if (c <= ' ' || c >= 0x7F || strchr("\"(),/:;<=>?@[\\]{}", c) != NULL)
			return false;
	}
	return len > 0;
}

/* refuse makes a refusal. */
static Admission
refuse(int error, const char *problem)
{
	return (Admission)
	{
		.error = error, .problem = problem
	};
}

/* check_method: known methods only, in the case they are written in. */
static bool
is_known_method(const char *method)
{
	for (size_t i = 0; i < LENGTH(methods); i++)
		if (strcmp(methods[i], method) == 0)
			return true;
	return false;
}

/* target_problem returns what is wrong with the target's bytes, or NULL. */
static const char *
target_problem(const char *target)
{
	if (target[0] != '/')
		return "the request target must start with /";
	for (const unsigned char *p = (const unsigned char *) target; *p != '\0'; p++)
		if (*p <= ' ' || *p >= 0x7F || *p == '#' || *p == '"' || *p == '<' || *p == '>' || *p == '\\')
			return "the request target contains characters that must be percent-encoded";
	return NULL;
}

/* headers_problem returns what is wrong with the headers as such, or NULL. */
static const char *
headers_problem(const HttpHead *head)
{
	for (size_t i = 0; i < head->nheaders; i++)
	{
		const HttpHeader *h = &head->headers[i];

		if (!is_token(h->name, h->name_len))
			return "a header name is not a token";
		for (size_t j = 0; j < h->value_len; j++)
		{
			unsigned char c = (unsigned char) h->value[j];

			if ((c < ' ' && c != '\t') || c == 0x7F)
				return "a header value contains a control character";
		}
	}
	for (size_t s = 0; s < LENGTH(singletons); s++)
	{
		int			n = 0;

		for (size_t i = 0; i < head->nheaders; i++)
			n += is_name(&head->headers[i], singletons[s]);
		if (n > 1)
			return "a header that may occur once occurs twice";
	}
	return NULL;
}

/*
 * ends_with_empty_line says whether the head ends as it must. libmicrohttpd
 * 0.9.75 takes a line that begins with a colon for the end, so that what
 * follows would be read as another request. It writes NUL over line ends and
 * over the colon behind each name: an empty line leaves two, or one more when
 * the header before it has nothing behind its colon.
 */
static bool
ends_with_empty_line(const HttpHead *head)
{
	const HttpHeader *last = head->nheaders > 0 ? &head->headers[head->nheaders - 1] : NULL;
	size_t		n = 0;

	while (n < head->raw_len && head->raw[head->raw_len - 1 - n] == '\0')
		n++;
	if (n == 4)
		return true;
	return n == 5 && last != NULL && last->value_len == 0 && head->raw_len > n &&
		head->raw[head->raw_len - 1 - n] == last->name[last->name_len - 1];
}

/* is_key says whether an Idempotency-Key is 1 to 255 visible ASCII characters. */
static bool
is_key(const HttpHeader *h)
{
	for (size_t i = 0; i < h->value_len; i++)
		if (h->value[i] <= ' ' || h->value[i] >= 0x7F)
			return false;
	return h->value_len > 0 && h->value_len <= 255;
}

/* read_length reads a Content-Length: decimal digits only. */
static bool
read_length(const HttpHeader *h, uint64_t *length)
{
	uint64_t	n = 0;

	if (h->value_len == 0 || h->value_len > 19)
		return false;
	for (size_t i = 0; i < h->value_len; i++)
	{
		if (h->value[i] < '0' || h->value[i] > '9')
			return false;
		n = n * 10 + (uint64_t) (h->value[i] - '0');
	}
	*length = n;
	return true;
}

/* check_body judges how the body is framed. */
static Admission
check_body(const HttpHead *head, bool is_1_1, uint64_t body_limit)
{
	const HttpHeader *length = request_header(head, "Content-Length");
	const HttpHeader *coding = request_header(head, "Transfer-Encoding");
	Admission	a = {.error = ADMIT_OK};

	if (coding != NULL)
	{
		if (length != NULL)
			return refuse(VZ_E_MALFORMED_REQUEST, "Content-Length and Transfer-Encoding exclude each other");
		if (!is_1_1)
			return refuse(VZ_E_MALFORMED_REQUEST, "HTTP/1.0 has no Transfer-Encoding");
		if (!is_value(coding, "chunked"))
			return refuse(VZ_E_NOT_IMPLEMENTED, "the only transfer coding is chunked");
		a.has_body = a.is_chunked = true;
		return a;
	}
	if (length != NULL)
	{
		if (!read_length(length, &a.content_length))
			return refuse(VZ_E_MALFORMED_REQUEST, "Content-Length is not a number");
		if (a.content_length > body_limit)
			return refuse(VZ_E_PAYLOAD_TOO_LARGE, "Content-Length is beyond the limit");
		a.has_body = a.content_length > 0;
	}
	return a;
}

Admission
request_admit(const HttpHead *head, uint64_t body_limit)
{
	bool		is_1_1 = strcmp(head->version, "HTTP/1.1") == 0;
	const HttpHeader *h;
	const char *problem;

	if (!is_1_1 && strcmp(head->version, "HTTP/1.0") != 0)
		return refuse(VZ_E_HTTP_VERSION_NOT_SUPPORTED, "the version must be HTTP/1.1 or HTTP/1.0");
	if (!is_known_method(head->method))
		return refuse(VZ_E_NOT_IMPLEMENTED, "the method is not known here");
	if (strlen(head->target) > ADMIT_TARGET_MAX)
		return refuse(VZ_E_URI_TOO_LONG, "the request target is too long");
	if ((problem = target_problem(head->target)) != NULL)
		return refuse(VZ_E_MALFORMED_REQUEST, problem);
	if ((problem = headers_problem(head)) != NULL)
		return refuse(VZ_E_MALFORMED_REQUEST, problem);

	if (head->raw != NULL && !ends_with_empty_line(head))
		return refuse(VZ_E_MALFORMED_REQUEST, "the headers do not end with an empty line");

	h = request_header(head, "Host");
	if (is_1_1 && (h == NULL || h->value_len == 0))
		return refuse(VZ_E_MALFORMED_REQUEST, "HTTP/1.1 needs a Host header");
	h = request_header(head, "Expect");
	if (h != NULL && !is_value(h, "100-continue"))
		return refuse(VZ_E_EXPECTATION_FAILED, "the only expectation is 100-continue");
	h = request_header(head, "Idempotency-Key");
	if (h != NULL && !is_key(h))
		return refuse(VZ_E_MALFORMED_REQUEST, "Idempotency-Key must have 1 to 255 visible ASCII characters");
	return check_body(head, is_1_1, body_limit);
}
