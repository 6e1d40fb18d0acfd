/*
 * upload_test.c
 *		Uploads and readings between a loop and the disk's threads, at random: what
 *		goes in comes out, and whoever leaves at any moment leaves nothing behind.
 *		Built once with the thread sanitizer, too, it says whether threads hand
 *		everything over: SANITIZERS=-fsanitize=thread.
 */
#include <dirent.h>
#include <ftw.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "../../httpd/database/ask.h"
#include "../../httpd/files/reading.h"
#include "../../httpd/files/upload.h"
#include "tap.h"

#define ROUNDS	300
#define AT_ONCE 8
#define SIZE	400000

static Mailbox box;
static int	epoll_fd;
static char bytes[SIZE];

/* ask is what the sweep asks the database with, which is not tried here. */
PGresult *
ask(PGconn *conn, const char *sql, int nvalues, const char *const *values, int timeout_ms)
{
	(void) conn, (void) sql, (void) nvalues, (void) values, (void) timeout_ms;
	return NULL;
}

/* A sender, or a reader, and how far it is. */
typedef struct Actor
{
	Upload	   *upload;
	Reading    *reading;
	bool		waits;
	size_t		done;
	size_t		leaves_at;		/* beyond SIZE: stays */
	size_t		size;
} Actor;

/* settled lets an actor go on. */
static void
settled(void *owner)
{
	((Actor *) owner)->waits = false;
}

/* turn opens what came into the mailbox. */
static void
turn(int wait_ms)
{
	struct epoll_event ev;

	if (epoll_wait(epoll_fd, &ev, 1, wait_ms) == 1)
		box.watch.ready(&box.watch, ev.events);
}

/* begin begins an upload of so many bytes. */
static void
begin(Actor *a, size_t size, size_t leaves_at)
{
	const UploadSender sender = {"image/gif", "", "192.0.2.1"};
	const UploadOwner owner = {&box, settled, a};
	VzError		error;

	*a = (Actor) {.size = size, .leaves_at = leaves_at};
	while ((a->upload = upload_begin(kind_find("image"), &sender, &owner, NULL, &error)) == NULL)
		turn(10);				/* of those who left, some hold their places still */
}

/* step sends a piece, or ends; true when the actor is through. */
static bool
step(Actor *a, VzError *problem)
{
	size_t		n = (size_t) (rand() % 16384) + 1;
	const json_t *fields;
	const json_t *metadata;
	json_t	   *details;

	if (a->done >= a->leaves_at)
		return true;
	n = n < a->size - a->done ? n : a->size - a->done;
	if (n > 0)
	{
		size_t		taken = upload_take(a->upload, bytes + a->done, n);

		a->waits = taken < n;
		a->done += taken;
		return false;
	}
	(void) upload_close(a->upload, &fields, &metadata);
	if (!upload_finish(a->upload))
	{
		a->waits = true;
		return rand() % 8 == 0 && a->leaves_at < SIZE;
	}
	*problem = upload_problem(a->upload, &details);
	json_decref(details);
	return true;
}

/* nfiles counts what is in a directory. */
static int
nfiles(const char *path)
{
	DIR		   *d = opendir(path);
	int			n = 0;

	for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
		n += e->d_name[0] != '.';
	if (d != NULL)
		closedir(d);
	return n;
}

/* test_uploads sends many, some of which leave. */
static void
test_uploads(void)
{
	Actor		actors[AT_ONCE];
	int			nok = 0;
	int			nstayed = 0;

	for (int i = 0; i < AT_ONCE; i++)
		begin(&actors[i], SIZE - (size_t) i, SIZE + 1);
	for (int round = 0; round < ROUNDS;)
	{
		for (int i = 0; i < AT_ONCE; i++)
		{
			Actor	   *a = &actors[i];
			VzError		problem = VZ_E_INTERNAL_ERROR;

			if ((a->waits && (a->leaves_at > SIZE || rand() % 50 > 0)) || (!a->waits && !step(a, &problem)))
				continue;
			nstayed += a->leaves_at > SIZE;
			nok += a->leaves_at > SIZE && problem == VZ_ERROR_COUNT;
			if (rand() % 16 == 0)
				upload_give_up(a->upload);
			upload_free(a->upload);
			round++;
			begin(a, SIZE - (size_t) (rand() % 100000), rand() % 2 ? SIZE + 1 : (size_t) (rand() % SIZE));
		}
		turn(1);
	}
	for (int i = 0; i < AT_ONCE; i++)
		upload_free(actors[i].upload);
	for (int i = 0; i < 1000 && nfiles("spool") > 0; i++)
		turn(10);
	ok(nstayed > 0 && nok == nstayed, "all who stay have their file stored");
	ok(nfiles("spool") == 0, "and nobody leaves anything behind");
}

/* test_reading reads a file that was uploaded, and some that are left in the midst. */
static void
test_reading(void)
{
	Actor		a;
	VzError		problem = VZ_E_INTERNAL_ERROR;
	Bound		bound = {0};
	Route		route = {.narguments = 1};
	bool		same = true;
	char		piece[7000];

	begin(&a, SIZE, SIZE + 1);
	while (a.waits || !step(&a, &problem))
		turn(1);
	ok(problem == VZ_ERROR_COUNT, "a file");
	route.arguments[0] = (RouteArgument) {.name = (char *) "file_hash", .source = SOURCE_UPLOAD};
	upload_bind(a.upload, &route, &bound);
	upload_free(a.upload);
	for (int i = 0; i < 50; i++)
	{
		size_t		leaves_at = i < 3 ? SIZE : (size_t) (rand() % SIZE);
		size_t		at = 0;

		a = (Actor) {.reading = reading_new("files", bound.values[0]), .waits = true};
		reading_tell(a.reading, &box, settled, &a);
		same = same && reading_open(a.reading);
		while (at < leaves_at)
		{
			ssize_t		n;

			for (turn(0); a.waits; turn(10))
				;
			n = reading_take(a.reading, at, piece, sizeof(piece));
			same = same && n >= 0 && memcmp(piece, bytes + at, (size_t) (n > 0 ? n : 0)) == 0;
			a.waits = n == READING_LATER;
			at += n > 0 ? (size_t) n : 0;
		}
		reading_free(a.reading);
	}
	ok(same, "comes out as it went in, whoever stops in the midst");
	free(bound.values[0]);
}

/* remove_one removes what the test has left. */
static int
remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
	(void) about, (void) kind, (void) where;
	return remove(path);
}

int
main(void)
{
	char		directory[] = "/tmp/veza-upload-XXXXXX";

	if (mkdtemp(directory) == NULL || chdir(directory) != 0 || sodium_init() < 0)
		return 1;
	setenv("UPLOAD_DIR", directory, 1);
	setenv("MAX_UPLOADS_PER_ADDRESS", "10", 1);
	setenv("DATABASE_URL", "postgres://veza@localhost/veza", 1);
	setenv("JWT_SECRET", "test-jwt-secret-test-jwt-secret-test-jwt", 1);
	if (config_load(".", stderr) > 0)
		return 1;
	memcpy(bytes, "GIF89a\x40\0\x30\0", 10);
	for (size_t i = 10; i < SIZE; i++)
		bytes[i] = (char) rand();
	mailbox_init(&box);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	mailbox_watch(&box, epoll_fd);
	ok(upload_init(), "there is a directory");
	test_uploads();
	test_reading();
	nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	return done_testing();
}
