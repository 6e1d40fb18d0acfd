/*
 * check.h
 *		What --check says about the database: the configuration goes in, one
 *		line a problem and their number come out. In the main thread, before
 *		anything else runs.
 */
#ifndef VEZA_CHECK_H
#define VEZA_CHECK_H

#include <stdbool.h>

#include "config/config.h"

/* What a program needs of its database. */
typedef struct CheckNeeds
{
	ConfigId	url;			/* where its connection is configured */
	const char *function;		/* in schema veza: only the right role may call it */
	long		connections;	/* of one instance */
	bool		may_migrate;	/* a schema that is behind is brought up to date at start */
} CheckNeeds;

/*
 * Says what is known about the configuration, which is valid, and asks the
 * database whether it fits; every problem is a line on standard error.
 * Returns the exit code.
 */
extern int	check_configuration(const CheckNeeds *needs);

#endif							/* VEZA_CHECK_H */
