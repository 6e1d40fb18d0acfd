/*
 * page.c
 *	  The HTML of the hosted page.
 *
 * Plain HTML with inline CSS and no script, so that a browser test, a person
 * and curl all use the same page.  Whatever came from outside is escaped.
 */
#include "page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "fields.h"
#include "payments.h"
#include "states.h"

static const char head[] =
"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
"<meta name=\"robots\" content=\"noindex\">\n"
"<style>\n"
":root{color-scheme:light dark;--bg:#f3f4f8;--card:#fff;--ink:#1b1d28;--soft:#565a6e;"
"--line:#dcdfe8;--main:#4338ca;--on-main:#fff;--bad:#b42318}\n"
"@media (prefers-color-scheme:dark){:root{--bg:#12131a;--card:#1d1f2a;--ink:#f1f2f7;"
"--soft:#b3b7c9;--line:#3a3e50;--main:#a5b4fc;--on-main:#12131a;--bad:#ffa29b}}\n"
"*{box-sizing:border-box}\n"
"body{margin:0;padding:2rem 1rem;background:var(--bg);color:var(--ink);"
"font:1rem/1.5 system-ui,sans-serif}\n"
"main{max-width:26rem;margin:0 auto;padding:1.75rem;background:var(--card);"
"border:1px solid var(--line);border-radius:1rem}\n"
"h1{margin:0 0 .25rem;font-size:1rem;font-weight:600;color:var(--soft)}\n"
".amount{margin:0 0 1rem;font-size:2.25rem;font-weight:700;line-height:1.2}\n"
"dl{display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem;margin:0 0 1.5rem;"
"padding:1rem 0;border:solid var(--line);border-width:1px 0}\n"
"dt{color:var(--soft)}\ndd{margin:0;text-align:right;overflow-wrap:anywhere}\n"
"form{margin:0 0 .6rem}\n"
"button{width:100%;min-height:2.9rem;padding:.6rem 1rem;font:inherit;font-weight:600;"
"color:var(--ink);background:transparent;border:1px solid var(--line);"
"border-radius:.6rem;cursor:pointer}\n"
"button.main{color:var(--on-main);background:var(--main);border-color:var(--main)}\n"
"button:focus-visible,a:focus-visible{outline:3px solid var(--main);outline-offset:2px}\n"
"a{color:var(--main)}\n.error{color:var(--bad)}\n"
"small{display:block;margin-top:1.25rem;color:var(--soft)}\n"
"</style>\n";

static const char foot[] =
"<small>This is a payment simulator. No card is asked for and no money moves.</small>\n"
"</main>\n</body>\n</html>\n";

/* How a state reads to the customer. */
static const struct
{
	const char *status;
	const char *words;
}			readings[] = {
	{"requires_payment_method", "Waiting for your payment"},
	{"requires_confirmation", "Waiting for your confirmation"},
	{"requires_customer_action", "Your bank wants you to confirm"},
	{"processing", "Your payment is being processed"},
	{"succeeded", "Paid"},
	{"failed", "The payment was declined"},
	{"cancelled", "The payment was cancelled"},
	{"expired", "The payment has expired"},
};

/* Writes text so that HTML sees nothing but text. */
static void
put_text(FILE *out, const char *text)
{
	for (; *text != '\0'; text++)
	{
		switch (*text)
		{
			case '&':
				fputs("&amp;", out);
				break;
			case '<':
				fputs("&lt;", out);
				break;
			case '>':
				fputs("&gt;", out);
				break;
			case '"':
				fputs("&quot;", out);
				break;
			case '\'':
				fputs("&#39;", out);
				break;
			default:
				fputc(*text, out);
		}
	}
}

/* Returns how many decimals a currency has. */
static int
decimals(const char *currency)
{
	if (word_in(" BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF ", currency))
		return 0;
	if (word_in(" BHD IQD JOD KWD LYD OMR TND ", currency))
		return 3;
	return strcmp(currency, "CLF") == 0 ? 4 : 2;
}

/* Writes minor units as an amount of money that people read. */
static void
put_amount(FILE *out, int64_t minor, const char *currency)
{
	int			places = decimals(currency);
	int64_t		unit = 1;

	for (int i = 0; i < places; i++)
		unit *= 10;
	fprintf(out, "%lld", (long long) (minor / unit));
	if (places > 0)
		fprintf(out, ".%0*lld", places, (long long) (minor % unit));
	fputc(' ', out);
	put_text(out, currency);
}

