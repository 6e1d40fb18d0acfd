/*
 * redact_test.c
 *		SQL that is shown to an administrator holds no constant.
 */
#include "../../extension/src/admin/redact.h"
#include "tap.h"

#define CUT VZ_REDACT_CUT

/* shown returns what is shown of a statement in that much room. */
static const char *
shown(const char *sql, size_t size)
{
	static char text[400];

	vz_redact_sql(sql, text, size);
	return text;
}

/* test_constants: whatever notation a value has, it is not shown. */
static void
test_constants(void)
{
	static const struct
	{
		const char *sql;
		const char *shown;
	}			cases[] = {
		{"select 1", "select ?"},
		{"select 'hunter'", "select ?"},
		{"select 'it''s', 'b'", "select ?, ?"},
		{"alter role a password 'hunter'; select 1", "alter role a password ?; select ?"},
		{"select E'a\\'hunter', b", "select E?, b"},
		{"select e'a\\\\', b", "select e?, b"},
		{"select type 'a', b", "select type ?, b"},
		{"select N'a', B'101', X'ff', U&'\\0041'", "select N?, B?, X?, U&?"},
		{"select $$hunter$$, $1", "select ?, $1"},
		{"select $a$ $$ $b$ hunter $a$ || x", "select ? || x"},
		{"select $a1_$x$a1$hunter$a1_$", "select ?"},
		{"select a$b$c", "select a$b$c"},
		{"select 12.5e-3, .5, 0x1F, 1_000, -7, t1, c.c2", "select ?, ?, ?, ?, -?, t1, c.c2"},
		{"select 1 -- hunter\n, 2", "select ? , ?"},
		{"select /* hunter /* inner */ hunter */ a", "select a"},
		{"  select\n\t a  ", "select a"},
		{"select \"A b\".\"c\"\"d\"", "select \"A b\".\"c\"\"d\""},
		{"select a<->b, a->>'hunter', a/b, a-b", "select a<->b, a->>?, a/b, a-b"},
		{"select $", "select $"},
		{"", ""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_text(shown(cases[i].sql, 400), cases[i].shown, "'%s'", cases[i].sql);
}

/* test_doubt: what may be a constant is not shown, and nothing behind it. */
static void
test_doubt(void)
{
	static const struct
	{
		const char *sql;
		const char *shown;
	}			cases[] = {
		{"select 'a\\', 'hunter'", "select ?" CUT},
		{"select 'hunter", "select ?" CUT},
		{"select E'a\\", "select E?" CUT},
		{"select $$hunter", "select ?" CUT},
		{"select $a$hunter$b$", "select ?" CUT},
		{"select \"hunter", "select" CUT},
		{"select a /* hunter", "select a"},
		{"select E 'a\\', b'", "select E ?" CUT},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_text(shown(cases[i].sql, 400), cases[i].shown, "'%s'", cases[i].sql);
}

/* test_length: a long text is cut between characters. */
static void
test_length(void)
{
	is_text(shown("select abc", 14), "select abc", "what fits with its mark is whole");
	is_text(shown("select abc", 13), "select ab" CUT, "a byte less, and it is cut");
	is_text(shown("a\xc3\xa9\xc3\xa9", 8), "a\xc3" "\xa9" CUT, "between characters");
	is_text(shown("a\nb\x01" "c", 20), "a b?c", "control characters go");
}

int
main(void)
{
	test_constants();
	test_doubt();
	test_length();
	return done_testing();
}
