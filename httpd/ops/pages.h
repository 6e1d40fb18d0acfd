/*
 * pages.h
 *		The pages that links in mails lead to, where there is no web app: a path
 *		goes in, the page as an answer comes out. Constants, for any thread.
 */
#ifndef VEZA_PAGES_H
#define VEZA_PAGES_H

#include "../answers/reply.h"

/* The page or a part of it at this path, such as "/verify-email"; NULL: none of ours. */
extern const char *pages_find(const char *path);

/* Its answer. */
extern Reply pages_answer(const char *page);

#endif							/* VEZA_PAGES_H */
