/*
 * audio_test.c
 *		What kind of audio it is: each kind, cut off at every byte, and what only
 *		looks like one.
 */
#include <stdlib.h>

#include "../../httpd/files/audio.h"
#include "tap.h"

#define ROOM 400000

/* A file in memory. */
static unsigned char file[ROOM];
static size_t len;

/* read_memory copies bytes of a file that lies in memory by itself, so that a sanitizer sees what is read beyond it. */
static size_t
read_memory(void *state, uint64_t at, unsigned char *out, size_t max)
{
	const unsigned char *bytes = state;
	size_t		n = at < len ? len - (size_t) at : 0;

	if (n > max)
		n = max;
	if (n > 0)
		memcpy(out, bytes + at, n);
	return n;
}

/* probe says what the file is, "none" when it is no audio. */
static const char *
probe(void)
{
	unsigned char *exact = malloc(len + 1);
	FileContent content = {.size = len, .read = read_memory, .state = exact};
	const char *type;

	memcpy(exact, file, len);
	type = audio_probe(&content);
	free(exact);
	return type ? type : "none";
}

/* put appends bytes. */
static void
put(const void *bytes, size_t n)
{
	if (len + n > ROOM)
		abort();
	memcpy(file + len, bytes, n);
	len += n;
}

/* fill appends a byte many times. */
static void
fill(unsigned char byte, size_t n)
{
	memset(file + len, byte, n);
	len += n;
}

/* number appends a number of n bytes, the highest first. */
static void
number(uint64_t value, int n)
{
	for (int i = n - 1; i >= 0; i--)
		fill((unsigned char) (value >> 8 * i), 1);
}

/* little appends a number of n bytes, the lowest first. */
static void
little(uint64_t value, int n)
{
	for (int i = 0; i < n; i++)
		fill((unsigned char) (value >> 8 * i), 1);
}

/* wav makes a file of RIFF: what stands before the format, channels and frequency. */
static void
wav(const char *riff, size_t before, int channels, uint32_t frequency)
{
	len = 0;
	put(riff, 4);
	little(0, 4);
	put("WAVE", 4);
	if (before > 0)
	{
		put("JUNK", 4);
		little(before, 4);
		fill(0xAA, before + (before & 1));
	}
	put("fmt ", 4);
	little(16, 4);
	little(1, 2);
	little((uint64_t) channels, 2);
	little(frequency, 4);
	little(0, 4);
	little(4, 2);
	little(16, 2);
	put("data", 4);
	little(4, 4);
	little(0, 4);
}

/* aiff makes a file of FORM. */
static void
aiff(const char *form, int channels)
{
	len = 0;
	put("FORM", 4);
	number(0, 4);
	put(form, 4);
	put("NAME", 4);
	number(3, 4);
	put("abc\0", 4);
	put("COMM", 4);
	number(18, 4);
	number((uint64_t) channels, 2);
	number(1, 4);
	number(16, 2);
	put("\x40\x0E\xAC\x44\0\0\0\0\0\0", 10);
}

/* flac appends the beginning of a FLAC file. */
static void
flac(uint32_t frequency)
{
	put("fLaC\x80", 5);
	number(34, 3);
	number(4096, 2);
	number(4096, 2);
	number(0, 6);
	number(frequency << 4 | 0x02, 3);
	fill(0, 21);
}

/* checksum computes a page's CRC bit by bit, apart from the code under test. */
static uint32_t
checksum(const unsigned char *page, size_t n)
{
	uint32_t	crc = 0;

	for (size_t i = 0; i < n * 8; i++)
	{
		uint32_t	top = crc >> 31 ^ (uint32_t) (page[i / 8] >> (7 - i % 8) & 1);

		crc = crc << 1 ^ (top ? 0x04c11db7u : 0);
	}
	return crc;
}

/* ogg appends the first page of a stream with this packet, padded to 30 bytes. */
static void
ogg(const char *packet, size_t n)
{
	size_t		start = len;
	uint32_t	crc;

	put("OggS\0\x02", 6);
	fill(0, 8 + 4 + 4 + 4);
	number(1, 1);
	number(30, 1);
	put(packet, n);
	fill(7, 30 - n);
	crc = checksum(file + start, len - start);
	for (int i = 0; i < 4; i++)
		file[start + 22 + (size_t) i] = (unsigned char) (crc >> 8 * i);
}

