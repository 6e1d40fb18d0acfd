/*
 * audit_seal.h
 *		Seals of the audit log: a chain of hashes over its rows.
 *
 * Rows are written in the transactions they describe and sealed afterwards by
 * a job, because a chain kept by the writing transactions would let only one
 * of them commit at a time. A seal covers all rows of a range of transactions
 * that are surely over. Ids would not do: a row with a smaller id may become
 * visible after one with a larger id was sealed.
 */
#ifndef VEZA_AUDIT_SEAL_H
#define VEZA_AUDIT_SEAL_H

#include "../core/query.h"

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

/* Seals what can be sealed; returns the number of rows. */
extern int64 vz_job_seal_audit(void);

/* Verifies the next few seals; returns their number. */
extern int64 vz_job_verify_seals(void);

#endif							/* VEZA_AUDIT_SEAL_H */
