/*
 * target.h
 *		Taking a request target apart: segments and query, decoded once. Pure.
 */
#ifndef VEZA_TARGET_H
#define VEZA_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#define TARGET_SEGMENTS_MAX		16
#define TARGET_PARAMETERS_MAX	64

typedef struct TargetParameter
{
	const char *name;
	const char *value;
} TargetParameter;

/* All text points into one buffer, which the caller owns. */
typedef struct Target
{
	const char *segments[TARGET_SEGMENTS_MAX];
	size_t		nsegments;
	TargetParameter parameters[TARGET_PARAMETERS_MAX];
	size_t		nparameters;
} Target;

/*
 * Takes the target apart. buffer holds at least 2 * strlen(raw) + 2 bytes and
 * keeps the decoded text. Each segment is decoded by itself, so that an
 * encoded slash never makes a new one. Returns NULL, or what is wrong.
 */
extern const char *target_parse(const char *raw, char *buffer, Target *target);

/* Is the text valid UTF-8 without NUL? */
extern bool is_utf8(const char *text, size_t len);

#endif							/* VEZA_TARGET_H */
