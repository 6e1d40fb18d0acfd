/*
 * smart_value.h
 *		The values in the rules of smart playlists: JSON goes in; what a condition
 *		compares with, or what is wrong with it, comes out. Pure: no server header.
 */
#ifndef VEZA_SMART_VALUE_H
#define VEZA_SMART_VALUE_H

#include "../core/ground/foreign_scan.h"
#include "smart_node.h"

#define VZ_SMART_WORDS_MAX 200	/* characters */
#define VZ_SMART_PROBLEM_SIZE 160

typedef enum VzSmartValueKind
{
	VZ_SMART_VALUE_OTHER,		/* nothing that a condition compares with */
	VZ_SMART_VALUE_WORDS,
	VZ_SMART_VALUE_WHOLE,
	VZ_SMART_VALUE_TRUTH,
	VZ_SMART_VALUE_PAIR			/* a list of two */
} VzSmartValueKind;

typedef struct VzSmartValue
{
	VzSmartValueKind kind;
	const char *words;
	int			characters;
	int64_t		number;
	struct
	{
		VzSmartValueKind kind;
		const char *words;
		int64_t		number;
	}			pair[2];
} VzSmartValue;

/* Goes past a value; false when the text is no JSON there. The document is written over. */
extern bool vz_smart_value_take(VzScan *s, VzSmartValue *value);

/* Gives the value to a condition whose field and operator are known; false, and problem says why, when it is none for them. */
extern bool vz_smart_value_give(const VzSmartValue *value, VzSmartNode *node, char problem[VZ_SMART_PROBLEM_SIZE]);

#endif							/* VEZA_SMART_VALUE_H */
