/*
 * exchange.c
 *		HTTP calls that run side by side (see exchange.h).
 */
#include "exchange.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

typedef struct Exchange
{
	CURL	   *easy;
	struct curl_slist *headers;
	char	   *body;			/* of the request */
	char	   *answer;
	size_t		answer_len;
	bool		is_too_long;
	ExchangeDone done;
	void	   *owner;
} Exchange;

static CURLM *multi;

void
exchange_init(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || (multi = curl_multi_init()) == NULL)
		abort();
}

/* take_answer keeps what arrives, up to the limit; a longer answer breaks the call off. */
static size_t
take_answer(char *data, size_t size, size_t count, void *argument)
{
	Exchange   *x = argument;
	size_t		n = size * count;

	if (x->answer_len + n > EXCHANGE_BODY_MAX)
	{
		x->is_too_long = true;
		return 0;
	}
	if ((x->answer = realloc(x->answer, x->answer_len + n + 1)) == NULL)
		abort();
	memcpy(x->answer + x->answer_len, data, n);
	x->answer_len += n;
	x->answer[x->answer_len] = '\0';
	return n;
}

void
exchange_prepare(void *easy, const char *url, int64_t timeout_ms)
{
	CURL	   *c = easy;

	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, 2000L);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long) timeout_ms);
	curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "");
	curl_easy_setopt(c, CURLOPT_USERAGENT, "veza-relay/" VEZA_VERSION);
}

/* set_options says how the call is to be made. */
static void
set_options(Exchange *x, const char *method, const char *url, int64_t timeout_ms)
{
	CURL	   *c = x->easy;

	exchange_prepare(c, url, timeout_ms);
	curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, x->headers);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_answer);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(c, CURLOPT_PRIVATE, x);
	if (x->body != NULL)
	{
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, x->body);
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long) strlen(x->body));
	}
}

/* free_exchange frees a finished or never started call. */
static void
free_exchange(Exchange *x)
{
	curl_easy_cleanup(x->easy);
	curl_slist_free_all(x->headers);
	free(x->body);
	free(x->answer);
	free(x);
}

bool
exchange_start(const char *method, const char *url, const char *const *headers, const char *body,
			   int64_t timeout_ms, ExchangeDone done, void *owner)
{
	Exchange   *x = calloc(1, sizeof(*x));

	if (x == NULL)
		abort();
	x->easy = curl_easy_init();
	for (; *headers != NULL; headers++)
		x->headers = curl_slist_append(x->headers, *headers);
	x->body = body ? strdup(body) : NULL;
	x->done = done;
	x->owner = owner;
	if (x->easy == NULL)
	{
		free_exchange(x);
		return false;
	}
	set_options(x, method, url, timeout_ms);
	if (curl_multi_add_handle(multi, x->easy) != CURLM_OK)
	{
		free_exchange(x);
		return false;
	}
	return true;
}

/* end_of tells whether a failed call can have reached the other side. */
static ExchangeEnd
end_of(CURLcode code, CURL *easy)
{
	curl_off_t	sent = 0;

	if (code == CURLE_OK)
		return EXCHANGE_ANSWERED;
	if (code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST ||
		code == CURLE_SSL_CONNECT_ERROR || code == CURLE_PEER_FAILED_VERIFICATION ||
		code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
		return EXCHANGE_NOT_SENT;
	/* A connection that timed out before a byte of the request left sent nothing. */
	curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &sent);
	if (sent == 0)
		return EXCHANGE_NOT_SENT;
	return code == CURLE_OPERATION_TIMEDOUT ? EXCHANGE_TIMED_OUT : EXCHANGE_BROKEN;
}

/* finish_exchange reports an ended call. */
static void
finish_exchange(Exchange *x, CURLcode code)
{
	ExchangeResult result = {.end = end_of(code, x->easy), .body = x->answer ? x->answer : "",
	.length = x->answer_len};
	curl_off_t	us = 0;
	long		status = 0;

	curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(x->easy, CURLINFO_TOTAL_TIME_T, &us);
	result.status = (int) status;
	result.duration_ms = us / 1000;
	if (result.end != EXCHANGE_ANSWERED)
		result.problem = x->is_too_long ? "the answer is too long" : curl_easy_strerror(code);
	curl_multi_remove_handle(multi, x->easy);
	x->done(x->owner, &result);
	free_exchange(x);
}

void
exchange_run(int wait_ms, int extra_fd)
{
	struct curl_waitfd extra = {.fd = extra_fd, .events = CURL_WAIT_POLLIN};
	int			running;
	int			left;
	CURLMsg    *message;

	curl_multi_perform(multi, &running);
	curl_multi_poll(multi, &extra, extra_fd >= 0, wait_ms, NULL);
	curl_multi_perform(multi, &running);
	while ((message = curl_multi_info_read(multi, &left)) != NULL)
	{
		Exchange   *x;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **) &x);
		finish_exchange(x, message->data.result);
	}
}
