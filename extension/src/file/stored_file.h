/*
 * stored_file.h
 *		Files that are in their place below UPLOAD_DIR of veza-httpd, and rows
 *		that name them. A file comes before its row and goes after it; what
 *		nothing names any more is forgotten, and then removed by veza-httpd.
 */
#ifndef VEZA_STORED_FILE_H
#define VEZA_STORED_FILE_H

#include "../core/ground/compat.h"

typedef struct VzStoredFile
{
	const char *hash;			/* SHA-256, hexadecimal */
	int64		size;			/* bytes */
	const char *type;			/* MIME type */
	int32		width;			/* pixels; 0: no image */
	int32		height;
} VzStoredFile;

/* Is this a hash as files are named by? */
extern bool vz_file_hash_is_well_formed(const char *hash);

/* Names the file; one that is named already stays for longer. */
extern void vz_file_register(const VzStoredFile *file);

/* Forgets files that nothing names any more, a bounded number; returns how many. */
extern int64 vz_job_sweep_files(void);

#endif							/* VEZA_STORED_FILE_H */
