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

#include "../core/ground/compat.h"

/* Seals what can be sealed; returns the number of rows. */
extern int64 vz_job_seal_audit(void);

/* Verifies the next few seals; returns their number. */
extern int64 vz_job_verify_seals(void);

#endif							/* VEZA_AUDIT_SEAL_H */
