/*
 * smart_sql.h
 *		The rules of smart playlists as a condition in SQL: rules go in; a text that
 *		is put together of constants, and the values that it refers to by number,
 *		come out. Pure: no server header.
 *
 * What is compared with never stands in the text: it is in two arguments, the
 * list of all words and that of all numbers. So two documents that differ in
 * values alone have the same text.
 */
#ifndef VEZA_SMART_SQL_H
#define VEZA_SMART_SQL_H

#include "smart_rules.h"

/* The room that the text of any rules needs at most. */
#define VZ_SMART_SQL_ROOM (VZ_SMART_NODES_MAX * 256)

typedef struct VzSmartSql
{
	const VzSmartNode *words[VZ_SMART_CONDITIONS_MAX];	/* whose words the list holds, in order */
	int			nwords;
	int64_t		numbers[2 * VZ_SMART_CONDITIONS_MAX];
	int			nnumbers;
	char		text[VZ_SMART_SQL_ROOM];
} VzSmartSql;

/* Writes the condition of rules that were read without a problem. */
extern void vz_smart_sql(const VzSmartRules *rules, VzSmartSql *sql);

#endif							/* VEZA_SMART_SQL_H */
