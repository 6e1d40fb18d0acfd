/*
 * refusal.h
 *		Two ways to refuse, by one catalogue: an error of errors.h and facts go in;
 *		an error of PostgreSQL, or a refusal in the head of the answer, comes out.
 *
 *		vz_raise	rolls back; the way of every rule that changes something
 *		VZ_REFUSE	in the reads lane a value (a raised error would abort the
 *					neighbours in the batch), elsewhere an error
 *		VZ_REFUSE_AND_KEEP	over HTTP a value, so that what was written is
 *					committed (a failed login, a counted gate refusal); in psql
 *					an error
 *
 * Facts become details in JSON over HTTP and the DETAIL line in psql.
 */
#ifndef VEZA_REFUSAL_H
#define VEZA_REFUSAL_H

#include "compat.h"
#include "../errors.h"

typedef struct VzRefusal VzRefusal;

/* A new refusal without facts, in the caller's memory context. */
extern VzRefusal *vz_refusal(VzError error);

/* Facts, in the order given; each returns the refusal, so that calls nest or chain. Texts are cut at 200 characters. */
extern VzRefusal *vz_fact(VzRefusal *r, const char *name, const char *value);
extern VzRefusal *vz_fact_uuid(VzRefusal *r, const char *name, const pg_uuid_t *value);
extern VzRefusal *vz_fact_int(VzRefusal *r, const char *name, int64 value);
extern VzRefusal *vz_fact_bool(VzRefusal *r, const char *name, bool value);
extern VzRefusal *vz_fact_list(VzRefusal *r, const char *name, const char *comma_separated);

/* A wrong field of the input; details become [{"field","message"}]. */
extern VzRefusal *vz_field_error(VzRefusal *r, const char *field, const char *message);

/* The next step: as an HTTP user reads it, and as a DBA types it. */
extern VzRefusal *vz_next_step(VzRefusal *r, const char *over_http, const char *in_psql);

/* Sets Retry-After over HTTP. */
extern VzRefusal *vz_retry_after(VzRefusal *r, int seconds);

/* Is it this one of the catalogue? */
extern bool vz_refusal_is(const VzRefusal *r, VzError error);

/* Raise as an error, with the SQLSTATE of the catalogue; the transaction is rolled back. */
extern void vz_raise(const VzRefusal *r) VZ_NORETURN;
extern void vz_raise_error(VzError error) VZ_NORETURN;

/* Raises when the refusal has field errors; does nothing when r is NULL. */
extern void vz_raise_if(const VzRefusal *r);

/*
 * Refuse as a value where the lane asks for that, else raise; for the macros
 * below, which leave the function. A function in the reads lane must use
 * VZ_REFUSE, one whose writes must stay VZ_REFUSE_AND_KEEP. VZ_REFUSE_IF does
 * so when the refusal has field errors. Which when: docs/design.md, "Refusing";
 * test/lint.d/refusals.pl holds them to it.
 */
extern void vz_refuse(const VzRefusal *r);
extern bool vz_refuse_if(const VzRefusal *r);
extern void vz_refuse_and_keep(const VzRefusal *r);

#define VZ_REFUSE(r)			do { vz_refuse(r); PG_RETURN_NULL(); } while (0)
#define VZ_REFUSE_IF(r)			do { if (vz_refuse_if(r)) PG_RETURN_NULL(); } while (0)
#define VZ_REFUSE_AND_KEEP(r)	do { vz_refuse_and_keep(r); PG_RETURN_NULL(); } while (0)

/* Keeps refusals out of the server log and names the request in what is logged. */
extern void vz_refusal_init(void);

#endif							/* VEZA_REFUSAL_H */
