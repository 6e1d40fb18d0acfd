/*
 * clock.c
 *		One clock and one place for settings (see clock.h).
 *
 * Settings are rows and not custom GUCs, because any SQL session can set a
 * custom GUC.
 */
#include "clock.h"

#include "../settings.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/namespace.h"
#include "commands/trigger.h"
#include "utils/inval.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

typedef struct StoredSetting
{
	const char *name;
	const char *value;
} StoredSetting;

/*
 * The rows of veza_data.setting, as this backend has read them. The trigger of
 * the table invalidates its relation, so that a change reaches every backend
 * with the same messages, and at the same moment, as a change of a table's
 * definition: others see it in their next transaction, and nobody one that was
 * rolled back.
 */
static struct
{
	MemoryContext context;		/* NULL: never read */
	Oid			relation;
	bool		is_guarded;		/* the trigger tells of changes */
	uint64		read_at;		/* the number of invalidations before it was read */
	int			n;
	StoredSetting *row;
	int64		clock_offset;
}			stored;

static uint64 invalidations;

/*
 * raise_unusable raises an error that is none of our refusals: it is written to the
 * server log as it is, while a client over HTTP only learns that it is not its fault.
 */
static void VZ_NORETURN
raise_unusable(const char *name, const char *value, const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_CONFIG_FILE_ERROR),
			 errmsg("setting %s has an unusable value", name),
			 errdetail("\"%s\" %s.", value, problem),
			 errhint("SELECT * FROM veza.setting shows what it may be; SELECT veza.set_setting('%s', value, reason); sets it.", name)));
}

/* forget_settings is told of each relation that has changed; InvalidOid: any may have. */
static void
forget_settings(Datum unused, Oid relation)
{
	if (relation == InvalidOid || relation == stored.relation)
		invalidations++;
}

/* is_guarded says whether the trigger of the settings is there and fires. */
static bool
is_guarded(Relation rel)
{
	for (int i = 0; rel->trigdesc != NULL && i < rel->trigdesc->numtriggers; i++)
	{
		const Trigger *trigger = &rel->trigdesc->triggers[i];

		if (strcmp(trigger->tgname, "guard_setting") == 0)
			return trigger->tgenabled == TRIGGER_FIRES_ON_ORIGIN || trigger->tgenabled == TRIGGER_FIRES_ALWAYS;
	}
	return false;
}

/* copy_setting_column returns a text column of the slot in the present memory context; NULL for NULL. */
static char *
copy_setting_column(TupleTableSlot *slot, const char *column)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, SPI_fnumber(slot->tts_tupleDescriptor, column), &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

/* read_rows reads the table as it is now: a statement's own snapshot may be older than the message that it has changed. */
static int
read_rows(Relation rel, StoredSetting **rows)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	TableScanDesc scan = table_beginscan(rel, snapshot, 0, NULL);
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	int			allocated = 64;
	int			n = 0;

	*rows = palloc(sizeof(StoredSetting) * allocated);
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		if (n == allocated)
			*rows = repalloc(*rows, sizeof(StoredSetting) * (allocated *= 2));
		(*rows)[n++] = (StoredSetting)
		{
			.name = copy_setting_column(slot, "name"), .value = copy_setting_column(slot, "value")
		};
	}
	ExecDropSingleTupleTableSlot(slot);
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
	return n;
}

/* stored_value finds the value of a setting; without a row the default stands, or NULL when there is none. */
static const char *
stored_value(const char *name, const VzSetting *known)
{
	for (int i = 0; i < stored.n; i++)
		if (strcmp(stored.row[i].name, name) == 0)
			return stored.row[i].value;
	return known ? known->default_value : NULL;
}

/* clock_offset is 0 when it cannot be read: nothing that repairs the setting may fail on it. */
static int64
clock_offset(void)
{
	const VzSetting *known = vz_setting_find("clock_offset");
	int64		seconds;

	return vz_setting_fault(known, stored_value("clock_offset", known), &seconds) == NULL ? seconds : 0;
}

/* require_settings reads the settings unless they are known; each time while nothing would tell of a change. */
static void
require_settings(void)
{
	uint64		read_at = invalidations;	/* before the rows are read, so that no change of them is missed */
	MemoryContext context;
	MemoryContext old;
	Relation	rel;
	StoredSetting *row;
	int			n;

	if (stored.context != NULL && stored.is_guarded && stored.read_at == invalidations)
		return;
	stored.relation = get_relname_relid("setting", get_namespace_oid("veza_data", false));
	rel = table_open(stored.relation, AccessShareLock);
	context = AllocSetContextCreate(CurrentMemoryContext, "veza settings", ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(context);
	n = read_rows(rel, &row);
	MemoryContextSwitchTo(old);

	if (stored.context != NULL)
		MemoryContextDelete(stored.context);
	MemoryContextSetParent(context, TopMemoryContext);
	stored.context = context;
	stored.is_guarded = is_guarded(rel);
	stored.read_at = read_at;
	stored.n = n;
	stored.row = row;
	stored.clock_offset = clock_offset();
	table_close(rel, AccessShareLock);
}

char *
vz_setting_text(const char *name)
{
	const VzSetting *known = vz_setting_find(name);
	const char *value;
	const char *problem = NULL;
	int64		number;

	require_settings();
	value = stored_value(name, known);
	if (value == NULL)
		elog(ERROR, "there is no setting %s", name);
	if (known != NULL && (problem = vz_setting_fault(known, value, &number)) != NULL)
		raise_unusable(name, value, problem);
	return pstrdup(value);
}

int64
vz_setting_int(const char *name)
{
	char	   *text = vz_setting_text(name);
	char	   *end;
	int64		value;

	errno = 0;
	value = strtoi64(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0')
		raise_unusable(name, text, "must be a whole number");
	return value;
}

TimestampTz
vz_time_plus(TimestampTz t, int64 seconds)
{
	return t + seconds * USECS_PER_SEC;
}

TimestampTz
vz_now(void)
{
	require_settings();
	return vz_time_plus(GetCurrentTransactionStartTimestamp(), stored.clock_offset);
}

void
vz_clock_init(void)
{
	CacheRegisterRelcacheCallback(forget_settings, (Datum) 0);
}
