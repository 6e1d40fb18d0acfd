/*
 * payment_effects.h
 *		What the relay's reports mean to payments and refunds, for registry.c.
 */
#ifndef VEZA_PAYMENT_EFFECTS_H
#define VEZA_PAYMENT_EFFECTS_H

#include "../core/effects/effect.h"

extern void vz_payment_effect_result(const VzEffectResult *r);
extern void vz_refund_effect_result(const VzEffectResult *r);
extern void vz_probe_effect_result(const VzEffectResult *result);

#endif							/* VEZA_PAYMENT_EFFECTS_H */