/* frames appends frames of this head and length. */
static void
frames(const char *head, size_t head_len, size_t frame_len, int n)
{
	for (int i = 0; i < n; i++)
	{
		put(head, head_len);
		fill(0x55, frame_len - head_len);
	}
}

/* mp3 appends frames of 128 kbit/s at 44.1 kHz: 417 bytes each. */
static void
mp3(int n)
{
	frames("\xFF\xFB\x90\x00", 4, 417, n);
}

/* tag appends an ID3v2 tag with so many bytes. */
static void
tag(size_t size)
{
	put("ID3\x04\0\0", 6);
	for (int i = 3; i >= 0; i--)
		number(size >> 7 * i & 0x7F, 1);
	fill('x', size);
}

/* box begins a box of MP4; returns where. */
static size_t
box(const char *name)
{
	number(0, 4);
	put(name, 4);
	return len - 8;
}

/* end_box ends the box that began there. */
static void
end_box(size_t at)
{
	size_t		whole = len;

	len = at;
	number(whole - at, 4);
	len = whole;
}

/* track appends a track of this handler. */
static void
track(const char *handler)
{
	size_t		trak = box("trak");
	size_t		mdia = box("mdia");
	size_t		hdlr = box("hdlr");

	number(0, 8);
	put(handler, 4);
	fill(0, 13);
	end_box(hdlr);
	end_box(mdia);
	end_box(trak);
}

/* mp4 makes a file of this brand with these tracks, the movie behind the sound. */
static void
mp4(const char *brand, const char *first, const char *second)
{
	size_t		at;

	len = 0;
	at = box("ftyp");
	put(brand, 4);
	number(0, 4);
	end_box(at);
	at = box("mdat");
	fill(9, 1000);
	end_box(at);
	at = box("moov");
	if (first)
		track(first);
	if (second)
		track(second);
	end_box(at);
}

/* is_kind checks what the file is, and that cut off anywhere it never is anything else. */
static void
is_kind(const char *want, const char *what)
{
	size_t		whole = len;
	size_t		step = whole > 4000 ? 997 : 1;

	is_text(probe(), want, "%s", what);
	for (len = 0; len < whole; len += step)
		each(strcmp(probe(), want) == 0 || strcmp(probe(), "none") == 0, "cut off at %zu: %s", len, probe());
	len = whole;
}

/* test_kinds: what is taken. */
static void
test_kinds(void)
{
	wav("RIFF", 0, 2, 44100);
	is_kind("audio/wav", "WAV");
	wav("RIFF", 100001, 1, 8000);
	is_kind("audio/wav", "WAV whose format stands far behind");
	wav("RF64", 28, 2, 48000);
	is_kind("audio/wav", "RF64");
	aiff("AIFF", 2);
	is_kind("audio/aiff", "AIFF");
	aiff("AIFC", 1);
	is_kind("audio/aiff", "AIFC");
	len = 0;
	flac(44100);
	is_kind("audio/flac", "FLAC");
	len = 0;
	tag(200000);
	flac(96000);
	is_kind("audio/flac", "FLAC behind an ID3v2 tag");
	len = 0;
	ogg("\x01vorbis", 7);
	is_kind("audio/ogg", "Ogg Vorbis");
	len = 0;
	ogg("fishead\0", 8);
	ogg("OpusHead", 8);
	is_kind("audio/ogg", "Ogg Opus with a table of its streams");
	len = 0;
	ogg("\x7F" "FLAC\x01", 6);
	is_kind("audio/ogg", "FLAC in Ogg");
	len = 0;
	mp3(3);
	is_kind("audio/mpeg", "MP3");
	len = 0;
	tag(300000);
	tag(10);
	fill(0, 2000);
	mp3(20);
	is_kind("audio/mpeg", "MP3 behind tags as large as a cover, and NULs");
	len = 0;
	mp3(2);
	put("TAG", 3);
	fill(' ', 125);
	is_kind("audio/mpeg", "a short MP3 with an ID3v1 tag");
	len = 0;
	frames("\xFF\xF3\x40\xC0", 4, 144, 3);	/* MPEG 2, 32 kbit/s, 22.05 kHz: 104 bytes; the next test has the right length */
	is_kind("none", "frames that are not where the last one ends");
	len = 0;
	frames("\xFF\xF3\x40\xC0", 4, 104, 3);
	is_kind("audio/mpeg", "MP3 of MPEG 2");
	len = 0;
	frames("\xFF\xF1\x50\x80\x0C\x80\xFC", 7, 100, 3);
	is_kind("audio/aac", "AAC in ADTS");
	mp4("M4A ", "soun", NULL);
	is_kind("audio/mp4", "M4A whose movie stands behind its sound");
	mp4("isom", "soun", "text");
	is_kind("audio/mp4", "MP4 with sound alone");
	mp4("M4A ", "soun", "vide");
	is_kind("audio/mp4", "M4A with a picture for each chapter");
	all("cut off anywhere, nothing becomes another kind");
}

