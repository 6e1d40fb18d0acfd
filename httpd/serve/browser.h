/*
 * browser.h
 *		What browsers ask before they send (CORS preflights), and what they show
 *		when they do (CSRF tokens): the head of a request goes in, yes or no
 *		comes out. In the loop's thread.
 */
#ifndef VEZA_BROWSER_H
#define VEZA_BROWSER_H

#include "../answers/reply.h"
#include "../wire/admit.h"

/*
 * Does a browser ask whether a page of an allowed origin may send a request?
 * Whatever the address: a page that may not ask cannot read why it was refused.
 */
extern bool browser_is_preflight(const HttpHead *head);

/* The answer to it: any request may be sent. */
extern Reply browser_preflight_reply(void);

/*
 * Was a request that a cookie speaks for made by a page of ours? No foreign
 * page can set a header, and none can read the token that is in a cookie as
 * well; and the token belongs to the session that the named cookie speaks for.
 * A request with Authorization: Bearer needs no such proof.
 */
extern bool browser_passes_csrf(const HttpHead *head, const char *cookie);

#endif							/* VEZA_BROWSER_H */
