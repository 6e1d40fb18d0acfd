/*
 * disposition_test.c
 *		What a file is called in Content-Disposition.
 */
#include "../../httpd/wire/disposition.h"
#include "tap.h"

/* written returns the header of a name. */
static const char *
written(const char *name, const char *suffix)
{
	static char out[DISPOSITION_SIZE];

	disposition_write(out, false, name, suffix);
	return out;
}

int
main(void)
{
	char		long_name[2000];
	char		out[DISPOSITION_SIZE];

	is_text(written("avatar", "png"), "inline; filename=\"avatar.png\"", "a plain name");
	disposition_write(out, true, "My Song (live) - 2", "flac");
	is_text(out, "attachment; filename=\"My Song (live) - 2.flac\"", "blanks and brackets");
	is_text(written("Caf\xc3\xa9", "mp3"), "inline; filename=\"Caf_.mp3\"; filename*=UTF-8''Caf%C3%A9.mp3", "an accent");
	is_text(written("\xe6\x97\xa5\xe6\x9c\xac", "ogg"), "inline; filename=\"__.ogg\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC.ogg", "Japanese");
	is_text(written("100% \xe2\x82\xac", "wav"), "inline; filename=\"100_ _.wav\"; filename*=UTF-8''100%25%20%E2%82%AC.wav", "per cent");
	is_text(written("../../etc/passwd", "wav"), "inline; filename=\"_._.._etc_passwd.wav\"", "directories");
	is_text(written("a\\b\"c\r\nSet-Cookie: x", "wav"), "inline; filename=\"a_b_c__Set-Cookie_ x.wav\"",
		"what ends a name or a line");
	is_text(written("x\xe2\x80\xaegpj", "wav"), "inline; filename=\"x_gpj.wav\"", "what turns the direction of writing");
	is_text(written("song.WAV", "wav"), "inline; filename=\"song.wav\"", "a suffix that is there already");
	is_text(written("song.exe", "wav"), "inline; filename=\"song.exe.wav\"", "another one stays before ours");
	is_text(written("song. . ", "wav"), "inline; filename=\"song.wav\"", "blanks and dots at the end");
	is_text(written("", "bin"), "inline; filename=\"file.bin\"", "no name");
	is_text(written(" ", "bin"), "inline; filename=\"file.bin\"", "a blank");
	is_text(written(".wav", "wav"), "inline; filename=\"_wav.wav\"", "a hidden name");
	memset(long_name, 'x', sizeof(long_name));
	long_name[sizeof(long_name) - 1] = '\0';
	ok(strlen(written(long_name, "flac")) == strlen("inline; filename=\".flac\"") + DISPOSITION_NAME_MAX, "a long name is cut");
	for (size_t i = 0; i + 3 < sizeof(long_name); i += 3)
		memcpy(long_name + i, "\xe2\x82\xac", 3);
	long_name[sizeof(long_name) - 2] = '\0';
	ok(strlen(written(long_name, "flac")) < DISPOSITION_SIZE - 1 && strstr(written(long_name, "flac"), "%AC.flac") != NULL, "between two characters");
	return done_testing();
}
