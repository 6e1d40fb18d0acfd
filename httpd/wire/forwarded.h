/*
 * forwarded.h
 *		Whose request is it, when proxies stand between?
 *
 * Pure: no server header. Only a proxy that the configuration names is
 * believed; everybody can write an X-Forwarded-For.
 */
#ifndef VEZA_FORWARDED_H
#define VEZA_FORWARDED_H

#include <stdbool.h>
#include <stddef.h>

#include "admit.h"

#define ADDRESS_SIZE 48			/* an address as text, and an IPv6 network with its length */

/* Addresses and networks; freed by networks_free. */
typedef struct Networks
{
	struct Network *list;
	size_t		n;
} Networks;

/*
 * Reads a list of addresses and networks, such as 10.0.0.0/8, with commas or
 * blanks between; NULL is an empty list. On an entry that is none it returns
 * false, and *bad (which may be NULL) points to that entry; nothing is to be freed.
 */
extern bool networks_parse(const char *text, Networks *networks, const char **bad);
extern void networks_free(Networks *networks);

/* Is the address in one of the networks? A text that is no address is in none. */
extern bool networks_have(const Networks *networks, const char *address);

/*
 * Finds the client's address: the peer's own, unless the peer is a trusted
 * proxy; then the right-most address of X-Forwarded-For that is not a trusted
 * proxy. Where the header stops making sense, the last hop that made sense
 * counts. An IPv4 address in IPv6 form is written as IPv4.
 */
extern void forwarded_client(const Networks *trusted, const char *peer, const HttpHead *head, char out[ADDRESS_SIZE]);

/* What is counted for an address: itself, or the /64 of an IPv6 address, all of which one client has. */
extern void address_group(const char *address, char out[ADDRESS_SIZE]);

#endif							/* VEZA_FORWARDED_H */
