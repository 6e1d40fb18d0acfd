/*
 * probe_tags_test.c
 *		Tags of files that strangers send: text in any encoding, ID3, comments of Vorbis,
 *		and what is understood of them.
 */
#include <stdlib.h>

#include "../../httpd/probe/genre.h"
#include "../../httpd/probe/id3.h"
#include "../../httpd/probe/tags.h"
#include "../../httpd/probe/text.h"
#include "../../httpd/probe/vorbis_comment.h"
#include "tap.h"

#define BYTES(text) (const uint8_t *) (text), sizeof(text) - 1
#define PNG "\x89PNG\r\n\x1A\n\0\0\0\rIHDR"
#define JPEG "\xFF\xD8\xFF\xE0\0\x10JFIF\0"

/* clean is a text as it is kept. */
static const char *
clean(const uint8_t *bytes, size_t len, TextEncoding encoding)
{
	static char out[64];

	text_clean(bytes, len, encoding, out, sizeof(out));
	return out;
}

/* test_text: every encoding, and what is in none. */
static void
test_text(void)
{
	char		small[8];
	size_t		with_nul;

	is_text(clean(BYTES("caf\xE9"), TEXT_LATIN1), "caf\xC3\xA9", "ISO 8859-1");
	is_text(clean(BYTES("\xFF\xFE" "a\0\xE9\0\x3D\xD8\x00\xDE"), TEXT_UTF16), "a\xC3\xA9\xF0\x9F\x98\x80", "UTF-16 by its mark");
	is_text(clean(BYTES("\xFE\xFF\0a"), TEXT_UTF16), "a", "UTF-16, the other way round");
	is_text(clean(BYTES("\0a\0b"), TEXT_UTF16_BE), "ab", "UTF-16, the highest byte first");
	is_text(clean(BYTES("a\0\x3D\xD8" "b\0"), TEXT_UTF16), "a\xEF\xBF\xBD" "b", "half of a pair");
	is_text(clean(BYTES("a\0b"), TEXT_UTF16), "a\xEF\xBF\xBD", "half of a character");
	is_text(clean(BYTES("\xEF\xBB\xBFx"), TEXT_UTF8), "x", "a mark before UTF-8");
	is_text(clean(BYTES("a\xC0\xAF\xED\xA0\x80\xF5z\xE2\x82"), TEXT_UTF8),
			"a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz\xEF\xBF\xBD\xEF\xBF\xBD", "what is not UTF-8");
	is_text(clean(BYTES("caf\xE9"), TEXT_UNSAID), "caf\xC3\xA9", "not said, and not UTF-8");
	is_text(clean(BYTES("caf\xC3\xA9"), TEXT_UNSAID), "caf\xC3\xA9", "not said, and UTF-8");
	is_text(clean(BYTES(" \t a\r\nb\x07 \n\0\0"), TEXT_UTF8), "a\nb\xEF\xBF\xBD", "control characters, and blanks around");
	is_text(clean(BYTES("a\0b\0\0"), TEXT_UTF8), "a; b", "several values");
	is_text(clean(BYTES("\0\0 \0"), TEXT_UTF8), "", "nothing");
	text_clean(BYTES("abcdef\xC3\xA9"), TEXT_UTF8, small, sizeof(small));
	is_text(small, "abcdef", "what does not fit is cut off between characters");
	ok(text_until_nul(BYTES("a\0\0\0b"), TEXT_UTF16, &with_nul) == 2 && with_nul == 4, "the end of a text of two bytes each");
	ok(text_until_nul(BYTES("abc"), TEXT_LATIN1, &with_nul) == 3 && with_nul == 3, "a text without an end");
}

/* raw is the value of a tag; NULL when there is none. */
static const char *
raw(const Tags *tags, const char *name)
{
	for (size_t i = 0; i < tags->count; i++)
		if (strcmp(tags->tag[i].name, name) == 0)
			return tags->tag[i].value;
	return NULL;
}

