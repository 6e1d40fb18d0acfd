/*
 * template_fuzz.c
 *		Mails: a value makes no line, no header and no markup of its own.
 *
 * The first line of the input is a value, the second another one, the rest a
 * template.
 */
#include "../../extension/src/mail/template.h"
#include "fuzz.h"

typedef struct Out
{
	char	   *text;
	size_t		len;
} Out;

/* append is the writer of templates. */
static void
append(void *state, const char *data, size_t len)
{
	Out		   *out = state;

	out->text = realloc(out->text, out->len + len + 1);
	memcpy(out->text + out->len, data, len);
	out->len += len;
	out->text[out->len] = '\0';
}

/* count counts a character of a text. */
static size_t
count(const Out *out, char c)
{
	size_t		n = 0;

	for (size_t i = 0; i < out->len; i++)
		n += out->text[i] == c;
	return n;
}

/* check_ours fills in a template as ours are. */
static void
check_ours(const char *a, const char *b)
{
	static const char link[] = "https://app.example/x?token=1";
	const VzTemplateValue values[] = {
		{.name = "name", .value = a}, {.name = "username", .value = b}, {.name = "link", .value = link}
	};
	Out			text = {0};
	Out			html = {0};

	promise(vz_template_fill("Hello {{name}},\n\n{{link}}\n\n{{username}}!\n", values, 3, append, &text));
	promise(count(&text, '\n') == 5 && count(&text, '\r') == 0);
	for (size_t i = 0; i < text.len; i++)
		promise(((unsigned char) text.text[i] >= 0x20 && text.text[i] != 0x7F) || text.text[i] == '\n');
	promise(strstr(text.text, "\xe2\x80\xa8") == NULL && strstr(text.text, "\xe2\x80\xae") == NULL && strstr(text.text,
	"\xc2\x85") == NULL);
	vz_template_html(text.text, link, append, &html);
	promise(count(&html, '<') == 8 && count(&html, '"') == 2 && count(&html, '\'') == 0);
	free(text.text);
	free(html.text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *line[2] = {data, data};
	size_t		len[2] = {0, 0};
	char	   *a;
	char	   *b;
	char	   *template;
	Out			out = {0};

	for (int i = 0; i < 2; i++)
		take_line(&data, &size, &line[i], &len[i]);
	a = text_of(line[0], len[0]);
	b = text_of(line[1], len[1]);
	template = text_of(data, size);
	check_ours(a, b);
	vz_template_fill(template, (VzTemplateValue[]) {{.name = "a", .value = a}, {.name = "b", .value = b}}, 2, append, &out);
	vz_template_html(template, a, append, &out);
	free(out.text);
	free(a);
	free(b);
	free(template);
	return 0;
}
