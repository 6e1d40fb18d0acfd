/*
 * machine_rules_test.c
 *		The engine's pure half, on a machine made for the purpose.
 */
#include "../../extension/src/core/machine/machine.h"
#include "tap.h"

static const VzTransition arrows[] = {
	{.from = NULL, .event = "make", .to = "new", .by = "user"},
	{.from = "new", .event = "go", .to = "gone", .by = "user"},
	{.from = "new", .event = "stay", .to = "new", .by = "user"},
	{.from = "gone", .event = "return", .to = "new", .by = "user"},
};

static const VzMachine machine = {.name = "test", .table = "veza_data.test", .column = "state",
.transitions = arrows, .ntransitions = VZ_LENGTH(arrows), .refusal = VZ_E_INVALID_TRANSITION};

static const VzMachine empty = {.name = "empty", .transitions = arrows, .ntransitions = 0};

/* test_next: looking up one arrow. */
static void
test_next(void)
{
	ok(vz_machine_next(&machine, NULL, "make") == &arrows[0], "NULL is the state of a row to be made");
	ok(vz_machine_next(&machine, "new", "go") == &arrows[1], "an arrow is found by state and event");
	ok(vz_machine_next(&machine, "new", "make") == NULL, "making a row is not possible when it is there");
	ok(vz_machine_next(&machine, NULL, "go") == NULL, "an arrow of a state is not one of no row");
	ok(vz_machine_next(&machine, "gone", "go") == NULL, "an event that the state does not know has no arrow");
	ok(vz_machine_next(&machine, "ne", "go") == NULL, "a part of a state's name is no state");
	ok(vz_machine_next(&machine, "new", "") == NULL, "an empty event has no arrow");
	ok(vz_machine_next(&empty, NULL, "make") == NULL, "a machine without arrows has none");
}

/* test_allowed: listing the events of a state. */
static void
test_allowed(void)
{
	char		buf[64];

	is_number(vz_machine_allowed(&machine, "new", buf, sizeof(buf)), 2, "two events are counted");
	is_text(buf, "go, stay", "they are listed with commas");
	is_number(vz_machine_allowed(&machine, "gone", buf, sizeof(buf)), 1, "one event is counted");
	is_text(buf, "return", "one event has no comma");
	is_number(vz_machine_allowed(&machine, NULL, buf, sizeof(buf)), 1, "NULL lists what makes a row");
	is_text(buf, "make", "which is make");
	is_number(vz_machine_allowed(&machine, "lost", buf, sizeof(buf)), 0, "an unknown state knows nothing");
	is_text(buf, "", "and the list is empty");
	is_number(vz_machine_allowed(&empty, NULL, buf, sizeof(buf)), 0, "a machine without arrows allows nothing");
}

/* test_small_buffers: the list is cut, never written past its end. */
static void
test_small_buffers(void)
{
	for (size_t size = 0; size <= 9; size++)
	{
		char		whole[] = "go, stay";
		char		buf[16];

		memset(buf, '!', sizeof(buf));
		vz_machine_allowed(&machine, "new", buf, size);
		for (size_t i = size; i < sizeof(buf); i++)
			each(buf[i] == '!', "size %zu: byte %zu was written", size, i);
		each(size == 0 || strlen(buf) < size, "size %zu: no end", size);
		each(size == 0 || strncmp(buf, whole, strlen(buf)) == 0, "size %zu: '%s'", size, buf);
	}
	all("a list that does not fit is cut within the buffer");
}

int
main(void)
{
	test_next();
	test_allowed();
	test_small_buffers();
	return done_testing();
}
