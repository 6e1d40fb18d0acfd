/*
 * digest.h
 *		The mail that sums up, once a day or a week, what a user has not read.
 *
 * The job orders it at digest_hour in the user's time zone. What stands in it is
 * read when it is composed (social/digest_text.c), with its reader's eyes.
 */
#ifndef VEZA_NOTIFICATION_DIGEST_H
#define VEZA_NOTIFICATION_DIGEST_H

#include "../core/ground/query.h"

#define VZ_DIGEST_TEMPLATE "digest"

/* The name of a time zone: UTC for one that this server does not know, or no longer. */
extern const char *vz_digest_zone(const char *name);

/* A job, whose units are users whose unread notifications are to be looked after. */
extern VzRows vz_job_order_digests_units(void);
extern void vz_job_order_digest(const char *unit);

#endif							/* VEZA_NOTIFICATION_DIGEST_H */
