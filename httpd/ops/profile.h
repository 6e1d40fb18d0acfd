/*
 * profile.h
 *		CPU profiles of this process, by gperftools: seconds that the database
 *		has granted go in, the profile as an answer comes out. It waits that
 *		long, so it is called aside of the loops, in a thread of its own.
 */
#ifndef VEZA_PROFILE_H
#define VEZA_PROFILE_H

#include "../answers/refuse.h"

/*
 * Takes a profile for the data.seconds that the database has granted, in the
 * thread that calls, and answers it as gperftools writes it; a second one at
 * the same time is refused.
 */
extern Reply profile_answer(const Reply *grant, const Reader *reader);

/* Ends a profile that is being taken, with what it has: the process is shutting down. */
extern void profile_cut(void);

#endif							/* VEZA_PROFILE_H */
