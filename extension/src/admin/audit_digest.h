/*
 * audit_digest.h
 *		A seal of the audit log, as it is stored and as its rows make it.
 */
#ifndef VEZA_AUDIT_DIGEST_H
#define VEZA_AUDIT_DIGEST_H

#include "../core/ground/compat.h"

#define VZ_SEAL_HASH_BYTES 32

/* A row of veza_data.audit_seal. */
typedef struct VzSeal
{
	int64		no;
	int64		cluster;
	int64		from_xact;
	int64		to_xact;		/* not included */
	int64		row_count;
	int64		first_id;
	int64		last_id;
	TimestampTz sealed_at;
	uint8		previous_hash[VZ_SEAL_HASH_BYTES];
	uint8		hash[VZ_SEAL_HASH_BYTES];
} VzSeal;

/* What a seal must say, computed from the rows. */
typedef struct VzSealed
{
	int64		row_count;
	int64		first_id;
	int64		last_id;
	uint8		hash[VZ_SEAL_HASH_BYTES];
} VzSealed;

/* Reads the rows of the seal's range and computes what its other columns must be. */
extern VzSealed vz_seal_compute(const VzSeal *seal);

/* Reads the seal of that number; false when there is none. */
extern bool vz_seal_find(int64 no, VzSeal *seal);

/* Where the seals of that cluster that come before the number end; 0 when there are none. */
extern int64 vz_seal_end_before(int64 cluster, int64 no);

#endif							/* VEZA_AUDIT_DIGEST_H */
