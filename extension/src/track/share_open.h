/*
 * share_open.h
 *		Links to tracks: a token goes in; what it opens, or why it does not, comes out.
 */
#ifndef VEZA_TRACK_SHARE_OPEN_H
#define VEZA_TRACK_SHARE_OPEN_H

#include "../core/ground/query.h"
#include "../core/ground/refusal.h"

/* What is stored of a token. */
extern VzArg vz_share_digest(const char *token);

/* What a link opens. */
typedef struct VzShareSight
{
	pg_uuid_t	share_id;
	pg_uuid_t	track_id;
	bool		allow_download;
} VzShareSight;

/*
 * Opens a link: counts the caller among its listeners where they are limited.
 * NULL when it opens, else the refusal. Writes.
 */
extern VzRefusal *vz_share_open(const char *token, VzShareSight *sight);

/*
 * Looks whether a link opens this track to the caller; where listeners are
 * limited, only to who has opened it. Writes nothing.
 */
extern bool vz_share_covers(const char *token, const pg_uuid_t *track_id, VzShareSight *sight);

#endif							/* VEZA_TRACK_SHARE_OPEN_H */
