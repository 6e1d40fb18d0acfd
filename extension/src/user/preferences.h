/*
 * preferences.h
 *		What the web app keeps for a user: settings that are known, and whatever else it likes.
 */
#ifndef VEZA_PREFERENCES_H
#define VEZA_PREFERENCES_H

#include "../core/ground/refusal.h"
#include "json_merge.h"

/*
 * Merges a change into the preferences and returns all of them as text; adds
 * to wrong what is wrong with it. Fields are named with prefix in front, the
 * whole by field. Known settings are judged; other members are kept as they
 * are. A null takes a member away.
 */
extern char *vz_preferences_change(VzRefusal *wrong, const char *field, const char *prefix, Jsonb *old, Jsonb *change);

#endif							/* VEZA_PREFERENCES_H */
