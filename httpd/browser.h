/*
 * browser.h
 *		What browsers ask before they send, and show when they do.
 */
#ifndef VEZA_BROWSER_H
#define VEZA_BROWSER_H

#include "admit.h"
#include "reply.h"

/* Answers what a browser asks before a page of an allowed origin may send the request itself. */
extern void browser_answer_preflight(const HttpHead *head, Reply *reply);

/*
 * Was a request that a cookie speaks for made by a page of ours? No foreign
 * page can set a header, and none can read the token that is in the cookie as
 * well. A request with Authorization needs no such proof.
 */
extern bool browser_is_ours(const HttpHead *head);

#endif							/* VEZA_BROWSER_H */
