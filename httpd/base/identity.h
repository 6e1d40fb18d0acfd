/*
 * identity.h
 *		Which build of which version this program is. Constants, for any thread.
 */
#ifndef VEZA_IDENTITY_H
#define VEZA_IDENTITY_H

/* The build of the extension that the program was built beside (extension/identity). */
extern const char build_id[];

/* What the program calls itself at its connections: veza-httpd/VERSION+BUILD; veza.version() reads it. */
extern const char httpd_identity[];
extern const char relay_identity[];

#endif							/* VEZA_IDENTITY_H */
