/*
 * headers.h
 *		Headers of every answer: what a browser may do with it, and for whom. A
 *		response goes in and has them when it comes out; from any thread.
 */
#ifndef VEZA_HEADERS_H
#define VEZA_HEADERS_H

#include <microhttpd.h>

/* Adds the headers that protect, unless the response brings its own. */
extern void headers_add_security(struct MHD_Response *response);

/* Adds the headers that let a page of an allowed origin read the answer; origin may be NULL. */
extern void headers_add_cors(struct MHD_Response *response, const char *origin);

#endif							/* VEZA_HEADERS_H */
