/*
 * hyperswitch_test.c
 *		The provider's wire, branch by branch: what is sent, what follows each
 *		answer, what the order has come to. Source: the facts of the wire in
 *		hyperswitch.c's header, and the table of errors they come from.
 */
#include <stdlib.h>

#include "../../httpd/relay/hyperswitch.h"
#include "../../httpd/wire/target.h"
#include "tap.h"

#define PAY		"pay_abcdefghijklmnopqrstuvwxyz"
#define REF		"ref_abcdefghijklmnopqrstuvwxyz"
#define SUB		"123e4567-e89b-12d3-a456-426614174000"

#define CREATE \
	"{\"payment_id\":\"" PAY "\",\"amount\":1999,\"currency\":\"EUR\",\"customer_id\":\"cus_1\",\"attempt_no\":2," \
	"\"session_expiry\":86400,\"subscription_id\":\"" SUB "\",\"description\":\"Pro, monthly\"," \
	"\"purpose\":\"initial\",\"return_url\":\"https://app.example/back\",\"idempotency_key\":\"k\"}"
#define RETRIEVE	"{\"payment_id\":\"" PAY "\",\"force_sync\":false}"
#define SYNC		"{\"payment_id\":\"" PAY "\",\"force_sync\":true}"
#define CANCEL		"{\"payment_id\":\"" PAY "\",\"cancellation_reason\":\"user_abandoned\"}"
#define REFUND		"{\"refund_id\":\"" REF "\",\"payment_id\":\"" PAY "\",\"amount\":1999,\"reason\":\"duplicate\"}"
#define REFUND_ASK	"{\"refund_id\":\"" REF "\"}"

#define PAYMENT(status) "{\"payment_id\":\"" PAY "\",\"status\":\"" status "\",\"amount\":1999,\"currency\":\"EUR\"," \
	"\"client_secret\":\"" PAY "_secret_x\",\"amount_received\":null,\"merchant_id\":\"m\"," \
	"\"metadata\":{\"subscription_id\":\"" SUB "\",\"attempt_no\":\"2\"}}"
#define PAID "{\"payment_id\":\"" PAY "\",\"status\":\"succeeded\",\"amount\":1999,\"currency\":\"EUR\","
#define A_REFUND(status) "{\"refund_id\":\"" REF "\",\"payment_id\":\"" PAY "\",\"status\":\"" status "\"," \
	"\"amount\":1999,\"currency\":\"EUR\",\"reason\":\"duplicate\"}"
#define ERROR(code) "{\"error\":{\"type\":\"invalid_request\",\"code\":\"" code "\",\"message\":\"a message\"}}"
#define FLAT(code) "{\"error_type\":\"invalid_request\",\"code\":\"" code "\",\"message\":\"a message\"}"

static PspOrder order;
static PspCall call;
static PspOutcome outcome;
static bool goes_on;

/* begin starts an order afresh. */
static bool
begin(const char *kind, const char *request, bool again)
{
	free(call.body);
	call.body = NULL;
	psp_outcome_free(&outcome);
	json_decref(order.request);
	order = (PspOrder) {.kind = kind, .request = json_loads(request, 0, NULL), .may_have_been_sent = again};
	return goes_on = psp_begin(&order, &call);
}

/* answer gives the provider's answer to the last call. */
static bool
answer(int status, const char *body)
{
	/* A block of its own size, so that a byte too far is seen; the end is a NUL, as from the exchange. */
	char	   *copy = strdup(body);

	free(call.body);
	psp_outcome_free(&outcome);
	goes_on = psp_continue(&order, status, copy, strlen(copy), &call, &outcome);
	free(copy);
	return goes_on;
}

/* calls tests which call comes next. */
static void
calls(const char *method, const char *path, const char *what)
{
	bool		same = goes_on && strcmp(call.method, method) == 0 && strcmp(call.path, path) == 0;

	if (!ok(same, "%s: %s %s", what, method, path))
		printf("#      got: %s %s\n", goes_on ? call.method : outcome.word ? outcome.word : "nothing",
			   goes_on ? call.path : outcome.error_code);
}

