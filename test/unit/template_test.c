/*
 * template_test.c
 *		Templates of mails: values in their places, and never more than values.
 */
#include <stdlib.h>

#include "../../extension/src/mail/template.h"
#include "tap.h"

static char written[4096];

/* append is the writer: into one buffer. */
static void
append(void *out, const char *data, size_t len)
{
	(void) out;
	strncat(written, data, len);
}

/* filled returns a template with the value of a; NULL when it is refused. */
static const char *
filled(const char *text, const char *a)
{
	const VzTemplateValue values[] = {{"a", a}, {"ab", "AB"}, {"link", "https://app.example/x?token=1"}};

	written[0] = '\0';
	return vz_template_fill(text, values, 3, append, NULL) ? written : NULL;
}

/* html returns a text as HTML. */
static const char *
html(const char *text, const char *link)
{
	written[0] = '\0';
	vz_template_html(text, link, append, NULL);
	return written;
}

/* test_fill: names, and what is not one. */
static void
test_fill(void)
{
	is_text(filled("Hello {{a}}!", "you"), "Hello you!", "a value");
	is_text(filled("{{a}}{{ab}}{{a}}", "x"), "xABx", "several, and names that begin alike");
	is_text(filled("", "x"), "", "an empty template");
	is_text(filled("none", "x"), "none", "no value");
	is_text(filled("{{a}}", NULL), "", "a value that is missing");
	is_text(filled("{{b}}", "x"), NULL, "a name that nobody knows");
	is_text(filled("{{a", "x"), NULL, "an open name");
	is_text(filled("{{ a }}", "x"), NULL, "blanks belong to the name");
	is_text(filled("{a} }} {", "x"), "{a} }} {", "single braces are text");
	is_text(filled("{{a}}", "{{link}}"), "{{link}}", "a value is no template");
	is_text(filled("{{{{a}}", "x"), NULL, "names do not nest");
}

/* test_filled: what templates were filled in to make has lines of its own, and is no template again. */
static void
test_filled(void)
{
	const VzTemplateValue values[] = {
		{.name = "lines", .value = "one\n\n{{two}}", .is_filled = true},
		{.name = "none", .is_filled = true}
	};

	written[0] = '\0';
	ok(vz_template_fill("<{{lines}}>{{none}}", values, 2, append, NULL), "text of templates goes into a template");
	is_text(written, "<one\n\n{{two}}>", "as it is");
}

/* test_harm: a value stays in its line, and runs in its direction. */
static void
test_harm(void)
{
	static const char *const harmful[] = {"\n", "\r", "\r\n", "\t", "\x01", "\x1b", "\x7f", "\xc2\x80", "\xc2\x85",
	"\xc2\x9f", "\xe2\x80\xa8", "\xe2\x80\xa9",
	"\xe2\x80\xaa", "\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x81\xa9"};
	static const char *const harmless[] = {"é", "\xc2\xa0", "日本語", "\xe2\x80\xa7", "\xe2\x80\xaf", "\xe2\x81\xa5",
	"\xe2\x81\xaa", "😀", "\xe2", "\xe2\x80", "\xc2"};
	char		value[32];
	char		wanted[32];

	for (size_t i = 0; i < sizeof(harmful) / sizeof(harmful[0]); i++)
	{
		snprintf(value, sizeof(value), "x%sy", harmful[i]);
		snprintf(wanted, sizeof(wanted), "x%sy", strcmp(harmful[i], "\r\n") == 0 ? "  " : " ");
		each(tap_same(filled("{{a}}", value), wanted), "case %zu", i);
		snprintf(value, sizeof(value), "x%s", harmful[i]);
		each(strncmp(filled("{{a}}", value), "x ", 2) == 0, "case %zu at the end", i);
	}
	all("what ends a line or turns it around becomes a blank");
	for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
		each(tap_same(filled("{{a}}", harmless[i]), harmless[i]), "'%s'", harmless[i]);
	all("other characters stay");
	is_text(filled("Subject {{a}}", "x\r\nBcc: y@z.example"), "Subject x  Bcc: y@z.example", "a header cannot be ended");
}

/* test_html: paragraphs, links, nothing else. */
static void
test_html(void)
{
	is_text(html("", NULL), "", "nothing");
	is_text(html("\n\n\n", NULL), "", "empty lines");
	is_text(html("one\n\ntwo\n", NULL), "<p>one</p>\n<p>two</p>\n", "two paragraphs");
	is_text(html("one\ntwo", NULL), "<p>one\ntwo</p>\n", "two lines of one");
	is_text(html("<b onclick='x'>&\"", NULL), "<p>&lt;b onclick=&#39;x&#39;&gt;&amp;&quot;</p>\n", "no markup");
	is_text(html("a\n\nhttps://x/?a=1&b=2\n\nb", "https://x/?a=1&b=2"),
			"<p>a</p>\n<p><a href=\"https://x/?a=1&amp;b=2\">https://x/?a=1&amp;b=2</a></p>\n<p>b</p>\n", "the link is one");
	is_text(html("see https://x/", "https://x/"), "<p>see https://x/</p>\n", "only where it stands alone");
	is_text(html("https://evil/", "https://x/"), "<p>https://evil/</p>\n", "another address is none");
	is_text(html("https://x/", NULL), "<p>https://x/</p>\n", "nor any, where there is no link");
}

int
main(void)
{
	test_fill();
	test_filled();
	test_harm();
	test_html();
	return done_testing();
}
