/*
 * request_id.h
 *		The id that a request has in logs, answers and the database: what the
 *		client sent goes in, that or a new one comes out. From any thread.
 */
#ifndef VEZA_REQUEST_ID_H
#define VEZA_REQUEST_ID_H

#include <stddef.h>

#define REQUEST_ID_MAX 128

/* Takes the client's id if it is harmless, and makes one otherwise; value may be NULL. */
extern void request_id_take(char id[REQUEST_ID_MAX + 1], const char *value, size_t length);

#endif							/* VEZA_REQUEST_ID_H */
