/*
 * unread.h
 *		How many notifications are unread.
 */
#ifndef VEZA_SOCIAL_UNREAD_H
#define VEZA_SOCIAL_UNREAD_H

#include "../core/ground/compat.h"
#include "lib/stringinfo.h"

/* Appends the members unread_count and is_exact of the user's count, which ends at 100. */
extern void vz_append_unread_count(StringInfo json, const pg_uuid_t *user_id);

#endif							/* VEZA_SOCIAL_UNREAD_H */
