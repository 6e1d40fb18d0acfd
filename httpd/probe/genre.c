/*
 * genre.c
 *		Genres that tags give as numbers (see genre.h). Pure. Source: ID3v2.3, appendix A;
 *		of the numbers that programs added later nobody has a list that all agree on.
 */
#include "genre.h"

#include <stddef.h>
#include <stdlib.h>

static const char *const genres[] = {
	"Blues", "Classic Rock", "Country", "Dance", "Disco", "Funk", "Grunge", "Hip-Hop", "Jazz", "Metal",
	"New Age", "Oldies", "Other", "Pop", "R&B", "Rap", "Reggae", "Rock", "Techno", "Industrial",
	"Alternative", "Ska", "Death Metal", "Pranks", "Soundtrack", "Euro-Techno", "Ambient", "Trip-Hop", "Vocal", "Jazz+Funk",
	"Fusion", "Trance", "Classical", "Instrumental", "Acid", "House", "Game", "Sound Clip", "Gospel", "Noise",
	"AlternRock", "Bass", "Soul", "Punk", "Space", "Meditative", "Instrumental Pop", "Instrumental Rock", "Ethnic", "Gothic",
	"Darkwave", "Techno-Industrial", "Electronic", "Pop-Folk", "Eurodance", "Dream", "Southern Rock", "Comedy", "Cult", "Gangsta",
	"Top 40", "Christian Rap", "Pop/Funk", "Jungle", "Native American", "Cabaret", "New Wave", "Psychedelic", "Rave", "Showtunes",
	"Trailer", "Lo-Fi", "Tribal", "Acid Punk", "Acid Jazz", "Polka", "Retro", "Musical", "Rock & Roll", "Hard Rock",
};

const char *
genre_of_number(int number)
{
	return number >= 0 && (size_t) number < sizeof(genres) / sizeof(genres[0]) ? genres[number] : NULL;
}

const char *
genre_of_text(const char *text)
{
	const char *at = text + (*text == '(');
	const char *genre;
	char	   *end;
	long		number;

	if (*at < '0' || *at > '9')
		return text;
	number = strtol(at, &end, 10);
	if (*text == '(' ? *end != ')' : *end != '\0')
		return text;
	if (*text == '(' && end[1] != '\0' && end[1] != '(')
		return end + 1;
	genre = genre_of_number(number > 255 ? -1 : (int) number);
	return genre != NULL ? genre : text;
}
