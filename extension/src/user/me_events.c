/*
 * me_events.c
 *		What happens to the own account, as it happens.
 *
 * A browser's EventSource sends no Authorization. So the stream has an address
 * that speaks for its user, for this route alone, for a few minutes.
 */
#include "user.h"

#include "../core/effects/live_event.h"
#include "../core/ground/refusal.h"
#include "../core/request/signed_address.h"

#define EVENTS_PATH "/api/v1/me/events"

VZ_FUNCTION(me_events);
VZ_FUNCTION(me_events_url);

/*
 * me_events opens the stream of the own account's events.
 *
 * Arguments: the last event that was seen (optional).
 */
Datum
me_events(PG_FUNCTION_ARGS)
{
	const VzActor *actor = vz_require_user();

	return vz_live_answer(vz_live_channel("user", &actor->user_id), PG_ARGISNULL(0) ? 0 : PG_GETARG_INT64(0), NULL, NULL);
}

/* me_events_url answers an address under which EventSource opens the stream. */
Datum
me_events_url(PG_FUNCTION_ARGS)
{
	Datum		json;

	vz_require_user();
	if (!vz_signed_address("url", EVENTS_PATH, &json))
		VZ_REFUSE(vz_refusal(VZ_E_AUTH_REQUIRED));
	return json;
}
