/*
 * server.h
 *		What the control thread and the lanes tell each other about the server
 *		that their connections lead to. Safe from any thread.
 */
#ifndef VEZA_SERVER_H
#define VEZA_SERVER_H

#include <stdbool.h>

/* A lane: the server says that it cannot write. The control thread then looks anew, over a new connection. */
extern void server_report_read_only(void);

/* The control thread: was there a doubt since the last time? */
extern bool server_take_report(void);

/* The control thread: the server answers again; who waits to connect connects at once. The lanes: how often it did. */
extern void server_note_return(void);
extern unsigned int server_return_count(void);

/*
 * The control thread: the server can write again, or another one can. What was
 * connected before may still lead to the one that cannot, and is made anew.
 * The lanes: how often that was so.
 */
extern void server_note_change(void);
extern unsigned int server_change_count(void);

#endif							/* VEZA_SERVER_H */
