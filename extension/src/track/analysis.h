/*
 * analysis.h
 *		What veza-probe has found in a file: the worker's JSON document goes in,
 *		typed and bounded values come out.
 *
 *	{"ok": true, "container": text, "codec": text, "duration_ms": n, "sample_rate": n,
 *	 "channels": n, "bits": n, "pcm_sha256": hex,
 *	 "loudness": {"integrated": LUFS, "range": LU, "true_peak": dBTP},
 *	 "fingerprint": [int, ...],
 *	 "tags": {"title", "artist", "album", "genre", "isrc", "bpm": texts},
 *	 "raw_tags": {name: text, ...} or [[name, text], ...],
 *	 "waveform", "waveform_json": {"hash", "size", "type"}, "cover": {"hash", "size", "type", "width", "height"}}
 *	{"ok": false, "code": word, "detail": text, "retry": boolean}
 *
 * Every member but ok may be missing; one of another type than here counts as missing.
 */
#ifndef VEZA_TRACK_ANALYSIS_H
#define VEZA_TRACK_ANALYSIS_H

#include "../core/ground/query.h"
#include "../file/stored_file.h"

#define VZ_UNKNOWN PG_INT64_MIN

typedef struct VzAnalysis
{
	bool		ok;
	bool		may_retry;		/* of a failure: another try may help */
	char	   *code;			/* of a failure: a word */
	char	   *detail;			/* of a failure: what an operator may want to know, or NULL */
	int64		duration_ms;	/* numbers are VZ_UNKNOWN where there is none */
	int64		sample_rate;
	int64		channels;
	int64		bits;
	int64		loudness_mlu;	/* thousandths */
	int64		loudness_range_mlu;
	int64		true_peak_mdb;
	char	   *codec;
	char	   *pcm_hash;
	VzArg		fingerprint;	/* integer[] */
	VzStoredFile waveform;		/* without a hash: none */
	VzStoredFile waveform_json;
	VzStoredFile cover;
	char	   *raw_tags;		/* jsonb text */
	char	   *title;			/* of the tags, cut to what a track's field may hold; NULL: none */
	char	   *artist;
	char	   *album;
	char	   *genre;
	char	   *isrc;
	int64		bpm;
} VzAnalysis;

/* Reads the document; false when it is no object, or does not say whether it went well. */
extern bool vz_analysis_read(text *document, VzAnalysis *a);

#endif							/* VEZA_TRACK_ANALYSIS_H */
