/*
 * intruder.c
 *		Stands in for an ffmpeg that was taken over: under the guard, tries to get out, and
 *		tells by the length of the sound that it writes what it was let do.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FRAMES_BEFORE 100000

/* run_thread is what ffmpeg does, too. */
static void *
run_thread(void *state)
{
	*(int *) state = 1;
	return NULL;
}

/* was_let is a number with a bit for each thing that was let; good ones have the lowest two. */
static int
was_let(void)
{
	char	   *const words[] = {"/bin/true", NULL};
	char		byte[4];
	int			ran = 0;
	int			let = 0;
	int			input = open("/veza-probe/input", O_RDONLY);
	pthread_t	thread;

	let |= (input >= 0 && read(input, byte, 4) == 4) << 0;
#ifdef ONLY_INPUT
	return let;
#endif
	if (pthread_create(&thread, NULL, run_thread, &ran) == 0)
		pthread_join(thread, NULL);
	let |= ran << 1;
	let |= (open("/etc/passwd", O_RDONLY) >= 0) << 2;
	let |= (syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY) >= 0) << 3;
	let |= (syscall(SYS_openat, AT_FDCWD, "/tmp/veza-intruder", O_CREAT | O_WRONLY, 0600) >= 0) << 4;
	let |= (socket(AF_INET, SOCK_STREAM, 0) >= 0) << 5;
	let |= (syscall(SYS_clone, 0, NULL, NULL, NULL, NULL) >= 0) << 6;
	let |= (execv(words[0], words) == 0) << 7;
	let |= (mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED) << 8;
	let |= (setrlimit(RLIMIT_CORE, &(struct rlimit) {0, 0}) == 0) << 9;
	let |= (getenv("ESCAPE_SECRET") != NULL) << 10;
	let |= (syscall(SYS_kill, getppid(), 0) == 0) << 11;
	return let;
}

int
main(void)
{
	static const uint8_t head[] = {'.', 's', 'n', 'd', 0, 0, 0, 24, 255, 255, 255, 255, 0, 0, 0, 6, 0, 0, 0x1F, 0x40, 0, 0, 0, 1};
	static uint8_t frames[4 * (FRAMES_BEFORE + 4096)];
	size_t		size = 4 * (size_t) (FRAMES_BEFORE + was_let());
	size_t		done = 0;

	if (write(1, head, sizeof(head)) != sizeof(head))
		return 1;
	while (done < size)
	{
		ssize_t		n = write(1, frames + done, size - done);

		if (n <= 0)
			return 1;
		done += (size_t) n;
	}
	return 0;
}
