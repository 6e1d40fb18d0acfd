/*
 * smart_node.h
 *		A condition or a group in the rules of a smart playlist, as a value.
 */
#ifndef VEZA_SMART_NODE_H
#define VEZA_SMART_NODE_H

#include <stdbool.h>

#include "smart_fields.h"

/* A condition, or a group of what follows it. */
typedef struct VzSmartNode
{
	bool		is_group;
	bool		is_any;			/* of a group: one of them is enough */
	int			end;			/* of a group: the node behind its last one */
	const VzSmartField *field;
	VzSmartOperator op;
	const char *words;			/* the value, where it is words; else it is these: */
	int64_t		number;			/* also 0 or 1, days, or µs since 1970 */
	int64_t		most;			/* of a range */
	char		path[96];		/* of the member, for who finds it wrong later */
} VzSmartNode;

#endif							/* VEZA_SMART_NODE_H */
