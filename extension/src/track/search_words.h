/*
 * search_words.h
 *		What a text is searched by: a text in lower case and decomposed (NFKD)
 *		goes in; its words without accents, and the terms under which an index
 *		finds them, come out.
 *
 * Pure: no server header. A word is found by each of its beginnings, and by
 * what is one letter away from it: a text has the term of each word and of
 * each word without one of its letters, and so has what is searched for (two
 * words that differ by a letter, or have two neighbours swapped, share one of
 * these). Scripts that put no blanks between words are found by pairs of
 * neighbouring characters.
 */
#ifndef VEZA_SEARCH_WORDS_H
#define VEZA_SEARCH_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* How much room the folded text of this length needs at most, with a final NUL. */
#define VZ_SEARCH_ROOM(len) (2 * (len) + 1)

/* Words that are longer have no misspellings, and are cut to this many bytes. */
#define VZ_SEARCH_WORD_MAX 96

/* What a term is for. */
typedef enum VzTermKind
{
	VZ_TERM_WORD,				/* as it stands; in a search also the beginning of a longer word */
	VZ_TERM_NEAR,				/* a word, or one without a letter: another of them is near when it has the same term */
	VZ_TERM_PAIR				/* two neighbours, or the last character, in a script without blanks */
} VzTermKind;

/* Takes a term of the text; number says of which of its words, from 0. */
typedef void (*VzTermVisitor) (const char *term, size_t len, VzTermKind kind, int number, void *state);

/*
 * Writes the words of the text with one blank between two of them: marks are
 * dropped, letters that no decomposition takes apart (as in "straße") are
 * written as most people type them, everything else is a blank. Bytes that
 * are no UTF-8 are blanks. Returns the length.
 */
extern size_t vz_search_fold(const char *text, size_t len, char *out);

/* The folded text without an article at its beginning, for sorting. */
extern const char *vz_search_sort_key(const char *folded);

/* Shows the visitor each term of a folded text. */
extern void vz_search_terms(const char *folded, VzTermVisitor visit, void *state);

#endif							/* VEZA_SEARCH_WORDS_H */
