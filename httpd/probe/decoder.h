/*
 * decoder.h
 *		Sound as samples, whatever it was encoded in. For the only thread of veza-probe.
 */
#ifndef VEZA_PROBE_DECODER_H
#define VEZA_PROBE_DECODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "header.h"
#include "source.h"

#define BLOCK_FRAMES	4096

/* Frames of interleaved channels: whole numbers whose full scale is 32 bits, or numbers whose full scale is 1. */
typedef union PcmBlock
{
	int32_t		whole[BLOCK_FRAMES * CHANNELS_MAX];
	float		real[BLOCK_FRAMES * CHANNELS_MAX];
} PcmBlock;

typedef struct Decoder
{
	uint32_t	rate;			/* Hz */
	uint32_t	channels;		/* 1 to CHANNELS_MAX */
	bool		is_whole;		/* which member of a block is filled */
	/* Fills a block; returns how many frames, 0 at the end. */
	size_t		(*read) (struct Decoder *decoder, PcmBlock *block);
	bool		has_failed;		/* it ended because something is wrong with what is encoded */
	void	   *state;
	int			fd;
} Decoder;

/* Opens a file for libsndfile, which reads the source as it goes; PROBE_OK, or why not. */
extern ProbeCode decoder_open_file(Decoder *decoder, const Source *source, const AudioHeader *header);

/* Opens the samples that ffmpeg writes into a pipe; PROBE_OK, or why not. */
extern ProbeCode decoder_open_pipe(Decoder *decoder, int fd, const AudioHeader *header);

#endif							/* VEZA_PROBE_DECODER_H */
