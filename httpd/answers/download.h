/*
 * download.h
 *		Files that we send: what a function has said of a file goes in, an answer
 *		comes out. In the loop's thread.
 */
#ifndef VEZA_DOWNLOAD_H
#define VEZA_DOWNLOAD_H

#include "reply.h"

#define DOWNLOAD_RANGE_SIZE 80

/*
 * Makes the reply send the file that the data names: {"file": hash, "type":
 * MIME type, "name": what it is called (text), "disposition": inline or attachment,
 * instead of what its kind says}; false when the data names none. The file is
 * still to be opened: reply->reading.
 */
extern bool download_reply(Reply *reply, const char *data, size_t len);

/*
 * Makes the reply, whose file is open, send the part that Range wants, unless
 * If-Range says that it is of another file; both may be NULL. False: the file has
 * no such bytes, and the reply is to be refused with what content_range says.
 */
extern bool download_part(Reply *reply, const char *range, const char *if_range);
extern void download_content_range(const Reply *reply, char out[DOWNLOAD_RANGE_SIZE]);

#endif							/* VEZA_DOWNLOAD_H */
