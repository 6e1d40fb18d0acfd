/*
 * server.c
 *		What is known of the server (see server.h).
 */
#include "server.h"

#include <stdatomic.h>

static atomic_bool is_doubted;
static atomic_uint returns;
static atomic_uint changes;

void
server_report_read_only(void)
{
	atomic_store(&is_doubted, true);
}

bool
server_take_report(void)
{
	return atomic_exchange(&is_doubted, false);
}

void
server_note_return(void)
{
	atomic_fetch_add(&returns, 1);
}

unsigned int
server_return_count(void)
{
	return atomic_load(&returns);
}

void
server_note_change(void)
{
	atomic_fetch_add(&changes, 1);
}

unsigned int
server_change_count(void)
{
	return atomic_load(&changes);
}
