/*
 * refusal.h
 *	  Why a call is refused, in the words of the runtime.
 */
#ifndef PSPSIM_REFUSAL_H
#define PSPSIM_REFUSAL_H

#include <jansson.h>
#include <stdbool.h>

struct refusal
{
	int			http;
	char		code[16];		/* IR_16, HE_01 ... */
	char		message[256];
};

extern bool refuse(struct refusal *refusal, int http, const char *code,
				   const char *format, ...) __attribute__((format(printf, 4, 5)));
extern json_t *refusal_body(const char *code, const char *message);

#endif
