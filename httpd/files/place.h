/*
 * place.h
 *		Where uploaded files are: UPLOAD_DIR/spool while they arrive, the directory
 *		of their kind afterwards (UPLOAD_DIR/files/ab/abcdef...), named by their
 *		content. Every call may wait for the disk:
 *		from its threads; sweeping is for one alone.
 */
#ifndef VEZA_PLACE_H
#define VEZA_PLACE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLACE_MAX 1024

/* Makes the directories and removes leftovers of the spool; false with errno when that fails. */
extern bool place_init(void);

/* The path of a name in the spool; false when it does not fit. */
extern bool place_in_spool(const char *name, char path[PLACE_MAX]);

/* The path of a name in a directory of UPLOAD_DIR/partial; of the directory itself without a name; false when it does not fit. */
extern bool place_in_partial(const char *directory, const char *name, char path[PLACE_MAX]);

/* Moves a file to the place of its content in its kind's directory, durably; false with errno. */
extern bool place_publish(const char *spool, const char *directory, const char *hash);

/* Opens the file of this content (64 hexadecimal digits) for reading; -1 when it is not there. */
extern int	place_open(const char *directory, const char *hash, uint64_t *size);

/* Calls visit for every file in a kind's directory, in the order of the names, which are hashes or nothing of ours. */
extern void place_each(const char *directory, void (*visit) (const char *directory, const char *name, void *state), void *state);

/* Was a file last published so long ago that the sweep takes it when nothing names it? */
extern bool place_is_old(const char *directory, const char *hash);

/* What keeps files from being stored, in words, or NULL. */
extern const char *place_problem(void);

/*
 * Removes files older than UPLOAD_SWEEP_AGE that the database does not name,
 * and leftovers of the spool; from one thread. Goes on where it was when the
 * time (of monotonic_ms) is up; true when it is through.
 */
extern bool place_sweep(PGconn *conn, int64_t until_ms);

#endif							/* VEZA_PLACE_H */
