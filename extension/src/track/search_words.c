/*
 * search_words.c
 *		What a text is searched by (see search_words.h).
 */
#include "search_words.h"

#include <stdint.h>
#include <string.h>

/* Shorter words are near to too many others. */
#define NEAR_MIN 4				/* characters */
#define NEAR_MAX 24

typedef struct Range
{
	uint32_t	from;
	uint32_t	to;
} Range;

/* Marks that people leave out. Those that change a word (vowel signs, voicing) are letters here. */
static const Range marks[] = {
	{0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05C7}, {0x0610, 0x061A}, {0x064B, 0x065F}, {0x0670, 0x0670},
	{0x06D6, 0x06ED}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x200B, 0x200D}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}
};

/* What is no letter, beyond ASCII. */
static const Range separators[] = {
	{0x0080, 0x00A9}, {0x00AB, 0x00B4}, {0x00B6, 0x00B9}, {0x00BB, 0x00BF}, {0x00D7, 0x00D7}, {0x00F7, 0x00F7},
	{0x02B0, 0x02FF}, {0x060C, 0x060D}, {0x061B, 0x061F}, {0x066A, 0x066D}, {0x06D4, 0x06D4}, {0x0964, 0x0965},
	{0x1680, 0x1680}, {0x2000, 0x206F}, {0x20A0, 0x20CF}, {0x2190, 0x245F}, {0x2500, 0x25FF}, {0x2E00, 0x2E7F},
	{0x3000, 0x3004}, {0x3008, 0x3020}, {0x3030, 0x3030}, {0x303D, 0x303F}, {0x30A0, 0x30A0}, {0x30FB, 0x30FB},
	{0xD800, 0xF8FF}, {0xFE10, 0xFE1F}, {0xFE30, 0xFE6F}, {0xFF00, 0xFF0F}, {0xFF1A, 0xFF20}, {0xFF5B, 0xFF65},
	{0xFFE0, 0xFFFF}, {0xE0000, 0x10FFFF}
};

/* Scripts without blanks between words. */
static const Range unspaced[] = {
	{0x0E00, 0x0EFF}, {0x1000, 0x109F}, {0x1780, 0x17FF}, {0x2E80, 0x2FDF}, {0x3005, 0x3007}, {0x3021, 0x3029},
	{0x3031, 0x303C}, {0x3041, 0x30FF}, {0x3100, 0x312F}, {0x31A0, 0x31FF}, {0x3400, 0x4DBF}, {0x4E00, 0x9FFF},
	{0xF900, 0xFAFF}, {0x1B000, 0x1B16F}, {0x20000, 0x3FFFF}
};

/* Letters that are not made of another one and a mark. */
static const struct
{
	uint32_t	letter;
	const char *written;
}			letters[] = {
	{0x00DF, "ss"}, {0x00E6, "ae"}, {0x00F8, "o"}, {0x0153, "oe"}, {0x0111, "d"}, {0x0127, "h"}, {0x0131, "i"},
	{0x0142, "l"}, {0x014B, "n"}, {0x00F0, "d"}, {0x00FE, "th"}, {0x0167, "t"}, {0x0259, "e"}, {0x03C2, "\xCF\x83"},
	{0x0454, "\xD0\xB5"}
};

static const char *const articles[] = {"the ", "a ", "an ", "le ", "la ", "les ", "l ", "un ", "une "};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* is_in says whether the character is in one of the ranges, which are sorted. */
static bool
is_in(const Range *ranges, size_t n, uint32_t c)
{
	for (size_t i = 0; i < n && ranges[i].from <= c; i++)
		if (c <= ranges[i].to)
			return true;
	return false;
}

/* next_character reads one character of UTF-8; returns its length, and 1 with 0 in c for a byte that is none. */
static size_t
next_character(const unsigned char *s, size_t len, uint32_t *c)
{
	static const unsigned char bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
	size_t		n = s[0] < 0x80 ? 1 : s[0] < 0xC2 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : s[0] < 0xF5 ? 4 : 0;

	*c = 0;
	if (n == 0 || n > len)
		return 1;
	*c = s[0] & bits[n];
	for (size_t i = 1; i < n; i++)
	{
		if ((s[i] & 0xC0) != 0x80)
		{
			*c = 0;
			return 1;
		}
		*c = *c << 6 | (s[i] & 0x3F);
	}
	return n;
}

/* is_separator says whether a character ends a word. */
static bool
is_separator(uint32_t c)
{
	if (c < 0x80)
		return !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
	return is_in(separators, COUNT(separators), c);
}

/* written_as is how the letter is typed, or NULL when it is typed as it is. */
static const char *
written_as(uint32_t c)
{
	for (size_t i = 0; i < COUNT(letters); i++)
		if (letters[i].letter == c)
			return letters[i].written;
	return NULL;
}

/* ends_word says whether the text ends here, or something that is no letter follows. */
static bool
ends_word(const char *text, size_t len)
{
	uint32_t	c;

	if (len == 0)
		return true;
	(void) next_character((const unsigned char *) text, len, &c);
	return is_separator(c) && !is_in(marks, COUNT(marks), c);
}

/*
 * apostrophe_joins says whether what stands before and behind an apostrophe is
 * one word, as in don't; l'été is two, and the s of a genitive belongs to none.
 */
