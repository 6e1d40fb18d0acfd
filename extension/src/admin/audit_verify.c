/*
 * audit_verify.c
 *		Verifying the seals of the audit log (see audit_seal.h).
 *
 * Computing all hashes again reads the whole log. veza.verify_audit does that;
 * the job takes a few seals at a time and begins anew after the last. Either
 * way the first broken seal is noted, for veza.audit and the metrics.
 *
 * Whoever can write as a superuser can also compute the whole chain anew, or
 * cut it off together with the rows and the note of its end; only a hash that
 * was kept elsewhere shows that. It is in the server log and in the metrics.
 */
#include "audit_digest.h"
#include "audit_seal.h"

#include "../core/ground/clock.h"
#include "../core/ground/query.h"
#include "../core/ground/refusal.h"

static VzStmt find_state = VZ_STMT_NO_ARGS(
	"select greatest(newest_no, (select max(no) from veza_data.audit_seal)) as newest_no, newest_no as noted_no,"
	"       newest_hash, next_no, checked_at, broken_no from veza_data.audit_seal_state");

static VzStmt note_finding = VZ_STMT(
	"update veza_data.audit_seal_state set broken_no = $1, finding = $2"
	" where broken_no is distinct from $1 or finding is distinct from $2",
	INT8OID, TEXTOID);

static VzStmt note_progress = VZ_STMT(
	"update veza_data.audit_seal_state set next_no = $1, checked_at = $2,"
	"       passed_at = case when $1 = 1 then $2 else passed_at end",
	INT8OID, TIMESTAMPTZOID);

static VzStmt summary = VZ_STMT_NO_ARGS(
	"select s.broken_no is null as is_intact, s.newest_no as seals,"
	"       coalesce((select sum(row_count) from veza_data.audit_seal), 0)::bigint as rows,"
	"       (select count(*) from veza_data.audit_log a"
	"          left join (select cluster, max(to_xact) as up_to from veza_data.audit_seal group by cluster) e using (cluster)"
	"         where a.xact >= coalesce(e.up_to, 0)) as unsealed,"
	"       encode(s.newest_hash, 'hex') as newest_hash, s.broken_no as broken_seal, s.finding"
	"  from veza_data.audit_seal_state s");

VZ_FUNCTION(verify_audit);

/* How far the chain goes, as it was noted. */
typedef struct Chain
{
	int64		newest_no;
	int64		noted_no;
	int64		next_no;
	int64		broken_no;		/* 0: none */
	TimestampTz checked_at;
	VzRow		row;
} Chain;

/* read_chain reads how far the chain is sealed, noted and verified: the one row of audit_seal_state. */
static void
read_chain(Chain *chain)
{
	if (!vz_query_row(&find_state, VZ_NO_ARGS, &chain->row))
		elog(ERROR, "veza_data.audit_seal_state has lost its row");
	chain->newest_no = vz_row_int8(&chain->row, "newest_no");
	chain->noted_no = vz_row_int8(&chain->row, "noted_no");
	chain->next_no = vz_row_int8(&chain->row, "next_no");
	chain->broken_no = vz_row_int8(&chain->row, "broken_no");
	chain->checked_at = vz_row_time(&chain->row, "checked_at");
}

/* is_noted: the newest seal is the one that was noted when it was made. */
static bool
is_noted(const VzSeal *seal, const Chain *chain)
{
	bool		isnull;
	Datum		noted = vz_row_datum(&chain->row, "newest_hash", &isnull);
	bytea	   *hash = isnull ? NULL : DatumGetByteaPP(noted);

	return hash != NULL && VARSIZE_ANY_EXHDR(hash) == VZ_SEAL_HASH_BYTES &&
		memcmp(VARDATA_ANY(hash), seal->hash, VZ_SEAL_HASH_BYTES) == 0;
}

