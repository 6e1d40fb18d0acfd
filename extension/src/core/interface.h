/*
 * interface.h
 *		What veza-httpd, veza-relay and the extension have agreed on, as a number.
 *
 * Raise it when a statement that the programs send changes so that a program
 * built before would fail: arguments of veza.begin_request, columns of
 * veza.httpd_routes or veza.claim_effects, and the like. Builds of one number work
 * together, whichever is newer; a program of another number is not ready.
 */
#ifndef VEZA_INTERFACE_H
#define VEZA_INTERFACE_H

#define VEZA_INTERFACE 2

/* veza-relay listens here; notified only for effects that somebody waits for. */
#define VEZA_EFFECT_CHANNEL "veza_effect"

/* The workers of veza-httpd listen here; notified when a version of a track is due at once. */
#define VEZA_WORK_CHANNEL "veza_work"

#endif							/* VEZA_INTERFACE_H */