/* ends tests what the order has come to: the word, and what it means to the circuit (. f failure, k wrong key). */
static void
ends(const char *word, char circuit, const char *what)
{
	char		got = outcome.is_wrong_key ? 'k' : outcome.is_failure ? 'f' : '.';

	is_text(goes_on ? "goes on" : outcome.word, word, "%s: %s", what, word);
	each(goes_on || got == circuit, "%s: circuit %c instead of %c", what, got, circuit);
	each(goes_on || strcmp(word, "ok") == 0 || outcome.facts == NULL, "%s: facts without an answer", what);
	each(goes_on || strcmp(word, "ok") == 0 || outcome.secret == NULL, "%s: a secret without an answer", what);
}

/* fact returns a fact's text or JSON. */
static const char *
fact(const char *name)
{
	static char text[100];
	json_t	   *value = json_object_get(outcome.facts, name);

	if (value == NULL)
		return NULL;
	if (json_is_string(value))
		return json_string_value(value);
	text[json_dumpb(value, text, sizeof(text) - 1, JSON_ENCODE_ANY | JSON_COMPACT)] = '\0';
	return text;
}

/* body_member returns a member of the body to be sent. */
static const char *
body_member(const char *name)
{
	static char text[200];
	json_t	   *body = json_loads(call.body ? call.body : "{}", 0, NULL);
	json_t	   *value = json_object_get(body, name);

	text[0] = '\0';
	if (value != NULL)
		text[json_dumpb(value, text, sizeof(text) - 1, JSON_ENCODE_ANY | JSON_COMPACT)] = '\0';
	json_decref(body);
	return text;
}

/* test_calls: the first call of each kind. */
static void
test_calls(void)
{
	begin("psp_create", CREATE, false);
	calls("POST", "/payments", "a create");
	is_text(body_member("payment_id"), "\"" PAY "\"", "under our id");
	is_text(body_member("amount"), "1999", "the amount is a number of minor units");
	is_text(body_member("currency"), "\"EUR\"", "with its currency");
	is_text(body_member("confirm"), "false", "nothing is confirmed by us");
	is_text(body_member("capture_method"), "\"automatic\"", "it is captured at once");
	is_text(body_member("session_expiry"), "86400", "the session's length is ours");
	is_text(body_member("merchant_order_reference_id"), "\"" SUB "\"", "the subscription is its reference");
	is_text(body_member("metadata"), "{\"subscription_id\":\"" SUB "\",\"attempt_no\":\"2\",\"purpose\":\"initial\"}",
			"and stands in the metadata");
	is_text(body_member("return_url"), "\"https://app.example/back\"", "the way back is given");
	is_text(body_member("profile_id"), "", "no profile unless one is configured");
	is_text(body_member("idempotency_key"), "", "the key is no member");
	ok(!call.is_slow, "a create is quick");
	order.profile_id = "pro_1";
	free(call.body);
	psp_begin(&order, &call);
	is_text(body_member("profile_id"), "\"pro_1\"", "a configured profile is sent");

	begin("psp_retrieve", RETRIEVE, false);
	calls("GET", "/payments/" PAY, "a question");
	ok(call.body == NULL && !call.is_slow, "it has no body and is quick");
	begin("psp_retrieve", SYNC, false);
	calls("GET", "/payments/" PAY "?force_sync=true", "a forced question");
	ok(call.is_slow, "it may take long");
	begin("psp_cancel", CANCEL, false);
	calls("POST", "/payments/" PAY "/cancel", "a cancel");
	is_text(body_member("cancellation_reason"), "\"user_abandoned\"", "with its reason");
	begin("psp_refund", REFUND, false);
	calls("POST", "/refunds", "a refund");
	is_text(body_member("refund_id"), "\"" REF "\"", "under our id");
	is_text(body_member("payment_id"), "\"" PAY "\"", "of the payment");
	is_text(body_member("amount"), "1999", "of the amount");
	ok(call.is_slow, "it may take long");
	begin("psp_refund_retrieve", REFUND_ASK, false);
	calls("GET", "/refunds/" REF, "a question about a refund");
}

