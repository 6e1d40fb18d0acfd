/*
 * mails.h
 *		The thread that sends mails: it claims them, has the database compose
 *		them, sends them and reports. Started and stopped by the main thread.
 */
#ifndef VEZA_MAILS_H
#define VEZA_MAILS_H

/* Starts the thread; relay_name is under which name it claims effects, and must stay. */
extern void mails_start(const char *relay_name);

/* Ends the thread after the mail that is being sent. */
extern void mails_stop(void);

#endif							/* VEZA_MAILS_H */
