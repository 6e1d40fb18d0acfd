/*
 * download.h
 *		Files that we send: what a function has said of a file goes in, an answer
 *		comes out. In the loop's thread.
 */
#ifndef VEZA_DOWNLOAD_H
#define VEZA_DOWNLOAD_H

#include "reply.h"

/*
 * Makes the reply send the file that the data names: {"file": hash, "type":
 * MIME type, "name": what it is for}; false when the data names none. The file
 * is still to be opened: reply->reading.
 */
extern bool download_reply(Reply *reply, const char *data, size_t len);

#endif							/* VEZA_DOWNLOAD_H */