/* test_nonsense: orders that make no sense make no call. */
static void
test_nonsense(void)
{
	static const char *const orders[][2] = {
		{"psp_create", "{}"}, {"psp_create", "{\"payment_id\":7}"}, {"psp_create", "{\"payment_id\":\"" PAY "\"}"},
		{"psp_create", "[]"}, {"psp_retrieve", "{}"}, {"psp_retrieve", "{\"payment_id\":null}"},
		{"psp_cancel", "{\"payment_id\":\"" PAY "\"}"}, {"psp_cancel", "{\"cancellation_reason\":\"x\"}"},
		{"psp_refund", "{\"payment_id\":\"" PAY "\"}"}, {"psp_refund", "{\"refund_id\":\"" REF "\"}"},
		{"psp_refund_retrieve", "{\"payment_id\":\"" PAY "\"}"},
	};

	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
	{
		ok(!begin(orders[i][0], orders[i][1], false), "%s %s makes no call", orders[i][0], orders[i][1]);
		each(call.body == NULL, "%s left a body", orders[i][0]);
	}
	all("and leaves nothing behind");
	begin("psp_create", "{\"payment_id\":\"" PAY "\"}", true);
	calls("GET", "/payments/" PAY, "a senseless order that may have been sent is looked for");
	answer(404, ERROR("HE_02"));
	ends("refused", '.', "and refused when it is not there");
	all("without a word against the circuit");
}

/* test_lists: refunds and disputes are named, without what is not asked about. */
static void
test_lists(void)
{
	begin("psp_retrieve", SYNC, false);
	answer(200, PAID "\"refunds\":[{\"refund_id\":\"r1\",\"amount\":9,\"currency\":\"EUR\",\"status\":\"succeeded\","
		   "\"metadata\":{\"name\":\"Ada\"}},7],"
		   "\"disputes\":[{\"dispute_id\":\"d1\",\"dispute_status\":\"dispute_lost\",\"connector_reason\":\"Ada\"}]}");
	ends("ok", '.', "an answer with refunds and disputes");
	is_text(fact("refunds"), "[{\"refund_id\":\"r1\",\"status\":\"succeeded\",\"amount\":9,\"currency\":\"EUR\"},{}]",
			"its refunds");
	is_text(fact("disputes"), "[{\"dispute_id\":\"d1\",\"dispute_status\":\"dispute_lost\"}]", "its disputes");
	begin("psp_retrieve", SYNC, false);
	answer(200, PAID "\"refunds\":null,\"disputes\":[]}");
	ok(fact("refunds") == NULL && fact("disputes") == NULL, "no lists where there is nothing");
}

