/*
 * sender.c
 *	  Signing and sending of webhooks.
 *
 * Source: X-Webhook-Signature-512 is the lower-case hex of HMAC-SHA512 over the
 * raw body.  One thread sends one delivery at a time, so that a shuffled or an
 * unshuffled order is the order in which the receiver sees them.
 */
#include "sender.h"

#include <curl/curl.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "ledger.h"
#include "store.h"
#include "webhook.h"

#define CONNECT_TIMEOUT_MS 2000L
#define TIMEOUT_MS 5000L
#define SIGNATURE_HEX (2 * crypto_auth_hmacsha512_BYTES + 1)

static pthread_t thread;
static atomic_bool stopping;

/* Writes the hex signature of a body under the secret, or under another key. */
static void
sign_body(char out[SIGNATURE_HEX], const char *body, bool other_key)
{
	crypto_auth_hmacsha512_state state;
	unsigned char mac[crypto_auth_hmacsha512_BYTES];
	const char *key = other_key ? "not the key that was agreed" : config.webhook_secret;

	crypto_auth_hmacsha512_init(&state, (const unsigned char *) key, strlen(key));
	crypto_auth_hmacsha512_update(&state, (const unsigned char *) body, strlen(body));
	crypto_auth_hmacsha512_final(&state, mac);
	sodium_bin2hex(out, SIGNATURE_HEX, mac, sizeof(mac));
}

/* Takes and forgets the receiver's answer. */
static size_t
discard(char *data, size_t size, size_t count, void *unused)
{
	(void) data;
	(void) unused;
	return size * count;
}

/* Ends a transfer as soon as the simulator stops. */
static int
abort_when_stopping(void *unused, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	(void) unused, (void) a, (void) b, (void) c, (void) d;
	return atomic_load(&stopping) ? 1 : 0;
}

/* Posts bytes with those headers; returns the HTTP status, 0 without one. */
static int
post(CURL *curl, const char *body, struct curl_slist *headers)
{
	long		status = 0;

	curl_easy_reset(curl);
	curl_easy_setopt(curl, CURLOPT_URL, config.webhook_url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "veza-pspsim");
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) strlen(body));
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, discard);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, abort_when_stopping);
	if (curl_easy_perform(curl) != CURLE_OK)
		return 0;
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	return (int) status;
}

/* Sends a body once, signed and forged as told; returns the HTTP status. */
static int
send_body(CURL *curl, const char *body, bool sign, const char *forge)
{
	char		line[sizeof("X-Webhook-Signature-512: ") + SIGNATURE_HEX] =
		"X-Webhook-Signature-512: ";
	char	   *signature = line + strlen(line);
	char	   *changed = NULL;
	struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
	int			status;

	sign_body(signature, body, strcmp(forge, "wrong_key") == 0);
	if (strcmp(forge, "bad_signature") == 0)
		signature[0] = signature[0] == '0' ? '1' : '0';
	if (sign && strcmp(forge, "no_signature") != 0)
		headers = curl_slist_append(headers, line);
	if (strcmp(forge, "body_changed") == 0)
	{
		size_t		size = strlen(body) + sizeof(",\"forged\":true}");

		changed = malloc(size);
		snprintf(changed, size, "%.*s,\"forged\":true}", (int) strlen(body) - 1, body);
	}
	status = post(curl, changed != NULL ? changed : body, headers);
	free(changed);
	curl_slist_free_all(headers);
	return status;
}

/* Sends a delivery as often as the mode wants and records the outcome. */
static void
deliver(CURL *curl, const struct delivery *delivery)
{
	bool		accepted = false;
	int			sent = 0;
	int			status = 0;

	while (sent < delivery->copies && !atomic_load(&stopping))
	{
		status = send_body(curl, delivery->body, true, delivery->forge);
		accepted = accepted || (status >= 200 && status < 300);
		sent++;
	}
	ledger_lock();
	webhook_finish(delivery, sent, accepted, status);
	ledger_unlock();
	store_sync();
}

/* Sends whatever is due until the simulator stops. */
static void *
run(void *unused)
{
	CURL	   *curl = curl_easy_init();

	(void) unused;
	ledger_lock();
	while (!atomic_load(&stopping))
	{
		struct delivery delivery;
		int64_t		wait_ms;

		if (!webhook_take(&delivery, &wait_ms))
		{
			ledger_wait(wait_ms);
			continue;
		}
		ledger_unlock();
		/* What the receiver learns must survive a restart. */
		store_sync();
		deliver(curl, &delivery);
		free(delivery.body);
		ledger_lock();
	}
	ledger_unlock();
	curl_easy_cleanup(curl);
	return NULL;
}

/* Starts the sender thread. */
bool
sender_start(void)
{
	return pthread_create(&thread, NULL, run, NULL) == 0;
}

/* Stops the sender thread, in the middle of a transfer if need be. */
void
sender_stop(void)
{
	atomic_store(&stopping, true);
	ledger_stop();
	pthread_join(thread, NULL);
}

/* Sends an arbitrary body once, at once; returns the HTTP status, 0 without. */
int
sender_post_once(const char *body, bool sign)
{
	CURL	   *curl = curl_easy_init();
	int			status = send_body(curl, body, sign, "none");

	curl_easy_cleanup(curl);
	return status;
}
