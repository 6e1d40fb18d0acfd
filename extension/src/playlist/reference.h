/*
 * reference.h
 *		What the location or an identifier in a playlist's file says about which
 *		track is meant: a text goes in, a kind and a value come out. Pure: no
 *		server header; nothing is looked up or opened.
 */
#ifndef VEZA_REFERENCE_H
#define VEZA_REFERENCE_H

#include <stdbool.h>

#define VZ_REFERENCE_SIZE 65
#define VZ_FILE_NAME_SIZE 512

typedef enum VzReferenceKind
{
	VZ_REFERENCE_NONE,
	VZ_REFERENCE_TRACK,			/* an address of ours: the UUID of the track */
	VZ_REFERENCE_ISRC,
	VZ_REFERENCE_HASH			/* SHA-256 of the file or of its samples */
} VzReferenceKind;

/*
 * Reads a URI: ".../tracks/UUID", with anything behind it, at any host (a UUID
 * means one track, or none that is here); urn:uuid:, urn:isrc: or isrc:,
 * urn:sha256: or sha256:.
 */
extern VzReferenceKind vz_reference_read(const char *uri, char value[VZ_REFERENCE_SIZE]);

/*
 * The words that a file's name says: of the last part of a path or address, with
 * slashes of either kind, without suffix and leading number. Returns NULL when
 * none remain.
 */
extern char *vz_file_name_words(const char *location, char words[VZ_FILE_NAME_SIZE]);

#endif							/* VEZA_REFERENCE_H */
