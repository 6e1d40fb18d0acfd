/*
 * kept.h
 *		Answers that are made once per generation of routes: they are the same
 *		for everybody, and cost too much to be made for everybody. In the
 *		control thread, before the loops see the generation.
 */
#ifndef VEZA_KEPT_H
#define VEZA_KEPT_H

#include <libpq-fe.h>

#include "route.h"

/*
 * Runs the statements of the routes whose rows say so, for nobody; before the
 * generation is published. One that fails is logged, and is then run per request.
 */
extern void kept_make(PGconn *conn, Generation *g);

#endif							/* VEZA_KEPT_H */
