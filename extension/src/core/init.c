/*
 * init.c
 *		The library's entry: callbacks and hooks, nothing else.
 */
#include "acting.h"
#include "compat.h"
#include "effect.h"
#include "refusal.h"
#include "request.h"
#include "response.h"
#include "transition.h"

PG_MODULE_MAGIC;

extern PGDLLEXPORT void _PG_init(void);

/* _PG_init is called by PostgreSQL when it loads the library; each part asks for the hooks it needs. */
void
_PG_init(void)
{
	vz_response_init();
	vz_request_init();
	vz_acting_init();
	vz_transition_init();
	vz_effect_init();
	vz_refusal_init();
}
