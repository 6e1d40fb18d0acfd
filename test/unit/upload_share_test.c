/*
 * upload_share_test.c
 *		Who may hold how many places for uploads.
 */
#include "../../httpd/files/upload_share.h"
#include "tap.h"

static const UploadLimits limits = {10, 3, 6};

int
main(void)
{
	UploadShare *held[10] = {0};
	UploadShare *mine;

	for (int i = 0; i < 3; i++)
		held[i] = upload_share_take(&limits, "a", "192.0.2.1");
	ok(held[2] != NULL, "a user has a share");
	ok(upload_share_take(&limits, "a", "192.0.2.1") == NULL, "and not more");
	ok(upload_share_take(&limits, "a", "198.51.100.7") == NULL, "wherever the user comes from");
	for (int i = 3; i < 6; i++)
		held[i] = upload_share_take(&limits, "b", "192.0.2.1");
	ok(held[5] != NULL && upload_share_take(&limits, "c", "192.0.2.1") == NULL, "nor do users of one address");
	ok((held[6] = upload_share_take(&limits, "c", "2001:db8::1")) != NULL, "another address has its own");
	held[7] = upload_share_take(&limits, "d", "2001:db8::2");
	held[8] = upload_share_take(&limits, "", "2001:db8:1::1");
	held[9] = upload_share_take(&limits, "", "2001:db8:1::2");
	ok(held[9] != NULL, "nobody in particular counts by address");
	ok(upload_share_take(&limits, "e", "203.0.113.9") == NULL, "when all are taken nobody gets one");
	upload_share_give_back(held[1]);
	ok((mine = upload_share_take(&limits, "a", "203.0.113.9")) != NULL, "what was given back is there for others");
	upload_share_give_back(mine);
	held[1] = NULL;
	for (int i = 0; i < 10; i++)
		upload_share_give_back(held[i]);
	{
		const UploadLimits six = {100, 100, 4};

		for (int i = 0; i < 4; i++)
			held[i] = upload_share_take(&six, "", i % 2 ? "2001:db8::1" : "2001:db8::ffff");
		ok(held[3] != NULL && upload_share_take(&six, "", "2001:db8::2") == NULL, "the addresses of a /64 are one");
		for (int i = 0; i < 4; i++)
			upload_share_give_back(held[i]);
	}
	return done_testing();
}
