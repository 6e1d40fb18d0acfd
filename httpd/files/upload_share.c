/*
 * upload_share.c
 *		Who holds the places for uploads (see upload_share.h). They are few, so a
 *		list of them is all it takes.
 */
#include "upload_share.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../wire/forwarded.h"

#define USER_SIZE 64

struct UploadShare
{
	char		user_id[USER_SIZE];
	char		address[ADDRESS_SIZE];
	UploadShare *next;
	UploadShare **previous;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static UploadShare *shares;

/* has_room says whether the limits leave a place for this one; called under the lock. */
static bool
has_room(const UploadLimits *limits, const UploadShare *wanted)
{
	int64_t		all = 0;
	int64_t		of_user = 0;
	int64_t		of_address = 0;

	for (const UploadShare *s = shares; s != NULL; s = s->next)
	{
		all++;
		of_user += wanted->user_id[0] != '\0' && strcmp(s->user_id, wanted->user_id) == 0;
		of_address += strcmp(s->address, wanted->address) == 0;
	}
	return all < limits->all && of_user < limits->per_user && of_address < limits->per_address;
}

UploadShare *
upload_share_take(const UploadLimits *limits, const char *user_id, const char *address)
{
	UploadShare *share = calloc(1, sizeof(*share));
	bool		is_taken;

	if (share == NULL)
		abort();
	snprintf(share->user_id, sizeof(share->user_id), "%s", user_id);
	address_group(address, share->address);
	pthread_mutex_lock(&lock);
	is_taken = has_room(limits, share);
	if (is_taken)
	{
		if ((share->next = shares) != NULL)
			shares->previous = &share->next;
		share->previous = &shares;
		shares = share;
	}
	pthread_mutex_unlock(&lock);
	if (is_taken)
		return share;
	free(share);
	return NULL;
}

void
upload_share_give_back(UploadShare *share)
{
	if (share == NULL)
		return;
	pthread_mutex_lock(&lock);
	if ((*share->previous = share->next) != NULL)
		share->next->previous = share->previous;
	pthread_mutex_unlock(&lock);
	free(share);
}
