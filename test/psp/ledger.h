/*
 * ledger.h
 *	  All state of the simulator, behind one mutex.
 *
 * Everything declared here may be touched only between ledger_lock() and
 * ledger_unlock().  Whoever changes something calls ledger_changed().
 */
#ifndef PSPSIM_LEDGER_H
#define PSPSIM_LEDGER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define ID_SIZE 72
#define WORD_SIZE 64
#define NO_MONEY (-1)			/* amount_received is null on the wire */

/* One payment; amounts are minor units, times are UTC milliseconds. */
struct payment
{
	char		id[ID_SIZE];
	bool		exists;			/* false: creates arrived, none was done */
	char		status[WORD_SIZE];
	char		scripted[WORD_SIZE];	/* what the connector will say, if asked */
	char		currency[16];
	char		client_secret[ID_SIZE + 32];
	int64_t		amount;
	int64_t		amount_received;	/* or NO_MONEY */
	int64_t		session_expiry; /* seconds */
	int64_t		created_ms;
	int64_t		modified_ms;
	int64_t		expires_ms;
	int			attempt_count;
	bool		attempted;		/* the connector was asked at least once */
	int			manual_retry;	/* -1: as the global setting says */
	char		error_code[WORD_SIZE];
	char		error_message[1024];
	char		cancellation_reason[1024];
	json_t	   *request;		/* the fields that answers echo */
	json_t	   *idempotency_keys;	/* one a create received, null when absent */
	int			retrieves;
	int			cancels;
	int			confirms;
};

/* One refund. */
struct refund
{
	char		id[ID_SIZE];
	bool		exists;
	char		payment_id[ID_SIZE];
	char		status[WORD_SIZE];
	int64_t		amount;
	char		currency[16];
	int64_t		created_ms;
	int64_t		updated_ms;
	json_t	   *request;
	int			creates_received;
};

enum event_phase
{
	EVENT_QUEUED,				/* to be sent when due */
	EVENT_HELD,					/* waits for a release */
	EVENT_SENDING,
	EVENT_RETRY,				/* failed, to be sent again when due */
	EVENT_DELIVERED,
	EVENT_GAVE_UP,				/* every retry failed */
	EVENT_DROPPED				/* lost on purpose */
};

/* One webhook event with the exact bytes that every delivery carries. */
struct event
{
	char		id[ID_SIZE];
	char		type[WORD_SIZE];
	char		payment_id[ID_SIZE];
	char		refund_id[ID_SIZE];
	char	   *body;
	enum event_phase phase;
	bool		again;			/* a resend was asked for while sending */
	bool		unheld;			/* go out although deliveries are held */
	int64_t		due_ms;
	uint64_t	position;		/* order among those that are due */
	int			attempts;		/* requests really sent */
	int			failures;		/* place in the retry schedule */
	int			last_status;	/* 0: no answer yet, or none at all */
};

/* Rows in the order of their arrival, found by id. */
struct table
{
	void	  **rows;
	size_t		count;
	size_t		capacity;
	json_t	   *places;			/* id -> index in rows */
};

struct settings
{
	bool		manual_retry_enabled;
	char		mit_outcome[WORD_SIZE];
	char		confirm_outcome[WORD_SIZE];
	char		processing_outcome[WORD_SIZE];	/* what "processing" becomes */
	char		refund_outcome[WORD_SIZE];
};

struct ledger
{
	struct table payments;
	struct table refunds;
	struct table events;
	json_t	   *customers;		/* customer_id -> the answer to its create */
	struct settings settings;
	uint64_t	next_position;	/* of events */
	uint64_t	changes;		/* counts ledger_changed() */
	uint64_t	generation;		/* counts resets */
	bool		stopping;		/* nobody may wait for anything any more */
};

extern struct ledger ledger;

extern void ledger_init(void);
extern void ledger_reset(void);
extern void ledger_free(void);
extern void ledger_stop(void);
extern void ledger_lock(void);
extern void ledger_unlock(void);
extern void ledger_changed(void);
extern void ledger_wake(void);
extern void ledger_wait(int64_t ms);
extern uint64_t ledger_generation(void);

extern struct payment *ledger_payment_at(size_t place);
extern struct refund *ledger_refund_at(size_t place);
extern struct event *ledger_event_at(size_t place);
extern struct payment *ledger_payment(const char *id);
extern struct refund *ledger_refund(const char *id);
extern struct event *ledger_event(const char *id);
extern struct payment *ledger_payment_slot(const char *id);
extern struct refund *ledger_refund_slot(const char *id);
extern struct event *ledger_add_event(const char *id);

extern int64_t payment_captured(const struct payment *payment);
extern int64_t payment_capturable(const struct payment *payment);
extern int64_t payment_refunded(const struct payment *payment);
extern bool payment_may_retry(const struct payment *payment);

#endif
