/*
 * escape.c
 *		Tries what veza-probe's sandbox forbids, one thing a run, after it has entered it
 *		as veza-probe does. Ends with 0 when nothing was wrong, and 1 when it was let.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../httpd/probe/sandbox.h"

/* try_it tries one thing; returns whether it was let. */
static bool
try_it(const char *what)
{
	char	   *const words[] = {"/bin/true", NULL};
	void	   *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (strcmp(what, "nothing") == 0)
		return page == MAP_FAILED || lseek(0, 0, SEEK_CUR) < 0;
	if (strcmp(what, "open") == 0)
		return open("/etc/passwd", O_RDONLY) >= 0;
	if (strcmp(what, "open a new file") == 0)
		return open("/tmp/veza-escape", O_CREAT | O_WRONLY, 0600) >= 0;
	if (strcmp(what, "stat") == 0)
		return syscall(SYS_newfstatat, AT_FDCWD, "/etc/passwd", page, 0) == 0;
	if (strcmp(what, "unlink") == 0)
		return syscall(SYS_unlinkat, AT_FDCWD, "/tmp/veza-escape", 0) == 0;
	if (strcmp(what, "socket") == 0)
		return socket(AF_INET, SOCK_STREAM, 0) >= 0;
	if (strcmp(what, "socketpair") == 0)
		return socketpair(AF_UNIX, SOCK_STREAM, 0, (int *) page) == 0;
	if (strcmp(what, "fork") == 0)
		return fork() >= 0;
	if (strcmp(what, "thread") == 0)
		return syscall(SYS_clone, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD, NULL) >= 0;
	if (strcmp(what, "clone3") == 0)
		return syscall(SYS_clone3, page, 64) >= 0;
	if (strcmp(what, "exec") == 0)
		return execv(words[0], words) == 0;
	if (strcmp(what, "kill") == 0)
		return kill(getppid(), 0) == 0;
	if (strcmp(what, "ptrace") == 0)
		return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
	if (strcmp(what, "code") == 0)
		return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
	if (strcmp(what, "code of data") == 0)
		return mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0;
	if (strcmp(what, "prctl") == 0)
		return prctl(PR_SET_DUMPABLE, 1) == 0;
	if (strcmp(what, "more files") == 0)
		return setrlimit(RLIMIT_NOFILE, &(struct rlimit) {10, 10}) == 0;
	if (strcmp(what, "dup") == 0)
		return dup(0) >= 0;
	if (strcmp(what, "ioctl") == 0)
		return syscall(SYS_ioctl, 0, 0x5401, page) == 0;
	if (strcmp(what, "io_uring") == 0)
		return syscall(425, 1, page) >= 0;
#if defined(__x86_64__)
	if (strcmp(what, "x32") == 0)
		return syscall(0x40000000 | SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY) >= 0;
	if (strcmp(what, "32 bits") == 0)
	{
		long		result;

		/* getpid of the other table. */
		__asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory");
		return result > 0;
	}
#endif
	if (strcmp(what, "memory") == 0)
		return malloc((size_t) 512 << 20) != NULL;
	if (strcmp(what, "time") == 0)
		for (volatile long i = 0;; i++)
			;
	if (strcmp(what, "grow a file") == 0)
		return write(1, what, 1) == 1;
	return true;
}

int
main(int argc, char **argv)
{
	SandboxLimits limits = {(uint64_t) 384 << 20, 1};

	if (argc < 2 || !sandbox_forget(5))
		return 2;
	/* Seccomp would not even let one ask. */
	if (fcntl(9, F_GETFD) >= 0 || getenv("ESCAPE_SECRET") != NULL)
		return 1;
	if (!sandbox_limit(&limits) || !sandbox_enter())
		return 3;
	_exit(try_it(argv[1]));
}
