/*
 * partial_files.h
 *		The files of uploads that come in several requests: their names, the small
 *		ones of them, and what is there of a user's. All of it waits for the disk, and
 *		is done by the disk's threads.
 */
#ifndef VEZA_PARTIAL_FILES_H
#define VEZA_PARTIAL_FILES_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "../wire/tus.h"
#include "place.h"

#define PARTIAL_NAME_SIZE	(TUS_ID_LEN + 8)

/* Endings of the names of an upload's files; its bytes have none. */
#define PARTIAL_DESCRIPTION ".info"
#define PARTIAL_ANSWER		".done"

/* The upload of a directory that was not gone on with for longest, and how many there are. */
typedef struct PartialOldest
{
	char		id[TUS_ID_LEN + 1];
	time_t		changed;
	int64_t		n;
} PartialOldest;

/* Writes the path of one of an upload's files. */
extern bool partial_path(const char *user, const char *id, const char *ending, char path[PLACE_MAX]);

/* Removes an upload's files but for those with this ending; NULL: all of them. */
extern void partial_remove(const char *user, const char *id, const char *but);

/* Makes a file of this content durable, under its name at once or not at all. */
extern bool partial_write_small(const char *user, const char *id, const char *ending, const char *content);

/* Reads a small file; malloc'd, NULL when it is not there. */
extern char *partial_read_small(const char *user, const char *id, const char *ending, size_t max);

/* Looks at a user's unfinished uploads. */
extern PartialOldest partial_oldest(const char *directory);

/* Removes what nobody has gone on with for UPLOAD_EXPIRY; for one thread. */
extern void partial_sweep(void);

#endif							/* VEZA_PARTIAL_FILES_H */
