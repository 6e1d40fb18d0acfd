/*
 * image.h
 *		What kind of image is it, and how large? Pure.
 *
 * Judged by its first bytes alone, never by a name or a type that somebody
 * has sent. Nothing is decoded.
 */
#ifndef VEZA_IMAGE_H
#define VEZA_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An image's size stands within this many of its first bytes, or it is none for us. */
#define IMAGE_HEAD_MAX (256 * 1024)

typedef struct ImageInfo
{
	const char *type;			/* image/png, image/jpeg, image/gif or image/webp; static */
	uint32_t	width;
	uint32_t	height;
} ImageInfo;

/* Reads type and size, both sides 1 to 2^31 - 1; false when it is none of the four, or its size is not there. */
extern bool image_probe(const unsigned char *data, size_t len, ImageInfo *info);

#endif							/* VEZA_IMAGE_H */
