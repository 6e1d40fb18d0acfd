/*
 * signed_address.h
 *		Addresses that speak for their user, for what sends no token: a player, an
 *		EventSource. Such a route is declared with is_signed => true.
 */
#ifndef VEZA_SIGNED_ADDRESS_H
#define VEZA_SIGNED_ADDRESS_H

#include "../ground/compat.h"

/*
 * Makes {member: the address with a signature, "expires_at": ...}. The address
 * is path and query; it is good for signed_address_ttl seconds, for the actor,
 * and as long as the actor's session. False without a session.
 */
extern bool vz_signed_address(const char *member, const char *address, Datum *answer);

#endif							/* VEZA_SIGNED_ADDRESS_H */