/* test_id3: the three versions. */
static void
test_id3(void)
{
	Tags		tags = {.cover_max = 1000};
	static const char v3[] = "ID3\3\0\0\0\0\1\x2C"
		"TIT2\0\0\0\5\0\0\0name"
		"TXXX\0\0\0\x0B\0\0\0isrc\0x y z"
		"COMM\0\0\0\x0A\0\0\1eng\xFF\xFE\0\0!\0"
		"ZIPP\0\0\0\2\0\0\0\0"
		"TALB\0\0\0\4\0\x80\0\0\0\0"
		"TPE1\0\0\0\3\0\x20\x07\0a"
		"APIC\0\0\0\x23\0\0\0image/png\0\3d\0" PNG "\0\0\0\0\0";
	static const char v2[] = "ID3\2\0\0\0\0\0\x40TT2\0\0\3\0ab" "PIC\0\0\x15\0JPG\0\0" JPEG "\0\0\0\0";
	static const char v4[] = "ID3\4\0\0\0\0\1\0TCON\0\0\0\4\0\0\0(9)" "TRCK\0\0\0\5\0\0\0" "3/12"
		"TDRC\0\0\0\7\0\2\3" "1\xFF\0" "999";

	id3v2_read(BYTES(v3), &tags);
	is_text(raw(&tags, "TIT2"), "name", "a text");
	is_text(raw(&tags, "TXXX:isrc"), "x y z", "a text with a description");
	is_text(raw(&tags, "COMM"), "!", "a comment, in UTF-16");
	is_text(raw(&tags, "TALB"), NULL, "a frame that is compressed is left out");
	is_text(raw(&tags, "TPE1"), "a", "a frame of a group");
	ok(tags.cover != NULL && tags.cover_is_front && memcmp(tags.cover, PNG, 8) == 0, "a picture");
	is_text(tags.cover_type, "image/png", "and what it is");
	tags_free(&tags);
	tags.cover_max = 1000;
	id3v2_read(BYTES(v2), &tags);
	is_text(raw(&tags, "TT2"), "ab", "a text of version 2.2");
	is_text(tags.cover_type, "image/jpeg", "a picture of version 2.2");
	tags_free(&tags);
	id3v2_read(BYTES(v4), &tags);
	is_text(raw(&tags, "TRCK"), "3/12", "a text of version 2.4");
	is_text(raw(&tags, "TDRC"), "1\xEF\xBF\xBD" "999", "unsynchronisation is undone");
	tags_free(&tags);
	for (size_t len = 0; len < sizeof(v3); len++)
	{
		/* A block of exactly that size: the sanitizer sees a byte too far. */
		uint8_t    *bytes = malloc(len);

		memcpy(bytes, v3, len);
		id3v2_read(bytes, len, &tags);
		each(tags.count <= 4, "%zu bytes", len);
		tags_free(&tags);
		free(bytes);
	}
	all("a tag that is cut anywhere");
	ok(id3v2_length((const uint8_t *) "ID3\4\0\x10\0\0\1\0") == 10 + 128 + 10, "a tag with a foot");
	ok(id3v2_length((const uint8_t *) "ID3\3\0\0\x80\0\0\0") == 0 && id3v2_length((const uint8_t *) "ID3\5\0\0\0\0\0\0") == 0, "no tag");
}

/* test_id3v1: the old tag at the end. */
static void
test_id3v1(void)
{
	uint8_t		tag[ID3V1_SIZE + 3] = "xyzTAGold title";
	SourceBytes bytes = {tag, sizeof(tag)};
	Source		source = source_of_bytes(&bytes);
	Tags		tags = {0};

	memcpy(tag + 3 + 93, "1984", 4);
	tag[3 + 126] = 12;
	tag[3 + 127] = 17;
	id3v1_take(&source, &tags);
	is_text(raw(&tags, "ID3v1:title"), "old title", "the title");
	is_text(raw(&tags, "ID3v1:year"), "1984", "the year");
	is_text(raw(&tags, "ID3v1:track"), "12", "the number");
	is_text(raw(&tags, "ID3v1:genre"), "Rock", "the genre");
	tags_free(&tags);
}

/* test_vorbis: comments, and a picture in base64. */
static void
test_vorbis(void)
{
	Tags		tags = {.cover_max = 1000};
	static const char comments[] = "\2\0\0\0me\x03\0\0\0" "\x0A\0\0\0title=x\xFFyz" "\4\0\0\0=abc"
		"\x0B\0\0\0ArTiSt=some" "\7\0\0\0B=1=2\0\n"
		"\x4F\0\0\0metadata_block_picture=AAAAAwAAAAAAAAAAAAAAAQAAAAEAAAAYAAAAAAAAAAn/2P/gABBKRkk="
		"\xFF\xFF\xFF\x7F" "A=lost";

	vorbis_comment_read(BYTES(comments), &tags);
	is_number(tags.count, 3, "comments without a name, and those that are not whole, are left out");
	is_text(raw(&tags, "title"), "x\xEF\xBF\xBDyz", "what is no UTF-8 is replaced");
	is_text(raw(&tags, "B"), "1=2", "a value may have the sign in it");
	is_number(tags.cover_size, 9, "a picture");
	is_text(tags.cover_type, "image/jpeg", "and what it is");
	tags_free(&tags);
}

