/*
 * device.h
 *		What a User-Agent says about the device, for people. Pure.
 */
#ifndef VEZA_DEVICE_H
#define VEZA_DEVICE_H

#include <stddef.h>

#define VZ_DEVICE_NAME_MAX 64

/*
 * Writes program and system, as in "Firefox on Linux", or one of them when
 * the other is not known; empty when neither is. Whatever the User-Agent, the
 * name is made of words of ours alone.
 */
extern void vz_device_name(const char *user_agent, char *name, size_t size);

#endif							/* VEZA_DEVICE_H */
