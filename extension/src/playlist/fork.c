/*
 * fork.c
 *		Copying a playlist: what the actor sees of it, or its rules, becomes a
 *		private one of the actor's own.
 */
#include "../core/ground/clock.h"
#include "add.h"
#include "create.h"
#include "smart_store.h"

static VzStmt copy_entries = VZ_STMT(
	"insert into veza_data.playlist_entry (playlist_id, track_id, rank, added_by, added_at)"
	" select $2, e.track_id, row_number() over (order by e.rank) * $6, $3, $5"
	"   from veza_data.playlist_entry e"
	"   join veza_data.playlist p on p.id = e.playlist_id"
	"   join veza_data.track t on t.id = e.track_id and t.deleted_at is null and " VZ_ENTRY_IS_AVAILABLE("p", "e", "t", "$3", "$4")
	"  where e.playlist_id = $1",
	UUIDOID, UUIDOID, UUIDOID, BOOLOID, TIMESTAMPTZOID, INT8OID);

static VzStmt find_description = VZ_LOOKUP("select description from veza_data.playlist where id = $1", UUIDOID);

VZ_FUNCTION(playlist_fork);

/*
 * playlist_fork copies a playlist that the actor sees.
 *
 * Arguments: the playlist; the name of the copy (NULL: the same).
 */
Datum
playlist_fork(PG_FUNCTION_ARGS)
{
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	VzPlaylistFields fields = {.name = vz_playlist_name_argument(fcinfo, 1, wrong)};
	VzPlaylistSight origin;
	VzPlaylistSight copy;
	uint64		n;
	VzRow		row;

	vz_require_user();
	vz_raise_if(wrong);
	if (!vz_playlist_see(fcinfo, 0, &origin))
		vz_raise(vz_playlist_not_found(fcinfo, 0));
	if (fields.name == NULL)
		fields.name = origin.name;
	if (vz_query_row(&find_description, VZ_ARGS(vz_arg_uuid(&origin.id)), &row))
		fields.description = vz_row_text(&row, "description");
	vz_playlist_make(&fields, &origin.id, &copy);
	vz_smart_copy(&origin, &copy.id);
	n = vz_execute(&copy_entries, VZ_ARGS(vz_arg_uuid(&origin.id), vz_arg_uuid(&copy.id), vz_arg_uuid(&copy.actor_id),
										  vz_arg_bool(copy.is_admin), vz_arg_time(vz_now()), vz_arg_int8(VZ_RANK_GAP)));
	if (n > 0)
		vz_order_changed(&copy, "copied", (int) n, (int) n);
	return vz_playlist_made_answer(&copy);
}
