/*
 * list_query.c
 *		What is asked of the list of tracks (see list_query.h).
 */
#include "list_query.h"

#include "../core/ground/arguments.h"
#include "../user/user.h"
#include "../user/visibility.h"
#include "fields.h"
#include "track_rules.h"

#define DURATION_MAX_S 2000000	/* more than any track has */

/* The arguments, in their order. */
enum
{
	ARG_PAGE, ARG_LIMIT, ARG_CURSOR, ARG_SEARCH, ARG_GENRE, ARG_TAGS, ARG_ARTIST, ARG_MIN_DURATION, ARG_MAX_DURATION,
	ARG_UPLOADER, ARG_FORMAT, ARG_MIN_BPM, ARG_MAX_BPM, ARG_LICENSE, ARG_SINCE, ARG_UNTIL, ARG_SHOW_PRIVATE, ARG_SORT,
	ARG_ORDER, ARG_TOTAL
};

/* The orders, and whether words or numbers are sorted. */
static const struct
{
	const char *name;
	VzCursorKind kind;
}			orders[] = {
	[VZ_BY_CREATED] = {"created_at", VZ_CURSOR_NUMBER},
	[VZ_BY_UPDATED] = {"updated_at", VZ_CURSOR_NUMBER},
	[VZ_BY_TITLE] = {"title", VZ_CURSOR_TEXT},
	[VZ_BY_ARTIST] = {"artist", VZ_CURSOR_TEXT},
	[VZ_BY_DURATION] = {"duration", VZ_CURSOR_NUMBER},
	[VZ_BY_PLAYS] = {"plays", VZ_CURSOR_NUMBER},
	[VZ_BY_LIKES] = {"likes", VZ_CURSOR_NUMBER},
	[VZ_BY_POPULARITY] = {"popularity", VZ_CURSOR_NUMBER},
	[VZ_BY_BPM] = {"bpm", VZ_CURSOR_NUMBER},
	[VZ_BY_RELEVANCE] = {"relevance", VZ_CURSOR_NUMBER},
};

/* read_sort finds the order; a minus before its name, or the argument order, says which way. */
static void
read_sort(FunctionCallInfo fcinfo, VzTrackQuery *q, VzRefusal *wrong)
{
	char	   *sort = vz_lower(vz_text_argument(fcinfo, ARG_SORT));
	char	   *way = vz_lower(vz_text_argument(fcinfo, ARG_ORDER));
	bool		is_down = sort != NULL && sort[0] == '-';
	int			found = q->is_search ? VZ_BY_RELEVANCE : VZ_BY_CREATED;

	if (sort != NULL && sort[is_down] != '\0')
	{
		int			last = q->is_search ? VZ_BY_RELEVANCE : VZ_BY_BPM;

		for (found = 0; found <= last && strcmp(sort + is_down, orders[found].name) != 0;)
			found++;
		if (found > last)
		{
			vz_field_error(wrong, "sort", "must be created_at, updated_at, title, artist, duration, plays, likes, popularity or bpm");
			found = 0;
		}
	}
	if (way != NULL && way[0] != '\0' && strcmp(way, "asc") != 0 && strcmp(way, "desc") != 0)
		vz_field_error(wrong, "order", "must be asc or desc");
	q->order = (VzTrackOrder) found;
	/* Words begin at the beginning of the alphabet; everything else with what is newest, or most. Relevance has one way. */
	q->is_up = found != VZ_BY_RELEVANCE &&
		(way != NULL && way[0] != '\0' ? strcmp(way, "asc") == 0 : !is_down && orders[found].kind == VZ_CURSOR_TEXT);
}

/* read_seconds is the argument of a duration in s, as ms. */
static VzArg
read_seconds(FunctionCallInfo fcinfo, int argno, const char *field, VzRefusal *wrong)
{
	int32		s = PG_ARGISNULL(argno) ? 0 : PG_GETARG_INT32(argno);

	if (s < 0 || s > DURATION_MAX_S)
		vz_field_error(wrong, field, psprintf("must be a number of seconds from 0 to %d", DURATION_MAX_S));
	return PG_ARGISNULL(argno) ? vz_arg_null() : vz_arg_int4(s * 1000);
}

/* read_format is the argument of a format. */
static VzArg
read_format(FunctionCallInfo fcinfo, VzRefusal *wrong)
{
	char	   *format = vz_lower(vz_text_argument(fcinfo, ARG_FORMAT));

	if (format == NULL || format[0] == '\0')
		return vz_arg_null();
	if (vz_audio_format(format) != NULL)
		return vz_arg_text(vz_audio_format(format));
	vz_field_error(wrong, "format", "must be mp3, wav, flac, ogg, m4a, aac or aiff");
	return vz_arg_null();
}

/* read_license is the argument of a licence. */
static VzArg
read_license(FunctionCallInfo fcinfo, VzRefusal *wrong)
{
	char	   *license = vz_text_argument(fcinfo, ARG_LICENSE);

	if (license == NULL || license[0] == '\0')
		return vz_arg_null();
	if (vz_license_find(license) == NULL)
		vz_field_error(wrong, "license", "must be All Rights Reserved, Creative Commons BY, BY-SA or BY-NC, or Public Domain");
	return vz_arg_text(vz_license_find(license));
}

