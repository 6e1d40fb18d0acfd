/*
 * user.h
 *		What the files of the user domain share: whom a request is about, and
 *		changing a profile.
 */
#ifndef VEZA_USER_H
#define VEZA_USER_H

#include "../core/ground/query.h"
#include "../core/ground/refusal.h"
#include "../core/request/request.h"

/*
 * Reads the argument that names a user: a UUID, or "me" for the actor. NULL
 * when it does, else the refusal. Whether there is such a user is not looked at.
 */
extern VzRefusal *vz_user_argument(FunctionCallInfo fcinfo, int argno, pg_uuid_t *id);

/*
 * The same for what concerns only the user and administrators: the actor must
 * be logged in, and anybody else's id is answered like one that does not exist.
 */
extern VzRefusal *vz_user_own_argument(FunctionCallInfo fcinfo, int argno, pg_uuid_t *id);

/* The present actor with today's role, logged in or not. */
extern const VzActor *vz_user_actor(void);

/* What changes of a profile; NULL: stays as it is. An empty text empties the field. */
typedef struct VzProfileChange
{
	const char *username;
	const char *first_name;
	const char *last_name;
	const char *display_name;
	const char *bio;
	const char *location;
	const char *website;
	const char *timezone;
	const char *language;
	const char *pending_email;
	const char *social_links;	/* jsonb text: all of them */
	const char *preferences;	/* jsonb text: all of them */
	VzArg		skills;			/* text[]; a NULL stays as it is */
} VzProfileChange;

/* Locks the user and compares the version that the request names with the present one; raises USER_NOT_FOUND. */
extern void vz_profile_lock(const pg_uuid_t *id, VzRow *user);

/* Stores the change of a locked user; raises USER_ALREADY_EXISTS when the username is taken. fields is for the audit log. */
extern void vz_profile_store(const pg_uuid_t *id, const VzProfileChange *change, const char *action, const char *fields);

/* Adds to wrong what is wrong with a time zone; returns its name as it is written properly. */
extern const char *vz_timezone_check(VzRefusal *wrong, const char *name);

/* Adds to wrong what is wrong with a language. */
extern void vz_language_check(VzRefusal *wrong, const char *language);

#endif							/* VEZA_USER_H */
