/*
 * image.c
 *		Type and size of an image (see image.h). Source: PNG (ISO/IEC 15948), GIF89a,
 *		JPEG (ITU T.81 B.1 and B.2), RIFF container of WebP (RFC 9649).
 */
#include "image.h"

#include <string.h>

#include "bytes.h"

/* found fills in the answer; PNG, whose fields have 32 bits, allows 31. */
static bool
found(ImageInfo *info, const char *type, uint32_t width, uint32_t height)
{
	*info = (ImageInfo) {.type = type, .width = width, .height = height};
	return width > 0 && height > 0 && width <= INT32_MAX && height <= INT32_MAX;
}

/* probe_jpeg walks over the segments to the frame header. */
static bool
probe_jpeg(const unsigned char *data, size_t len, ImageInfo *info)
{
	size_t		at = 2;

	while (at + 9 <= len && data[at] == 0xFF)
	{
		unsigned char marker = data[at + 1];

		if (marker == 0xFF)
		{
			at++;				/* a fill byte */
			continue;
		}
		if (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC)
			return found(info, "image/jpeg", big_endian(data + at + 7, 2), big_endian(data + at + 5, 2));
		if (marker < 0xC0 || (marker >= 0xD0 && marker <= 0xDA) || big_endian(data + at + 2, 2) < 2)
			return false;		/* none of them stands before the frame header */
		at += 2 + big_endian(data + at + 2, 2);
	}
	return false;
}

/* probe_webp reads the first chunk: lossy, lossless or extended. */
static bool
probe_webp(const unsigned char *data, size_t len, ImageInfo *info)
{
	const char *type = "image/webp";

	if (len < 30)
		return false;
	if (memcmp(data + 12, "VP8X", 4) == 0)
		return found(info, type, little_endian(data + 24, 3) + 1, little_endian(data + 27, 3) + 1);
	if (memcmp(data + 12, "VP8L", 4) == 0 && data[20] == 0x2F)
		return found(info, type, (little_endian(data + 21, 4) & 0x3FFF) + 1, (little_endian(data + 21, 4) >> 14 & 0x3FFF) + 1);
	if (memcmp(data + 12, "VP8 ", 4) == 0 && memcmp(data + 23, "\x9D\x01\x2A", 3) == 0)
		return found(info, type, little_endian(data + 26, 2) & 0x3FFF, little_endian(data + 28, 2) & 0x3FFF);
	return false;
}

bool
image_probe(const unsigned char *data, size_t len, ImageInfo *info)
{
	if (len >= 24 && memcmp(data, "\x89PNG\r\n\x1A\n\0\0\0\rIHDR", 16) == 0)
		return found(info, "image/png", big_endian(data + 16, 4), big_endian(data + 20, 4));
	if (len >= 10 && (memcmp(data, "GIF87a", 6) == 0 || memcmp(data, "GIF89a", 6) == 0))
		return found(info, "image/gif", little_endian(data + 6, 2), little_endian(data + 8, 2));
	if (len >= 3 && memcmp(data, "\xFF\xD8\xFF", 3) == 0)
		return probe_jpeg(data, len, info);
	if (len >= 12 && memcmp(data, "RIFF", 4) == 0 && memcmp(data + 8, "WEBP", 4) == 0)
		return probe_webp(data, len, info);
	return false;
}
