/*
 * json_merge.c
 *		Changing a JSON object by another one (see json_merge.h).
 */
#include "json_merge.h"

void
vz_json_members(JsonbContainer *object, VzMemberVisitor visit, void *state)
{
	JsonbIterator *it = JsonbIteratorInit(object);
	JsonbIteratorToken token;
	JsonbValue	value;
	char	   *name = NULL;

	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			name = pnstrdup(value.val.string.val, value.val.string.len);
		else if (token == WJB_VALUE)
			visit(name, &value, state);
	}
}

int
vz_json_depth(JsonbContainer *value, int limit)
{
	JsonbIterator *it = JsonbIteratorInit(value);
	JsonbIteratorToken token;
	JsonbValue	item;
	int			depth = 0;
	int			deepest = 0;

	while (deepest <= limit && (token = JsonbIteratorNext(&it, &item, false)) != WJB_DONE)
	{
		if (token == WJB_BEGIN_OBJECT || token == WJB_BEGIN_ARRAY)
		{
			depth++;
			deepest = Max(deepest, depth);
		}
		else if (token == WJB_END_OBJECT || token == WJB_END_ARRAY)
			depth--;
	}
	return deepest;
}

/* object_member returns an object's member of that name, or NULL. */
static JsonbValue *
object_member(JsonbContainer *object, const JsonbValue *name)
{
	return object == NULL ? NULL
		: getKeyJsonValueFromContainer(object, name->val.string.val, name->val.string.len, NULL);
}

/* is_object says whether a value is an object. */
static bool
is_object(const JsonbValue *value)
{
	return value != NULL && value->type == jbvBinary && JsonContainerIsObject(value->val.binary.data);
}

/* keep_members pushes the members of the target that the patch does not name. */
static void
keep_members(JsonbParseState **state, JsonbContainer *target, JsonbContainer *patch)
{
	JsonbIterator *it = JsonbIteratorInit(target);
	JsonbIteratorToken token;
	JsonbValue	name;
	JsonbValue	value;

	while ((token = JsonbIteratorNext(&it, &name, true)) != WJB_DONE)
	{
		if (token != WJB_KEY)
			continue;
		JsonbIteratorNext(&it, &value, true);
		if (object_member(patch, &name) != NULL)
			continue;
		pushJsonbValue(state, WJB_KEY, &name);
		pushJsonbValue(state, WJB_VALUE, &value);
	}
}

/* merge_objects pushes the target with the members of the patch. */
static JsonbValue *
merge_objects(JsonbParseState **state, JsonbContainer *target, JsonbContainer *patch)
{
	JsonbIterator *it = JsonbIteratorInit(patch);
	JsonbIteratorToken token;
	JsonbValue	name;
	JsonbValue	value;

	check_stack_depth();
	pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
	if (target != NULL)
		keep_members(state, target, patch);
	while ((token = JsonbIteratorNext(&it, &name, true)) != WJB_DONE)
	{
		JsonbValue *old;

		if (token != WJB_KEY)
			continue;
		JsonbIteratorNext(&it, &value, true);
		if (value.type == jbvNull)
			continue;
		pushJsonbValue(state, WJB_KEY, &name);
		old = object_member(target, &name);
		if (is_object(&value))
			merge_objects(state, is_object(old) ? old->val.binary.data : NULL, value.val.binary.data);
		else
			pushJsonbValue(state, WJB_VALUE, &value);
	}
	return pushJsonbValue(state, WJB_END_OBJECT, NULL);
}

Jsonb *
vz_json_merge(Jsonb *target, Jsonb *patch)
{
	JsonbParseState *state = NULL;

	return JsonbValueToJsonb(merge_objects(&state, target ? &target->root : NULL, &patch->root));
}

Jsonb *
vz_json_without_empty(Jsonb *object)
{
	JsonbParseState *state = NULL;
	JsonbIterator *it = JsonbIteratorInit(&object->root);
	JsonbIteratorToken token;
	JsonbValue	name;
	JsonbValue	value;

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	while ((token = JsonbIteratorNext(&it, &name, true)) != WJB_DONE)
	{
		if (token != WJB_KEY)
			continue;
		JsonbIteratorNext(&it, &value, true);
		if (value.type == jbvString && value.val.string.len == 0)
			continue;
		pushJsonbValue(&state, WJB_KEY, &name);
		pushJsonbValue(&state, WJB_VALUE, &value);
	}
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}
