/*
 * psp_document.c
 *		What we take of the payment provider's documents (see psp_document.h).
 *		Source: the provider's API, and the statements that read the facts.
 */
#include "psp_document.h"

/* Members that a payment has, alone and as the object of a webhook. */
#define PAYMENT_MEMBERS \
	{"payment_id", VZ_FOREIGN_TEXT, 200}, \
	{"status", VZ_FOREIGN_TEXT, 100}, \
	{"amount", VZ_FOREIGN_MINOR}, \
	{"amount_received", VZ_FOREIGN_MINOR}, \
	{"currency", VZ_FOREIGN_TEXT, 10}, \
	{"expires_on", VZ_FOREIGN_TEXT, 40}, \
	{"updated", VZ_FOREIGN_TEXT, 40}, \
	{"modified_at", VZ_FOREIGN_TEXT, 40}, \
	{"error_code", VZ_FOREIGN_TEXT, 200}, \
	{"error_message", VZ_FOREIGN_TEXT, 500}, \
	{"payment_method_id", VZ_FOREIGN_TEXT, 200}, \
	{"manual_retry_allowed", VZ_FOREIGN_BOOL}, \
	{"metadata", VZ_FOREIGN_OBJECT, 0, metadata}, \
	{"refunds", VZ_FOREIGN_LIST, 100, vz_psp_refund}, \
	{"disputes", VZ_FOREIGN_LIST, 100, dispute}

static const VzForeignMember metadata[] = {
	{"subscription_id", VZ_FOREIGN_TEXT, 100},
	{0}
};

static const VzForeignMember dispute[] = {
	{"dispute_id", VZ_FOREIGN_TEXT, 200},
	{"dispute_status", VZ_FOREIGN_TEXT, 100},
	{0}
};

const VzForeignMember vz_psp_refund[] = {
	{"refund_id", VZ_FOREIGN_TEXT, 200},
	{"payment_id", VZ_FOREIGN_TEXT, 200},
	{"status", VZ_FOREIGN_TEXT, 100},
	{"amount", VZ_FOREIGN_MINOR},
	{"currency", VZ_FOREIGN_TEXT, 10},
	{"error_code", VZ_FOREIGN_TEXT, 200},
	{"error_message", VZ_FOREIGN_TEXT, 500},
	{"not_found", VZ_FOREIGN_BOOL},
	{0}
};

const VzForeignMember vz_psp_payment[] = {
	PAYMENT_MEMBERS,
	{"not_found", VZ_FOREIGN_BOOL},
	{0}
};

static const VzForeignMember object[] = {
	PAYMENT_MEMBERS,
	{"refund_id", VZ_FOREIGN_TEXT, 200},
	{"dispute_id", VZ_FOREIGN_TEXT, 200},
	{"dispute_status", VZ_FOREIGN_TEXT, 100},
	{0}
};

static const VzForeignMember content[] = {
	{"type", VZ_FOREIGN_TEXT, 100},
	{"object", VZ_FOREIGN_OBJECT, 0, object},
	{0}
};

const VzForeignMember vz_psp_webhook[] = {
	{"event_id", VZ_FOREIGN_TEXT, VZ_PSP_EVENT_ID_MAX + 1},
	{"event_type", VZ_FOREIGN_TEXT, 100},
	{"content", VZ_FOREIGN_OBJECT, 0, content},
	{0}
};
