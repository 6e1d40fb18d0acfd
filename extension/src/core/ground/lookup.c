/*
 * lookup.c
 *		Reading one row by a key without a second executor (see lookup.h).
 *
 * The protocol is that of the plan cache: lock the table, which takes in the
 * news of its definition, then see whether the plan is still valid. The plan
 * is made as the owner, under the fixed search_path; running it looks up no
 * name and asks for no right, so it matters not as whom.
 */
#include "lookup.h"

#include "actor.h"
#include "owner.h"
#include "access/genam.h"
#include "access/relscan.h"
#include "access/table.h"
#include "access/tableam.h"
#include "executor/executor.h"
#include "executor/nodeIndexscan.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "storage/lmgr.h"
#include "utils/guc.h"
#include "utils/plancache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

typedef struct VzLookup
{
	SPIPlanPtr	spi;			/* kept for the life of the backend */
	CachedPlanSource *source;
	CachedPlan *plan;			/* held while it is there: the expressions point into it */
	MemoryContext context;		/* of all below, which goes with the plan */
	bool		is_fast;		/* one scan of one index; else the rest is not there */
	Oid			table;
	Oid			index;
	TupleDesc	table_desc;
	ParamListInfo params;
	ExprContext *econtext;
	ScanKey		keys;
	int			nkeys;
	IndexRuntimeKeyInfo *runtime;
	int			nruntime;
	ExprState  *recheck;		/* the key */
	ExprState  *predicate;		/* of the index: the filter leaves out what it implies */
	ExprState  *filter;
	ProjectionInfo *projection;
} VzLookup;

/* only_index_scan returns the one scan of a plan, or NULL when it is anything else. */
static const IndexScan *
only_index_scan(const CachedPlanSource *source, const CachedPlan *plan)
{
	const PlannedStmt *planned = linitial_node(PlannedStmt, plan->stmt_list);
	const IndexScan *scan = (const IndexScan *) planned->planTree;

	if (list_length(plan->stmt_list) != 1 || planned->commandType != CMD_SELECT || planned->rowMarks != NIL ||
		planned->subplans != NIL || planned->paramExecTypes != NIL || planned->hasModifyingCTE)
		return NULL;
	/* Valid for this role or this transaction alone. */
	if (source->dependsOnRLS || plan->dependsOnRole || TransactionIdIsValid(plan->saved_xmin))
		return NULL;
	return IsA(scan, IndexScan) && scan->indexorderby == NIL ? scan : NULL;
}

