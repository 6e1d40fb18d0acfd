/*
 * smart_fields.c
 *		What smart playlists are made of: fields, operators, and the SQL of each
 *		(see smart_fields.h); no server header.
 *
 * A negation holds exactly where what it negates does not, also where the value
 * is not known.
 */
#include "smart_fields.h"

#include <string.h>

#include "../track/track_rules.h"

#define SECONDS_MAX 2000000
#define COUNT_MAX INT64_C(1000000000000)

/* choose_key returns a musical key as it is stored, or NULL. */
static const char *
choose_key(const char *word)
{
	return vz_musical_key_is_valid(word) ? word : NULL;
}

static const VzSmartField fields[] = {
	{.name = "title", .kind = VZ_SMART_KEY, .column = "t.title_key collate \"C\""},
	{.name = "artist", .kind = VZ_SMART_KEY, .column = "t.artist_key collate \"C\""},
	{.name = "album", .kind = VZ_SMART_WORDS, .column = "lower(t.album)"},
	{.name = "genre", .kind = VZ_SMART_WORDS, .column = "lower(t.genre)"},
	{.name = "tags", .kind = VZ_SMART_TAGS, .column = "t.tags"},
	{.name = "license", .kind = VZ_SMART_CHOICE, .column = "t.license", .choose = vz_license_find},
	{.name = "format", .kind = VZ_SMART_CHOICE, .column = "t.file_type", .choose = vz_audio_format},
	{.name = "key", .kind = VZ_SMART_CHOICE, .column = "t.musical_key", .choose = choose_key},
	{.name = "bpm", .kind = VZ_SMART_NUMBER, .column = "t.bpm", .least = 1, .most = 1000},
	{.name = "duration", .kind = VZ_SMART_NUMBER, .column = "t.duration_seconds", .least = 0, .most = SECONDS_MAX},
	{.name = "plays", .kind = VZ_SMART_NUMBER, .column = "t.play_count", .least = 0, .most = COUNT_MAX},
	{.name = "likes", .kind = VZ_SMART_NUMBER, .column = "t.like_count", .least = 0, .most = COUNT_MAX},
	{.name = "created_at", .kind = VZ_SMART_TIME, .column = "t.created_at"},
	{.name = "updated_at", .kind = VZ_SMART_TIME, .column = "t.updated_at"},
	{.name = "uploader", .kind = VZ_SMART_USER, .column = "t.uploader_id"},
	{.name = "explicit", .kind = VZ_SMART_TRUTH, .column = "t.is_explicit"},
	{.name = "downloadable", .kind = VZ_SMART_TRUTH, .column = "t.is_downloadable"},
	{.name = "own", .kind = VZ_SMART_TRUTH, .column = "coalesce(t.uploader_id = " VZ_SMART_READER_ARG ", false)"},
	{.name = "liked", .kind = VZ_SMART_TRUTH, .column = "t.id in (select l.track_id from veza_data.track_like l where l.user_id = " VZ_SMART_READER_ARG ")"},
	{.name = "followed", .kind = VZ_SMART_TRUTH, .column = "t.uploader_id in (select f.followed_id from veza_data.user_follow f where f.follower_id = " VZ_SMART_READER_ARG ")"},
};

#define FIELDS ((int) (sizeof(fields) / sizeof(fields[0])))

static const char *const operator_names[VZ_SMART_NOPERATORS] = {
	"is", "is_not", "contains", "not_contains", "starts_with", "ends_with", "gt", "lt", "in_the_range", "before", "after",
	"in_the_last", "not_in_the_last"
};

#define TIME "timestamptz 'epoch' + ? * interval '1 microsecond'"
#define TIME_END "timestamptz 'epoch' + % * interval '1 microsecond'"
#define DAYS_AGO VZ_SMART_NOW_ARG " - ? * interval '1 day'"

