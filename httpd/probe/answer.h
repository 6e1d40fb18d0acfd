/*
 * answer.h
 *		What veza-probe answers, as one JSON document; docs/probe.md has its members. For
 *		its only thread.
 */
#ifndef VEZA_PROBE_ANSWER_H
#define VEZA_PROBE_ANSWER_H

#include "header.h"
#include "json_writer.h"
#include "measure.h"
#include "tags.h"

/* Writes that the file is no track, and why; detail may be NULL. */
extern void answer_refusal(Json *json, ProbeCode code, const char *detail, const AudioHeader *header);

/* Writes what was found. */
extern void answer_sound(Json *json, const AudioHeader *header, const Sound *sound, const Tags *tags);

/* The text of a code; static. */
extern const char *answer_code(ProbeCode code);

#endif							/* VEZA_PROBE_ANSWER_H */
