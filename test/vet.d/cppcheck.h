/*
 * cppcheck.h
 *		What cppcheck must know of macros in headers that it is not shown.
 *
 * With the server's headers it would need minutes and find what is wrong in
 * them; without these macros it would skip the files that use them.
 */
#ifndef VEZA_CPPCHECK_H
#define VEZA_CPPCHECK_H

#define PG_VERSION_NUM 150000
#define VEZA_VERSION "0"
#define VEZA_BUILD "0"
#define PGDLLEXPORT
#define PG_MODULE_MAGIC extern int pg_magic
#define PG_FUNCTION_ARGS FunctionCallInfo fcinfo
#define PG_FUNCTION_INFO_V1(name) extern int pg_info_##name
#define pg_attribute_noreturn() __attribute__((noreturn))
#define pg_attribute_printf(f, a)
#define FLEXIBLE_ARRAY_MEMBER
#define INT64_FORMAT "%ld"
#define UINT64_FORMAT "%lu"
#define PG_RETURN_NULL() return 0
#define ERROR 21
#define elog(level, ...) do { if ((level) >= ERROR) abort(); } while (0)
#define ereport(level, ...) do { (void) (__VA_ARGS__); if ((level) >= ERROR) abort(); } while (0)
#define PG_TRY() if (1) {
#define PG_CATCH() } else {
#define PG_FINALLY() } {
#define PG_END_TRY() }

#define json_object_foreach(object, key, value) \
	for (void *at_ = json_object_iter(object); \
		 (key = json_object_iter_key(at_)) && (value = json_object_iter_value(at_)); \
		 at_ = json_object_iter_next(object, at_))
#define json_array_foreach(array, index, value) \
	for (index = 0; index < json_array_size(array) && (value = json_array_get(array, index)); index++)

#endif							/* VEZA_CPPCHECK_H */
