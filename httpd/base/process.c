/*
 * process.c
 *		What this process knows about itself (see process.h).
 */
#include "process.h"

#ifdef VEZA_TCMALLOC
#include <gperftools/malloc_extension_c.h>
#else
#include <malloc.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* resident_bytes returns how much memory the process occupies; 0 when the system does not say. */
static json_int_t
resident_bytes(void)
{
	FILE	   *f = fopen("/proc/self/statm", "r");
	char		line[128];
	char	   *resident;
	json_int_t	pages = 0;

	if (f == NULL)
		return 0;
	/* The second number. */
	if (fgets(line, sizeof(line), f) != NULL && (strtol(line, &resident, 10), *resident) == ' ')
		pages = strtol(resident, NULL, 10);
	fclose(f);
	return pages * sysconf(_SC_PAGESIZE);
}

/* What the allocator holds, in bytes. */
typedef struct Heap
{
	json_int_t	arena;			/* from the system */
	json_int_t	mapped;			/* of that, pieces that are mapped by themselves */
	json_int_t	used;			/* by the program */
	json_int_t	free;			/* for the program */
} Heap;

#ifdef VEZA_TCMALLOC

/* tcmalloc_number returns one of tcmalloc's properties. */
static json_int_t
tcmalloc_number(const char *name)
{
	size_t		value = 0;

	MallocExtension_GetNumericProperty(name, &value);
	return (json_int_t) value;
}

/* read_heap asks tcmalloc, which maps nothing by itself. */
static Heap
read_heap(void)
{
	Heap		heap = {.arena = tcmalloc_number("generic.heap_size"), .used = tcmalloc_number("generic.current_allocated_bytes")};

	heap.free = heap.arena - heap.used;
	return heap;
}

#else

/* read_heap asks libc. */
static Heap
read_heap(void)
{
	struct mallinfo2 info = mallinfo2();

	return (Heap) {
		.arena = (json_int_t) info.arena, .mapped = (json_int_t) info.hblkhd, .used = (json_int_t) info.uordblks,
		.free = (json_int_t) info.fordblks
	};
}

#endif

json_t *
process_facts(void)
{
	Heap		heap = read_heap();

	return json_pack("{s:s, s:s, s:i, s:I, s:{s:I, s:I, s:I, s:I}}",
					 "program", "veza-httpd", "version", VEZA_VERSION, "pid", (int) getpid(),
					 "resident_bytes", resident_bytes(),
					 "malloc",
					 "arena_bytes", heap.arena, "mapped_bytes", heap.mapped, "used_bytes", heap.used, "free_bytes", heap.free);
}
