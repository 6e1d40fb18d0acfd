/*
 * comment_content.h
 *		What a comment says: an argument goes in; the words, whom they mention and
 *		what tells the same words apart, or what is wrong with them, come out.
 */
#ifndef VEZA_COMMENT_CONTENT_H
#define VEZA_COMMENT_CONTENT_H

#include "../core/ground/query.h"
#include "../core/ground/refusal.h"
#include "mention.h"

#define VZ_COMMENT_CHARS_MAX 1000

typedef struct VzCommentContent
{
	const char *text;
	int			nmentions;
	char		mention[VZ_MENTIONS_MAX][VZ_MENTION_ROOM];
} VzCommentContent;

/* Reads the argument; adds to wrong what is wrong. */
extern void vz_comment_content_read(FunctionCallInfo fcinfo, int argno, VzCommentContent *content, VzRefusal *wrong);

/*
 * What is the same for the same words, whatever their case, accents and signs.
 * answered: of the owner of a track, who thanks many people on it, the comment
 * that is answered; NULL for everybody else.
 */
extern VzArg vz_comment_content_hash(const VzCommentContent *content, const pg_uuid_t *answered);

/* Raises RATE_LIMIT_EXCEEDED when the user has written as many comments as are let in. */
extern void vz_comment_admit(const pg_uuid_t *user_id);

#endif							/* VEZA_COMMENT_CONTENT_H */
