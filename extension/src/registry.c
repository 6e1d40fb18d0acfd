/*
 * registry.c
 *		Where the domains are put together: all machines, all kinds of effects.
 */
#include "billing/billing_states.h"
#include "billing/payment_effects.h"
#include "billing/psp_document.h"
#include "core/effect_states.h"
#include "core/transition.h"
#include "distribution/distribution_states.h"
#include "mail/mail.h"

const VzMachine *const vz_machines[] = {
	&vz_subscription_machine,
	&vz_payment_machine,
	&vz_refund_machine,
	&vz_distribution_machine,
	&vz_effect_machine,
};
const int	vz_nmachines = VZ_LENGTH(vz_machines);

const VzEffectKind vz_effect_kinds[] = {
	{"psp_create", vz_payment_effect_result, vz_psp_payment},
	{"psp_retrieve", vz_payment_effect_result, vz_psp_payment},
	{"psp_cancel", vz_payment_effect_result, vz_psp_payment},
	{"psp_refund", vz_refund_effect_result, vz_psp_refund},
	{"psp_refund_retrieve", vz_refund_effect_result, vz_psp_refund},
	{"mail_send", vz_mail_effect_result, vz_mail_facts},
};
const int	vz_neffect_kinds = VZ_LENGTH(vz_effect_kinds);
