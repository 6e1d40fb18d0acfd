/*
 * analysis.c
 *		Reading what veza-probe has found (see analysis.h). PostgreSQL's own
 *		functions take the document apart; each value is text until it is judged.
 */
#include "analysis.h"

#include "track_rules.h"



/* A number that is longer than any of ours is none. */
#define NUMBER(member) \
	"case when jsonb_typeof(" member ") = 'number' and length((" member ")::text) <= 15 then (" member ")::text::numeric end"
#define TEXT(member, chars) \
	"case when jsonb_typeof(" member ") = 'string' then nullif(left(btrim((" member ") #>> '{}'), " chars "), '') end"
#define TAG(name, chars) \
	"case when jsonb_typeof(d #> '{tags," name "}') in ('string', 'number')" \
	"     then nullif(left(btrim(d #>> '{tags," name "}'), " chars "), '') end as " name

static VzStmt read_document = VZ_STMT(
	"select case when jsonb_typeof(d -> 'ok') = 'boolean' then (d ->> 'ok')::boolean end as ok,"
	"       d -> 'retry' = 'true' as may_retry,"
	"       " TEXT("d -> 'code'", "40") " as code, " TEXT("d -> 'detail'", "200") " as detail,"
	"       (" NUMBER("d -> 'duration_ms'") ")::bigint as duration_ms, (" NUMBER("d -> 'sample_rate'") ")::bigint as sample_rate,"
	"       (" NUMBER("d -> 'channels'") ")::bigint as channels, (" NUMBER("d -> 'bits'") ")::bigint as bits,"
	"       (1000 * " NUMBER("d #> '{loudness,integrated}'") ")::bigint as loudness,"
	"       (1000 * " NUMBER("d #> '{loudness,range}'") ")::bigint as loudness_range,"
	"       (1000 * " NUMBER("d #> '{loudness,true_peak}'") ")::bigint as true_peak,"
	"       " TEXT("d -> 'codec'", "40") " as codec, d ->> 'pcm_sha256' as pcm_hash,"
	"       case when jsonb_typeof(d -> 'raw_tags') in ('object', 'array') and pg_column_size(d -> 'raw_tags') <= 300000"
	"            then d -> 'raw_tags' else '{}' end as raw_tags,"
	"       " TAG("title", "200") ", " TAG("artist", "100") ", " TAG("album", "200") ", " TAG("genre", "50") ","
	"       " TAG("isrc", "40") ", " TAG("bpm", "10")
	"  from (select case when jsonb_typeof($1) = 'object' then $1 end as d) one",
	JSONBOID);

/* One entry that is no integer of 32 bits makes the whole no fingerprint. */
static VzStmt read_fingerprint = VZ_STMT(
	"select array_agg(value::text::integer order by ordinality) filter (where is_number) as items,"
	"       bool_and(is_number) and count(*) <= 4096 as is_whole"
	"  from (select value, ordinality,"
	"               case when value::text ~ '^-?[0-9]{1,10}$'"
	"                    then value::text::bigint between -2147483648 and 2147483647 else false end as is_number"
	"          from jsonb_array_elements(case when jsonb_typeof($1 -> 'fingerprint') = 'array' then $1 -> 'fingerprint' else '[]' end)"
	"               with ordinality e(value, ordinality)) numbers",
	JSONBOID);

static VzStmt read_part = VZ_STMT(
	"select p ->> 'hash' as hash, coalesce((" NUMBER("p -> 'size'") ")::bigint, 0) as size, " TEXT("p -> 'type'", "100") " as type,"
	"       coalesce((" NUMBER("p -> 'width'") ")::bigint, 0) as width,"
	"       coalesce((" NUMBER("p -> 'height'") ")::bigint, 0) as height"
	"  from (select case when jsonb_typeof($1 -> $2) = 'object' then $1 -> $2 end as p) one",
	JSONBOID, TEXTOID);

/* read_bounded reads a number that lies within bounds; others are not known. */
static int64
read_bounded(const VzRow *row, const char *column, int64 min, int64 max)
{
	int64		value = vz_row_int8(row, column);

	return vz_row_isnull(row, column) || value < min || value > max ? VZ_UNKNOWN : value;
}

