/*
 * psp_document.c
 *		What we take of the payment provider's documents (see psp_document.h).
 *		Source: the provider's API, and the statements that read the facts.
 */
#include "psp_document.h"

/* Members that a payment has, alone and as the object of a webhook. */
#define PAYMENT_MEMBERS \
	{"payment_id", VZ_FOREIGN_TEXT, 200, NULL}, \
	{"status", VZ_FOREIGN_TEXT, 100, NULL}, \
	{"amount", VZ_FOREIGN_MINOR, 0, NULL}, \
	{"amount_received", VZ_FOREIGN_MINOR, 0, NULL}, \
	{"currency", VZ_FOREIGN_TEXT, 10, NULL}, \
	{"expires_on", VZ_FOREIGN_TEXT, 40, NULL}, \
	{"updated", VZ_FOREIGN_TEXT, 40, NULL}, \
	{"modified_at", VZ_FOREIGN_TEXT, 40, NULL}, \
	{"error_code", VZ_FOREIGN_TEXT, 200, NULL}, \
	{"error_message", VZ_FOREIGN_TEXT, 500, NULL}, \
	{"payment_method_id", VZ_FOREIGN_TEXT, 200, NULL}, \
	{"manual_retry_allowed", VZ_FOREIGN_BOOL, 0, NULL}, \
	{"metadata", VZ_FOREIGN_OBJECT, 0, metadata}, \
	{"refunds", VZ_FOREIGN_LIST, 100, vz_psp_refund}, \
	{"disputes", VZ_FOREIGN_LIST, 100, dispute}

/* The subjects of purposes (see purpose.h): what is not listed is not compared with what was paid for. */
static const VzForeignMember metadata[] = {
	{"subscription_id", VZ_FOREIGN_TEXT, 100, NULL},
	VZ_FOREIGN_END
};

static const VzForeignMember dispute[] = {
	{"dispute_id", VZ_FOREIGN_TEXT, 200, NULL},
	{"dispute_status", VZ_FOREIGN_TEXT, 100, NULL},
	VZ_FOREIGN_END
};

const VzForeignMember vz_psp_refund[] = {
	{"refund_id", VZ_FOREIGN_TEXT, 200, NULL},
	{"payment_id", VZ_FOREIGN_TEXT, 200, NULL},
	{"status", VZ_FOREIGN_TEXT, 100, NULL},
	{"amount", VZ_FOREIGN_MINOR, 0, NULL},
	{"currency", VZ_FOREIGN_TEXT, 10, NULL},
	{"error_code", VZ_FOREIGN_TEXT, 200, NULL},
	{"error_message", VZ_FOREIGN_TEXT, 500, NULL},
	{"not_found", VZ_FOREIGN_BOOL, 0, NULL},
	VZ_FOREIGN_END
};

const VzForeignMember vz_psp_payment[] = {
	PAYMENT_MEMBERS,
	{"not_found", VZ_FOREIGN_BOOL, 0, NULL},
	VZ_FOREIGN_END
};

const VzForeignMember vz_psp_probe[] = {
	{"works", VZ_FOREIGN_BOOL, 0, NULL},
	{"reachable", VZ_FOREIGN_BOOL, 0, NULL},
	{"credentials", VZ_FOREIGN_TEXT, 20, NULL},
	VZ_FOREIGN_END
};

static const VzForeignMember object[] = {
	PAYMENT_MEMBERS,
	{"refund_id", VZ_FOREIGN_TEXT, 200, NULL},
	{"dispute_id", VZ_FOREIGN_TEXT, 200, NULL},
	{"dispute_status", VZ_FOREIGN_TEXT, 100, NULL},
	VZ_FOREIGN_END
};

static const VzForeignMember content[] = {
	{"type", VZ_FOREIGN_TEXT, 100, NULL},
	{"object", VZ_FOREIGN_OBJECT, 0, object},
	VZ_FOREIGN_END
};

const VzForeignMember vz_psp_webhook[] = {
	{"event_id", VZ_FOREIGN_TEXT, VZ_PSP_EVENT_ID_MAX + 1, NULL},
	{"event_type", VZ_FOREIGN_TEXT, 100, NULL},
	{"content", VZ_FOREIGN_OBJECT, 0, content},
	VZ_FOREIGN_END
};
