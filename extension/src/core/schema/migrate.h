/*
 * migrate.h
 *		Whether veza.migrate() has something to do: in a word that
 *		veza.readiness() and the programs understand.
 */
#ifndef VEZA_MIGRATE_H
#define VEZA_MIGRATE_H

/* "empty" before the first veza.migrate(), "behind" when it has something to do, and "ready" otherwise. */
extern const char *vz_schema_state(void);

#endif							/* VEZA_MIGRATE_H */
