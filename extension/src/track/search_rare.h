/*
 * search_rare.h
 *		Which words of a search may be asked of the index.
 *
 * For whole words the index is quick, however common they are: it skips what
 * has one and not the other. For beginnings and misspellings it reads all
 * that each of them finds. So it is asked only for those that find little; the others
 * are looked for among what these find, and where no index is asked.
 */
#ifndef VEZA_TRACK_SEARCH_RARE_H
#define VEZA_TRACK_SEARCH_RARE_H

#include "search_sought.h"

/* SQL: what each query finds in the whole table, as a sample of it says. Keys are random, so the first ones are one. */
#define VZ_SEARCH_FREQUENCIES(table, key) \
	"with word as materialized (select w.n, w.query::tsquery as query from unnest($1) with ordinality w(query, n))," \
	" sample as materialized (select t.search from " table " t order by t." key " limit 1000)" \
	" select (w.n - 1)::integer as place," \
	"        (count(s.search) * (select greatest(c.reltuples, 0) from pg_catalog.pg_class c where c.oid = '" table "'::regclass)" \
	"         / greatest((select count(*) from sample), 1))::bigint as n" \
	"  from word w left join sample s on s.search @@ w.query group by w.n"

/* Puts what is rare of the search into what is sought, as those frequencies say; NULL: nothing is. */
extern void vz_search_find_rare(const VzSearch *search, VzStmt *frequencies, VzArg *sought);

#endif							/* VEZA_TRACK_SEARCH_RARE_H */
