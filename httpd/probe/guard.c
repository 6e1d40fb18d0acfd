/*
 * guard.c
 *		The sandbox of ffmpeg: a library that is loaded before all others of it, so that
 *		two functions of the C library are ours. In: a process of which all libraries are
 *		loaded; out: the same without the means to do harm. The first thread of ffmpeg,
 *		before its main function.
 *
 * From then on it opens nothing, starts no process and talks to nobody: what it may still
 * call is computing, reading and writing what is open, and threads.
 */
#include "guard.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "seccomp.h"

typedef int (*MainFunction) (int, char **, char **);
typedef int (*StartFunction) (MainFunction, int, char **, void (*) (void), void (*) (void), void (*) (void), void *);

/* They take the place of the C library's. */
extern int	__libc_start_main(MainFunction main_function, int argc, char **argv, void (*init) (void), void (*fini) (void),
							  void (*rtld_fini) (void), void *stack_end);
extern int	open(const char *path, int flags, ...);
extern int	open64(const char *path, int flags, ...);

static const SeccompRule rules[] = {
	{SYS_read, SECCOMP_ALLOW},
	{SYS_pread64, SECCOMP_ALLOW},
	{SYS_readv, SECCOMP_ALLOW},
	{SYS_lseek, SECCOMP_ALLOW},
	{SYS_fstat, SECCOMP_ALLOW},
	/* As the C library makes fstat of it. */
#ifdef SYS_newfstatat
	{SYS_newfstatat, SECCOMP_ALLOW_WITH, 3, AT_EMPTY_PATH},
#endif
	{SYS_write, SECCOMP_ALLOW},
	{SYS_writev, SECCOMP_ALLOW},
	{SYS_close, SECCOMP_ALLOW},
	{SYS_dup, SECCOMP_ALLOW},
	{SYS_brk, SECCOMP_ALLOW},
	{SYS_mmap, SECCOMP_ALLOW_WITHOUT, 2, PROT_EXEC},
	{SYS_mprotect, SECCOMP_ALLOW_WITHOUT, 2, PROT_EXEC},
	{SYS_mremap, SECCOMP_ALLOW},
	{SYS_munmap, SECCOMP_ALLOW},
	{SYS_madvise, SECCOMP_ALLOW},
	{SYS_futex, SECCOMP_ALLOW},
	{SYS_clock_gettime, SECCOMP_ALLOW},
	{SYS_clock_nanosleep, SECCOMP_ALLOW},
	{SYS_getrandom, SECCOMP_ALLOW},
	{SYS_sysinfo, SECCOMP_ALLOW},
	{SYS_sched_yield, SECCOMP_ALLOW},
	{SYS_sched_getaffinity, SECCOMP_ALLOW},
	{SYS_gettid, SECCOMP_ALLOW},
	{SYS_set_robust_list, SECCOMP_ALLOW},
	{SYS_rseq, SECCOMP_ALLOW},
	{SYS_rt_sigaction, SECCOMP_ALLOW},
	{SYS_rt_sigprocmask, SECCOMP_ALLOW},
	{SYS_rt_sigreturn, SECCOMP_ALLOW},
	{SYS_restart_syscall, SECCOMP_ALLOW},
	{SYS_exit, SECCOMP_ALLOW},
	{SYS_exit_group, SECCOMP_ALLOW},
	/* Threads, and no processes; the newer call hides its flags, and the C library then takes the older. */
	{SYS_clone, SECCOMP_ALLOW_WITH, 0, CLONE_THREAD},
	{SYS_clone3, SECCOMP_FAIL, 0, ENOSYS},
};

/* open_input gives the file under its name, and nothing else. */
static int
open_input(const char *path)
{
	if (strcmp(path, GUARD_INPUT) == 0)
		return dup(STDIN_FILENO);
	errno = EACCES;
	return -1;
}

/* open is the C library's, for whoever is not the C library. */
int
open(const char *path, int flags, ...)
{
	(void) flags;
	return open_input(path);
}

/* open64 is the same. */
int
open64(const char *path, int flags, ...)
{
	(void) flags;
	return open_input(path);
}

/* __libc_start_main closes the door, then does what it does. */
int
__libc_start_main(MainFunction main_function, int argc, char **argv, void (*init) (void), void (*fini) (void),
				  void (*rtld_fini) (void), void *stack_end)
{
	StartFunction start;

	*(void **) &start = dlsym(RTLD_NEXT, "__libc_start_main");
	if (start == NULL || !seccomp_install(rules, sizeof(rules) / sizeof(rules[0]), EPERM))
		_exit(1);
	return start(main_function, argc, argv, init, fini, rtld_fini, stack_end);
}
