/*
 * faults.c
 *	  Which faults are set, and who gets them.
 *
 * Faults wait in the order they were set; a request takes the first one that
 * names its operation.  Every function runs with the ledger locked.
 */
#include "faults.h"

#include <string.h>

#include "fields.h"

#define MOST_FAULTS 64
#define DRIP_MS 300

static const struct
{
	const char *name;
	bool		commits;		/* unless told otherwise */
}			modes[] = {
	[FAULT_DELAY] = {"delay", false},
	[FAULT_HANG] = {"hang", false},
	[FAULT_CLOSE_BEFORE] = {"close_before", false},
	[FAULT_CLOSE_AFTER_COMMIT] = {"close_after_commit", true},
	[FAULT_SLOW_DRIP] = {"slow_drip", true},
	[FAULT_STATUS] = {"status", false},
	[FAULT_ERROR200] = {"error200", false},
	[FAULT_GARBAGE] = {"garbage", false},
	[FAULT_HUGE] = {"huge", false},
	[FAULT_EMPTY] = {"empty", false},
	[FAULT_TRUNCATE] = {"truncate", true},
	[FAULT_WRONG_TYPE] = {"wrong_type", false},
	[FAULT_EXTRA] = {"extra", true},
};

#define MODES ((int) (sizeof(modes) / sizeof(modes[0])))

static struct fault faults[MOST_FAULTS];
static size_t count;

/* Returns the mode of that name, or -1. */
static int
find_mode(const char *name)
{
	for (int i = 0; i < MODES; i++)
	{
		if (strcmp(modes[i].name, name) == 0)
			return i;
	}
	return -1;
}

/* Sets one more fault; on false, problem says what is wrong with it. */
bool
faults_add(const json_t *description, const char **problem)
{
	int			mode = find_mode(get_string(description, "mode", "delay"));
	const char *op = get_string(description, "op", "any");
	struct fault fault = {0};

	*problem = count == MOST_FAULTS ? "too many faults"
		: mode < 0 ? "unknown mode"
		: !word_in(" create update retrieve confirm cancel capture refund refund_retrieve"
				   " customer any ", op) ? "unknown op" : NULL;
	if (*problem != NULL)
		return false;
	fault.mode = (enum fault_mode) mode;
	fault.status = (int) get_integer(description, "status", 500);
	fault.delay_ms = get_integer(description, "delay_ms", 0);
	fault.byte_ms = get_integer(description, "byte_ms", DRIP_MS);
	fault.count = get_integer(description, "count", 1);
	fault.commit = get_bool(description, "commit", modes[mode].commits);
	if (fault.mode == FAULT_CLOSE_BEFORE || fault.mode == FAULT_CLOSE_AFTER_COMMIT)
		fault.commit = modes[mode].commits;
	copy_text(fault.op, sizeof(fault.op), op);
	copy_text(fault.code, sizeof(fault.code), get_string(description, "code", ""));
	copy_text(fault.message, sizeof(fault.message), get_string(description, "message", ""));
	copy_text(fault.about, sizeof(fault.about), get_string(description, "about", ""));
	copy_text(fault.extra, sizeof(fault.extra), get_string(description, "extra", "\"extra\":null"));
	if (fault.status < 200 || fault.status > 599 || fault.delay_ms < 0 || fault.byte_ms < 0)
	{
		*problem = "status, delay_ms or byte_ms is out of range";
		return false;
	}
	faults[count++] = fault;
	return true;
}

/* Forgets every fault; requests that already have one keep it. */
void
faults_clear(void)
{
	count = 0;
}

/* Returns the faults that still wait for a request. */
json_t *
faults_json(void)
{
	json_t	   *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list,
							  json_pack("{s:s, s:s, s:b, s:i, s:I, s:I, s:I}",
										"op", faults[i].op, "mode", modes[faults[i].mode].name,
										"commit", faults[i].commit, "status", faults[i].status,
										"delay_ms", (json_int_t) faults[i].delay_ms,
										"byte_ms", (json_int_t) faults[i].byte_ms,
										"count", faults[i].count));
	return json_pack("{s:o}", "faults", list);
}

/* Returns the name of a fault's mode. */
const char *
fault_name(const struct fault *fault)
{
	return modes[fault->mode].name;
}

/* Gives a request the fault that is due to it, if any. */
bool
faults_take(const char *op, const struct exchange *exchange, struct fault *fault)
{
	for (size_t i = 0; i < count; i++)
	{
		if (faults[i].about[0] != '\0' && strstr(exchange->path, faults[i].about) == NULL &&
			strstr(exchange->body, faults[i].about) == NULL)
			continue;
		if (strcmp(faults[i].op, "any") != 0 && strcmp(faults[i].op, op) != 0)
			continue;
		*fault = faults[i];
		if (faults[i].count > 0 && --faults[i].count == 0)
			memmove(&faults[i], &faults[i + 1], (--count - i) * sizeof(faults[0]));
		return true;
	}
	return false;
}
