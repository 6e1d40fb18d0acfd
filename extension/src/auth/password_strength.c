/*
 * password_strength.c
 *		How hard a password is to guess (see password_strength.h); no server
 *		header.
 *
 * The library charges each sign between words, and each pair of equal letters,
 * anew; whoever guesses does not. So a password is as weak as the weakest of
 * three readings: as it is, without signs that have come before, and that with
 * runs of one letter as one.
 */
#include "password_strength.h"

#include <stdbool.h>
#include <string.h>
#include <zxcvbn.h>

#define WORDS_MAX		64
#define WORD_MAX		64
#define WORD_MIN		4		/* shorter ones are in other words, as the ends of domains are */

/* What is guessed first: the words of the product, then those of the user. */
typedef struct Words
{
	const char *word[WORDS_MAX + 1];	/* ends with NULL */
	size_t		n;
	char		text[WORDS_MAX][WORD_MAX + 1];
} Words;

/* What a password is made of, in the order in which it is said to the user. */
typedef enum Kind
{
	KIND_NAME, KIND_REPETITION, KIND_SEQUENCE, KIND_DATE, KIND_WORD, KIND_OTHER, KINDS
} Kind;

static const char *const product[] = {"veza", "audio", "music", "track", "playlist", "streaming", "distribution",
"subscription", "creator", "artist", "producer", "listener"};

static const char *const sentence[KINDS] = {
	"is easy to guess: it has your name, your address or words of Veza in it; take several words that do not belong together",
	"is easy to guess: it repeats itself; take several words that do not belong together",
	"is easy to guess: it follows the alphabet, the numbers or the keyboard; take several words that do not belong together",
	"is easy to guess: it is made of a date; take several words that do not belong together",
	"is easy to guess: it is made of words or passwords that many use; take several words that do not belong together",
	"is easy to guess: it is too short or too simple; take several words that do not belong together"
};

/* is_sign: neither a letter nor a digit; what is not ASCII is a letter. */
static bool
is_sign(char c)
{
	return (unsigned char) c < 0x80 && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9');
}

/* add_word adds a word, if it is long enough to be one and there is room. */
static void
add_word(Words *words, const char *word, size_t len)
{
	if (len < WORD_MIN || len > WORD_MAX || words->n == WORDS_MAX)
		return;
	memcpy(words->text[words->n], word, len);
	words->text[words->n][len] = '\0';
	words->word[words->n] = words->text[words->n];
	words->word[++words->n] = NULL;
}

/* add_words adds a name or an address as a whole, and its parts. */
static void
add_words(Words *words, const char *text)
{
	add_word(words, text, strlen(text));
	while (*text != '\0')
	{
		size_t		len = 0;

		while (text[len] != '\0' && !is_sign(text[len]))
			len++;
		add_word(words, text, len);
		text += len + (text[len] != '\0');
	}
}

/*
 * one_byte_letters copies the beginning of a text with one byte for each letter: the
 * library would take every byte of a letter that is not ASCII for a sign of
 * its own, and an emoji for a good password.
 */
static void
one_byte_letters(const char *text, char *out)
{
	for (size_t n = 0; n < VZ_STRENGTH_BYTES && *text != '\0'; n++)
	{
		unsigned char c = (unsigned char) *text++;

		for (; c >= 0x80 && ((unsigned char) *text & 0xC0) == 0x80; text++)
			c = (unsigned char) (0x80 | (c * 37 + (unsigned char) *text));
		*out++ = (char) c;
	}
	*out = '\0';
}

/* without_known_signs copies a text without the signs that have come before. */
static void
without_known_signs(const char *text, char *out)
{
	bool		known[128] = {false};

	for (; *text != '\0'; text++)
	{
		if (is_sign(*text) && known[(unsigned char) *text])
			continue;
		if (is_sign(*text))
			known[(unsigned char) *text] = true;
		*out++ = *text;
	}
	*out = '\0';
}

/* without_runs copies a text with one of several equal letters in a row. */
static void
without_runs(const char *text, char *out)
{
	char		last = '\0';

	for (; *text != '\0'; last = *text++)
		if (*text != last)
			*out++ = *text;
	*out = '\0';
}

/* contains_name: a name, or what stands before the @ of an address, is in the password, in whatever case. */
static bool
contains_name(const char *password, const char *name)
{
	char		text[WORD_MAX + 1];
	size_t		len = strcspn(name, "@");

	if (len < WORD_MIN || len > WORD_MAX)
		return false;
	memcpy(text, name, len);
	text[len] = '\0';
	return strcasestr(password, text) != NULL;
}

/* match_kind says what a part of a password is. */
static Kind
match_kind(const ZxcMatch_t *part)
{
	ZxcTypeMatch_t type = part->Type & ~MULTIPLE_MATCH;

	if (type == USER_MATCH || type == USER_LEET_MATCH)
		return KIND_NAME;
	if (type == REPEATS_MATCH || part->Type != type)
		return KIND_REPETITION;
	if (type == SEQUENCE_MATCH || type == SPATIAL_MATCH)
		return KIND_SEQUENCE;
	if (type == DATE_MATCH || type == YEAR_MATCH)
		return KIND_DATE;
	if (type == DICTIONARY_MATCH || type == DICT_LEET_MATCH)
		return KIND_WORD;
	return KIND_OTHER;
}

/* reading_of measures a text, and says what most of it is. */
static double
reading_of(const char *text, const Words *words, Kind *kind)
{
	size_t		length[KINDS] = {0};
	ZxcMatch_t *parts = NULL;
	double		bits = ZxcvbnMatch(text, (const char **) words->word, &parts);

	for (const ZxcMatch_t *part = parts; part != NULL; part = part->Next)
		length[match_kind(part)] += (size_t) part->Length;
	ZxcvbnFreeInfo(parts);
	*kind = KIND_NAME;
	for (Kind k = KIND_NAME; k < KINDS; k++)
		if (length[k] > length[*kind])
			*kind = k;
	return bits;
}

const char *
vz_password_weakness(const char *password, const char *const *about, size_t nabout, double bits)
{
	char		text[3][VZ_STRENGTH_BYTES + 1];
	double		weakest = bits;
	Kind		what = KIND_OTHER;
	Words		words;
	Kind		kind;

	words.n = 0;
	words.word[0] = NULL;
	for (size_t i = 0; i < sizeof(product) / sizeof(product[0]); i++)
		add_word(&words, product[i], strlen(product[i]));
	for (size_t i = 0; i < nabout; i++)
	{
		if (about[i] == NULL)
			continue;
		if (bits > 0 && contains_name(password, about[i]))
			return sentence[KIND_NAME];
		add_words(&words, about[i]);
	}

	one_byte_letters(password, text[0]);
	without_known_signs(text[0], text[1]);
	without_runs(text[1], text[2]);
	for (int i = 0; i < 3; i++)
	{
		double		have;

		if (i > 0 && strcmp(text[i], text[i - 1]) == 0)
			continue;
		have = reading_of(text[i], &words, &kind);
		if (have < weakest)
		{
			weakest = have;
			/* One letter over and over leaves no more than that letter. */
			what = i == 2 ? KIND_REPETITION : kind;
		}
	}
	return weakest < bits ? sentence[what] : NULL;
}
