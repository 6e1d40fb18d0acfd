/*
 * upload.c
 *		What every upload of audio asks first (see upload.h).
 */
#include "upload.h"

#include "../auth/account_lock.h"
#include "../core/ground/arguments.h"
#include "admission.h"

const VzActor *
vz_require_uploader(void)
{
	const VzActor *actor = vz_require_user();

	if (!vz_may_create(actor))
		vz_raise(vz_track_name_pending(vz_fact(vz_refusal(VZ_E_CREATOR_ROLE_REQUIRED), "role", vz_role_name(actor->role)),
									   &actor->user_id));
	return actor;
}

VzStoredFile
vz_uploaded_file(FunctionCallInfo fcinfo, int argno, VzRefusal *wrong)
{
	VzStoredFile file = {.hash = vz_text_argument(fcinfo, argno), .type = vz_text_argument(fcinfo, argno + 2),
		.size = PG_ARGISNULL(argno + 1) ? 0 : PG_GETARG_INT64(argno + 1)
	};

	if (!vz_file_hash_is_well_formed(file.hash))
		vz_field_error(wrong, "file_hash", "must be a SHA-256 in 64 hexadecimal digits");
	if (file.size < 1)
		vz_field_error(wrong, "file_size", "must be a number of bytes from 1");
	if (file.type == NULL)
		vz_field_error(wrong, "file_type", "is missing");
	else if (strncmp(file.type, "audio/", strlen("audio/")) != 0)
		vz_raise(vz_fact(vz_refusal(VZ_E_AUDIO_UNSUPPORTED), "type", file.type));
	return file;
}

void
vz_admit_upload(const VzActor *actor, const VzStoredFile *file)
{
	VzRefusal  *refusal;

	vz_lock_actor(actor);
	refusal = vz_track_admission(&actor->user_id, file->size);
	if (refusal != NULL)
		vz_raise(refusal);
}
