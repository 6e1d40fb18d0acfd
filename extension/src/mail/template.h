/*
 * template.h
 *		Filling in the templates of mails. Pure.
 *
 * A template is plain text with {{name}} where a value belongs. There is
 * nothing else: no conditions, no loops, no markup.
 */
#ifndef VEZA_TEMPLATE_H
#define VEZA_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct VzTemplateValue
{
	const char *name;
	const char *value;			/* NULL reads as empty */
	bool		is_filled;		/* it was made by filling in templates, and may have lines */
} VzTemplateValue;

typedef void (*VzTemplateWrite) (void *out, const char *data, size_t len);

/*
 * Writes the template with its values to out, piece by piece. Control
 * characters, line separators and marks of direction in values become blanks,
 * so that a value can neither end a header nor make lines of its own. Returns false at the first name that has
 * no value: what is written until then is useless.
 */
extern bool vz_template_fill(const char *text, const VzTemplateValue *values, size_t nvalues,
							 VzTemplateWrite write, void *out);

/*
 * Writes text as the body of a page: a paragraph for each part between empty
 * lines, everything escaped; a paragraph that is exactly link (may be NULL)
 * becomes a link.
 */
extern void vz_template_html(const char *text, const char *link, VzTemplateWrite write, void *out);

#endif							/* VEZA_TEMPLATE_H */
