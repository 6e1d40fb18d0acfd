/*
 * smart_rules.h
 *		The rules of smart playlists: a JSON document goes in; groups and
 *		conditions of known fields, operators and values come out, or what is wrong,
 *		each with the path of the member that it is wrong with.
 *
 * Pure: no server header. A document is
 *
 *		{"all": [condition or group, ...], "sort": ..., "order": ..., "limit": ...}
 *
 * where a group is {"all": [...]} or {"any": [...]}, and a condition is
 * {"field": ..., "operator": ..., "value": ...}.
 */
#ifndef VEZA_SMART_RULES_H
#define VEZA_SMART_RULES_H

#include "smart_node.h"

#define VZ_SMART_DEPTH_MAX 8	/* groups in groups */
#define VZ_SMART_CONDITIONS_MAX 200
#define VZ_SMART_NODES_MAX 400	/* conditions and groups */
#define VZ_SMART_LIMIT_MAX 10000
#define VZ_SMART_PROBLEMS_MAX 20	/* that are told at once */

typedef struct VzSmartRules
{
	VzSmartNode *nodes;			/* VZ_SMART_NODES_MAX, of the caller */
	int			nnodes;
	int			nconditions;
	const char *sort;			/* one of vz_smart_sorts */
	int			sort_number;
	bool		is_down;
	int			limit;
} VzSmartRules;

/* What the playlist can be sorted by; ends with NULL. The first is the default. */
extern const char *const vz_smart_sorts[];

/* Takes a problem: the path of the member, as in rules.all[2].value, and a sentence. */
typedef void (*VzSmartComplaint) (const char *path, const char *problem, void *state);

/*
 * Reads the document, a text with a final NUL that is written over: words stand
 * in it. False when it is wrong; up to VZ_SMART_PROBLEMS_MAX problems are told.
 */
extern bool vz_smart_read(char *text, VzSmartRules *rules, VzSmartComplaint complain, void *state);

#endif							/* VEZA_SMART_RULES_H */
