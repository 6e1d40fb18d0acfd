/*
 * aside.h
 *		Work that would hold up a loop, in a thread of its own.
 */
#ifndef VEZA_ASIDE_H
#define VEZA_ASIDE_H

#include <pthread.h>

#include "request.h"

/*
 * Has work done in a thread of its own, while the loop goes on; the request is
 * suspended meanwhile, if it is not already. Afterwards it has its answer, or dispatch is called again.
 */
extern void request_work_aside(Request *r, void (*work) (Request *r));

/* Work that many requests may wait for at the same time. */
typedef struct SharedWork
{
	void		(*work) (void);
	pthread_mutex_t lock;
	struct AsideOrder *waiting;
	bool		is_running;
} SharedWork;

/* The same, but it is done once for all that come while it is done; then dispatch is called again for each. */
extern void request_work_shared(Request *r, SharedWork *work);

#endif							/* VEZA_ASIDE_H */
