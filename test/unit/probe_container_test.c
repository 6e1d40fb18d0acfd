/*
 * probe_container_test.c
 *		What a file says of itself: each container, and each cut at every byte.
 */
#include <stdlib.h>

#include "../../httpd/probe/container.h"
#include "../../httpd/probe/mpeg.h"
#include "tap.h"

#define FILE_BYTES(text) (text), sizeof(text) - 1

/* A file that is made piece by piece. */
static uint8_t file[200000];
static size_t file_size;

static AudioHeader header;
static Tags tags;

/* put_bytes appends bytes. */
static void
put_bytes(const char *bytes, size_t n)
{
	memcpy(file + file_size, bytes, n);
	file_size += n;
}

/* put_zeros appends zeros. */
static void
put_zeros(size_t n)
{
	memset(file + file_size, 0, n);
	file_size += n;
}

/* read_file_of reads what the first bytes of the file are, in a block of exactly their size. */
static void
read_file_of(size_t size)
{
	uint8_t    *copy = malloc(size);
	SourceBytes bytes = {copy, size};
	Source		source = source_of_bytes(&bytes);

	memcpy(copy, file, size);
	tags_free(&tags);
	tags.cover_max = 1000;
	container_read(&source, &header, &tags);
	free(copy);
}

/* is_cut_well cuts the file anywhere: nothing is read that is not there, and it never claims more than before. */
static void
is_cut_well(const char *what)
{
	for (size_t size = 0; size < file_size; size++)
	{
		read_file_of(size);
		each(header.code != PROBE_OK || header.frames <= 88200, "%zu bytes: %d", size, header.code);
	}
	all("%s, cut anywhere", what);
	file_size = 0;
}

/* says checks what the file says. */
static void
says(const char *container, const char *codec, uint32_t rate, uint32_t channels, uint64_t frames, const char *what)
{
	read_file_of(file_size);
	is_text(header.container, container, "%s: the container", what);
	is_text(header.codec, codec, "%s: the codec", what);
	ok(header.code == PROBE_OK && header.rate == rate && header.channels == channels && header.frames == frames && !header.is_cut,
	   "%s: code %d (%s), %u Hz, %u channels, %llu frames, cut %d", what, header.code, header.detail != NULL ? header.detail : "", header.rate,
	   header.channels, (unsigned long long) header.frames, header.is_cut);
}

/* refuses checks a refusal. */
static void
refuses(ProbeCode code, const char *what)
{
	read_file_of(file_size);
	is_number(header.code, code, "%s", what);
	file_size = 0;
}

/* tag_is checks a tag. */
static void
tag_is(const char *name, const char *value)
{
	const char *found = NULL;

	for (size_t i = 0; i < tags.count; i++)
		if (strcmp(tags.tag[i].name, name) == 0)
			found = tags.tag[i].value;
	is_text(found, value, "the tag %s", name);
}

/* put_wave makes a WAV file of two channels of 16 bits at 44100 Hz with a length of the data as said. */
static void
put_wave(const char *said, size_t bytes)
{
	put_bytes(FILE_BYTES("RIFF\0\0\0\0WAVEfmt \x10\0\0\0\1\0\2\0\x44\xAC\0\0\x10\xB1\2\0\4\0\x10\0"));
	put_bytes(FILE_BYTES("LIST\x14\0\0\0INFOISRC\3\0\0\0who\0zzzz"));
	put_bytes("data", 4);
	put_bytes(said, 4);
	put_zeros(bytes);
}