/* take_derived_file reads a file that was made of the audio. */
static VzStoredFile
take_derived_file(VzArg document, const char *member)
{
	VzStoredFile file = {.hash = NULL};
	VzRow		row;

	vz_query_row(&read_part, VZ_ARGS(document, vz_arg_text(member)), &row);
	if (!vz_file_hash_is_well_formed(vz_row_text(&row, "hash")) || vz_row_int8(&row, "size") < 1 || vz_row_isnull(&row, "type"))
		return file;
	file = (VzStoredFile)
	{
		vz_row_text(&row, "hash"), vz_row_int8(&row, "size"), vz_row_text(&row, "type")
	};
	if (read_bounded(&row, "width", 1, 65535) != VZ_UNKNOWN && read_bounded(&row, "height", 1, 65535) != VZ_UNKNOWN)
	{
		file.width = vz_row_int4(&row, "width");
		file.height = vz_row_int4(&row, "height");
	}
	return file;
}

/* read_fingerprint_items reads the fingerprint; what is empty or broken is none. */
static VzArg
read_fingerprint_items(VzArg document)
{
	bool		isnull;
	VzRow		row;
	Datum		items;

	vz_query_row(&read_fingerprint, VZ_ARGS(document), &row);
	items = vz_row_datum(&row, "items", &isnull);
	return isnull || !vz_row_bool(&row, "is_whole") ? vz_arg_null() : vz_arg_datum(items, false);
}

/* read_known_tags takes over what a track has fields for. */
static void
read_known_tags(const VzRow *row, VzAnalysis *a)
{
	char	   *isrc = vz_row_text(row, "isrc");
	char	   *bpm = vz_row_text(row, "bpm");
	long		number = bpm ? strtol(bpm, NULL, 10) : 0;

	a->title = vz_row_text(row, "title");
	a->artist = vz_row_text(row, "artist");
	a->album = vz_row_text(row, "album");
	a->genre = vz_row_text(row, "genre");
	a->bpm = number >= 40 && number <= 300 ? number : VZ_UNKNOWN;
	a->isrc = palloc(VZ_ISRC_LEN + 1);
	if (isrc == NULL || !vz_isrc_read(isrc, a->isrc))
		a->isrc = NULL;
}

bool
vz_analysis_read(text *document, VzAnalysis *a)
{
	VzArg		d = vz_arg_jsonb(text_to_cstring(document));
	VzRow		row;

	memset(a, 0, sizeof(*a));
	vz_query_row(&read_document, VZ_ARGS(d), &row);
	if (vz_row_isnull(&row, "ok"))
		return false;
	a->ok = vz_row_bool(&row, "ok");
	a->may_retry = vz_row_bool(&row, "may_retry");
	a->detail = vz_row_text(&row, "detail");
	a->code = vz_row_text(&row, "code");
	if (a->code == NULL || strspn(a->code, "abcdefghijklmnopqrstuvwxyz_") != strlen(a->code))
		a->code = pstrdup("analysis_failed");
	a->duration_ms = read_bounded(&row, "duration_ms", 0, PG_INT32_MAX);
	a->sample_rate = read_bounded(&row, "sample_rate", 1, 10000000);
	a->channels = read_bounded(&row, "channels", 1, 1024);
	a->bits = read_bounded(&row, "bits", 1, 64);
	a->loudness_mlu = read_bounded(&row, "loudness", -200000, 200000);
	a->loudness_range_mlu = read_bounded(&row, "loudness_range", 0, 200000);
	a->true_peak_mdb = read_bounded(&row, "true_peak", -200000, 200000);
	a->codec = vz_row_text(&row, "codec");
	a->pcm_hash = vz_row_text(&row, "pcm_hash");
	if (!vz_file_hash_is_well_formed(a->pcm_hash))
		a->pcm_hash = NULL;
	a->raw_tags = vz_row_text(&row, "raw_tags");
	a->fingerprint = read_fingerprint_items(d);
	a->waveform = take_derived_file(d, "waveform");
	a->waveform_json = take_derived_file(d, "waveform_json");
	a->cover = take_derived_file(d, "cover");
	read_known_tags(&row, a);
	return true;
}
