/*
 * clock.h
 *		One clock and one place for settings, the database's: the time of the
 *		business rules (with the tests' offset), and the values of settings as
 *		this backend has read them.
 */
#ifndef VEZA_CLOCK_H
#define VEZA_CLOCK_H

#include "compat.h"

/*
 * The time of this transaction, shifted by the setting clock_offset (s), which
 * tests use and production leaves at 0.
 */
extern TimestampTz vz_now(void);

/* Adds seconds to a time. */
extern TimestampTz vz_time_plus(TimestampTz t, int64 seconds);

/*
 * The value of a row of veza_data.setting, as an integer or as text. The rows
 * are read once and kept by the backend until one changes. A change that the
 * table's trigger does not see (session_replication_role = replica) is seen
 * by new sessions only.
 */
extern int64 vz_setting_int(const char *name);
extern char *vz_setting_text(const char *name);

/* Asks to be told when the settings change; once per backend. */
extern void vz_clock_init(void);

#endif							/* VEZA_CLOCK_H */