/* test_success: facts, and what never is among them. */
static void
test_success(void)
{
	begin("psp_create", CREATE, false);
	answer(200, PAYMENT("requires_payment_method"));
	ends("ok", '.', "a create answered");
	is_number(outcome.http_status, 200, "its status is kept");
	is_text(fact("status"), "requires_payment_method", "the provider's word is a fact");
	is_text(fact("amount"), "1999", "and the amount");
	is_text(fact("amount_received"), "null", "null stays null");
	is_text(fact("metadata"), "{\"subscription_id\":\"" SUB "\"}", "of the metadata only the subscription");
	is_text(outcome.secret, PAY "_secret_x", "the secret is handed over by itself");
	is_text(fact("client_secret"), NULL, "and is no fact");
	is_text(fact("merchant_id"), NULL, "what nobody asks for is no fact");
	begin("psp_retrieve", RETRIEVE, false);
	answer(200, "{\"payment_id\":\"" PAY "\",\"status\":\"succeeded\",\"amount\":1999,\"currency\":\"EUR\","
		   "\"client_secret\":null,\"error_message\":{\"client_secret\":\"s\"},\"expires_on\":[\"client_secret\"],"
		   "\"card\":\"4242\",\"metadata\":{\"subscription_id\":{\"client_secret\":\"s\"}}}");
	ends("ok", '.', "an answer with strange members");
	is_text(outcome.secret, NULL, "no secret");
	is_text(fact("error_message"), NULL, "an object is no fact");
	is_text(fact("expires_on"), NULL, "a list is no fact");
	is_text(fact("metadata"), NULL, "a subscription that is no text is no fact");
	begin("psp_refund", REFUND, false);
	answer(200, A_REFUND("pending"));
	ends("ok", '.', "a refund answered");
	is_text(fact("status"), "pending", "with its word");
	is_text(fact("refund_id"), REF, "and its id");
	begin("psp_create", CREATE, false);
	answer(200, "{\"payment_id\":\"" PAY "\",\"status\":\"a status of the future\",\"amount\":1999,\"currency\":\"EUR\"}");
	ends("ok", '.', "an unknown status is the database's to judge");
	is_text(fact("status"), "a status of the future", "and is a fact");
	begin("psp_create", CREATE, false);
	answer(201, PAYMENT("processing"));
	ends("ok", '.', "any 2xx will do");
	all("no success counts against the circuit");
}

/* test_doubles: create is POST, and GET when it is there already. */
static void
test_doubles(void)
{
	begin("psp_create", CREATE, false);
	answer(400, ERROR("HE_01"));
	calls("GET", "/payments/" PAY, "HE_01: it is there, what is it");
	answer(200, PAYMENT("processing"));
	ends("ok", '.', "HE_01, then the payment");
	begin("psp_create", CREATE, false);
	answer(400, FLAT("HE_01"));
	calls("GET", "/payments/" PAY, "HE_01 in a flat body");
	answer(404, ERROR("HE_02"));
	ends("ok", '.', "HE_01, then not there");
	is_text(fact("not_found"), "true", "which is the fact");
	begin("psp_create", CREATE, false);
	answer(400, ERROR("HE_01"));
	answer(400, ERROR("HE_01"));
	ends("refused", '.', "HE_01 to a question is no reason to ask again");
	begin("psp_refund", REFUND, false);
	answer(400, ERROR("HE_01"));
	calls("GET", "/refunds/" REF, "HE_01 of a refund");
	answer(200, A_REFUND("succeeded"));
	ends("ok", '.', "HE_01, then the refund");
	begin("psp_refund", REFUND, false);
	answer(400, ERROR("IR_12"));
	ends("refused", '.', "IR_12 of a refund: no attempts left");
	all("none of it counts against the circuit");
}

/* test_again: an order that may have been sent is looked for first. */
static void
test_again(void)
{
	begin("psp_create", CREATE, true);
	calls("GET", "/payments/" PAY, "a create that may have been sent");
	answer(200, PAYMENT("requires_payment_method"));
	ends("ok", '.', "it had been");
	begin("psp_create", CREATE, true);
	answer(404, ERROR("HE_02"));
	calls("POST", "/payments", "it had not");
	is_text(body_member("payment_id"), "\"" PAY "\"", "the same id is sent");
	answer(400, ERROR("HE_01"));
	calls("GET", "/payments/" PAY, "a late twin was faster");
	begin("psp_create", CREATE, true);
	answer(500, ERROR("HE_00"));
	ends("unknown", 'f', "no answer to the look");
	begin("psp_refund", REFUND, true);
	calls("GET", "/refunds/" REF, "a refund that may have been sent");
	answer(404, ERROR("HE_02"));
	calls("POST", "/refunds", "it had not");
	begin("psp_cancel", CANCEL, true);
	calls("POST", "/payments/" PAY "/cancel", "a cancel may be sent twice");
	begin("psp_retrieve", RETRIEVE, true);
	calls("GET", "/payments/" PAY, "a question, too");
	all("looking is no failure");
}

