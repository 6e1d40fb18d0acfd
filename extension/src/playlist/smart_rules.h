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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VZ_SMART_DEPTH_MAX 8	/* groups in groups */
#define VZ_SMART_CONDITIONS_MAX 200
#define VZ_SMART_NODES_MAX 400	/* conditions and groups */
#define VZ_SMART_LIMIT_MAX 10000
#define VZ_SMART_WORDS_MAX 200	/* characters of a value */
#define VZ_SMART_PROBLEMS_MAX 20	/* that are told at once */

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

/* A condition, or a group of what follows it. */
typedef struct VzSmartNode
{
	bool		is_group;
	bool		is_any;			/* of a group: one of them is enough */
	int			end;			/* of a group: the node behind its last one */
	const VzSmartField *field;
	VzSmartOperator operator;
	const char *words;			/* the value, where it is words; else it is these: */
	int64_t		number;			/* also 0 or 1, days, or µs since 1970 */
	int64_t		most;			/* of a range */
	char		path[96];		/* of the member, for who finds it wrong later */
} VzSmartNode;

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

/* Reads a day, or a day and a time with its offset, as µs since 1970; is_day says which it was. */
extern bool vz_smart_time(const char *text, int64_t *us, bool *is_day);

#endif							/* VEZA_SMART_RULES_H */