/* seal_problem returns what is wrong with a seal, or NULL; *rows grows by the rows it covers. */
static const char *
seal_problem(int64 no, const Chain *chain, int64 *rows)
{
	VzSeal		seal;
	VzSeal		previous = {.no = 0};
	VzSealed	sealed;

	if (!vz_seal_find(no, &seal))
		return "the seal is missing";
	if (no > chain->noted_no || (no == chain->noted_no && !is_noted(&seal, chain)))
		return "this is not the seal that was noted as the newest";
	if (no > 1 && !vz_seal_find(no - 1, &previous))
		return "the seal before it is missing";
	if (memcmp(seal.previous_hash, previous.hash, VZ_SEAL_HASH_BYTES) != 0)
		return "it does not continue the seal before it";
	if (seal.from_xact != vz_seal_end_before(seal.cluster, no))
		return "it does not begin where the seals before it end";
	sealed = vz_seal_compute(&seal);
	*rows += sealed.row_count;
	if (sealed.row_count < seal.row_count)
		return psprintf("rows were removed: " INT64_FORMAT " of " INT64_FORMAT " are left", sealed.row_count, seal.row_count);
	if (sealed.row_count > seal.row_count)
		return psprintf("rows were inserted: " INT64_FORMAT " instead of " INT64_FORMAT, sealed.row_count, seal.row_count);
	if (sealed.first_id != seal.first_id || sealed.last_id != seal.last_id ||
		memcmp(sealed.hash, seal.hash, VZ_SEAL_HASH_BYTES) != 0)
		return "a row or the seal itself was altered";
	return NULL;
}

/* check_seal returns what is wrong with a seal, or NULL, and lets go of what it needed for that. */
static char *
check_seal(int64 no, const Chain *chain, int64 *rows)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext one = AllocSetContextCreate(caller, "veza audit seal", ALLOCSET_DEFAULT_SIZES);
	const char *finding;
	char	   *kept;

	CHECK_FOR_INTERRUPTS();
	MemoryContextSwitchTo(one);
	finding = seal_problem(no, chain, rows);
	kept = finding ? MemoryContextStrdup(caller, finding) : NULL;
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(one);
	return kept;
}

/* store_finding makes the finding the one that veza.audit reports; a number of 0 says that none is known. */
static void
store_finding(int64 no, const char *finding)
{
	vz_execute(&note_finding, VZ_ARGS(no ? vz_arg_int8(no) : vz_arg_null(), vz_arg_text(finding)));
}

int64
vz_job_verify_seals(void)
{
	TimestampTz now = vz_now();
	int64		wanted = vz_setting_int("audit_verify_rows");
	int64		rows = 0;
	int64		n = 0;
	Chain		chain;

	read_chain(&chain);
	if (chain.newest_no == 0 || chain.checked_at > vz_time_plus(now, -vz_setting_int("audit_verify_interval")))
		return 0;
	/* Small seals cost by their number rather than by their rows. */
	for (; rows + 20 * n < wanted && chain.next_no <= chain.newest_no; n++, chain.next_no++)
	{
		char	   *finding = check_seal(chain.next_no, &chain, &rows);

		if (finding == NULL && chain.broken_no != chain.next_no)
			continue;
		if (finding != NULL && chain.broken_no != 0 && chain.broken_no < chain.next_no)
			continue;
		chain.broken_no = finding ? chain.next_no : 0;
		store_finding(chain.broken_no, finding);
	}
	vz_execute(&note_progress, VZ_ARGS(vz_arg_int8(chain.next_no > chain.newest_no ? 1 : chain.next_no), vz_arg_time(now)));
	return n;
}

/*
 * verify_audit computes all seals of the audit log again, up to the first
 * broken one, and says whether the log is as it was sealed.
 */
Datum
verify_audit(PG_FUNCTION_ARGS)
{
	char	   *finding = NULL;
	int64		rows = 0;
	int64		no;
	Chain		chain;

	read_chain(&chain);
	for (no = 1; no <= chain.newest_no && finding == NULL; no++)
		finding = check_seal(no, &chain, &rows);
	store_finding(finding ? no - 1 : 0, finding);
	return vz_return_rows(fcinfo, &summary, VZ_NO_ARGS);
}
