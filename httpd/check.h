/*
 * check.h
 *		veza-httpd --check: what can be judged without serving.
 */
#ifndef VEZA_CHECK_H
#define VEZA_CHECK_H

/* Compares the lanes with max_connections, if the database can be reached; returns the exit code. */
extern int	check_configuration(void);

#endif							/* VEZA_CHECK_H */
