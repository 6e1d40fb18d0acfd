/*
 * setting.c
 *		Changing settings: by an operator, by the configuration of veza-httpd, by
 *		UPDATE; each is judged by settings.h and written to the audit log.
 */
#include "../ground/arguments.h"
#include "../ground/audit.h"
#include "../ground/query.h"
#include "../ground/refusal.h"
#include "setting.h"
#include "../settings.h"
#include "commands/trigger.h"
#include "utils/inval.h"
#include "utils/rel.h"

static VzStmt store = VZ_STMT(
	"update veza_data.setting set value = $2 where name = $1 and value <> $2", TEXTOID, TEXTOID);

/* The value stays; the rest of the row is the registry's. */
static VzStmt describe = VZ_STMT(
	"insert into veza_data.setting as s (name, value, unit, description, kind, minimum, maximum, range, default_value)"
	" values ($1, $2, $3, $4, $5, $6, $7, $8, $2)"
	" on conflict (name) do update set unit = excluded.unit, description = excluded.description, kind = excluded.kind,"
	"   minimum = excluded.minimum, maximum = excluded.maximum, range = excluded.range, default_value = excluded.default_value"
	" where (s.unit, s.description, s.kind, s.minimum, s.maximum, s.range, s.default_value) is distinct from"
	"       (excluded.unit, excluded.description, excluded.kind, excluded.minimum, excluded.maximum, excluded.range,"
	"        excluded.default_value)",
	TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, INT8OID, INT8OID, TEXTOID);

static VzStmt describe_change = VZ_STMT(
	"select jsonb_build_object('value', $1)::text as old, jsonb_build_object('value', $2)::text as new", TEXTOID, TEXTOID);

/* What the trigger writes as the reason, while a function of this file changes a setting. */
static const char *reason_of_change;

VZ_FUNCTION(set_setting);
VZ_FUNCTION(configure);
VZ_FUNCTION(guard_setting);

/* refuse raises SETTING_INVALID about a setting, with what it may be. */
static void VZ_NORETURN
refuse(const char *name, const char *value, const VzSetting *setting, const char *problem)
{
	VzRefusal  *r = vz_fact(vz_refusal(VZ_E_SETTING_INVALID), "setting", name);
	const VzSetting *nearest = setting ? NULL : vz_setting_nearest(name);
	char		range[64];

	if (value != NULL)
		vz_fact(r, "value", value);
	vz_fact(r, "problem", problem);
	if (setting != NULL)
	{
		vz_fact(r, "range", vz_setting_range(setting, range, sizeof(range)));
		vz_fact(r, "unit", setting->unit);
	}
	if (nearest != NULL)
		vz_fact(r, "nearest", nearest->name);
	vz_raise(r);
}

/* judge refuses a value that a known setting cannot have. */
static void
judge(const VzSetting *setting, const char *value)
{
	int64		number;
	const char *problem = vz_setting_fault(setting, value, &number);

	if (problem != NULL)
		refuse(setting->name, value, setting, problem);
}

/* describe_setting brings the row of a setting to what settings.h says; a row that is missing gets the default. */
static void
describe_setting(const VzSetting *s)
{
	static const char *const kinds[] = {"int", "list", "address"};
	char		range[64];

	vz_execute(&describe, VZ_ARGS(vz_arg_text(s->name), vz_arg_text(s->default_value), vz_arg_text(s->unit),
								  vz_arg_text(s->description), vz_arg_text(kinds[s->kind]), vz_arg_int8(s->minimum),
								  vz_arg_int8(s->maximum), vz_arg_text(vz_setting_range(s, range, sizeof(range)))));
}

/* change stores a setting; the trigger judges and records it, with the reason. */
static void
change(const VzSetting *setting, const char *value, const char *reason)
{
	describe_setting(setting);
	reason_of_change = reason;
	PG_TRY();
	{
		vz_execute(&store, VZ_ARGS(vz_arg_text(setting->name), vz_arg_text(value)));
	}
	PG_FINALLY();
	{
		reason_of_change = NULL;
	}
	PG_END_TRY();
}

