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
		sqlerrcode == ERRCODE_CRASH_SHUTDOWN || sqlerrcode == ERRCODE_OUT_OF_MEMORY ||
		sqlerrcode == ERRCODE_READ_ONLY_SQL_TRANSACTION;
}

ErrorData *
vz_attempt_any(VzAttempt work, void *state)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		work(state);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return error;
}

/* run_in_savepoint runs work inside a savepoint; returns what rolled it back, or NULL. */
static ErrorData *
run_in_savepoint(VzAttempt work, void *state)
{
	ErrorData  *error = vz_attempt_any(work, state);

	if (error != NULL && must_stop(error->sqlerrcode))
		ReThrowError(error);
	return error;
}

const char *
vz_attempt(VzAttempt work, void *state)
{
	ErrorData  *error = run_in_savepoint(work, state);

	return error ? error->message : NULL;
}

bool
vz_attempt_unique(VzAttempt work, void *state)
{
	ErrorData  *error = run_in_savepoint(work, state);

	if (error != NULL && error->sqlerrcode != ERRCODE_UNIQUE_VIOLATION)
		ReThrowError(error);
	return error == NULL;
}
