/*
 * payment_effects.h
 *		The billing domain's side of its effects, for registry.c.
 */
#ifndef VEZA_PAYMENT_EFFECTS_H
#define VEZA_PAYMENT_EFFECTS_H

#include "../core/effects/effect.h"

extern void vz_payment_effect_result(const VzEffectResult *r);
extern void vz_refund_effect_result(const VzEffectResult *r);
extern void vz_probe_effect_result(const VzEffectResult *result);

#endif							/* VEZA_PAYMENT_EFFECTS_H */
