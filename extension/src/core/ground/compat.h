/*
 * compat.h
 *		The server headers, and the differences between server versions.
 *
 * Built and tested on PostgreSQL 15, 17 and 18. Only this file asks for PG_VERSION_NUM.
 */
#ifndef VEZA_COMPAT_H
#define VEZA_COMPAT_H

#include "postgres.h"

#if PG_VERSION_NUM < 150000
#error "veza needs PostgreSQL 15 or later"
#endif

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/async.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "storage/procarray.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"
#include "utils/wait_event.h"

/* The server's own word for it has another place in the declaration since version 18. */
#define VZ_NORETURN __attribute__((noreturn))

/* Version 18 counts what an index scan does in a structure of the caller's. */
#if PG_VERSION_NUM >= 180000
#define VZ_INDEX_BEGINSCAN(table, index, snapshot, nkeys) index_beginscan(table, index, snapshot, NULL, nkeys, 0)
#else
#define VZ_INDEX_BEGINSCAN(table, index, snapshot, nkeys) index_beginscan(table, index, snapshot, nkeys, 0)
#endif

/* A number of the session, as small as can be; it has another name since version 17. */
#if PG_VERSION_NUM >= 170000
#define VZ_SESSION_NUMBER MyProcNumber
#else
#define VZ_SESSION_NUMBER MyBackendId
#endif

/* An SQL-callable function; before version 16 PG_FUNCTION_INFO_V1 does not export it by itself. */
#define VZ_FUNCTION(name) \
	extern PGDLLEXPORT Datum name(PG_FUNCTION_ARGS); \
	PG_FUNCTION_INFO_V1(name)

#endif							/* VEZA_COMPAT_H */
