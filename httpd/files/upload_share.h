/*
 * upload_share.h
 *		The places for uploads, and who holds them: a sender who is slow on
 *		purpose must not hold them all.
 *
 * Pure but for memory and a lock. Safe from any thread.
 */
#ifndef VEZA_UPLOAD_SHARE_H
#define VEZA_UPLOAD_SHARE_H

#include <stdint.h>

typedef struct UploadLimits
{
	int64_t		all;			/* uploads at the same time */
	int64_t		per_user;
	int64_t		per_address;	/* an IPv6 address counts by its /64 */
} UploadLimits;

typedef struct UploadShare UploadShare;

/*
 * Takes a place, or returns NULL: all are taken, or as many as this user or
 * this address may hold. A user_id of "" is nobody, who counts by address.
 */
extern UploadShare *upload_share_take(const UploadLimits *limits, const char *user_id, const char *address);

/* Gives it back; NULL is taken. */
extern void upload_share_give_back(UploadShare *share);

#endif							/* VEZA_UPLOAD_SHARE_H */
