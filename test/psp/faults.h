/*
 * faults.h
 *	  Ways in which the API misbehaves on command.
 */
#ifndef PSPSIM_FAULTS_H
#define PSPSIM_FAULTS_H

#include "http.h"

enum fault_mode
{
	FAULT_DELAY,				/* answers properly, but late */
	FAULT_HANG,					/* never answers */
	FAULT_CLOSE_BEFORE,			/* closes, nothing done */
	FAULT_CLOSE_AFTER_COMMIT,	/* closes, everything done */
	FAULT_SLOW_DRIP,			/* the right answer, byte by byte */
	FAULT_STATUS,				/* an error with that status */
	FAULT_ERROR200,				/* an error body under status 200 */
	FAULT_GARBAGE,				/* 200 and bytes that are no JSON */
	FAULT_HUGE,					/* 200 and 8 MiB of JSON */
	FAULT_EMPTY,				/* 200 and nothing */
	FAULT_TRUNCATE,				/* half of the right answer, then closes */
	FAULT_WRONG_TYPE,			/* 200, but amount is a string */
	FAULT_EXTRA					/* the right answer, with more members in front */
};

struct fault
{
	char		op[16];
	enum fault_mode mode;
	bool		commit;			/* carry the operation out first */
	int			status;
	char		code[16];		/* empty: what fits the status */
	char		message[128];
	char		about[80];		/* only requests that name this in path or body; empty: all */
	char		extra[256];		/* of FAULT_EXTRA: members as JSON, sent as they stand */
	int64_t		delay_ms;
	int64_t		byte_ms;		/* of FAULT_SLOW_DRIP */
	json_int_t	count;			/* times left; negative: for ever */
};

/* The answer that a well-behaved server would send. */
struct answer
{
	int			status;
	char	   *body;			/* owned; NULL: not carried out */
	size_t		size;
};

extern bool faults_add(const json_t *description, const char **problem);
extern void faults_clear(void);
extern json_t *faults_json(void);
extern bool faults_take(const char *op, const struct exchange *exchange, struct fault *fault);
extern const char *fault_name(const struct fault *fault);
extern enum MHD_Result faults_cut(struct exchange *exchange);
extern enum MHD_Result answer_send(struct exchange *exchange, struct answer *answer);
extern enum MHD_Result faults_misbehave(struct exchange *exchange, const struct fault *fault,
										struct answer *answer);

#endif
