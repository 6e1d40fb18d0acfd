/*
 * smtp.c
 *		Sending one mail (see smtp.h): text and HTML as multipart/alternative,
 *		built and spoken by libcurl.
 *
 * TLS is used when the server offers it, and then its certificate must be
 * good. It is demanded when there is a password to send, and in production
 * unless the server is on this machine: whoever sits in between could take
 * the offer out, and read the links that reset passwords.
 */
#include "smtp.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../config/config.h"
#include "mime.h"
#include "smtp_talk.h"

/* with_line_ends returns the text with the line ends of mails. */
static char *
with_line_ends(const char *text)
{
	char	   *out = malloc(2 * strlen(text) + 1);
	char	   *end = out;

	if (out == NULL)
		abort();
	for (; *text != '\0'; text++)
	{
		if (*text == '\n')
			*end++ = '\r';
		*end++ = *text;
	}
	*end = '\0';
	return out;
}

/* add_part adds one form of the mail. */
static void
add_part(curl_mime *mime, const char *type, const char *text)
{
	curl_mimepart *part = curl_mime_addpart(mime);
	char	   *lines = with_line_ends(text);

	curl_mime_data(part, lines, CURL_ZERO_TERMINATED);
	curl_mime_type(part, type);
	curl_mime_encoder(part, "quoted-printable");
	free(lines);
}

/* body_of makes the body: the two forms, of which the reader's program shows the better one. */
static curl_mime *
body_of(CURL *curl, const Mail *mail)
{
	curl_mime  *body = curl_mime_init(curl);
	curl_mime  *forms = curl_mime_init(curl);
	curl_mimepart *part = curl_mime_addpart(body);

	if (body == NULL || forms == NULL || part == NULL)
		abort();
	add_part(forms, "text/plain; charset=utf-8", mail->text);
	add_part(forms, "text/html; charset=utf-8", mail->html);
	curl_mime_subparts(part, forms);
	curl_mime_type(part, "multipart/alternative");
	return body;
}

/* add_header appends "Name: value" to the headers. */
static struct curl_slist *
add_header(struct curl_slist *headers, const char *name, const char *value)
{
	size_t		size = strlen(name) + strlen(value) + 3;
	char	   *line = malloc(size);

	if (line == NULL)
		abort();
	snprintf(line, size, "%s: %s", name, value);
	headers = curl_slist_append(headers, line);
	free(line);
	return headers;
}

/* address_of copies the address out of "Name <address>". */
static void
address_of(const char *from, char *out, size_t size)
{
	const char *open = strrchr(from, '<');
	const char *start = open ? open + 1 : from;

	snprintf(out, size, "%.*s", (int) strcspn(start, ">"), start);
}

/* headers_of makes the headers; every value is ours or made harmless. */
static struct curl_slist *
headers_of(const Mail *mail)
{
	const char *from = config_text(CONFIG_SMTP_FROM);
	const char *at;
	char		address[256];
	char	   *subject = malloc(MIME_TEXT_SIZE(strlen(mail->subject)));
	char		date[64];
	char		id[320];
	time_t		now = time(NULL);
	struct tm	tm;
	struct curl_slist *headers = NULL;

	if (subject == NULL)
		abort();
	address_of(from, address, sizeof(address));
	at = strrchr(address, '@');
	gmtime_r(&now, &tm);
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S +0000", &tm);
	snprintf(id, sizeof(id), "<%s@%s>", mail->id, at ? at + 1 : "veza");
	headers = add_header(headers, "Date", date);
	headers = add_header(headers, "From", from);
	headers = add_header(headers, "To", mail->to);
	headers = add_header(headers, "Subject", mime_header_text(mail->subject, subject));
	headers = add_header(headers, "Message-ID", id);
	headers = add_header(headers, "Content-Language", mail->language);
	headers = add_header(headers, "Auto-Submitted", "auto-generated");
	free(subject);
	return headers;
}

