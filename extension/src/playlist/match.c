/*
 * match.c
 *		Which tracks the lines of a file mean (see match.h).
 *
 * An address names a track, as it does anywhere else, so it finds what the actor
 * may see by its address. Everything else is searching, and finds what stands
 * in lists, and the actor's own.
 */
#include "match.h"

#include "../track/search_index.h"
#include "../track/visibility.h"
#include "../user/user.h"
#include "../user/visibility.h"
#include "reference.h"

/* Two durations of one recording differ by what encoders add. */
#define NEAR_MS "2000"

#define FINDABLE \
	"(" VZ_TRACK_IS_LISTED("t", "$7") " or (t.uploader_id = $7 and t.deleted_at is null))"

/* One's own comes first, then what has been there longest. */
#define BEST " order by t.uploader_id = $7 desc, t.created_at, t.id limit 1"

/* The parts of the union are tried one after the other, until one finds something. */
static VzStmt match_lines = VZ_STMT(
	"select x.n, m.id as track_id, m.matched_by"
	"  from unnest($1, $2, $3, $4, $5, $6) with ordinality x(track_id, isrc, hash, artist, title, ms, n)"
	"  left join lateral ("
	"   (select t.id, 'uri' as matched_by from veza_data.track t"
	"     where t.id = x.track_id and t.deleted_at is null and " VZ_TRACK_IS_VISIBLE("t", "$7", "$8") ")"
	"   union all"
	"   (select t.id, 'isrc' from veza_data.track t where t.isrc = x.isrc and " FINDABLE BEST ")"
	"   union all"
	"   (select t.id, 'hash'"
	"      from (select id, track_id from veza_data.track_version where file_hash = x.hash"
	"             union all select id, track_id from veza_data.track_version where pcm_hash = x.hash) v"
	"      join veza_data.track t on t.id = v.track_id and t.current_version_id = v.id and " FINDABLE BEST ")"
	"   union all"
	"   (select t.id, 'artist_title' from veza_data.track t"
	"     where t.title_key collate \"C\" = x.title and t.artist_key collate \"C\" = x.artist"
	"       and (x.ms is null or t.duration_ms is null or abs(t.duration_ms - x.ms) <= " NEAR_MS ") and " FINDABLE
	"     order by t.uploader_id = $7 desc, abs(t.duration_ms - x.ms), t.popularity desc, t.created_at, t.id limit 1)"
	"   limit 1) m on true"
	" order by x.n",
	UUIDARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, INT8ARRAYOID, UUIDOID, BOOLOID);

/* What is known of the lines: one array for each kind. */
enum
{
	OF_URI, OF_ISRC, OF_HASH, OF_ARTIST, OF_TITLE, OF_DURATION, NKINDS
};

typedef struct Column
{
	Datum	   *values;
	bool	   *nulls;
} Column;

/* know notes what is known of a line, unless something of the kind is. */
static void
know(Column *column, int line, Datum value)
{
	if (!column->nulls[line])
		return;
	column->values[line] = value;
	column->nulls[line] = false;
}

/* know_reference notes what a location or an identifier says. */
static void
know_reference(Column *columns, int line, const char *uri)
{
	char		value[VZ_REFERENCE_SIZE];

	switch (vz_reference_read(uri, value))
	{
		case VZ_REFERENCE_TRACK:
			know(&columns[OF_URI], line, DirectFunctionCall1(uuid_in, CStringGetDatum(value)));
			break;
		case VZ_REFERENCE_ISRC:
			know(&columns[OF_ISRC], line, CStringGetTextDatum(value));
			break;
		case VZ_REFERENCE_HASH:
			know(&columns[OF_HASH], line, CStringGetTextDatum(value));
			break;
		default:
			break;
	}
}

/* know_words notes what words are sorted by; words without letters say nothing. */
static void
know_words(Column *column, int line, const char *words)
{
	char	   *key = words != NULL ? vz_search_key(words) : NULL;

	if (key != NULL && key[0] != '\0')
		know(column, line, CStringGetTextDatum(key));
}

/* array_of makes an argument of a column. */
static VzArg
array_of(const Column *column, int n, Oid type)
{
	int			lower = 1;
	int16		len;
	bool		byval;
	char		align;

	get_typlenbyvalalign(type, &len, &byval, &align);
	return vz_arg_datum(PointerGetDatum(construct_md_array(column->values, column->nulls, 1, &n, &lower, type, len, byval, align)),
						false);
}

VzRows
vz_playlist_match(const VzFileTrack *lines, int nlines)
{
	static const Oid types[NKINDS] = {UUIDOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, INT8OID};
	const VzActor *actor = vz_user_actor();
	Column		columns[NKINDS];
	VzArg		args[NKINDS + 2];

	for (int kind = 0; kind < NKINDS; kind++)
	{
		columns[kind].values = palloc0(sizeof(Datum) * nlines);
		columns[kind].nulls = palloc(sizeof(bool) * nlines);
		memset(columns[kind].nulls, true, sizeof(bool) * nlines);
	}
	for (int i = 0; i < nlines; i++)
	{
		if (lines[i].location != NULL)
			know_reference(columns, i, lines[i].location);
		for (int j = 0; j < lines[i].nidentifiers; j++)
			know_reference(columns, i, lines[i].identifiers[j]);
		know_words(&columns[OF_ARTIST], i, lines[i].artist);
		know_words(&columns[OF_TITLE], i, lines[i].title);
		if (lines[i].duration_ms > 0)
			know(&columns[OF_DURATION], i, Int64GetDatum(lines[i].duration_ms));
	}
	for (int kind = 0; kind < NKINDS; kind++)
		args[kind] = array_of(&columns[kind], nlines, types[kind]);
	args[NKINDS] = vz_arg_viewer();
	args[NKINDS + 1] = vz_arg_bool(actor->role == VZ_ROLE_ADMIN);
	return vz_query_rows(&match_lines, NKINDS + 2, args);
}
