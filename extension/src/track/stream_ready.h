/*
 * stream_ready.h
 *		The stream server: a version that is ready is ordered from it, and what it
 *		reports is kept.
 */
#ifndef VEZA_STREAM_READY_H
#define VEZA_STREAM_READY_H

#include "../core/effects/effect.h"
#include "version.h"

/* Orders the version from the stream server, if there is one. */
extern void vz_stream_order(const VzTrackVersion *v);

/* The relay has handed the order over, or given up. What the stream server makes of it, it reports itself. */
extern void vz_stream_effect_result(const VzEffectResult *result);

/* Of what the stream server answers to an order nothing is kept. */
extern const VzForeignMember vz_stream_facts[];

#endif							/* VEZA_STREAM_READY_H */