/* test_cancel: what is true, a GET tells. */
static void
test_cancel(void)
{
	static const char *const empty[] = {"", " ", "\r\n", "{}", "{\"status\":\"cancelled\"}"};

	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++)
	{
		begin("psp_cancel", CANCEL, false);
		answer(200, empty[i]);
		calls("GET", "/payments/" PAY, "a cancel answered with nothing");
		answer(200, PAYMENT("cancelled"));
		ends("ok", '.', "then what is true");
	}
	begin("psp_cancel", CANCEL, false);
	answer(400, ERROR("IR_16"));
	calls("GET", "/payments/" PAY, "too late to cancel");
	answer(200, PAYMENT("succeeded"));
	ends("ok", '.', "it had succeeded");
	is_text(fact("status"), "succeeded", "which is the fact");
	begin("psp_cancel", CANCEL, false);
	answer(404, ERROR("HE_02"));
	ends("ok", '.', "nothing to cancel");
	is_text(fact("not_found"), "true", "it is not there");
	begin("psp_cancel", CANCEL, false);
	answer(200, "");
	answer(200, "");
	ends("unknown", 'f', "an empty answer to the question is none");
	begin("psp_create", CREATE, false);
	answer(400, ERROR("IR_16"));
	ends("refused", '.', "IR_16 to a create is a refusal");
	all("cancelling counts against nothing");
}

/* test_errors: the table of errors. */
static void
test_errors(void)
{
	static const struct
	{
		int			status;
		const char *body;
		const char *word;
		char		circuit;
	}			cases[] = {
		{400, ERROR("IR_04"), "refused", '.'}, {400, ERROR("IR_06"), "refused", '.'}, {400, ERROR("IR_21"), "refused", '.'},
		{400, FLAT("IR_05"), "refused", '.'}, {400, "{}", "refused", '.'}, {400, "<html>bad</html>", "refused", '.'},
		{401, ERROR("IR_01"), "not_sent", 'k'}, {401, "", "not_sent", 'k'}, {403, ERROR("IR_22"), "refused", '.'},
		{422, ERROR("HE_00"), "unknown", '.'}, {422, ERROR("WE_05"), "unknown", '.'}, {422, ERROR("IR_06"), "refused", '.'},
		{422, "{}", "refused", '.'}, {408, "", "unknown", 'f'},
		{429, ERROR("HE_00"), "unknown", 'f'}, {429, "", "unknown", 'f'}, {429, "slow down", "unknown", 'f'},
		{500, ERROR("HE_00"), "unknown", 'f'}, {500, "oops", "unknown", 'f'}, {500, "", "unknown", 'f'},
		{501, ERROR("IR_00"), "unknown", 'f'}, {502, "<html>", "unknown", 'f'}, {503, "", "unknown", 'f'},
		{504, "{\"a\":1}", "unknown", 'f'}, {200, ERROR("IR_99"), "refused", '.'}, {200, FLAT("IR_99"), "refused", '.'},
	};
	char		what[80];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		snprintf(what, sizeof(what), "HTTP %d %.40s", cases[i].status, cases[i].body);
		begin("psp_create", CREATE, false);
		answer(cases[i].status, cases[i].body);
		ends(cases[i].word, cases[i].circuit, what);
		each(goes_on || outcome.http_status == cases[i].status, "%s: status %d", what, outcome.http_status);
	}
	begin("psp_create", CREATE, false);
	answer(400, ERROR("IR_06"));
	is_text(outcome.error_code, "IR_06", "the provider's code is kept");
	is_text(outcome.error_message, "a message", "and its message");
	begin("psp_create", CREATE, false);
	answer(400, "{\"error\":{\"code\":7,\"message\":[]}}");
	ends("refused", '.', "an error without a text in it");
	is_text(outcome.error_code, "", "has no code");
	begin("psp_create", CREATE, false);
	answer(400, "{\"error\":\"a text\"}");
	ends("refused", '.', "an error that is no object");
	all("the circuit hears of silence and of a wrong key, of nothing else");
}

