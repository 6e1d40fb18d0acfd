/*
 * types.c
 *		What is searched for (see types.h).
 */
#include "types.h"

#include "../core/ground/arguments.h"

static const char *const names[VZ_NSEARCH_TYPES] = {
	[VZ_SEARCH_TRACKS] = "track", [VZ_SEARCH_PLAYLISTS] = "playlist", [VZ_SEARCH_USERS] = "user", [VZ_SEARCH_ARTISTS] = "artist",
};

const char *
vz_search_type_name(VzSearchType type)
{
	return names[type];
}

/* find_type finds a type by its name, in the singular or the plural; n: it is none of the first n. */
static int
find_type(const char *name, int n)
{
	for (int i = 0; i < n; i++)
	{
		size_t		len = strlen(names[i]);

		if (strncmp(name, names[i], len) == 0 && (name[len] == '\0' || strcmp(name + len, "s") == 0))
			return i;
	}
	return n;
}

int
vz_search_types_argument(FunctionCallInfo fcinfo, int argno, int n, bool *wanted, VzRefusal *wrong)
{
	char	   *given = vz_lower(vz_text_argument(fcinfo, argno));
	char	   *rest = given;
	char	   *name;
	int			nwanted = 0;

	memset(wanted, given == NULL || given[0] == '\0', sizeof(bool) * (size_t) n);
	while (given != NULL && (name = strsep(&rest, ",")) != NULL)
	{
		int			type;

		name += strspn(name, " ");
		name[strcspn(name, " ")] = '\0';
		type = find_type(name, n);
		if (type < n)
			wanted[type] = true;
		else if (name[0] != '\0')
		{
			vz_field_error(wrong, "types", n > VZ_SEARCH_ARTISTS ? "must be track, playlist, user or artist, with commas between them"
						   : "must be track, playlist or user, with commas between them");
			break;
		}
	}
	for (int i = 0; i < n; i++)
		nwanted += wanted[i] ? 1 : 0;
	return nwanted;
}
