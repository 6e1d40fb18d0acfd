/*
 * audio.h
 *		What kind of audio is it? Pure.
 *
 * Judged by content alone, never by a name or a type that somebody has sent:
 * a container is known when it begins as it must, and what stands at the
 * places that it names is what has to be there. Nothing is decoded, so that a
 * file which is taken here may still turn out to be broken.
 */
#ifndef VEZA_AUDIO_H
#define VEZA_AUDIO_H

#include "content.h"

/*
 * Finds the type: audio/wav (RIFF, RF64), audio/aiff (AIFF, AIFC), audio/flac,
 * audio/mpeg (MP3), audio/ogg (Vorbis, Opus, FLAC), audio/mp4 (sound without
 * moving pictures), audio/aac (ADTS). Static; NULL when it is none of them.
 */
extern const char *audio_probe(const FileContent *content);

#endif							/* VEZA_AUDIO_H */
