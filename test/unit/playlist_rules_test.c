/*
 * playlist_rules_test.c
 *		The words for roles in a playlist.
 */
#include "../../extension/src/playlist/playlist_rules.h"
#include "tap.h"

int
main(void)
{
	is_text(vz_playlist_role("editor"), "editor", "an editor");
	is_text(vz_playlist_role("Write"), "editor", "by another word");
	is_text(vz_playlist_role("viewer"), "viewer", "a viewer");
	is_text(vz_playlist_role("READ"), "viewer", "by another word");
	is_text(vz_playlist_role("owner"), NULL, "nobody is made an owner");
	is_text(vz_playlist_role("admin"), NULL, "nor an administrator");
	is_text(vz_playlist_role(""), NULL, "nothing is no role");
	return done_testing();
}
