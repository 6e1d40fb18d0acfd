/*
 * hash_gate.c
 *		Two places for hashing passwords (see hash_gate.h).
 *
 * A place is a lock of the transaction, so that no error can leave it taken;
 * it is released early, by hand. Nobody outside can occupy it (see lock.h).
 */
#include "hash_gate.h"

#include "../core/ground/clock.h"
#include "../core/ground/refusal.h"
#include "portability/instr_time.h"
#include "storage/latch.h"
#include "utils/wait_event.h"

#define PLACES		2
#define PAUSE_MS	5

/* lock_free_place takes a free place; false when there is none. */
static bool
lock_free_place(VzHashPlace *place)
{
	for (int i = 1; i <= PLACES; i++)
	{
		place->lock = vz_lock(VZ_LOCK_HASHING, i);
		if (vz_lock_try(&place->lock))
			return true;
	}
	return false;
}

void
vz_hash_gate_enter(VzHashPlace *place)
{
	int64		patience_ms = vz_setting_int("hash_wait_ms");
	instr_time	start;
	instr_time	now;

	INSTR_TIME_SET_CURRENT(start);
	while (!lock_free_place(place))
	{
		INSTR_TIME_SET_CURRENT(now);
		INSTR_TIME_SUBTRACT(now, start);
		if (INSTR_TIME_GET_MILLISEC(now) >= patience_ms)
			vz_raise(vz_retry_after(vz_refusal(VZ_E_SERVER_BUSY), 1));
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, PAUSE_MS, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
}

void
vz_hash_gate_leave(const VzHashPlace *place)
{
	vz_unlock(&place->lock);
}
