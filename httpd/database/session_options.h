/*
 * session_options.h
 *		What every database session of veza-httpd and veza-relay begins with.
 *		Text for any thread.
 *
 * Sent with the connection, these win over what is set for the role or the
 * database. The rules lock a row and look again: they need a statement to see
 * what was committed before it.
 */
#ifndef VEZA_SESSION_OPTIONS_H
#define VEZA_SESSION_OPTIONS_H

#define SESSION_OPTIONS "-c default_transaction_isolation=read\\ committed -c default_transaction_deferrable=off"

#endif							/* VEZA_SESSION_OPTIONS_H */