/* Writes the start of a page up to its content. */
static void
put_head(FILE *out, const char *title)
{
	fputs(head, out);
	fputs("<title>", out);
	put_text(out, title);
	fputs("</title>\n</head>\n<body>\n<main>\n<h1>", out);
	put_text(out, title);
	fputs("</h1>\n", out);
}

/* Writes one line of the list of facts, unless it says nothing. */
static void
put_fact(FILE *out, const char *name, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	fprintf(out, "<dt>%s</dt><dd>", name);
	put_text(out, value);
	fputs("</dd>\n", out);
}

/* Writes the form behind one button. */
static void
put_form(FILE *out, const struct payment *payment, const char *action, const char *label,
		 bool main)
{
	fprintf(out, "<form method=\"post\" action=\"/checkout/%s/%s\">"
			"<input type=\"hidden\" name=\"client_secret\" value=\"%s\">"
			"<button type=\"submit\" name=\"action\" value=\"%s\"%s>%s</button></form>\n",
			payment->id, action, payment->client_secret, action,
			main ? " class=\"main\"" : "", label);
}

/* Writes the buttons that still make sense. */
static void
put_forms(FILE *out, const struct payment *payment)
{
	bool		acting = strcmp(payment->status, "requires_customer_action") == 0;
	bool		again = strcmp(payment->status, "failed") == 0 && payment_may_retry(payment);
	bool		open = status_permits(payment->status, MAY_CONFIRM);

	if (!acting && !again && !open)
		return;
	if (!acting && payment_session_over(payment))
	{
		fputs("<p class=\"error\">This payment session has expired."
			  " Start again from the shop.</p>\n", out);
		return;
	}
	put_form(out, payment, "pay", acting ? "Confirm with my bank" : again ? "Try again" : "Pay",
			 true);
	if (!acting)
	{
		put_form(out, payment, "authenticate", "Pay with 3-D Secure", false);
		put_form(out, payment, "processing", "Pay, and let it be processed later", false);
	}
	put_form(out, payment, "decline", "Let the card be declined", false);
	if (!again)
		put_form(out, payment, "cancel", "Cancel", false);
}

/* Writes the way back to the shop, if one is known. */
static void
put_return(FILE *out, const struct payment *payment)
{
	const char *url = get_string(payment->request, "return_url", config.return_url);

	if (url == NULL)
		return;
	fputs("<p><a href=\"", out);
	put_text(out, url);
	fprintf(out, "%spayment_id=%s&amp;status=", strchr(url, '?') != NULL ? "&amp;" : "?",
			payment->id);
	put_text(out, payment->status);
	fputs("\">Return to the shop</a></p>\n", out);
}

/* Returns the page of a payment; the caller frees it. */
char *
page_payment(const struct payment *payment)
{
	char	   *html = NULL;
	size_t		size;
	FILE	   *out = open_memstream(&html, &size);
	const char *reading = payment->status;

	for (size_t i = 0; i < sizeof(readings) / sizeof(readings[0]); i++)
	{
		if (strcmp(readings[i].status, payment->status) == 0)
			reading = readings[i].words;
	}
	put_head(out, "Payment");
	fputs("<p class=\"amount\">", out);
	put_amount(out, payment->amount, payment->currency);
	fprintf(out, "</p>\n<p role=\"status\" id=\"status\" data-status=\"");
	put_text(out, payment->status);
	fputs("\">", out);
	put_text(out, reading);
	fputs("</p>\n<dl>\n", out);
	put_fact(out, "For", get_string(payment->request, "description", ""));
	put_fact(out, "Order", get_string(payment->request, "merchant_order_reference_id", ""));
	put_fact(out, "Payment", payment->id);
	put_fact(out, "Status", payment->status);
	put_fact(out, "Reason", payment->error_message);
	fputs("</dl>\n", out);
	put_forms(out, payment);
	put_return(out, payment);
	fputs(foot, out);
	fclose(out);
	return html;
}

/* Returns a page that says one thing; back, if not NULL, is a path of ours. */
char *
page_message(const char *title, const char *message, const char *back)
{
	char	   *html = NULL;
	size_t		size;
	FILE	   *out = open_memstream(&html, &size);

	put_head(out, title);
	fputs("<p class=\"error\" role=\"alert\">", out);
	put_text(out, message);
	fputs("</p>\n", out);
	if (back != NULL)
	{
		fputs("<p><a href=\"", out);
		put_text(out, back);
		fputs("\">Back to the payment</a></p>\n", out);
	}
	fputs(foot, out);
	fclose(out);
	return html;
}
