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
server_doubt(void)
{
	atomic_store(&is_doubted, true);
}

bool
server_take_doubt(void)
{
	return atomic_exchange(&is_doubted, false);
}

void
server_is_back(void)
{
	atomic_fetch_add(&returns, 1);
}

unsigned int
server_returns(void)
{
	return atomic_load(&returns);
}

void
server_has_changed(void)
{
	atomic_fetch_add(&changes, 1);
}

unsigned int
server_changes(void)
{
	return atomic_load(&changes);
}
