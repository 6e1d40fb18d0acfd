/*
 * keys.h
 *		The keys of now, in a ring that changes as a whole. The main thread puts
 *		a ring in force; every thread asks for it anew when it needs a key.
 *
 * During a rotation a use has two keys: the present one makes and checks, the
 * former one only checks. Threads do not wait for one another: each holds the
 * ring it uses, and looks at one number to see whether there is a newer one.
 */
#ifndef VEZA_KEYS_H
#define VEZA_KEYS_H

#include <stddef.h>

/* What a key is for. A class of tokens has its own, so that none stands in for another. */
typedef enum KeyUse
{
	KEY_ACCESS,
	KEY_CHAT,
	KEY_WEBHOOK,
	KEY_INTERNAL,
	KEY_SIGNED_URL,
	KEY_USES
} KeyUse;

enum
{
	KEY_PRESENT,
	KEY_FORMER,
	KEY_AGES
};

typedef struct Key
{
	char	   *text;			/* NULL: there is none */
	size_t		length;
} Key;

typedef struct KeyRing
{
	unsigned int generation;	/* counts from 1; what was checked under another may be wrong by now */
	int			nusers;
	Key			keys[KEY_USES][KEY_AGES];
} KeyRing;

/* The keys' texts; NULL or empty: none. */
typedef const char *KeyTexts[KEY_USES][KEY_AGES];

/*
 * Makes a ring of copies and puts it in force: whoever asks from now on gets
 * it. Keys of chat tokens and of signed addresses that are missing are derived
 * from the access key.
 */
extern void keys_publish(const KeyTexts texts);

/*
 * The ring in force. It stays as it is until this thread asks again; a ring
 * that no thread holds any more is erased.
 */
extern const KeyRing *keys_current(void);

/* This thread uses no key any more. */
extern void keys_release(void);

#endif							/* VEZA_KEYS_H */
