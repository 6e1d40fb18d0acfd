/*
 * member.h
 *		Who takes part in a playlist, as rows and answers.
 */
#ifndef VEZA_PLAYLIST_MEMBER_H
#define VEZA_PLAYLIST_MEMBER_H

#include "visibility.h"

/* Answers one who takes part, or was invited. */
extern Datum vz_playlist_member_answer(const pg_uuid_t *playlist_id, const pg_uuid_t *user_id);

/* Notes in the audit log what was done with whom. */
extern void vz_playlist_member_audit(const char *action, const pg_uuid_t *playlist_id, const pg_uuid_t *user_id);

/* Reads the role of an argument, which has one; adds to wrong what is wrong. */
extern const char *vz_playlist_role_argument(FunctionCallInfo fcinfo, int argno, VzRefusal *wrong);

#endif							/* VEZA_PLAYLIST_MEMBER_H */
