/*
 * body.h
 *	  What the bodies of the API's requests must look like.
 */
#ifndef PSPSIM_BODY_H
#define PSPSIM_BODY_H

#include <jansson.h>

#include "refusal.h"

extern bool body_create(const json_t *body, struct refusal *refusal);
extern bool body_payment(const json_t *body, struct refusal *refusal);
extern bool body_cancel(const json_t *body, struct refusal *refusal);
extern bool body_capture(const json_t *body, struct refusal *refusal);
extern bool body_refund(const json_t *body, struct refusal *refusal);
extern bool body_customer(const json_t *body, struct refusal *refusal);

#endif
