/*
 * webhook.h
 *	  The queue of outgoing events and the ways a test may disturb it.
 */
#ifndef PSPSIM_WEBHOOK_H
#define PSPSIM_WEBHOOK_H

#include "ledger.h"

/* How deliveries misbehave; the zero value with duplicate 1 is "they do not". */
struct webhook_mode
{
	bool		hold;			/* queue but do not send */
	bool		shuffle;		/* release in random order */
	json_int_t	seed;
	json_int_t	duplicate;		/* how often each is sent */
	json_int_t	delay_ms;		/* before a first delivery */
	json_int_t	drop;			/* so many first deliveries are lost; -1: all */
	char		forge[WORD_SIZE];
};

/* What one pass of the sender needs, copied so that no lock is held. */
struct delivery
{
	uint64_t	generation;
	char		event_id[ID_SIZE];
	char	   *body;
	json_int_t	copies;
	char		forge[WORD_SIZE];
};

extern void webhook_announce_payment(const struct payment *payment, const char *event_type);
extern void webhook_announce_refund(const struct refund *refund, const char *event_type);

extern bool webhook_mode_set(const json_t *changes);
extern json_t *webhook_mode_json(void);
extern void webhook_mode_reset(void);
extern int	webhook_release(void);
extern bool webhook_resend(const char *event_id);
extern json_t *webhook_list(void);
extern json_t *webhook_flush(int64_t timeout_ms);

extern bool webhook_take(struct delivery *delivery, int64_t *wait_ms);
extern void webhook_finish(const struct delivery *delivery, int sent, bool accepted,
						   int last_status);

#endif
