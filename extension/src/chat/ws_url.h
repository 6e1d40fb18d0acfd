/*
 * ws_url.h
 *		The WebSocket address of a server whose HTTP address is known. Pure.
 */
#ifndef VEZA_WS_URL_H
#define VEZA_WS_URL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes ws://host[:port]/ws, or wss:// for an address with https or wss; user,
 * password, path and query of the address are left out. False, and out is
 * empty, when it is no address or too long.
 */
extern bool vz_ws_url(const char *address, char *out, size_t size);

#endif							/* VEZA_WS_URL_H */