/* prefer_indexes has the planner choose an index also where the table is small today: plans are kept. */
static void
prefer_indexes(void)
{
	static const char *const others[] = {"enable_seqscan", "enable_bitmapscan", "enable_indexonlyscan"};

	for (int i = 0; i < (int) lengthof(others); i++)
		(void) set_config_option(others[i], "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

/* make_plan plans the statement as the owner; the plan is held until it is given back. */
static void
make_plan(VzLookup *lookup, VzStmt *stmt)
{
	VzCaller	caller;
	SPIPlanPtr	spi = lookup->spi;

	vz_become_owner(&caller);
	prefer_indexes();
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (spi == NULL)
	{
		spi = SPI_prepare(stmt->sql, stmt->nargs, stmt->argtypes);
		if (spi == NULL)
			elog(ERROR, "could not prepare \"%s\": %s", stmt->sql, SPI_result_code_string(SPI_result));
		SPI_keepplan(spi);
		lookup->spi = spi;
	}
	lookup->source = linitial(SPI_plan_get_plan_sources(spi));
	lookup->plan = GetCachedPlan(lookup->source, NULL, NULL, NULL);
	SPI_finish();
	vz_become_caller(&caller);
}

/* compile_scan makes keys, filter and columns of the scan ready for any number of calls. */
static void
compile_scan(VzLookup *lookup, const VzStmt *stmt, const IndexScan *scan)
{
	const PlannedStmt *planned = linitial_node(PlannedStmt, lookup->plan->stmt_list);
	Relation	table;
	Relation	index;
	TupleDesc	columns = ExecTypeFromTL(scan->scan.plan.targetlist);

	lookup->table = rt_fetch(scan->scan.scanrelid, planned->rtable)->relid;
	lookup->index = scan->indexid;
	table = table_open(lookup->table, AccessShareLock);
	index = index_open(lookup->index, AccessShareLock);
	/* Copies belong to nobody, while the relation's own would have to be given back with the transaction. */
	lookup->table_desc = CreateTupleDescCopyConstr(RelationGetDescr(table));
	lookup->params = makeParamList(stmt->nargs);
	lookup->econtext = CreateStandaloneExprContext();
	lookup->econtext->ecxt_param_list_info = lookup->params;
	ExecIndexBuildScanKeys(NULL, index, scan->indexqual, false, &lookup->keys, &lookup->nkeys,
						   &lookup->runtime, &lookup->nruntime, NULL, NULL);
	lookup->recheck = ExecInitQual(scan->indexqualorig, NULL);
	lookup->predicate = ExecInitQual((List *) expression_planner((Expr *) RelationGetIndexPredicate(index)), NULL);
	lookup->filter = ExecInitQual(scan->scan.plan.qual, NULL);
	lookup->projection = ExecBuildProjectionInfo(scan->scan.plan.targetlist, lookup->econtext,
												 MakeSingleTupleTableSlot(columns, &TTSOpsVirtual), NULL, lookup->table_desc);
	index_close(index, NoLock);
	table_close(table, NoLock);
}

/* free_lookup gives back what was made of a plan. */
static void
free_lookup(VzLookup *lookup)
{
	if (lookup->context != NULL)
		MemoryContextDelete(lookup->context);
	if (lookup->plan != NULL)
		ReleaseCachedPlan(lookup->plan, NULL);
	*lookup = (VzLookup)
	{
		.spi = lookup->spi
	};
}

/* make_lookup plans and compiles the statement. */
static void
make_lookup(VzLookup *lookup, VzStmt *stmt)
{
	const IndexScan *scan;
	MemoryContext context;

	free_lookup(lookup);
	make_plan(lookup, stmt);
	context = AllocSetContextCreate(CurrentMemoryContext, "veza lookup", ALLOCSET_SMALL_SIZES);
	scan = only_index_scan(lookup->source, lookup->plan);
	if (scan == NULL)
		elog(DEBUG1, "not one scan of an index: %s", stmt->sql);
	else
	{
		MemoryContext old = MemoryContextSwitchTo(context);

		compile_scan(lookup, stmt, scan);
		MemoryContextSwitchTo(old);
	}
	/* Only now, so that an error leaves nothing that looks made. */
	MemoryContextSetParent(context, TopMemoryContext);
	lookup->context = context;
	lookup->is_fast = scan != NULL;
}

/* is_valid says whether what was made still stands; ask it under the table's lock. */
static bool
is_valid(const VzLookup *lookup)
{
	return lookup->context != NULL && lookup->source->is_valid && lookup->plan->is_valid;
}

/* prepare makes the statement ready, with its table locked; true when it is one scan of one index. */
static bool
prepare(VzStmt *stmt)
{
	if (stmt->lookup == NULL)
		stmt->lookup = MemoryContextAllocZero(TopMemoryContext, sizeof(VzLookup));
	if (stmt->lookup->is_fast)
		LockRelationOid(stmt->lookup->table, AccessShareLock);
	while (!is_valid(stmt->lookup))
	{
		make_lookup(stmt->lookup, stmt);
		if (!stmt->lookup->is_fast)
			break;
		LockRelationOid(stmt->lookup->table, AccessShareLock);
	}
	return stmt->lookup->is_fast;
}

bool
vz_lookup_is_fast(VzStmt *stmt)
{
	if (!stmt->is_lookup || !vz_request_is_read() || !prepare(stmt))
		return false;
	/* Making the condition ready may take in the news that the statement's own plan is old. */
	return stmt->condition == NULL ||
		(prepare(stmt->condition) && is_valid(stmt->lookup) && stmt->condition->lookup->table == stmt->lookup->table);
}

/* bind_arguments puts the arguments where the expressions look for them. */
static void
bind_arguments(const VzStmt *stmt, int nargs, const VzArg *args)
{
	VzLookup   *lookup = stmt->lookup;

	if (nargs != stmt->nargs)
		elog(ERROR, "statement takes %d arguments, not %d: %s", stmt->nargs, nargs, stmt->sql);
	for (int i = 0; i < nargs; i++)
	{
		ParamExternData *param = &lookup->params->params[i];

		param->value = args[i].value;
		param->isnull = args[i].isnull;
		param->ptype = stmt->argtypes[i];
	}
	ResetExprContext(lookup->econtext);
}

/* is_wanted says whether the row is one of the statement's; was_found: by its own index, which knows key and predicate. */
static bool
is_wanted(VzLookup *lookup, TupleTableSlot *row, bool was_found)
{
	lookup->econtext->ecxt_scantuple = row;
	if (!was_found && !(ExecQual(lookup->recheck, lookup->econtext) && ExecQual(lookup->predicate, lookup->econtext)))
		return false;
	return ExecQual(lookup->filter, lookup->econtext);
}

uint64
vz_lookup(VzStmt *stmt, int nargs, const VzArg *args, VzLookupVisitor visit, void *state)
{
	VzLookup   *lookup = stmt->lookup;
	Relation	table = table_open(lookup->table, NoLock);
	Relation	index = index_open(lookup->index, AccessShareLock);
	TupleTableSlot *row = MakeSingleTupleTableSlot(lookup->table_desc, table_slot_callbacks(table));
	IndexScanDesc scan;
	uint64		n = 0;

	bind_arguments(stmt, nargs, args);
	if (stmt->condition != NULL)
		bind_arguments(stmt->condition, nargs, args);
	ExecIndexEvalRuntimeKeys(lookup->econtext, lookup->runtime, lookup->nruntime);
	scan = VZ_INDEX_BEGINSCAN(table, index, GetActiveSnapshot(), lookup->nkeys);
	index_rescan(scan, lookup->keys, lookup->nkeys, NULL, 0);
	while (index_getnext_slot(scan, ForwardScanDirection, row))
	{
		if (!is_wanted(lookup, row, !scan->xs_recheck) ||
			(stmt->condition != NULL && !is_wanted(stmt->condition->lookup, row, false)))
			continue;
		if (n++ > 0)
			elog(ERROR, "a lookup found more than one row: %s", stmt->sql);
		if (visit != NULL)
			visit(ExecProject(lookup->projection), state);
	}
	ExecDropSingleTupleTableSlot(row);
	index_endscan(scan);
	index_close(index, NoLock);
	table_close(table, NoLock);
	return n;
}
