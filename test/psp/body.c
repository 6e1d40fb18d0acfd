/*
 * body.c
 *	  What the bodies of the API's requests must look like.
 *
 * Source: the published request schemas, and the runtime where it is stricter:
 * it refuses members it does not know, bounds session_expiry, and bounds
 * metadata.  Members that the simulator never reads are not checked further.
 */
#include "body.h"

#include <string.h>

#include "fields.h"

/* Every member that some published payment request has. */
static const char payment_members[] =
" all_keys_required allowed_payment_method_types amount"
" amount_to_capture authentication_type billing billing_descriptor"
" browser_info business_country business_label capture_method"
" client_secret confirm connector connector_metadata"
" ctp_service_details currency customer customer_acceptance"
" customer_id description discount_amount duty_amount"
" enable_overcapture enable_partial_authorization"
" external_surcharge_strategy force_3ds_challenge frm_metadata"
" installment_data installment_options is_iframe_redirection_enabled"
" is_stored_credential mandate_data mandate_id"
" merchant_connector_details merchant_order_reference_id metadata"
" mit_category off_session offer_details order_date order_details"
" order_tax_amount partner_merchant_identifier_details"
" payment_channel payment_experience payment_id payment_link"
" payment_link_config payment_link_config_id payment_method"
" payment_method_data payment_method_type payment_token payment_type"
" profile_acquirer_id profile_id psd2_sca_exemption_type"
" recurring_details request_extended_authorization"
" request_external_three_ds_authentication"
" request_incremental_authorization retry_action return_url routing"
" session_expiry setup_future_usage shipping shipping_amount_tax"
" shipping_cost skip_external_tax_calculation split_payments"
" statement_descriptor_name statement_descriptor_suffix"
" surcharge_details tax_status three_ds_data threeds_method_comp_ind"
" tokenization ";

static const char refund_members[] =
" all_keys_required amount merchant_connector_details merchant_id"
" metadata payment_id reason refund_id refund_type split_refunds ";

static const char currencies[] =
" AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF"
" BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLF CLP CNY COP"
" CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP"
" GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD"
" IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP"
" LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN"
" MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG"
" QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD"
" SSP STD STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH"
" UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL ";

static const char payment_methods[] =
" card card_redirect pay_later wallet bank_redirect bank_transfer"
" crypto bank_debit reward real_time_payment upi voucher gift_card"
" open_banking mobile_payment network_token ";

#define INT64_LIMIT 9223372036854775807LL

static const struct field payment_fields[] = {
	{"amount", FIELD_INTEGER, 0, INT64_LIMIT, NULL},
	{"authentication_type", FIELD_WORD, 0, 0, " three_ds no_three_ds "},
	{"capture_method", FIELD_WORD, 0, 0,
	" automatic manual manual_multiple scheduled sequential_automatic "},
	{"client_secret", FIELD_STRING, 0, 255, NULL},
	{"confirm", FIELD_BOOL, 0, 0, NULL},
	{"currency", FIELD_WORD, 0, 0, currencies},
	{"customer_id", FIELD_ID, 0, 0, NULL},
	{"description", FIELD_STRING, 0, 65536, NULL},
	{"merchant_order_reference_id", FIELD_STRING, 0, 255, NULL},
	{"metadata", FIELD_METADATA, 0, 0, NULL},
	{"mit_category", FIELD_WORD, 0, 0,
	" installment unscheduled recurring resubmission "},
	{"off_session", FIELD_BOOL, 0, 0, NULL},
	{"payment_id", FIELD_ID, 0, 0, NULL},
	{"payment_method", FIELD_WORD, 0, 0, payment_methods},
	{"profile_id", FIELD_STRING, 1, 64, NULL},
	{"recurring_details", FIELD_OBJECT, 0, 0, NULL},
	{"return_url", FIELD_URL, 8, 2048, NULL},
	{"session_expiry", FIELD_INTEGER, 60, 7890000, NULL},
	{"setup_future_usage", FIELD_WORD, 0, 0, " off_session on_session "},
	{"statement_descriptor_name", FIELD_STRING, 0, 255, NULL},
	{"statement_descriptor_suffix", FIELD_STRING, 0, 255, NULL},
};

static const struct field cancel_fields[] = {
	{"cancellation_reason", FIELD_STRING, 0, 255, NULL},
};

