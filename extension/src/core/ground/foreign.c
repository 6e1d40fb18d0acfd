/*
 * foreign.c
 *		Reading a JSON document from outside by the list of what we need (see
 *		foreign.h). Nothing recurses but along the list itself.
 */
#include "foreign.h"

#include <stdint.h>
#include <string.h>

#include "foreign_scan.h"

static bool read_object(VzScan *r, const VzForeignMember *members);

/* is_minor says whether a token is an amount in minor units. */
static bool
is_minor(const char *token, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (token[i] < '0' || token[i] > '9')
			return false;
	return len <= 18;
}

/* read_scalar goes past a value and writes it as the member's kind, if it is of that kind. */
static bool
read_scalar(VzScan *r, const VzForeignMember *m)
{
	const char *start = r->p;
	size_t		len;

	if (m->kind == VZ_FOREIGN_TEXT && vz_scan_at(r, "\""))
		return vz_scan_text(r, m->max);
	if (!vz_scan_value(r))
		return false;
	len = (size_t) (r->p - start);
	if (m->kind == VZ_FOREIGN_MINOR)
	{
		if (is_minor(start, len))
			vz_scan_put_text(r, start, len);
		else
			vz_scan_put_text(r, "false", 5);
	}
	else if (m->kind == VZ_FOREIGN_BOOL && (*start == 't' || *start == 'f'))
		vz_scan_put_text(r, start, len);
	else if (m->kind == VZ_FOREIGN_TEXT && *start != '{' && *start != '[')
	{
		vz_scan_put(r, '"');
		vz_scan_put_text(r, start, len < (size_t) m->max ? len : (size_t) m->max);
		vz_scan_put(r, '"');
	}
	return true;
}

/* read_list goes past a list and writes those of its items that are objects. */
static bool
read_list(VzScan *r, const VzForeignMember *m)
{
	int			n = 0;

	r->p++;
	r->depth++;
	vz_scan_put(r, '[');
	vz_scan_blanks(r);
	if (!vz_scan_take(r, ']'))
	{
		do
		{
			vz_scan_blanks(r);
			if (vz_scan_at(r, "{") && n < m->max)
			{
				if (n++ > 0)
					vz_scan_put(r, ',');
				if (!read_object(r, m->members))
					return false;
			}
			else if (!vz_scan_value(r))
				return false;
			vz_scan_blanks(r);
		} while (vz_scan_take(r, ','));
		if (!vz_scan_take(r, ']'))
			return false;
	}
	vz_scan_put(r, ']');
	r->depth--;
	return true;
}

/* read_member goes past the value of a wanted member and writes it with its name. */
static bool
read_member(VzScan *r, const VzForeignMember *m, bool *is_first)
{
	size_t		before = r->used;
	size_t		value;
	bool		is_good;

	vz_scan_blanks(r);
	if (!*is_first)
		vz_scan_put(r, ',');
	vz_scan_put(r, '"');
	vz_scan_put_text(r, m->name, strlen(m->name));
	vz_scan_put_text(r, "\":", 2);
	value = r->used;
	if (vz_scan_at(r, "n"))
		is_good = vz_scan_value(r);
	else if (m->kind == VZ_FOREIGN_OBJECT)
		is_good = vz_scan_at(r, "{") ? read_object(r, m->members) : vz_scan_value(r);
	else if (m->kind == VZ_FOREIGN_LIST)
		is_good = vz_scan_at(r, "[") ? read_list(r, m) : vz_scan_value(r);
	else
		is_good = read_scalar(r, m);
	if (r->used == value)
		r->used = before;
	else
		*is_first = false;
	return is_good;
}

/* read_object goes past an object and writes its wanted members. */
static bool
read_object(VzScan *r, const VzForeignMember *members)
{
	uint32_t	seen = 0;
	bool		is_first = true;
	char		name[VZ_SCAN_NAME];

	if (!vz_scan_take(r, '{'))
		return false;
	r->depth++;
	vz_scan_put(r, '{');
	vz_scan_blanks(r);
	if (!vz_scan_take(r, '}'))
	{
		do
		{
			int			i = 0;

			vz_scan_blanks(r);
			if (!vz_scan_name(r, name))
				return false;
			while (members[i].name != NULL && strcmp(members[i].name, name) != 0)
				i++;
			if (members[i].name == NULL ? !vz_scan_value(r)
				: (seen >> i & 1) != 0 || !read_member(r, &members[i], &is_first))
				return false;
			if (members[i].name != NULL)
				seen |= UINT32_C(1) << i;
			vz_scan_blanks(r);
		} while (vz_scan_take(r, ','));
		if (!vz_scan_take(r, '}'))
			return false;
	}
	vz_scan_put(r, '}');
	r->depth--;
	return true;
}

bool
vz_foreign_read(const char *text, size_t len, const VzForeignMember *members, char *out, size_t size)
{
	VzScan		r = {.p = text, .end = text + len, .out = out, .size = size};

	vz_scan_blanks(&r);
	if (size == 0 || !read_object(&r, members))
		return false;
	vz_scan_blanks(&r);
	if (r.p != r.end || r.full)
		return false;
	out[r.used] = '\0';
	return true;
}
