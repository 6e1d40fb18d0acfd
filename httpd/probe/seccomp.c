/*
 * seccomp.c
 *		Which system calls a process may still make (see seccomp.h). Source: seccomp(2),
 *		Documentation/userspace-api/seccomp_filter.rst of Linux.
 */
#include "seccomp.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the sandbox knows x86-64 and AArch64"
#endif

#define STEPS_MAX	512

typedef struct SeccompProgram
{
	struct sock_filter steps[STEPS_MAX];
	unsigned short n;
} SeccompProgram;

/* add_step appends a step; the caller has seen to it that there is room. */
static void
add_step(SeccompProgram *p, uint16_t code, uint32_t k, uint8_t if_true, uint8_t if_false)
{
	p->steps[p->n++] = (struct sock_filter) {.code = code, .jt = if_true, .jf = if_false, .k = k};
}

/* add_load loads a member of the call, by its offset. */
static void
add_load(SeccompProgram *p, size_t offset)
{
	add_step(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t) offset, 0, 0);
}

/* add_call_rule appends a rule: what does not fit goes on behind it, with the number of the call loaded. */
static void
add_call_rule(SeccompProgram *p, const SeccompRule *rule, uint32_t others)
{
	bool		asks = rule->what == SECCOMP_ALLOW_WITHOUT || rule->what == SECCOMP_ALLOW_WITH;
	bool		is_set_good = rule->what == SECCOMP_ALLOW_WITH;

	add_step(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t) rule->call, 0, asks ? 4 : 1);
	if (asks)
	{
		/* Both machines have the lower half first. */
		add_load(p, offsetof(struct seccomp_data, args) + 8 * (size_t) rule->argument);
		add_step(p, BPF_JMP | BPF_JSET | BPF_K, rule->bits, is_set_good, !is_set_good);
		add_step(p, BPF_RET | BPF_K, others, 0, 0);
	}
	add_step(p, BPF_RET | BPF_K, rule->what == SECCOMP_FAIL ? SECCOMP_RET_ERRNO | rule->bits : SECCOMP_RET_ALLOW, 0, 0);
}

bool
seccomp_install(const SeccompRule *rules, size_t n, int others)
{
	SeccompProgram program = {.n = 0};
	uint32_t	other = others == SECCOMP_OTHERS_KILL ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | (uint32_t) others;
	struct sock_fprog fprog;

	if (n > (STEPS_MAX - 5) / 5)
		return false;
	add_load(&program, offsetof(struct seccomp_data, arch));
	add_step(&program, BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCHITECTURE, 1, 0);
	add_step(&program, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
	add_load(&program, offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < n; i++)
		add_call_rule(&program, &rules[i], other);
	add_step(&program, BPF_RET | BPF_K, other, 0, 0);
	fprog = (struct sock_fprog) {.len = program.n, .filter = program.steps};
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
		&& syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &fprog) == 0;
}
