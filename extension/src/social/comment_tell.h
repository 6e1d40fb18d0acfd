/*
 * comment_tell.h
 *		Who is told of a comment.
 */
#ifndef VEZA_COMMENT_TELL_H
#define VEZA_COMMENT_TELL_H

#include "comment_content.h"
#include "comment_sight.h"

/*
 * Tells of a new comment: whom it answers, the owner of the track, and whom it
 * mentions; each once. answered_id is who wrote what it answers, or NULL.
 */
extern void vz_comment_tell(const VzComment *comment, const pg_uuid_t *answered_id, const VzCommentContent *content);

/* Tells whom an edited comment mentions and did not mention before. */
extern void vz_comment_tell_edit(const VzComment *comment, const VzCommentContent *content);

#endif							/* VEZA_COMMENT_TELL_H */
