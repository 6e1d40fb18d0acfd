/*
 * effect_store.h
 *		What the files of the outbox share among themselves: the statements by
 *		which an effect changes its state.
 */
#ifndef VEZA_EFFECT_STORE_H
#define VEZA_EFFECT_STORE_H

#include "../machine/transition.h"

extern VzStore vz_effect_store;

#endif							/* VEZA_EFFECT_STORE_H */
