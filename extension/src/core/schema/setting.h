/*
 * setting.h
 *		The table of settings, as veza.migrate() sees it.
 */
#ifndef VEZA_SETTING_H
#define VEZA_SETTING_H

/* Brings the rows of veza_data.setting to what settings.h says; values stay, rows that are missing get the default. */
extern void vz_settings_describe(void);

#endif							/* VEZA_SETTING_H */
