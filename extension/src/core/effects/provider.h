/*
 * provider.h
 *		Whether payments are possible right now, as the relays report it: asked
 *		before a rule writes anything that needs the provider.
 */
#ifndef VEZA_PROVIDER_H
#define VEZA_PROVIDER_H

#include <stdbool.h>

/* Is there a relay that could carry an effect out? */
extern bool vz_relay_is_live(void);

/* Raises PAYMENT_PROVIDER_UNAVAILABLE unless a live relay has an enabled provider and a closed circuit. */
extern void vz_require_provider(void);

#endif							/* VEZA_PROVIDER_H */