static const struct field capture_fields[] = {
	{"amount_to_capture", FIELD_INTEGER, 1, INT64_LIMIT, NULL},
};

static const struct field refund_fields[] = {
	{"amount", FIELD_INTEGER, 100, INT64_LIMIT, NULL},
	{"metadata", FIELD_METADATA, 0, 0, NULL},
	{"payment_id", FIELD_ID, 0, 0, NULL},
	{"reason", FIELD_STRING, 0, 255, NULL},
	{"refund_id", FIELD_ID, 0, 0, NULL},
	{"refund_type", FIELD_WORD, 0, 0, " instant scheduled "},
};

static const struct field customer_fields[] = {
	{"customer_id", FIELD_ID, 0, 0, NULL},
	{"description", FIELD_STRING, 0, 255, NULL},
	{"email", FIELD_STRING, 0, 255, NULL},
	{"metadata", FIELD_METADATA, 0, 0, NULL},
	{"name", FIELD_STRING, 0, 255, NULL},
	{"phone", FIELD_STRING, 0, 255, NULL},
	{"phone_country_code", FIELD_STRING, 0, 255, NULL},
};

#define CHECK(body, fields, refusal) \
	fields_check(body, fields, sizeof(fields) / sizeof((fields)[0]), refusal)

/* Accepts a body that has no member outside the list. */
static bool
members_known(const json_t *body, const char *members, struct refusal *refusal)
{
	const char *key;
	json_t	   *value;

	json_object_foreach((json_t *) body, key, value)
	{
		if (!word_in(members, key))
			return refuse(refusal, 400, "IR_06",
						  "Json deserialize error: unknown field `%s`", key);
	}
	return true;
}

/* Accepts a body in which the member is there and not null. */
static bool
member_present(const json_t *body, const char *name, struct refusal *refusal)
{
	const json_t *member = json_object_get(body, name);

	if (member == NULL || json_is_null(member))
		return refuse(refusal, 400, "IR_04", "Missing required param: %s", name);
	return true;
}

/* Accepts the charge of a stored instrument, or a body that is none. */
static bool
recurring_check(const json_t *body, struct refusal *refusal)
{
	const json_t *details = json_object_get(body, "recurring_details");
	const char *type = get_string(details, "type", "");
	const json_t *data = json_object_get(details, "data");

	if (details == NULL || json_is_null(details))
		return true;
	if (strcmp(type, "payment_method_id") == 0 || strcmp(type, "mandate_id") == 0)
	{
		if (!json_is_string(data) || json_string_length(data) == 0)
			return refuse(refusal, 400, "IR_06",
						  "Json deserialize error: recurring_details.data is not a string");
	}
	else if (type[0] == '\0' || !json_is_object(data))
		return refuse(refusal, 400, "IR_06",
					  "Json deserialize error: recurring_details needs type and data");
	if (!member_present(body, "customer_id", refusal))
		return false;
	if (!get_bool(body, "confirm", false) || !get_bool(body, "off_session", false))
		return refuse(refusal, 400, "IR_16",
					  "recurring_details needs `confirm` and `off_session` to be true");
	return true;
}

/* Accepts a body that may update or confirm a payment. */
bool
body_payment(const json_t *body, struct refusal *refusal)
{
	return members_known(body, payment_members, refusal) &&
		CHECK(body, payment_fields, refusal);
}

/* Accepts a body that may create a payment. */
bool
body_create(const json_t *body, struct refusal *refusal)
{
	return body_payment(body, refusal) &&
		member_present(body, "amount", refusal) &&
		member_present(body, "currency", refusal) &&
		recurring_check(body, refusal);
}

/* Accepts a body that may cancel a payment. */
bool
body_cancel(const json_t *body, struct refusal *refusal)
{
	return CHECK(body, cancel_fields, refusal);
}

/* Accepts a body that may capture a payment. */
bool
body_capture(const json_t *body, struct refusal *refusal)
{
	return CHECK(body, capture_fields, refusal);
}

/* Accepts a body that may create a refund. */
bool
body_refund(const json_t *body, struct refusal *refusal)
{
	return members_known(body, refund_members, refusal) &&
		member_present(body, "payment_id", refusal) &&
		CHECK(body, refund_fields, refusal);
}

/* Accepts a body that may create a customer. */
bool
body_customer(const json_t *body, struct refusal *refusal)
{
	return CHECK(body, customer_fields, refusal);
}