/* refuses checks that the file is none. */
static void
refuses(const char *what)
{
	is_text(probe(), "none", "%s", what);
}

/* text makes a file of these bytes. */
static void
text(const void *bytes, size_t n)
{
	len = 0;
	put(bytes, n);
}

/* test_others: what is refused. */
static void
test_others(void)
{
	static const char *const others[] = {"", "<html><script>alert(1)</script></html>", "#!/bin/sh\necho hello",
		"%PDF-1.7 and more bytes",
		"PK\x03\x04 and more bytes than a few", "GIF89a and more bytes than that", "\x7F" "ELF\x02\x01\x01 and more bytes",
	"MZ and what follows in a program", "ID3\x04", "fLaC", "RIFF1234WAVE", "FORM1234AIFF", "OggS"};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
	{
		text(others[i], strlen(others[i]));
		each(strcmp(probe(), "none") == 0, "'%s' is %s", others[i], probe());
	}
	all("text, archives, programs and beginnings alone");
	wav("RIFF", 0, 0, 44100);
	refuses("WAV without channels");
	wav("RIFF", 0, 2, 0);
	refuses("WAV without a frequency");
	wav("RIFF", 0, 2, 44100);
	memcpy(file + 8, "AVI ", 4);
	refuses("RIFF of moving pictures");
	memcpy(file + 8, "WEBP", 4);
	refuses("RIFF of a picture");
	aiff("AIFF", 0);
	refuses("AIFF without channels");
	aiff("ILBM", 2);
	refuses("FORM of a picture");
	len = 0;
	flac(0);
	refuses("FLAC without a frequency");
	len = 0;
	ogg("\x80theora", 7);
	ogg("\x01vorbis", 7);
	refuses("Ogg of moving pictures");
	len = 0;
	ogg("\x01vorbis", 7);
	ogg("\x80theora", 7);
	refuses("the same the other way round");
	len = 0;
	ogg("\x01vorbis", 7);
	file[35] ^= 1;
	refuses("Ogg whose first page is broken");
	mp4("isom", "soun", "vide");
	refuses("a film");
	mp4("M4A ", "vide", NULL);
	refuses("a film that calls itself M4A");
	mp4("M4A ", NULL, NULL);
	refuses("M4A without tracks");
	len = 0;
	mp3(1);
	refuses("one frame is no MP3");
	len = 0;
	mp3(1);
	put("<html>", 6);
	fill('x', 1000);
	refuses("a page behind the head of an MP3");
	text("<html><script>alert(1)</script>", 31);
	mp3(10);
	refuses("a page with an MP3 behind it");
	text("PK\x03\x04\x14\0\0\0", 8);
	fill(0, 30);
	mp3(10);
	refuses("an archive with an MP3 behind it");
	len = 0;
	tag(100);
	put("#!/bin/sh\necho hello\n", 21);
	refuses("a program behind a tag");
	len = 0;
	fill(0xFF, 3000);
	refuses("nothing but ones");
	len = 0;
	fill(0, 3000);
	refuses("nothing but NULs");
}

int
main(void)
{
	test_kinds();
	test_others();
	return done_testing();
}