/* test_bounds: nothing grows beyond its bounds. */
static void
test_bounds(void)
{
	static uint8_t large[100000];
	Tags		tags = {.cover_max = 20};
	char		name[2 * TAG_NAME_MAX];

	memset(large, 'x', sizeof(large));
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (int i = 0; i < 1000; i++)
		tags_add_named(&tags, name, name, large, sizeof(large), TEXT_UTF8);
	is_number(tags.count, TAGS_MAX, "so many pairs");
	is_number(strlen(tags.tag[TAGS_MAX - 1].value), TAG_VALUE_MAX, "of so many bytes");
	ok(strlen(tags.tag[0].name) <= TAG_NAME_MAX, "and names of so many");
	memcpy(large, PNG, 8);
	tags_add_picture(&tags, true, large, 21);
	ok(tags.cover == NULL, "a picture that is too large is none");
	tags_add_picture(&tags, true, BYTES("GIF89a0123456789"));
	ok(tags.cover == NULL, "nor one of another kind");
	tags_add_picture(&tags, false, large, 20);
	tags_add_picture(&tags, false, large, 19);
	is_number(tags.cover_size, 20, "the first picture counts");
	tags_add_picture(&tags, true, large, 18);
	tags_add_picture(&tags, true, large, 17);
	is_number(tags.cover_size, 18, "but for the first that is the front cover");
	tags_free(&tags);
}

/* understood adds one pair and says what is understood. */
static TagFields
understood(Tags *tags, const char *name, const char *value)
{
	TagFields	fields;

	tags_free(tags);
	tags_add(tags, name, (const uint8_t *) value, strlen(value), TEXT_UTF8);
	tags_understand(tags, &fields);
	return fields;
}

/* test_meanings: what is understood, and what is not. */
static void
test_meanings(void)
{
	Tags		tags = {0};
	TagFields	fields;

	is_text(understood(&tags, "TSRC", "fr-z03-98-00212").isrc, "FRZ039800212", "a code of a recording");
	is_text(understood(&tags, "isrc", "USRC17607839").isrc, "USRC17607839", "a comment of Vorbis");
	is_text(understood(&tags, "INFO:ISRC", "USRC17607839").isrc, "", "the source of a sound is none");
	is_text(understood(&tags, "TSRC", "USRC1760783").isrc, "", "too short");
	is_text(understood(&tags, "TSRC", "USRC176078399").isrc, "", "too long");
	is_text(understood(&tags, "TSRC", "1SRC17607839").isrc, "", "no country");
	is_number(understood(&tags, "DATE", "2004-05-06").year, 2004, "a date has a year");
	is_number(understood(&tags, "DATE", "20040506").year, 0, "something else has none");
	is_number(understood(&tags, "TRACKNUMBER", "07/12").track, 7, "a number of a track");
	ok(understood(&tags, "TBPM", "128.5").bpm == 128.5 && understood(&tags, "BPM", "0").bpm == 0
	   && understood(&tags, "BPM", "1e9").bpm == 1 && understood(&tags, "BPM", "99999999999999999999").bpm == 0, "beats");
	is_text(understood(&tags, "TCON", "(17)").genre, "Rock", "a genre by its number");
	is_text(understood(&tags, "TCON", "(17)Folk").genre, "Folk", "with a better name");
	is_text(understood(&tags, "TCON", "17").genre, "Rock", "without brackets");
	is_text(understood(&tags, "TCON", "2-step").genre, "2-step", "a name that begins with a digit");
	is_text(understood(&tags, "TCON", "(999999999999)").genre, "(999999999999)", "a number that nobody has");
	tags_add(&tags, "TPE2", BYTES("band"), TEXT_UTF8);
	tags_add(&tags, "artist", BYTES("one"), TEXT_UTF8);
	tags_add(&tags, "Artist", BYTES("two"), TEXT_UTF8);
	tags_understand(&tags, &fields);
	is_text(fields.artist, "one", "the artist comes before the album's artist, the first before the second");
	tags_free(&tags);
}

int
main(void)
{
	test_text();
	test_id3();
	test_id3v1();
	test_vorbis();
	test_bounds();
	test_meanings();
	return done_testing();
}
