/*
 * event_answer.h
 *		Streams of events: what a function has said of one goes in, an answer that
 *		does not end comes out. In the loop's thread.
 */
#ifndef VEZA_EVENT_ANSWER_H
#define VEZA_EVENT_ANSWER_H

#include "reply.h"

/*
 * Makes the reply send events, as the data says: {"channel": whose, "last": id
 * of its newest event that the function has seen, "events": [{"id", "kind",
 * "data"}, ...] to begin with}; false when the data names no channel.
 */
extern bool event_answer(Reply *reply, const char *data, size_t len);

#endif							/* VEZA_EVENT_ANSWER_H */