/* argument_as_given is an argument that needs no judgment. */
static VzArg
argument_as_given(FunctionCallInfo fcinfo, int argno)
{
	return vz_arg_datum(PG_GETARG_DATUM(argno), PG_ARGISNULL(argno));
}

/* read_track_filters reads what narrows the list. */
static void
read_track_filters(FunctionCallInfo fcinfo, VzTrackQuery *q, VzRefusal *wrong)
{
	char	   *genre = vz_text_argument(fcinfo, ARG_GENRE);
	char	   *artist = vz_text_argument(fcinfo, ARG_ARTIST);

	q->filters[VZ_FILTER_GENRE] = vz_arg_text(genre == NULL || genre[0] == '\0' ? NULL : vz_track_tag(genre, strlen(genre)));
	q->filters[VZ_FILTER_TAGS] = vz_track_tags_argument(fcinfo, ARG_TAGS, wrong);
	q->filters[VZ_FILTER_ARTIST] = vz_arg_text(artist == NULL || artist[0] == '\0' ? NULL : vz_search_key(artist));
	q->filters[VZ_FILTER_MIN_MS] = read_seconds(fcinfo, ARG_MIN_DURATION, "min_duration", wrong);
	q->filters[VZ_FILTER_MAX_MS] = read_seconds(fcinfo, ARG_MAX_DURATION, "max_duration", wrong);
	q->filters[VZ_FILTER_UPLOADER] = argument_as_given(fcinfo, ARG_UPLOADER);
	q->filters[VZ_FILTER_FORMAT] = read_format(fcinfo, wrong);
	q->filters[VZ_FILTER_MIN_BPM] = argument_as_given(fcinfo, ARG_MIN_BPM);
	q->filters[VZ_FILTER_MAX_BPM] = argument_as_given(fcinfo, ARG_MAX_BPM);
	q->filters[VZ_FILTER_LICENSE] = read_license(fcinfo, wrong);
	q->filters[VZ_FILTER_SINCE] = argument_as_given(fcinfo, ARG_SINCE);
	q->filters[VZ_FILTER_UNTIL] = argument_as_given(fcinfo, ARG_UNTIL);
}

/* read_own says whose own tracks are shown: the actor's, when they are asked for; nobody who is not logged in has any. */
static void
read_own(FunctionCallInfo fcinfo, VzTrackQuery *q)
{
	const VzActor *actor = vz_user_actor();

	q->is_own = !PG_ARGISNULL(ARG_SHOW_PRIVATE) && PG_GETARG_BOOL(ARG_SHOW_PRIVATE) && actor->role != VZ_ROLE_NONE &&
		(PG_ARGISNULL(ARG_UPLOADER) || vz_uuid_equal(PG_GETARG_UUID_P(ARG_UPLOADER), &actor->user_id));
	q->filters[VZ_FILTER_OWNER] = vz_arg_uuid(q->is_own ? &actor->user_id : NULL);
	q->filters[VZ_FILTER_READER] = vz_arg_reader();
}

/* read_searched reads what is searched for. */
static void
read_searched(VzTrackQuery *q, const char *text, VzRefusal *wrong)
{
	vz_search_sought(NULL, q->filters + VZ_SEARCHED_WORDS);
	if (!q->is_search)
		return;
	if (pg_mbstrlen(text) > VZ_SOUGHT_CHARS_MAX)
	{
		vz_field_error(wrong, "search", psprintf("must have at most %d characters", VZ_SOUGHT_CHARS_MAX));
		return;
	}
	q->search = vz_search_query(text);
	if (q->search.folded[0] == '\0')
		vz_field_error(wrong, "search", "must have letters or digits");
	vz_search_sought(&q->search, q->filters + VZ_SEARCHED_WORDS);
}

void
vz_track_search_filters(const VzSearch *search, VzArg *filters)
{
	for (int i = 0; i < VZ_NTRACK_FILTERS; i++)
		filters[i] = vz_arg_null();
	filters[VZ_FILTER_READER] = vz_arg_reader();
	vz_search_sought(search, filters + VZ_SEARCHED_WORDS);
}

void
vz_track_query_read(FunctionCallInfo fcinfo, const char *text, VzTrackQuery *q, VzRefusal *wrong)
{
	memset(q, 0, sizeof(*q));
	q->is_search = text != NULL && text[0] != '\0';
	read_searched(q, text, wrong);
	read_sort(fcinfo, q, wrong);
	read_track_filters(fcinfo, q, wrong);
	read_own(fcinfo, q);
	q->with_total = !PG_ARGISNULL(ARG_TOTAL) && PG_GETARG_BOOL(ARG_TOTAL);
	vz_key_page_read(fcinfo, ARG_PAGE, q->order * 2 + (q->is_up ? 1 : 0), orders[q->order].kind, &q->page, wrong);
}
