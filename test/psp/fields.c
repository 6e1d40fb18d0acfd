/*
 * fields.c
 *	  Checks of request bodies against small tables of fields.
 *
 * A member that is absent or null is not checked; members that no table names
 * are ignored, as the runtime ignores them.
 */
#include "fields.h"

#include <stdio.h>
#include <string.h>

#define METADATA_KEYS 50
#define METADATA_KEY_LENGTH 40
#define METADATA_VALUE_LENGTH 500

/* Returns a string member, or the given value when it is not a string. */
const char *
get_string(const json_t *object, const char *name, const char *otherwise)
{
	const json_t *member = json_object_get(object, name);

	return json_is_string(member) ? json_string_value(member) : otherwise;
}

/* Returns an integer member, or the given value when it is not an integer. */
json_int_t
get_integer(const json_t *object, const char *name, json_int_t otherwise)
{
	const json_t *member = json_object_get(object, name);

	return json_is_integer(member) ? json_integer_value(member) : otherwise;
}

/* Returns a boolean member, or the given value when it is not a boolean. */
bool
get_bool(const json_t *object, const char *name, bool otherwise)
{
	const json_t *member = json_object_get(object, name);

	return json_is_boolean(member) ? json_is_true(member) : otherwise;
}

/* Copies as many whole UTF-8 characters as fit, and a terminator. */
void
copy_text(char *out, size_t size, const char *text)
{
	size_t		length = strlen(text);

	if (length >= size)
	{
		length = size - 1;
		while (length > 0 && ((unsigned char) text[length] & 0xC0) == 0x80)
			length--;
	}
	memmove(out, text, length);
	out[length] = '\0';
}

/* Tells whether a word is one of those in the list. */
bool
word_in(const char *words, const char *word)
{
	char		wanted[80];

	if (strpbrk(word, " ") != NULL || word[0] == '\0' ||
		strlen(word) > sizeof(wanted) - 3)
		return false;
	snprintf(wanted, sizeof(wanted), " %s ", word);
	return strstr(words, wanted) != NULL;
}

/* Tells whether the runtime would accept this as an identifier. */
bool
id_valid(const char *id)
{
	size_t		length = strlen(id);

	return length >= 1 && length <= 64 &&
		strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			   "0123456789_-") == length;
}

/* Returns the number of characters, not bytes, of a UTF-8 string. */
static size_t
characters(const char *text)
{
	size_t		count = 0;

	for (; *text != '\0'; text++)
		count += ((unsigned char) *text & 0xC0) != 0x80;
	return count;
}

/* Accepts metadata within the published numbers of keys and characters. */
static bool
metadata_check(const json_t *metadata, struct refusal *refusal)
{
	const char *key;
	json_t	   *value;

	if (json_object_size(metadata) > METADATA_KEYS)
		return refuse(refusal, 400, "IR_06", "metadata has more than %d keys", METADATA_KEYS);
	json_object_foreach((json_t *) metadata, key, value)
	{
		if (characters(key) > METADATA_KEY_LENGTH)
			return refuse(refusal, 400, "IR_06", "a metadata key is longer than %d characters",
						  METADATA_KEY_LENGTH);
		if (json_is_string(value) &&
			characters(json_string_value(value)) > METADATA_VALUE_LENGTH)
			return refuse(refusal, 400, "IR_06", "metadata %s is longer than %d characters",
						  key, METADATA_VALUE_LENGTH);
	}
	return true;
}

/* Tells whether a value has the JSON type that the kind of field wants. */
static bool
type_fits(const json_t *value, enum field_kind kind)
{
	switch (kind)
	{
		case FIELD_BOOL:
			return json_is_boolean(value);
		case FIELD_INTEGER:
			return json_is_integer(value);
		case FIELD_OBJECT:
		case FIELD_METADATA:
			return json_is_object(value);
		default:
			return json_is_string(value);
	}
}

/* Accepts one present member that obeys its row of the table. */
static bool
field_check(const json_t *value, const struct field *field, struct refusal *refusal)
{
	const char *text = json_string_value(value);
	json_int_t	size;

	if (!type_fits(value, field->kind))
		return refuse(refusal, 400, "IR_06",
					  "Json deserialize error: invalid type for `%s`", field->name);
	switch (field->kind)
	{
		case FIELD_ID:
			return id_valid(text) ? true
				: refuse(refusal, 400, "IR_06",
						 "Json deserialize error: `%s` is not a valid id", field->name);
		case FIELD_WORD:
			return word_in(field->words, text) ? true
				: refuse(refusal, 400, "IR_06",
						 "Json deserialize error: unknown variant for `%s`", field->name);
		case FIELD_METADATA:
			return metadata_check(value, refusal);
		case FIELD_INTEGER:
			size = json_integer_value(value);
			break;
		case FIELD_URL:
			if (strncmp(text, "https://", 8) != 0 && strncmp(text, "http://", 7) != 0)
				return refuse(refusal, 400, "IR_06",
							  "Json deserialize error: `%s` is not a URL", field->name);
			/* FALLTHROUGH */
		case FIELD_STRING:
			size = (json_int_t) characters(text);
			break;
		default:
			return true;
	}
	if (size < field->low || size > field->high)
		return refuse(refusal, 400, "IR_06", "%s should be between %lld and %lld",
					  field->name, (long long) field->low, (long long) field->high);
	return true;
}

/* Accepts a body whose present members all obey the table. */
bool
fields_check(const json_t *body, const struct field *fields, size_t count,
			 struct refusal *refusal)
{
	for (size_t i = 0; i < count; i++)
	{
		const json_t *value = json_object_get(body, fields[i].name);

		if (value != NULL && !json_is_null(value) &&
			!field_check(value, &fields[i], refusal))
			return false;
	}
	return true;
}