/* test_garbage: answers that cannot be the answer. */
static void
test_garbage(void)
{
	static const char *const garbage[] = {"", "not json", "[]", "null", "1", "\"x\"", "{", "{}", "{\"payment_id\":\"" PAY "\"}",
		"{\"payment_id\":\"pay_other\",\"status\":\"succeeded\",\"amount\":1999,\"currency\":\"EUR\"}",
		"{\"payment_id\":\"" PAY "\",\"status\":\"succeeded\",\"amount\":\"1999\",\"currency\":\"EUR\"}",
		"{\"payment_id\":\"" PAY "\",\"status\":\"succeeded\",\"amount\":19.99,\"currency\":\"EUR\"}",
		"{\"payment_id\":\"" PAY "\",\"status\":\"succeeded\",\"amount\":1999}",
		"{\"payment_id\":\"" PAY "\",\"status\":null,\"amount\":1999,\"currency\":\"EUR\"}",
		"{\"payment_id\":\"" PAY "\",\"amount\":1999,\"currency\":\"EUR\"}",
		"{\"payment_id\":\"" PAY "\",\"status\":\"failed\",\"status\":\"succeeded\",\"amount\":1999,\"currency\":\"EUR\"}",
		"{\"payment_id\":\"" PAY "\",\"status\":\"succeeded\",\"amount\":1999,\"currency\":\"EUR\"} trailing",
		"{\"payment_id\":\"" PAY "\",\"status\":\"succeeded\",\"amount\":99999999999999999999,\"currency\":\"EUR\"}",
	"\xff\xfe", "<html>it works</html>"};
	static const int redirects[] = {301, 302, 303, 304, 307, 308};
	char		what[90];

	for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++)
	{
		snprintf(what, sizeof(what), "200 %.70s", garbage[i]);
		begin("psp_create", CREATE, false);
		answer(200, garbage[i]);
		ends("unknown", 'f', what);
	}
	begin("psp_refund_retrieve", REFUND_ASK, false);
	answer(200, PAYMENT("succeeded"));
	ends("unknown", 'f', "a payment for a refund");
	for (size_t i = 0; i < sizeof(redirects) / sizeof(redirects[0]); i++)
	{
		/* Nobody has refused anything: something stands between us and the provider. */
		begin("psp_create", CREATE, false);
		answer(redirects[i], "");
		snprintf(what, sizeof(what), "%d without a body", redirects[i]);
		ends("unknown", 'f', what);
		begin("psp_create", CREATE, false);
		answer(redirects[i], "{\"message\":\"moved\"}");
		snprintf(what, sizeof(what), "%d with a JSON body", redirects[i]);
		ends("unknown", 'f', what);
	}
	all("an answer that makes no sense counts against the circuit");
}

