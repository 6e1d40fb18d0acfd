/*
 * changes.c
 *		Who has changed the entries of a playlist.
 */
#include "changes.h"

#include "../core/effects/job.h"
#include "../core/ground/refusal.h"
#include "../track/key_page.h"
#include "visibility.h"

static VzStmt changes_page = VZ_STMT_SEARCH(
	"select c.id, c.version, c.at, c.action, c.n, u.id as actor_id, u.username as actor_username, c.id::text as sort_key"
	"  from veza_data.playlist_change c left join veza_data.users u on u.id = c.actor_id and " VZ_PARTNER_IS_SHOWN("u", "$6", "$7")
	" where c.playlist_id = $5 and ($1 is null or c.id < $1::bigint) and ($2 is null or true)"
	" order by c.id desc limit $3 offset $4",
	TEXTOID, TEXTOID, INT4OID, INT4OID, UUIDOID, UUIDOID, BOOLOID);

static VzStmt sweep_changes = VZ_STMT(
	"delete from veza_data.playlist_change where id in (select id from veza_data.playlist_change where at < $1 order by at limit 5000)",
	TIMESTAMPTZOID);

VZ_FUNCTION(playlist_changes);

/*
 * playlist_changes shows who has changed what stands in a playlist, newest
 * first, to those who take part in it.
 *
 * Arguments: the playlist, page, limit, cursor.
 */
Datum
playlist_changes(PG_FUNCTION_ARGS)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzPlaylistSight sight;
	VzKeyPage	page;

	if (!vz_playlist_see(fcinfo, 0, &sight))
		VZ_REFUSE(vz_playlist_not_found(fcinfo, 0));
	if (!vz_playlist_takes_part(&sight))
		VZ_REFUSE(vz_fact_uuid(vz_refusal(VZ_E_PLAYLIST_NOT_YOURS), "playlist_id", &sight.id));
	vz_key_page_read(fcinfo, 1, 0, VZ_CURSOR_SERIAL, &page, wrong);
	VZ_REFUSE_IF(wrong);
	return vz_key_page_answer(&page, &(VzKeyRows) {.all = &changes_page},
							  VZ_ARGS(vz_arg_uuid(&sight.id), vz_arg_viewer(), vz_arg_bool(sight.is_admin)));
}

int64
vz_job_sweep_playlist_changes(void)
{
	return vz_sweep(&sweep_changes, "playlist_change_keep");
}
