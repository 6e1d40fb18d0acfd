/*
 * smart_fields.h
 *		What rules of smart playlists are made of: fields, operators, and the SQL of
 *		each. Pure: no server header.
 */
#ifndef VEZA_SMART_FIELDS_H
#define VEZA_SMART_FIELDS_H

#include <stdint.h>

/* The arguments of the SQL; the first four are those of a page (see key_page.h). */
#define VZ_SMART_WORDS_ARG "$5"
#define VZ_SMART_NUMBERS_ARG "$6"
#define VZ_SMART_READER_ARG "$7"	/* NULL: nobody */
#define VZ_SMART_NOW_ARG "$8"

/* What a field is, which says which operators it has and what its values are. */
typedef enum VzSmartKind
{
	VZ_SMART_KEY,				/* words that are compared as the lists sort them */
	VZ_SMART_WORDS,				/* words whose case does not matter */
	VZ_SMART_TAGS,
	VZ_SMART_CHOICE,			/* one of a list of words */
	VZ_SMART_NUMBER,
	VZ_SMART_TIME,
	VZ_SMART_TRUTH,
	VZ_SMART_USER,
	VZ_SMART_NKINDS
} VzSmartKind;

typedef enum VzSmartOperator
{
	VZ_SMART_IS,
	VZ_SMART_IS_NOT,
	VZ_SMART_CONTAINS,
	VZ_SMART_NOT_CONTAINS,
	VZ_SMART_STARTS_WITH,
	VZ_SMART_ENDS_WITH,
	VZ_SMART_GT,
	VZ_SMART_LT,
	VZ_SMART_IN_THE_RANGE,
	VZ_SMART_BEFORE,
	VZ_SMART_AFTER,
	VZ_SMART_IN_THE_LAST,
	VZ_SMART_NOT_IN_THE_LAST,
	VZ_SMART_NOPERATORS
} VzSmartOperator;

/* A field; column is the expression that it stands for in SQL, over the row t of track. */
typedef struct VzSmartField
{
	const char *name;
	VzSmartKind kind;
	const char *column;
	int64_t		least;			/* of numbers */
	int64_t		most;
	const char *(*choose) (const char *word);	/* of a choice: the word as it is stored, or NULL */
} VzSmartField;

/* The field of that name, or NULL; its number, from 0, for who wants them all. */
extern const VzSmartField *vz_smart_field(const char *name);
extern const VzSmartField *vz_smart_field_number(int number);

/* The operator of that name, or VZ_SMART_NOPERATORS; and its name. */
extern VzSmartOperator vz_smart_operator(const char *name);
extern const char *vz_smart_operator_name(VzSmartOperator op);

/* SQL for a kind and an operator: # is the column, ? the value, % the end of a range; NULL: fields of this kind do not have it. */
extern const char *vz_smart_template(VzSmartKind kind, VzSmartOperator op);

/* The operators that a kind has, as a problem says it. */
extern const char *vz_smart_operators_problem(VzSmartKind kind);

#endif							/* VEZA_SMART_FIELDS_H */
