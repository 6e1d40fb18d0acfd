/*
 * handler.h
 *		A request from its first byte to its answer: what libmicrohttpd calls. A
 *		connection, its head and its body go in, an answer is queued. In the
 *		loop's thread.
 */
#ifndef VEZA_HANDLER_H
#define VEZA_HANDLER_H

#include "loop.h"

/* Callbacks of libmicrohttpd. */
extern void *request_begin(void *cls, const char *target, struct MHD_Connection *connection);
extern enum MHD_Result request_handle(void *cls, struct MHD_Connection *connection, const char *url,
									  const char *method, const char *version, const char *data,
									  size_t *size, void **context);
extern void request_end(void *cls, struct MHD_Connection *connection, void **context,
						enum MHD_RequestTerminationCode how);

/* Cuts requests past their deadline, and notices clients that have left. */
extern void requests_tick(Loop *loop);

#endif							/* VEZA_HANDLER_H */
