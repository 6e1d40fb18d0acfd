/*
 * admit.c
 *		Judging a request by its head (see admit.h). Source: RFC 9110, RFC 9112.
 */
#include "admit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/*
 * The headers that are read here. Of most there is one: two would be read
 * differently by two readers. Lists may come in several lines, which are one list (RFC 9110 5.3).
 */
static const char *const singletons[] = {"Host", "Content-Length", "Transfer-Encoding", "Content-Type", "Authorization",
	"Idempotency-Key", "Range", "If-Range", "Last-Event-ID", "X-CSRF-Token", "Origin", "Expect", "Cookie", "User-Agent",
"X-Request-ID", "X-Webhook-Signature-512", "Access-Control-Request-Method"};

static const char *const lists[] = {"If-Match", "If-None-Match", "Accept-Language", "Prefer", "Content-Encoding"};

static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

#define HOST_BYTES "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%!$&'()*+,;="

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

/* is_among says whether the name is one of the table's. */
static bool
is_among(const char *name, const char *const *table, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(name, table[i]) == 0)
			return true;
	return false;
}

const HttpHeader *
request_header(const HttpHead *head, const char *name)
{
	if (!is_among(name, singletons, LENGTH(singletons)))
		return NULL;
	for (size_t i = 0; i < head->nheaders; i++)
		if (is_name(&head->headers[i], name))
			return &head->headers[i];
	return NULL;
}

char *
request_list(const HttpHead *head, const char *name)
{
	char	   *list = NULL;
	size_t		len = 0;

	if (!is_among(name, lists, LENGTH(lists)))
		return NULL;
	for (size_t i = 0; i < head->nheaders; i++)
	{
		const HttpHeader *h = &head->headers[i];
		char	   *longer;

		if (!is_name(h, name))
			continue;
		if ((longer = realloc(list, len + h->value_len + 3)) == NULL)
			abort();
		list = longer;
		if (len > 0)
		{
			memcpy(list + len, ", ", 2);
			len += 2;
		}
		memcpy(list + len, h->value, h->value_len);
		len += h->value_len;
		list[len] = '\0';
	}
	return list;
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

/* make_refusal returns a verdict of the catalogue, with a sentence that says what is wrong. */
static Admission
make_refusal(int error, const char *problem)
{
	return (Admission)
	{
		.error = error, .problem = problem
	};
}

/* is_known_method knows the methods that we serve, in the case they are written in. */
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

/* skip_shown moves *p behind the text; false when it does not stand there whole. */
static bool
skip_shown(const char **p, const char *end, const char *text, size_t len)
{
	if (*p != text || (size_t) (end - *p) < len)
		return false;
	*p += len;
	return true;
}

/* skip_nuls moves *p behind n NULs; false when there are fewer. */
static bool
skip_nuls(const char **p, const char *end, int n)
{
	for (; n > 0; n--, (*p)++)
		if (*p >= end || **p != '\0')
			return false;
	return true;
}

/*
 * is_all_shown says whether the head consists of what we were shown, and of
 * nothing else. libmicrohttpd 0.9.75 takes a NUL for the end of a value, a
 * lone CR or LF for the end of a line, and a line that begins with a colon for
 * the end of the head; what stands behind would be hidden from us, or be read
 * as another request. It leaves the head where it was read, with a NUL for the
 * blank behind the method and the target, for the colon behind a name, and for
 * each CR and LF.
 */
static bool
is_all_shown(const HttpHead *head)
{
	const char *p = head->raw;
	const char *end = head->raw + head->raw_len;

	if (!skip_shown(&p, end, head->method, strlen(head->method)) || !skip_nuls(&p, end, 1) ||
		(size_t) (end - p) < strlen(head->target))
		return false;
	p += strlen(head->target);	/* whose parameters have been taken apart */
	if (!skip_nuls(&p, end, 1) || !skip_shown(&p, end, head->version, strlen(head->version)))
		return false;
	for (size_t i = 0; i < head->nheaders; i++)
	{
		const HttpHeader *h = &head->headers[i];

		if (!skip_nuls(&p, end, 2) || !skip_shown(&p, end, h->name, h->name_len) || !skip_nuls(&p, end, 1))
			return false;
		while (p < end && (*p == ' ' || *p == '\t'))
			p++;
		if (!skip_shown(&p, end, h->value, h->value_len))
			return false;
	}
	return skip_nuls(&p, end, 4) && p == end;
}

/* is_host says whether the value names a host, and perhaps a port (RFC 3986 3.2.2). */
static bool
is_host(const HttpHeader *h)
{
	const char *p = h->value;
	const char *end = h->value + h->value_len;
	const char *start;
	bool		is_literal;

	while (end > p && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	is_literal = p < end && *p == '[';
	for (start = p += is_literal; p < end && *p != (is_literal ? ']' : ':'); p++)
		if (strchr(is_literal ? "0123456789abcdefABCDEF:." : HOST_BYTES, *p) == NULL)
			return false;
	if (p == start || (is_literal && p++ == end))
		return false;
	if (p < end && *p++ != ':')
		return false;
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p == end;
}

/* is_idempotency_key says whether an Idempotency-Key is 1 to 255 visible ASCII characters. */
static bool
is_idempotency_key(const HttpHeader *h)
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
			return make_refusal(VZ_E_MALFORMED_REQUEST, "Content-Length and Transfer-Encoding exclude each other");
		if (!is_1_1)
			return make_refusal(VZ_E_MALFORMED_REQUEST, "HTTP/1.0 has no Transfer-Encoding");
		if (!is_value(coding, "chunked"))
			return make_refusal(VZ_E_NOT_IMPLEMENTED, "the only transfer coding is chunked");
		a.has_body = a.is_chunked = true;
		return a;
	}
	if (length != NULL)
	{
		if (!read_length(length, &a.content_length))
			return make_refusal(VZ_E_MALFORMED_REQUEST, "Content-Length is not a number");
		if (a.content_length > body_limit)
			return make_refusal(VZ_E_PAYLOAD_TOO_LARGE, "Content-Length is beyond the limit");
		a.has_body = a.content_length > 0;
	}
	return a;
}

