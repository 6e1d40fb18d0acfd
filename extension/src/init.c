/*
 * init.c
 *		The library's entry: callbacks and hooks, nothing else.
 */
#include "core/request/acting.h"
#include "core/ground/clock.h"
#include "core/ground/compat.h"
#include "core/effects/effect.h"
#include "core/ground/refusal.h"
#include "core/request/request.h"
#include "core/ground/response.h"
#include "core/machine/transition.h"

PG_MODULE_MAGIC;

extern PGDLLEXPORT void _PG_init(void);

/* _PG_init is called by PostgreSQL when it loads the library; each part asks for the hooks it needs. */
void
_PG_init(void)
{
	vz_response_init();
	vz_request_init();
	vz_clock_init();
	vz_acting_init();
	vz_transition_init();
	vz_effect_init();
	vz_refusal_init();
}