/* test_wave: lengths that are true, unknown, and lies. */
static void
test_wave(void)
{
	put_wave("\x90\1\0\0", 400);
	put_bytes(FILE_BYTES("id3 \x18\0\0\0ID3\3\0\0\0\0\0\x0ETIT2\0\0\0\4\0\0\0abc"));
	says("wav", "pcm", 44100, 2, 100, "WAV");
	tag_is("INFO:ISRC", "who");
	tag_is("TIT2", "abc");
	is_cut_well("WAV");
	put_wave("\xFF\xFF\xFF\xFF", 400);
	says("wav", "pcm", 44100, 2, 100, "WAV that was streamed");
	file_size = 0;
	put_wave("\0\0\0\0", 0);
	says("wav", "pcm", 44100, 2, 0, "WAV without sound");
	file_size = 0;
	put_wave("\0\0\1\0", 400);
	read_file_of(file_size);
	is_number(header.frames, 16384, "a length that is not there is a claim");
	file_size = 0;
	put_wave("\x90\1\0\0", 400);
	memcpy(file + 20, "\x55\0", 2);
	refuses(PROBE_UNSUPPORTED, "MP3 in WAV");
	put_wave("\x90\1\0\0", 400);
	memcpy(file + 22, "\0\0", 2);
	refuses(PROBE_EMPTY, "no channels");
	put_wave("\x90\1\0\0", 400);
	memcpy(file + 22, "\x09\0", 2);
	refuses(PROBE_UNSUPPORTED, "nine channels");
	put_wave("\x90\1\0\0", 400);
	memcpy(file + 24, "\1\0\0\0", 4);
	refuses(PROBE_UNSUPPORTED, "one sample a second");
	put_wave("\x90\1\0\0", 400);
	memcpy(file + 32, "\0\0", 2);
	refuses(PROBE_UNDECODABLE, "frames without a size");
	put_bytes(FILE_BYTES("RF64\xFF\xFF\xFF\xFFWAVEds64\x1C\0\0\0"));
	put_zeros(8);
	put_bytes(FILE_BYTES("\0\0\0\0\2\0\0\0"));
	put_zeros(12);
	put_bytes(FILE_BYTES("fmt \x10\0\0\0\3\0\1\0\x44\xAC\0\0\x10\xB1\2\0\4\0\x20\0data\xFF\xFF\xFF\xFF"));
	read_file_of(file_size);
	ok(header.frames == (UINT64_C(2) << 32) / 4 && strcmp(header.codec, "float") == 0, "the length of a large file");
	file_size = 0;
}

/* test_aiff: plain and compressed. */
static void
test_aiff(void)
{
	put_bytes(FILE_BYTES("FORM\0\0\0\0AIFFCOMM\0\0\0\x12\0\1\0\0\0\x64\0\x10\x40\x0E\xAC\x44\0\0\0\0\0\0NAME\0\0\0\3tit\0SSND\0\0\0\xD0"));
	put_zeros(208);
	says("aiff", "pcm", 44100, 1, 100, "AIFF");
	tag_is("AIFF:NAME", "tit");
	is_cut_well("AIFF");
	put_bytes(FILE_BYTES("FORM\0\0\0\0AIFCCOMM\0\0\0\x18\0\1\0\0\0\x64\0\x20\x40\x0E\xAC\x44\0\0\0\0\0\0fl32\0\0"));
	says("aiff", "float", 44100, 1, 100, "AIFF-C");
	memcpy(file + 38, "ima4", 4);
	refuses(PROBE_UNSUPPORTED, "ADPCM in AIFF");
}

/* test_flac: with a tag before it, a comment and a picture in it. */
static void
test_flac(void)
{
	put_bytes(FILE_BYTES("ID3\3\0\0\0\0\0\0"));
	put_bytes(FILE_BYTES("fLaC\0\0\0\x22\x10\0\x10\0\0\0\0\0\0\0\x0A\xC4\x42\xF0\0\0\x03\xE8"));
	put_zeros(16);
	put_bytes(FILE_BYTES("\4\0\0\x13\0\0\0\0\1\0\0\0\7\0\0\0title=x"));
	put_bytes(FILE_BYTES("\x86\0\0\x2A\0\0\0\3\0\0\0\0\0\0\0\0"));
	put_zeros(16);
	put_bytes(FILE_BYTES("\0\0\0\x0A\xFF\xD8\xFF\xE0\0\x10JFIF"));
	put_zeros(100);
	says("flac", "flac", 44100, 2, 1000, "FLAC");
	tag_is("title", "x");
	is_number(tags.cover_size, 10, "its picture");
	is_number(header.bits, 16, "its bits");
	is_cut_well("FLAC");
}

/* put_page appends a page of Ogg with one packet of less than 255 bytes. */
static void
put_page(const char *flags, const char *position, const char *packet, size_t n)
{
	put_bytes(FILE_BYTES("OggS\0"));
	put_bytes(flags, 1);
	put_bytes(position, 8);
	put_bytes(FILE_BYTES("wxyz\0\0\0\0\0\0\0\0\1"));
	put_bytes((const char[1]) {(char) n}, 1);
	put_bytes(packet, n);
}