/* is_identity_coding says whether no content coding but identity is named. */
static bool
is_identity_coding(const HttpHead *head)
{
	for (size_t i = 0; i < head->nheaders; i++)
	{
		const HttpHeader *h = &head->headers[i];

		for (size_t at = 0; is_name(h, "Content-Encoding") && at < h->value_len;)
		{
			size_t		len = 0;

			while (at + len < h->value_len && strchr(", \t", h->value[at + len]) == NULL)
				len++;
			if (len > 0 && (len != strlen("identity") || strncasecmp(h->value + at, "identity", len) != 0))
				return false;
			at += len + 1;
		}
	}
	return true;
}

/* is_utf8_text says whether a Content-Type names no charset but UTF-8. */
static bool
is_utf8_text(const HttpHeader *type)
{
	const char *end = type->value + type->value_len;

	for (const char *p = memchr(type->value, ';', type->value_len); p != NULL; p = memchr(p, ';', (size_t) (end - p)))
	{
		for (p++; p < end && (*p == ' ' || *p == '\t');)
			p++;
		if ((size_t) (end - p) < strlen("charset=") || strncasecmp(p, "charset=", strlen("charset=")) != 0)
			continue;
		p += strlen("charset=");
		p += p < end && *p == '"';
		if ((size_t) (end - p) < strlen("utf-8") || strncasecmp(p, "utf-8", strlen("utf-8")) != 0)
			return false;
		p += strlen("utf-8");
		if (p < end && strchr("\"; \t", *p) == NULL)
			return false;
	}
	return true;
}

/* check_content judges what the body's bytes mean: they are read as they come, and as UTF-8. */
static Admission
check_content(const HttpHead *head, Admission a)
{
	const HttpHeader *type = request_header(head, "Content-Type");

	if (a.error != ADMIT_OK || !a.has_body)
		return a;
	if (!is_identity_coding(head))
	{
		a = make_refusal(VZ_E_UNSUPPORTED_MEDIA_TYPE, "the only content coding is identity");
		a.is_coded = true;
	}
	else if (type != NULL && !is_utf8_text(type))
		a = make_refusal(VZ_E_UNSUPPORTED_MEDIA_TYPE, "the only charset is UTF-8");
	return a;
}

Admission
request_admit(const HttpHead *head, uint64_t body_limit)
{
	bool		is_1_1 = strcmp(head->version, "HTTP/1.1") == 0;
	const HttpHeader *h;
	const char *problem;

	if (!is_1_1 && strcmp(head->version, "HTTP/1.0") != 0)
		return make_refusal(VZ_E_HTTP_VERSION_NOT_SUPPORTED, "the version must be HTTP/1.1 or HTTP/1.0");
	if (!is_known_method(head->method))
		return make_refusal(VZ_E_NOT_IMPLEMENTED, "the method is not known here");
	if (strlen(head->target) > ADMIT_TARGET_MAX)
		return make_refusal(VZ_E_URI_TOO_LONG, "the request target is too long");
	if ((problem = target_problem(head->target)) != NULL)
		return make_refusal(VZ_E_MALFORMED_REQUEST, problem);
	if ((problem = headers_problem(head)) != NULL)
		return make_refusal(VZ_E_MALFORMED_REQUEST, problem);

	if (head->raw != NULL && !is_all_shown(head))
		return make_refusal(VZ_E_MALFORMED_REQUEST, "the head has a NUL, a lone CR or LF, a folded line or blanks where none may be");

	h = request_header(head, "Host");
	if (is_1_1 && h == NULL)
		return make_refusal(VZ_E_MALFORMED_REQUEST, "HTTP/1.1 needs a Host header");
	if (h != NULL && !is_host(h))
		return make_refusal(VZ_E_MALFORMED_REQUEST, "Host must be a name or an address, and perhaps a port");
	h = request_header(head, "Expect");
	if (h != NULL && !is_value(h, "100-continue"))
		return make_refusal(VZ_E_EXPECTATION_FAILED, "the only expectation is 100-continue");
	h = request_header(head, "Idempotency-Key");
	if (h != NULL && !is_idempotency_key(h))
		return make_refusal(VZ_E_MALFORMED_REQUEST, "Idempotency-Key must have 1 to 255 visible ASCII characters");
	return check_content(head, check_body(head, is_1_1, body_limit));
}
