/*
 * sandbox.c
 *		The sandbox in which a stranger's file is decoded (see sandbox.h). Source:
 *		setrlimit(2), seccomp(2), proc(5).
 */
#include "sandbox.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "seccomp.h"

static const SeccompRule rules[] = {
	{SYS_read, SECCOMP_ALLOW},
	{SYS_pread64, SECCOMP_ALLOW},
	{SYS_lseek, SECCOMP_ALLOW},
	{SYS_fstat, SECCOMP_ALLOW},
	{SYS_write, SECCOMP_ALLOW},
	{SYS_close, SECCOMP_ALLOW},
	{SYS_wait4, SECCOMP_ALLOW},
	{SYS_brk, SECCOMP_ALLOW},
	{SYS_mmap, SECCOMP_ALLOW_WITHOUT, 2, PROT_EXEC},
	{SYS_mprotect, SECCOMP_ALLOW_WITHOUT, 2, PROT_EXEC},
	{SYS_mremap, SECCOMP_ALLOW},
	{SYS_munmap, SECCOMP_ALLOW},
	{SYS_madvise, SECCOMP_ALLOW},
	{SYS_futex, SECCOMP_ALLOW},
	{SYS_clock_gettime, SECCOMP_ALLOW},
	{SYS_getrandom, SECCOMP_ALLOW},
	/* The C library's qsort wants to know how much memory the machine has, and does not look whether it was told. */
	{SYS_sysinfo, SECCOMP_ALLOW},
	{SYS_rt_sigreturn, SECCOMP_ALLOW},
	{SYS_restart_syscall, SECCOMP_ALLOW},
	{SYS_exit, SECCOMP_ALLOW},
	{SYS_exit_group, SECCOMP_ALLOW},
};

bool
sandbox_forget(int first_to_close)
{
	int			nowhere = open("/dev/null", O_RDWR);

	/* It holds what veza-httpd was configured with; without a pointer to it it would still be in memory. */
	for (char **variable = environ; variable != NULL && *variable != NULL; variable++)
		explicit_bzero(*variable, strlen(*variable));
	if (nowhere < 0 || dup2(nowhere, STDERR_FILENO) < 0 || clearenv() != 0)
		return false;
	return close_range((unsigned) first_to_close, ~0U, 0) == 0;
}

/* limit_to sets a limit that cannot be raised again. */
static bool
limit_to(int resource, rlim_t soft, rlim_t hard)
{
	struct rlimit limit = {soft, hard};

	return setrlimit(resource, &limit) == 0;
}

bool
sandbox_limit(const SandboxLimits *limits)
{
	return limit_to(RLIMIT_CORE, 0, 0) && limit_to(RLIMIT_FSIZE, 0, 0)
		&& limit_to(RLIMIT_AS, limits->memory, limits->memory)
		&& limit_to(RLIMIT_CPU, limits->cpu_seconds, limits->cpu_seconds + 1);
}

bool
sandbox_enter(void)
{
	return limit_to(RLIMIT_NOFILE, 0, 0) && limit_to(RLIMIT_NPROC, 0, 0) && limit_to(RLIMIT_MEMLOCK, 0, 0)
		&& seccomp_install(rules, sizeof(rules) / sizeof(rules[0]), SECCOMP_OTHERS_KILL);
}