/* test_ogg: Vorbis, Opus, and what is neither. */
static void
test_ogg(void)
{
	static const char nowhere[8];
	static const char vorbis[30] = "\1vorbis\0\0\0\0\2\x44\xAC\0\0";

	put_page("\2", nowhere, vorbis, sizeof(vorbis));
	put_page("\0", nowhere, FILE_BYTES("\3vorbis\0\0\0\0\1\0\0\0\3\0\0\0a=b\1"));
	put_page("\4", "\xE8\3\0\0\0\0\0\0", FILE_BYTES("sound"));
	says("ogg", "vorbis", 44100, 2, 1000, "Vorbis");
	tag_is("a", "b");
	read_file_of(file_size - 1);
	ok(header.is_cut, "a last page that is not whole is a cut");
	is_cut_well("Vorbis");
	put_page("\2", nowhere, FILE_BYTES("OpusHead\1\2\x38\1\x80\xBB\0\0\0\0\0"));
	put_page("\0", nowhere, FILE_BYTES("OpusTags\0\0\0\0\1\0\0\0\3\0\0\0a=b"));
	put_page("\4", "\xE8\3\0\0\0\0\0\0", FILE_BYTES("sound"));
	says("ogg", "opus", 48000, 2, 1000 - 312, "Opus");
	tag_is("a", "b");
	is_cut_well("Opus");
	put_page("\2", nowhere, FILE_BYTES("\x80theora..............."));
	refuses(PROBE_UNSUPPORTED, "Theora");
	put_page("\2", nowhere, vorbis, sizeof(vorbis));
	put_page("\2", nowhere, FILE_BYTES("\x80theora..............."));
	refuses(PROBE_UNSUPPORTED, "Theora behind Vorbis");
	put_bytes(FILE_BYTES("OggS\0\2"));
	refuses(PROBE_TRUNCATED, "half a page");
}

/* test_mpeg: MP3 with and without its length, and other layers. */
static void
test_mpeg(void)
{
	put_bytes(FILE_BYTES("ID3\3\0\0\0\0\0\0\0\0\0"));
	put_bytes(FILE_BYTES("\xFF\xFB\x90\0"));
	put_zeros(32);
	put_bytes(FILE_BYTES("Info\0\0\0\x0F\0\0\0\x0A"));
	put_zeros(108);
	put_bytes(FILE_BYTES("LAME3.100"));
	put_zeros(12);
	put_bytes(FILE_BYTES("\x24\1\x20"));
	put_zeros(417 - 180);
	put_bytes(FILE_BYTES("\xFF\xFB\x90\0"));
	put_zeros(413);
	says("mp3", "mp3", 44100, 2, 10 * 1152 - 576 - 288, "MP3");
	is_cut_well("MP3");
	put_bytes(FILE_BYTES("\xFF\xFB\x90\xC0"));
	put_zeros(413);
	put_bytes(FILE_BYTES("\xFF\xFB\x90\xC0"));
	put_zeros(413);
	says("mp3", "mp3", 44100, 1, 0, "MP3 that does not say how long it is");
	file_size = 0;
	put_bytes(FILE_BYTES("\xFF\xFD\x90\0"));
	put_zeros(1000);
	refuses(PROBE_UNSUPPORTED, "layer 2");
	put_bytes(FILE_BYTES("ID3\3\0\0\0\0\0\0"));
	refuses(PROBE_TRUNCATED, "a tag alone");
	put_bytes(FILE_BYTES("\xFF\xF1\x50\x80\1\x7F\xFC"));
	says("adts", "aac", 44100, 2, 0, "ADTS");
	file_size = 0;
}

