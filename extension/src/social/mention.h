/*
 * mention.h
 *		Who is mentioned in a text: "@username". Pure: no server header.
 */
#ifndef VEZA_MENTION_H
#define VEZA_MENTION_H

#include <stddef.h>

/* Different users that one comment may mention. */
#define VZ_MENTIONS_MAX 10

/* Room for a username, with a final NUL. */
#define VZ_MENTION_ROOM 31

/*
 * Writes the next name that is mentioned from here on, in lower case, and
 * returns where to go on; NULL when there is none. An @ within a word, as in an
 * e-mail address, and a name that another @ follows mention nobody of ours.
 */
extern const char *vz_mention_next(const char *text, char name[VZ_MENTION_ROOM]);

/*
 * Collects the different names that a text mentions. Returns how many there
 * are, or VZ_MENTIONS_MAX + 1 when there are more than may be.
 */
extern int	vz_mentions(const char *text, char names[VZ_MENTIONS_MAX][VZ_MENTION_ROOM]);

#endif							/* VEZA_MENTION_H */
