/*
 * event_stream_test.c
 *		What a client of a stream of events is sent, byte by byte.
 */
#include "../../httpd/events/event_stream.h"

#include <string.h>

#include "tap.h"

static int	wakes;

/* count_wake stands for the connection that is resumed. */
static void
count_wake(void *unused)
{
	(void) unused;
	wakes++;
}

/* new_stream makes a stream of the channel c that begins with "first\n\n". */
static EventStream *
new_stream(int64_t last)
{
	EventStream *stream = event_stream_new("c", last, event_of_text("c", strdup("first\n\n")));

	stream->wake = count_wake;
	wakes = 0;
	return stream;
}

/* push_number pushes an event of this id. */
static void
push_number(EventStream *stream, int64_t id)
{
	Event	   *event = event_new("c", id, "k", "{}");

	event_stream_push(stream, event);
	event_unref(event);
}

/* take_all takes what there is, in pieces of this size; returns what came last. */
static ssize_t
take_all(EventStream *stream, size_t piece, char *out)
{
	size_t		len = 0;
	ssize_t		n;

	while ((n = event_stream_take(stream, out + len, piece)) > 0)
		len += (size_t) n;
	out[len] = '\0';
	return n;
}

/* test_order: events come once, in order, however small the pieces are. */
static void
test_order(void)
{
	static const char expected[] = "first\n\nid: 6\nevent: k\ndata: {}\n\nid: 8\nevent: k\ndata: {}\n\n";
	char		out[512];

	for (size_t piece = 1; piece <= sizeof(out) / 2; piece += piece < 8 ? 1 : 31)
	{
		EventStream *stream = new_stream(5);

		push_number(stream, 5);
		push_number(stream, 6);
		push_number(stream, 6);
		push_number(stream, 8);
		push_number(stream, 7);
		is_number(take_all(stream, piece, out), EVENT_STREAM_LATER, "then there is nothing");
		is_text(out, expected, "what the client does not know, once, in order");
		event_stream_discard(stream);
	}
}

/* test_waking: a connection that waits is woken once, one that does not wait never. */
static void
test_waking(void)
{
	EventStream *stream = new_stream(0);
	char		out[512];

	push_number(stream, 1);
	is_number(wakes, 0, "nobody waits yet");
	take_all(stream, 100, out);
	push_number(stream, 2);
	push_number(stream, 3);
	is_number(wakes, 1, "one wake for two events");
	take_all(stream, 100, out);
	event_stream_beat(stream);
	is_number(wakes, 2, "a beat wakes, too");
	is_number(event_stream_take(stream, out, 2), EVENT_STREAM_LATER, "no half of a beat");
	is_number(event_stream_take(stream, out, 100), 3, "a beat");
	is_number(strncmp(out, ":\n\n", 3), 0, "is a line that says nothing");
	event_stream_beat(stream);
	push_number(stream, 4);
	take_all(stream, 100, out);
	is_text(out, "id: 4\nevent: k\ndata: {}\n\n", "an event is as good as a beat");
	event_stream_finish(stream);
	is_number(event_stream_take(stream, out, 100), EVENT_STREAM_END, "the end");
	push_number(stream, 5);
	is_number(event_stream_take(stream, out, 100), EVENT_STREAM_END, "behind which nothing comes");
	event_stream_discard(stream);
}

/* test_overflow: a client that takes nothing is cut; one whose stream is over is sent what was queued. */
static void
test_overflow(void)
{
	EventStream *stream = new_stream(0);
	char		out[8192];

	for (int i = 1; i < EVENT_STREAM_MAX; i++)
		push_number(stream, i);
	is_number(stream->is_broken, 0, "as many as there is room for");
	push_number(stream, 1000);
	is_number(event_stream_take(stream, out, sizeof(out)), EVENT_STREAM_BROKEN, "one more breaks the stream");
	event_stream_discard(stream);

	stream = new_stream(0);
	push_number(stream, 1);
	event_stream_finish(stream);
	is_number(take_all(stream, 7, out), EVENT_STREAM_END, "a stream that is over ends");
	is_text(out, "first\n\nid: 1\nevent: k\ndata: {}\n\n", "behind what was queued");
	event_stream_discard(stream);
}

int
main(void)
{
	test_order();
	test_waking();
	test_overflow();
	return done_testing();
}