/* set_setting changes a setting for a reason; NULL brings the default back. */
Datum
set_setting(PG_FUNCTION_ARGS)
{
	char	   *name = vz_text_argument(fcinfo, 0);
	char	   *value = vz_text_argument(fcinfo, 1);
	VzRefusal  *wrong = vz_refusal(VZ_E_VALIDATION_ERROR);
	char	   *reason = vz_reason_argument(fcinfo, 2, wrong);
	const VzSetting *setting = name ? vz_setting_find(name) : NULL;

	vz_raise_if(wrong);
	if (setting == NULL)
		refuse(name ? name : "", value, NULL, "there is no such setting");
	if (setting->flags & VZ_SETTING_TEST_ONLY)
		refuse(name, value, NULL, "is for tests only");
	change(setting, value ? value : setting->default_value, reason);
	PG_RETURN_VOID();
}

/* configure stores a setting that veza-httpd takes from its environment. */
Datum
configure(PG_FUNCTION_ARGS)
{
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	char	   *value = text_to_cstring(PG_GETARG_TEXT_PP(1));
	const VzSetting *setting = vz_setting_find(name);

	if (setting == NULL || !(setting->flags & VZ_SETTING_BY_HTTPD))
		refuse(name, value, setting, "is not for veza-httpd to set");
	change(setting, value, "configuration of veza-httpd");
	PG_RETURN_VOID();
}

/* column_text reads a column of a row that a trigger got. */
static char *
column_text(TriggerData *trigger, HeapTuple tuple, const char *column)
{
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);

	return SPI_getvalue(tuple, desc, SPI_fnumber(desc, column));
}

/* record_setting writes a change of a value to the audit log; after is NULL when the row goes. */
static void
record_setting(const char *name, const char *before, const char *after)
{
	VzAudit		entry = {.action = "setting.change", .resource_type = "setting", .resource_id = name};
	VzRow		row;

	entry.reason = reason_of_change ? reason_of_change : "changed in the table itself";
	vz_query_row(&describe_change, VZ_ARGS(vz_arg_text(before), vz_arg_text(after)), &row);
	entry.old_values = vz_row_text(&row, "old");
	entry.new_values = vz_row_text(&row, "new");
	vz_audit(&entry);
}

/*
 * tell_backends has every backend read the settings anew (see clock.c). Last in
 * the trigger: what it does itself still reads the settings as they were, and
 * the message must come after that.
 */
static void
tell_backends(TriggerData *trigger)
{
	CacheInvalidateRelcache(trigger->tg_relation);
}

/* guard_setting is the trigger of veza_data.setting: whoever changes a value, it is one, and every backend hears of it. */
Datum
guard_setting(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	bool		is_update;
	HeapTuple	after;
	char	   *name;
	char	   *value;
	char	   *before;
	const VzSetting *setting;

	if (!CALLED_AS_TRIGGER(fcinfo))
		elog(ERROR, "guard_setting must be called as a trigger");
	name = column_text(trigger, trigger->tg_trigtuple, "name");
	before = column_text(trigger, trigger->tg_trigtuple, "value");
	if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
	{
		record_setting(name, before, NULL);
		tell_backends(trigger);
		return PointerGetDatum(trigger->tg_trigtuple);
	}
	is_update = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event);
	after = is_update ? trigger->tg_newtuple : trigger->tg_trigtuple;
	value = column_text(trigger, after, "value");
	setting = vz_setting_find(name);
	if (is_update && strcmp(name, column_text(trigger, after, "name")) != 0)
		refuse(name, NULL, setting, "keeps its name");
	if (value == NULL || (is_update && strcmp(value, before) == 0))
		return PointerGetDatum(after);
	if (setting != NULL)
		judge(setting, value);
	if (is_update)
		record_setting(name, before, value);
	tell_backends(trigger);
	return PointerGetDatum(after);
}

void
vz_settings_describe(void)
{
	for (int i = 0; i < vz_nsettings; i++)
		describe_setting(&vz_settings[i]);
}