/* put_mp4 makes an M4A file whose tracks are of these kinds. */
static void
put_mp4(const char *kinds, const char *codec)
{
	size_t		moov;

	put_bytes(FILE_BYTES("\0\0\0\x10" "ftypM4A \0\0\0\0"));
	moov = file_size;
	put_bytes(FILE_BYTES("\0\0\0\0moov"));
	for (; *kinds != '\0'; kinds += 4)
	{
		put_bytes(FILE_BYTES("\0\0\0\xA0trak\0\0\0\x98mdia\0\0\0\x20mdhd"));
		put_zeros(12);
		put_bytes(FILE_BYTES("\0\0\xAC\x44\0\0\3\xE8\0\0\0\0\0\0\0\x1Chdlr"));
		put_zeros(8);
		put_bytes(kinds, 4);
		put_zeros(8);
		put_bytes(FILE_BYTES("\0\0\0\x54minf\0\0\0\x4Cstbl\0\0\0\x44stsd\0\0\0\0\0\0\0\1\0\0\0\x34"));
		put_bytes(codec, 4);
		put_zeros(16);
		put_bytes(FILE_BYTES("\0\2\0\x10\0\0\0\0\xAC\x44\0\0"));
		put_zeros(16);
	}
	put_bytes(FILE_BYTES("\0\0\0\xB9udta\0\0\0\xB1meta\0\0\0\0\0\0\0\xA5ilst"
						 "\0\0\0\x1C\xA9nam\0\0\0\x14" "data\0\0\0\1\0\0\0\0name"
						 "\0\0\0\x20trkn\0\0\0\x18" "data\0\0\0\0\0\0\0\0\0\0\0\7\0\x0C\0\0"
						 "\0\0\0\x40----\0\0\0\x10mean\0\0\0\0abcd\0\0\0\x10name\0\0\0\0ISRC\0\0\0\x18" "data\0\0\0\1\0\0\0\0x y z 12"
						 "\0\0\0\x21" "covr\0\0\0\x19" "data\0\0\0\x0D\0\0\0\0\xFF\xD8\xFF\xE0\0\x10JFI"));
	for (int i = 0; i < 4; i++)
		file[moov + (size_t) i] = (uint8_t) ((file_size - moov) >> (24 - 8 * i));
	put_bytes(FILE_BYTES("\0\0\0\x10mdat........"));
}

/* test_mp4: tracks of sound, of pictures, and metadata. */
static void
test_mp4(void)
{
	put_mp4("textsoun", "mp4a");
	says("mp4", "aac", 44100, 2, 1000, "M4A");
	tag_is("\xC2\xA9nam", "name");
	tag_is("trkn", "7");
	tag_is("----:abcd:ISRC", "x y z 12");
	is_number(tags.cover_size, 9, "its cover");
	is_cut_well("M4A");
	put_mp4("soun", "alac");
	says("mp4", "alac", 44100, 2, 1000, "Apple Lossless");
	ok(header.is_lossless && header.bits == 16, "it is lossless");
	read_file_of(file_size - 1);
	ok(header.is_cut, "a box that ends behind the file is a cut");
	file_size = 0;
	put_mp4("soun", "drms");
	refuses(PROBE_UNSUPPORTED, "sound that is locked");
	put_mp4("sounvide", "mp4a");
	refuses(PROBE_UNSUPPORTED, "a film");
	put_mp4("text", "mp4a");
	refuses(PROBE_UNSUPPORTED, "no sound");
	put_bytes(FILE_BYTES("\0\0\0\x10" "ftypM4A \0\0\0\0\0\0\0\7moov\0\0\0\0"));
	refuses(PROBE_UNDECODABLE, "a box that is shorter than its head");
	put_bytes(FILE_BYTES("\0\0\0\x10" "ftypM4A \0\0\0\0\0\0\0\1mdat\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"));
	refuses(PROBE_TRUNCATED, "a box without end");
}

/* test_others: what is something else, or something else besides. */
static void
test_others(void)
{
	refuses(PROBE_EMPTY, "nothing");
	put_bytes(FILE_BYTES("x"));
	refuses(PROBE_UNSUPPORTED, "one byte");
	put_bytes(FILE_BYTES("\x89PNG\r\n\x1A\n0123456789"));
	refuses(PROBE_UNSUPPORTED, "a picture");
	put_bytes(FILE_BYTES("RIFF\0\0\0\0WEBPVP8 "));
	refuses(PROBE_UNSUPPORTED, "a picture in RIFF");
	put_wave("\x90\1\0\0", 400);
	put_bytes(FILE_BYTES("PK\5\6\0\0\0\0\1\0\1\0\0\0\0\0\0\0\0\0\3\0end"));
	refuses(PROBE_POLYGLOT, "a ZIP archive");
	put_wave("\x90\1\0\0", 400);
	put_bytes(FILE_BYTES("PK\5\6\0\0\0\0\1\0\1\0\0\0\0\0\0\0\0\0\3\0ends"));
	says("wav", "pcm", 44100, 2, 100, "its mark somewhere else");
	file_size = 0;
	put_wave("\x90\1\0\0", 400);
	memcpy(file + 1019 - 600, "%PDF-", 5);
	refuses(PROBE_POLYGLOT, "a PDF");
}

int
main(void)
{
	test_wave();
	test_aiff();
	test_flac();
	test_ogg();
	test_mpeg();
	test_mp4();
	test_others();
	tags_free(&tags);
	return done_testing();
}
