/*
 * upload.h
 *		What every upload of audio asks first: who uploads, which file, and whether
 *		it is within the plan's limits.
 */
#ifndef VEZA_TRACK_UPLOAD_H
#define VEZA_TRACK_UPLOAD_H

#include "../core/ground/refusal.h"
#include "../core/request/request.h"
#include "../file/stored_file.h"

/* The actor, who may publish; raises 401 or 403, which names a plan that waits for its payment. */
extern const VzActor *vz_require_uploader(void);

/* Reads the arguments file_hash, file_size and file_type from argno on; adds to wrong what is wrong. */
extern VzStoredFile vz_uploaded_file(FunctionCallInfo fcinfo, int argno, VzRefusal *wrong);

/* Locks the account, so that its uploads are counted one by one; raises when the plan does not allow the file any more. */
extern void vz_admit_upload(const VzActor *actor, const VzStoredFile *file);

#endif							/* VEZA_TRACK_UPLOAD_H */
