/*
 * sender.h
 *	  Signing and sending of webhooks.
 */
#ifndef PSPSIM_SENDER_H
#define PSPSIM_SENDER_H

#include <stdbool.h>

extern bool sender_start(void);
extern void sender_stop(void);
extern int	sender_post_once(const char *body, bool sign);

#endif
