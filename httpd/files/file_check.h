/*
 * file_check.h
 *		Do files and rows fit? What is below UPLOAD_DIR and what the database names
 *		goes in, a line for each that does not fit comes out. Reads every file: it
 *		takes its time. For the thread of a program that does nothing else.
 */
#ifndef VEZA_FILE_CHECK_H
#define VEZA_FILE_CHECK_H

#include <libpq-fe.h>
#include <stdio.h>

/*
 * Looks at every row and every file, while others may upload and remove some.
 * Returns the number of problems; -1: the database could not be asked.
 */
extern int	file_check(PGconn *conn, FILE *out);

#endif							/* VEZA_FILE_CHECK_H */
