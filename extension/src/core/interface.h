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

#endif							/* VEZA_INTERFACE_H */