/* follow_conversation follows the conversation; what it is given of the mail itself is not looked at. */
static int
follow_conversation(CURL *curl, curl_infotype type, char *data, size_t size, void *talk)
{
	(void) curl;
	if (type == CURLINFO_HEADER_OUT)
		smtp_talk_sent(talk, data, size);
	else if (type == CURLINFO_HEADER_IN)
		smtp_talk_received(talk, data, size);
	return 0;
}

/* verdict_of says what an attempt came to; what the server did not decide, libcurl did. */
static void
verdict_of(const SmtpTalk *talk, CURLcode code, SmtpOutcome *outcome)
{
	static const char *const words[] = {
		[SMTP_TAKEN] = "ok", [SMTP_NO_MAILBOX] = "no_mailbox", [SMTP_REFUSED] = "refused",
		[SMTP_NOT_NOW] = "not_sent", [SMTP_UNANSWERED] = "unknown"
	};
	SmtpVerdict verdict = smtp_talk_verdict(talk);

	*outcome = (SmtpOutcome) {.word = code == CURLE_OK ? "ok" : words[verdict], .status = talk->status};
	if (code == CURLE_OK)
		return;
	if (verdict == SMTP_TAKEN)
		outcome->word = "unknown";
	if (talk->status >= 400)
		snprintf(outcome->error, sizeof(outcome->error), "%s: %d %s", smtp_phase_name(talk->replied_to), talk->status, talk->text);
	else
		snprintf(outcome->error, sizeof(outcome->error), "%s", curl_easy_strerror(code));
}

/* must_encrypt says whether the mail may only leave under TLS. */
static bool
must_encrypt(void)
{
	const char *host = config_text(CONFIG_SMTP_HOST);
	bool		is_here = strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 || strcmp(host, "[::1]") == 0;

	return config_is_set(CONFIG_SMTP_PASSWORD) || (config_is_production() && !is_here);
}

/* connect_options says where the server is and how it is spoken to. */
static void
connect_options(CURL *curl, const char *url)
{
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, 5000L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long) config_int(CONFIG_SMTP_TIMEOUT));
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(curl, CURLOPT_USE_SSL, (long) (must_encrypt() ? CURLUSESSL_ALL : CURLUSESSL_TRY));
	if (config_is_set(CONFIG_SMTP_CA_FILE))
		curl_easy_setopt(curl, CURLOPT_CAINFO, config_text(CONFIG_SMTP_CA_FILE));
	if (config_is_set(CONFIG_SMTP_USERNAME))
		curl_easy_setopt(curl, CURLOPT_USERNAME, config_text(CONFIG_SMTP_USERNAME));
	if (config_is_set(CONFIG_SMTP_PASSWORD))
		curl_easy_setopt(curl, CURLOPT_PASSWORD, config_text(CONFIG_SMTP_PASSWORD));
}

void
smtp_send(const Mail *mail, SmtpOutcome *outcome)
{
	CURL	   *curl = curl_easy_init();
	curl_mime  *mime = curl ? body_of(curl, mail) : NULL;
	struct curl_slist *headers = headers_of(mail);
	struct curl_slist *to = curl_slist_append(NULL, mail->to);
	char		url[512];
	char		from[256];
	SmtpTalk	talk;

	if (mime == NULL || to == NULL)
		abort();
	snprintf(url, sizeof(url), "%s://%s:%lld", config_int(CONFIG_SMTP_PORT) == 465 ? "smtps" : "smtp",
			 config_text(CONFIG_SMTP_HOST), (long long) config_int(CONFIG_SMTP_PORT));
	connect_options(curl, url);
	address_of(config_text(CONFIG_SMTP_FROM), from, sizeof(from));
	curl_easy_setopt(curl, CURLOPT_MAIL_FROM, from);
	curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_MIMEPOST, mime);
	smtp_talk_begin(&talk);
	curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
	curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, follow_conversation);
	curl_easy_setopt(curl, CURLOPT_DEBUGDATA, &talk);
	verdict_of(&talk, curl_easy_perform(curl), outcome);
	curl_mime_free(mime);
	curl_slist_free_all(headers);
	curl_slist_free_all(to);
	curl_easy_cleanup(curl);
}
