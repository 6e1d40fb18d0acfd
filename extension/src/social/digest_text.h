/*
 * digest_text.h
 *		What stands in a digest, as its reader may see it when it is composed.
 */
#ifndef VEZA_SOCIAL_DIGEST_TEXT_H
#define VEZA_SOCIAL_DIGEST_TEXT_H

#include "../core/ground/query.h"

/* The content of a digest (mail/content.h); data names the times between which things happened. */
extern char *vz_digest_text(const pg_uuid_t *user_id, const char *language, Datum data);

#endif							/* VEZA_SOCIAL_DIGEST_TEXT_H */
