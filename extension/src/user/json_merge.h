/*
 * json_merge.h
 *		Changing a JSON object by another one: RFC 7396.
 */
#ifndef VEZA_JSON_MERGE_H
#define VEZA_JSON_MERGE_H

#include "../core/ground/query.h"
#include "utils/jsonb.h"

/* Visits a member of an object, in the object's order. */
typedef void (*VzMemberVisitor) (const char *name, const JsonbValue *value, void *state);

/* Calls visit for every member of an object. */
extern void vz_json_members(JsonbContainer *object, VzMemberVisitor visit, void *state);

/* How deep do objects and lists go? 1 for an object of plain values; looks no deeper than limit + 1. */
extern int	vz_json_depth(JsonbContainer *value, int limit);

/*
 * Returns the target (NULL: an empty object) with the members of the patch:
 * objects are merged, null takes a member away, everything else replaces.
 */
extern Jsonb *vz_json_merge(Jsonb *target, Jsonb *patch);

/* Returns an object without the members that are empty texts. */
extern Jsonb *vz_json_without_empty(Jsonb *object);

#endif							/* VEZA_JSON_MERGE_H */
