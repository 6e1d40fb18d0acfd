/*
 * moderation_case.h
 *		Cases of moderation: one open one for each thing, however many report it.
 *
 * Lock order: the case, then what it is about.
 */
#ifndef VEZA_MODERATION_CASE_H
#define VEZA_MODERATION_CASE_H

#include "../core/ground/query.h"
#include "../core/ground/refusal.h"

/* What may be reported. */
typedef enum VzSubjectType
{
	VZ_SUBJECT_TRACK,
	VZ_SUBJECT_COMMENT,
	VZ_SUBJECT_PLAYLIST,
	VZ_SUBJECT_USER,
	VZ_NSUBJECT_TYPES
} VzSubjectType;

/* What is reported, as it stands. */
typedef struct VzReported
{
	VzSubjectType type;
	pg_uuid_t	id;
	pg_uuid_t	owner_id;		/* whose it is, or who it is */
	char	   *excerpt;		/* its words; NULL: it has none */
} VzReported;

/* A case that is locked. */
typedef struct VzCase
{
	pg_uuid_t	id;
	VzSubjectType type;
	pg_uuid_t	subject_id;
	pg_uuid_t	owner_id;
	char	   *state;
} VzCase;

/* The type of that name, or VZ_NSUBJECT_TYPES. */
extern VzSubjectType vz_subject_type(const char *name);
extern const char *vz_subject_type_name(VzSubjectType type);

/* The open case of the subject, made when there is none; it stays open until the transaction ends. */
extern pg_uuid_t vz_case_open(const VzReported *subject);

/* Locks the case whose id is the argument; raises CASE_NOT_FOUND. */
extern void vz_case_lock(FunctionCallInfo fcinfo, int argno, VzCase *found);

/*
 * Decides the case by the event: notes who and why, tells its owner where the
 * decision concerns them, and has the job tell the reporters. The caller does to the
 * subject what was decided. Raises CASE_DECIDED when it was decided already.
 */
extern void vz_case_decide(const VzCase *found, const char *event, const char *note);

/* Tells reporters that what they have reported was decided; a job. Returns how many. */
extern int64 vz_job_tell_reporters(void);

/* Closes open cases about an account that ends, and forgets what it has said in its reports. */
extern void vz_cases_end_account(const pg_uuid_t *user_id);

#endif							/* VEZA_MODERATION_CASE_H */