static const char *const templates[VZ_SMART_NKINDS][VZ_SMART_NOPERATORS] = {
	[VZ_SMART_KEY] = {
		[VZ_SMART_IS] = "# = ?",
		[VZ_SMART_IS_NOT] = "# is distinct from ?",
		[VZ_SMART_CONTAINS] = "strpos(#, ?) > 0",
		[VZ_SMART_NOT_CONTAINS] = "strpos(#, ?) = 0",
		[VZ_SMART_STARTS_WITH] = "starts_with(#, ?)",
		[VZ_SMART_ENDS_WITH] = "right(#, length(?)) = ?",
	},
	[VZ_SMART_WORDS] = {
		[VZ_SMART_IS] = "# = ?",
		[VZ_SMART_IS_NOT] = "# is distinct from ?",
		[VZ_SMART_CONTAINS] = "strpos(#, ?) > 0",
		[VZ_SMART_NOT_CONTAINS] = "coalesce(strpos(#, ?) = 0, true)",
		[VZ_SMART_STARTS_WITH] = "starts_with(#, ?)",
		[VZ_SMART_ENDS_WITH] = "right(#, length(?)) = ?",
	},
	[VZ_SMART_TAGS] = {
		[VZ_SMART_CONTAINS] = "# @> array[?]",
		[VZ_SMART_NOT_CONTAINS] = "not # @> array[?]",
	},
	[VZ_SMART_CHOICE] = {
		[VZ_SMART_IS] = "# = ?",
		[VZ_SMART_IS_NOT] = "# is distinct from ?",
	},
	[VZ_SMART_NUMBER] = {
		[VZ_SMART_IS] = "# = ?",
		[VZ_SMART_IS_NOT] = "# is distinct from ?",
		[VZ_SMART_GT] = "# > ?",
		[VZ_SMART_LT] = "# < ?",
		[VZ_SMART_IN_THE_RANGE] = "# between ? and %",
	},
	[VZ_SMART_TIME] = {
		[VZ_SMART_BEFORE] = "# < " TIME,
		[VZ_SMART_AFTER] = "# > " TIME,
		[VZ_SMART_IN_THE_RANGE] = "# between " TIME " and " TIME_END,
		[VZ_SMART_IN_THE_LAST] = "# > " DAYS_AGO,
		[VZ_SMART_NOT_IN_THE_LAST] = "# <= " DAYS_AGO,
	},
	[VZ_SMART_TRUTH] = {
		[VZ_SMART_IS] = "#",
	},
	[VZ_SMART_USER] = {
		[VZ_SMART_IS] = "# = ?::uuid",
		[VZ_SMART_IS_NOT] = "# <> ?::uuid",
	},
};

#define FOR_WORDS "must be is, is_not, contains, not_contains, starts_with or ends_with"

static const char *const operator_problems[VZ_SMART_NKINDS] = {
	[VZ_SMART_KEY] = FOR_WORDS,
	[VZ_SMART_WORDS] = FOR_WORDS,
	[VZ_SMART_TAGS] = "must be contains or not_contains",
	[VZ_SMART_CHOICE] = "must be is or is_not",
	[VZ_SMART_NUMBER] = "must be is, is_not, gt, lt or in_the_range",
	[VZ_SMART_TIME] = "must be before, after, in_the_range, in_the_last or not_in_the_last",
	[VZ_SMART_TRUTH] = "must be is",
	[VZ_SMART_USER] = "must be is or is_not",
};

const VzSmartField *
vz_smart_field_number(int number)
{
	return number < FIELDS ? &fields[number] : NULL;
}

const VzSmartField *
vz_smart_field(const char *name)
{
	for (int i = 0; i < FIELDS; i++)
		if (strcmp(fields[i].name, name) == 0)
			return &fields[i];
	return NULL;
}

VzSmartOperator
vz_smart_operator(const char *name)
{
	int			op = 0;

	while (op < VZ_SMART_NOPERATORS && strcmp(operator_names[op], name) != 0)
		op++;
	return (VzSmartOperator) op;
}

const char *
vz_smart_operator_name(VzSmartOperator op)
{
	return operator_names[op];
}

const char *
vz_smart_template(VzSmartKind kind, VzSmartOperator op)
{
	return templates[kind][op];
}

const char *
vz_smart_operators_problem(VzSmartKind kind)
{
	return operator_problems[kind];
}
