/*
 * attempt.c
 *		Doing something that may fail without losing what was done before it
 *		(see attempt.h).
 */
#include "attempt.h"

#include "utils/resowner.h"

/* must_stop says whether an error ends the session's work rather than this attempt. */
static bool
must_stop(int sqlerrcode)
{
	return sqlerrcode == ERRCODE_QUERY_CANCELED || sqlerrcode == ERRCODE_ADMIN_SHUTDOWN ||
		sqlerrcode == ERRCODE_CRASH_SHUTDOWN || sqlerrcode == ERRCODE_OUT_OF_MEMORY;
}

const char *
vz_attempt(VzAttempt work, void *state)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	const char *volatile message = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		work(state);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *e;

		MemoryContextSwitchTo(context);
		e = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		if (must_stop(e->sqlerrcode))
			ReThrowError(e);
		message = e->message;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return message;
}

int64
vz_attempt_each(const VzRows *rows, const char *what, VzAttempt work)
{
	int64		done = 0;

	for (uint64 i = 0; i < rows->n; i++)
	{
		const char *error = vz_attempt(work, &rows->row[i]);

		if (error != NULL)
			ereport(WARNING, (errmsg("%s of %s failed: %s", what,
									 vz_row_uuid_text(&rows->row[i], "id"), error)));
		else
			done++;
	}
	return done;
}