/* test_unread: members that nobody reads may hold anything; those that are read may not. */
static void
test_unread(void)
{
	static const char *const good[] = {
		"\"customer\":{\"name\":\"a\\u0000b\"}", "\"billing\":{\"city\":\"\\ud83d\"}", "\"x\":123456789012345678901234567890",
		"\"x\":1e400", "\"x\":-1e-400", "\"x\":1,\"x\":2", "\"customer\":{\"a\":1,\"a\":2}",
		"\"name\":\"caf\xe9\"", "\"a\\u0000b\":1",
		"\"x\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", "\"x\":\"tab\there\"",
		"\"x\":\"]}\\\"{[\"",
		"\"metadata\":{\"note\":\"\\u0000\",\"note\":1,\"subscription_id\":\"" SUB "\"}", "\"st\\u0061tus\":\"failed\"",
	"\"error_message\":\"no\\u0000pe \\ud83d \xff \\ud83d\\ude00\""};
	static const char *const bad[] = {
		"\"status\":\"succ\\u0000eeded\"", "\"amount\":123456789012345678901234567890", "\"amount\":1999,\"amount\":1999",
		"\"amount_received\":99999999999999999999", "\"amount_received\":1e400", "\"client_secret\":\"a\\u0000b\"",
	"\"currency\":\"E\xffR\"", "\"metadata\":{\"subscription_id\":\"\\ud83d\"}",
	"\"metadata\":{\"error\":{\"error\":{\"error\":{\"error\":{\"error\":{\"error\":{\"error\":{\"error\":1}}}}}}}}}"};
	char		body[1200];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
	{
		snprintf(body, sizeof(body), "{%s,\"payment_id\":\"" PAY "\",\"status\":\"succeeded\",\"amount\":1999,"
				 "\"currency\":\"EUR\"}", good[i]);
		begin("psp_retrieve", RETRIEVE, false);
		answer(200, body);
		ends("ok", '.', good[i]);
		each(!goes_on && outcome.facts != NULL && strcmp(fact("status"), "succeeded") == 0, "%s: the status", good[i]);
	}
	all("what nobody reads breaks nothing");
	is_text(fact("error_message"), "no\xef\xbf\xbdpe \xef\xbf\xbd \xef\xbf\xbd \xf0\x9f\x98\x80", "words for people are made readable");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
	{
		snprintf(body, sizeof(body), "{\"payment_id\":\"" PAY "\",%s%s%s%s}", bad[i],
				 strstr(bad[i], "\"status\"") ? "" : ",\"status\":\"succeeded\"",
				 strstr(bad[i], "\"amount\"") ? "" : ",\"amount\":1999",
				 strstr(bad[i], "\"currency\"") ? "" : ",\"currency\":\"EUR\"");
		begin("psp_retrieve", RETRIEVE, false);
		answer(200, body);
		ends("unknown", 'f', bad[i]);
	}
	all("what is read and cannot be is a failure of this payment");
	begin("psp_create", CREATE, false);
	answer(400, "{\"error\":{\"code\":\"HE_01\",\"message\":\"a\\u0000b\",\"data\":\"\\u0000\"}}");
	calls("GET", "/payments/" PAY, "an error whose words cannot be read keeps its code");
}

/* test_banks: what the provider says about a bank behind it is an answer of the provider. */
static void
test_banks(void)
{
	begin("psp_retrieve", SYNC, false);
	answer(502, ERROR("CE_00"));
	ends("unknown", '.', "a bank that fails");
	begin("psp_refund", REFUND, false);
	answer(500, ERROR("CE_04"));
	ends("unknown", '.', "or refuses a refund");
	begin("psp_retrieve", SYNC, false);
	answer(502, ERROR("HE_00"));
	ends("unknown", 'f', "the provider that fails");
	all("banks are not the circuit's business");
}

