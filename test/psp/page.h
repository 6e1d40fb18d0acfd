/*
 * page.h
 *	  The HTML of the hosted page.
 */
#ifndef PSPSIM_PAGE_H
#define PSPSIM_PAGE_H

#include "ledger.h"

extern char *page_payment(const struct payment *payment);
extern char *page_message(const char *title, const char *message, const char *back);

#endif
