/*
 * process.c
 *		What this process knows about itself (see process.h).
 */
#include "process.h"

#include <malloc.h>
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

json_t *
process_facts(void)
{
	struct mallinfo2 heap = mallinfo2();

	return json_pack("{s:s, s:s, s:i, s:I, s:{s:I, s:I, s:I, s:I}}",
					 "program", "veza-httpd", "version", VEZA_VERSION, "pid", (int) getpid(),
					 "resident_bytes", resident_bytes(),
					 "malloc",
					 "arena_bytes", (json_int_t) heap.arena, "mapped_bytes", (json_int_t) heap.hblkhd,
					 "used_bytes", (json_int_t) heap.uordblks, "free_bytes", (json_int_t) heap.fordblks);
}