static bool
apostrophe_joins(size_t characters_before, const char *behind, size_t len)
{
	return characters_before > 2 && !(len > 0 && behind[0] == 's' && ends_word(behind + 1, len - 1));
}

size_t
vz_search_fold(const char *text, size_t len, char *out)
{
	size_t		used = 0;
	size_t		characters = 0;	/* of the word that has begun */

	for (size_t at = 0, n; at < len; at += n)
	{
		uint32_t	c;
		const char *written;

		n = next_character((const unsigned char *) text + at, len - at, &c);
		if (is_in(marks, COUNT(marks), c))
			continue;
		if (c == '\'' || c == 0x2019)
		{
			if (apostrophe_joins(characters, text + at + n, len - at - n))
				continue;
			/* The s of a genitive goes with it. */
			n += characters > 2 ? 1 : 0;
			characters = 0;
			continue;
		}
		if (is_separator(c))
		{
			characters = 0;
			continue;
		}
		if (characters++ == 0 && used > 0)
			out[used++] = ' ';
		written = written_as(c);
		if (written == NULL)
		{
			memcpy(out + used, text + at, n);
			used += n;
			continue;
		}
		memcpy(out + used, written, strlen(written));
		used += strlen(written);
	}
	out[used] = '\0';
	return used;
}

const char *
vz_search_sort_key(const char *folded)
{
	for (size_t i = 0; i < COUNT(articles); i++)
		if (strncmp(folded, articles[i], strlen(articles[i])) == 0 && folded[strlen(articles[i])] != '\0')
			return folded + strlen(articles[i]);
	return folded;
}

/* A word, or a run of characters without blanks, and where its characters begin. */
typedef struct Word
{
	const char *text;
	size_t		len;
	size_t		start[NEAR_MAX + 2];	/* of the first characters, and the end behind them */
	size_t		characters;
} Word;

/* visit_near shows the terms of a word's neighbourhood: itself, and itself without each of its letters. */
static void
visit_near(const Word *w, int number, VzTermVisitor visit, void *state)
{
	char		term[VZ_SEARCH_WORD_MAX];

	visit(w->text, w->len, VZ_TERM_NEAR, number, state);
	for (size_t i = 0; i < w->characters; i++)
	{
		/* Of equal neighbours each makes the same term. */
		if (i > 0 && w->start[i + 1] - w->start[i] == w->start[i] - w->start[i - 1] &&
			memcmp(w->text + w->start[i], w->text + w->start[i - 1], w->start[i + 1] - w->start[i]) == 0)
			continue;
		memcpy(term, w->text, w->start[i]);
		memcpy(term + w->start[i], w->text + w->start[i + 1], w->len - w->start[i + 1]);
		visit(term, w->len - (w->start[i + 1] - w->start[i]), VZ_TERM_NEAR, number, state);
	}
}

/* visit_pairs shows each character of the run with the next one, and the last alone. */
static void
visit_pairs(const char *run, size_t len, int number, VzTermVisitor visit, void *state)
{
	for (size_t at = 0; at < len;)
	{
		uint32_t	c;
		size_t		first = next_character((const unsigned char *) run + at, len - at, &c);
		size_t		second = at + first < len ? next_character((const unsigned char *) run + at + first, len - at - first, &c) : 0;

		visit(run + at, first + second, VZ_TERM_PAIR, number, state);
		at += first;
	}
}

/* visit_word shows the terms of a word in letters. */
static void
visit_word(Word *w, int number, VzTermVisitor visit, void *state)
{
	if (w->len > VZ_SEARCH_WORD_MAX)
	{
		w->len = VZ_SEARCH_WORD_MAX;
		/* A character is not cut in two. */
		while (((unsigned char) w->text[w->len] & 0xC0) == 0x80)
			w->len--;
	}
	visit(w->text, w->len, VZ_TERM_WORD, number, state);
	if (w->characters >= NEAR_MIN && w->characters <= NEAR_MAX)
		visit_near(w, number, visit, state);
}

/* begin_word reads the word or run at the beginning of the text; says whether it is a run without blanks. */
static bool
begin_word(const char *text, Word *w)
{
	size_t		len = strcspn(text, " ");
	bool		is_unspaced = false;

	*w = (Word) {.text = text};
	while (w->len < len)
	{
		uint32_t	c;
		size_t		n = next_character((const unsigned char *) text + w->len, len - w->len, &c);
		bool		other = is_in(unspaced, COUNT(unspaced), c);

		if (w->len == 0)
			is_unspaced = other;
		else if (other != is_unspaced)
			break;
		if (w->characters <= NEAR_MAX)
			w->start[w->characters] = w->len;
		w->characters++;
		w->len += n;
		if (w->characters <= NEAR_MAX)
			w->start[w->characters] = w->len;
	}
	return is_unspaced;
}

void
vz_search_terms(const char *folded, VzTermVisitor visit, void *state)
{
	int			number = 0;

	while (*folded != '\0')
	{
		Word		w;
		size_t		whole;
		bool		is_unspaced;

		if (*folded == ' ')
		{
			folded++;
			continue;
		}
		is_unspaced = begin_word(folded, &w);
		whole = w.len;
		if (is_unspaced)
			visit_pairs(w.text, w.len, number, visit, state);
		else
			visit_word(&w, number, visit, state);
		folded += whole;
		number++;
	}
}