/* test_probe: a question that changes nothing, and what it shows. */
static void
test_probe(void)
{
	static const struct
	{
		int			status;
		const char *body;
		const char *facts;
	}			cases[] = {
		{404, ERROR("HE_02"), "{\"works\":true,\"reachable\":true,\"credentials\":\"accepted\"}"},
		{401, ERROR("IR_01"), "{\"works\":false,\"reachable\":true,\"credentials\":\"refused\"}"},
		{403, ERROR("IR_22"), "{\"works\":false,\"reachable\":true,\"credentials\":\"unknown\"}"},
		{500, ERROR("HE_00"), "{\"works\":false,\"reachable\":true,\"credentials\":\"unknown\"}"},
		{404, "<html>", "{\"works\":false,\"reachable\":true,\"credentials\":\"unknown\"}"},
		{200, "welcome", "{\"works\":false,\"reachable\":true,\"credentials\":\"unknown\"}"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		json_t	   *facts;
		char	   *text;

		free(call.body);
		call.body = NULL;
		psp_outcome_free(&outcome);
		json_decref(order.request);
		psp_probe_order(&order);
		goes_on = psp_begin(&order, &call);
		if (i == 0)
		{
			calls("GET", "/payments/pay_00000000000000000000000000", "a probe");
			is_number((long long) strlen(call.path), 40, "asks in the form of the provider's ids");
		}
		answer(cases[i].status, cases[i].body);
		facts = psp_probe_facts(&outcome);
		text = json_dumps(facts, JSON_COMPACT);
		each(!goes_on && strcmp(text, cases[i].facts) == 0, "%d %s: %s", cases[i].status, cases[i].body, text);
		free(text);
		json_decref(facts);
	}
	all("and tells what is wrong");
}

/* test_strange_404: only the provider can say that a payment is not there. */
static void
test_strange_404(void)
{
	begin("psp_retrieve", RETRIEVE, false);
	answer(404, ERROR("HE_02"));
	ends("ok", '.', "404 HE_02 to a question");
	is_text(fact("not_found"), "true", "is an answer");
	begin("psp_retrieve", RETRIEVE, false);
	answer(404, "<html>404 Not Found</html>");
	ends("unknown", 'f', "a web server's own 404 is not the provider's answer");
	begin("psp_retrieve", RETRIEVE, false);
	answer(404, "");
	ends("unknown", 'f', "nor is an empty one");
	begin("psp_cancel", CANCEL, false);
	answer(404, "<html>404 Not Found</html>");
	ends("unknown", 'f', "nor does it cancel anything");
	all("and it counts against the circuit");
}

/* test_after_act: a wrong key at the second step does not undo the first. */
static void
test_after_act(void)
{
	begin("psp_create", CREATE, false);
	answer(400, ERROR("HE_01"));
	answer(401, ERROR("IR_01"));
	ends("unknown", 'k', "HE_01, then 401: it was sent");
	begin("psp_cancel", CANCEL, false);
	answer(200, "");
	answer(401, ERROR("IR_01"));
	ends("unknown", 'k', "a cancel accepted, then 401: it was sent");
	all("the wrong key opens the circuit all the same");
}

/* test_long: texts of the provider are cut, and what is left is still text. */
static void
test_long(void)
{
	bool		whole = true;

	for (int shift = 0; shift < 4; shift++)
	{
		char		message[1200] = "";
		char		body[2600];

		for (int i = 0; i < shift; i++)
			strcat(message, "x");
		while (strlen(message) < 1000)
			strcat(message, "\xe2\x82\xac");
		snprintf(body, sizeof(body), "{\"error\":{\"code\":\"%s\",\"message\":\"%s\"}}", message, message);
		begin("psp_create", CREATE, false);
		answer(400, body);
		each(strlen(outcome.error_message) < sizeof(outcome.error_message), "shift %d", shift);
		each(strlen(outcome.error_code) < sizeof(outcome.error_code), "shift %d", shift);
		whole &= is_utf8(outcome.error_message, strlen(outcome.error_message)) &&
			is_utf8(outcome.error_code, strlen(outcome.error_code));
	}
	all("a long message is cut");
	ok(whole, "never within a character: PostgreSQL would refuse the whole report");
}

int
main(void)
{
	test_calls();
	test_nonsense();
	test_success();
	test_lists();
	test_doubles();
	test_again();
	test_cancel();
	test_errors();
	test_garbage();
	test_unread();
	test_banks();
	test_probe();
	test_strange_404();
	test_after_act();
	test_long();
	free(call.body);
	psp_outcome_free(&outcome);
	json_decref(order.request);
	return done_testing();
}
