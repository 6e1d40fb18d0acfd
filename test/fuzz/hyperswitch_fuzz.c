/*
 * hyperswitch_fuzz.c
 *		Any answers of the payment provider. Input: a byte that selects the
 *		order, then answers: a line with the status, the body, a line "---".
 */
#include "../../httpd/relay/foreign.h"
#include "../../httpd/relay/hyperswitch.h"
#include "../../httpd/wire/target.h"
#include "fuzz.h"

static const char request[] =
	"{\"payment_id\":\"pay_abcdefghijklmnopqrstuvwxyz\",\"refund_id\":\"ref_abcdefghijklmnopqrstuvwxyz\",\"amount\":1999,"
	"\"currency\":\"EUR\",\"customer_id\":\"cus_1\",\"attempt_no\":1,\"session_expiry\":86400,\"subscription_id\":\"s\","
	"\"description\":\"d\",\"purpose\":\"initial\",\"reason\":\"duplicate\",\"cancellation_reason\":\"x\"}";
static const char *const kinds[] = {"psp_create", "psp_retrieve", "psp_cancel", "psp_refund", "psp_refund_retrieve"};

/* check_call checks that a call is one. */
static void
check_call(const PspCall *call)
{
	promise(call->method != NULL && call->path[0] == '/' && strlen(call->path) < sizeof(call->path));
	promise((strcmp(call->method, "POST") == 0) == (call->body != NULL));
}

/* check_outcome checks an outcome; only what was asked about may end well. */
static void
check_outcome(const PspOutcome *o, int status)
{
	bool		is_ok = strcmp(o->word, "ok") == 0;

	promise(is_ok || strcmp(o->word, "refused") == 0 || strcmp(o->word, "unknown") == 0 || strcmp(o->word, "not_sent") == 0);
	promise(o->http_status == status);
	promise((o->facts != NULL) == is_ok && (o->secret == NULL || is_ok));
	promise(is_utf8(o->error_code, strlen(o->error_code)) && is_utf8(o->error_message, strlen(o->error_message)));
	promise(!o->is_wrong_key || status == 401);
	if (is_ok)
	{
		const char *name;
		json_t	   *value;

		promise(status / 100 == 2 || json_is_true(json_object_get(o->facts, "not_found")));
		json_object_foreach(o->facts, name, value)
			promise(strcmp(name, "metadata") == 0 || (!json_is_object(value) && !json_is_array(value)));
		promise(json_object_get(o->facts, "client_secret") == NULL);
		promise(json_object_size(json_object_get(o->facts, "metadata")) <= 1);
	}
}

/* take_answer cuts the next answer off the input: its status, and its body in a block of its own. */
static char *
take_answer(const uint8_t **data, size_t *size, int *status, size_t *len)
{
	const uint8_t *line;
	const uint8_t *end;
	char	   *text;

	if (!take_line(data, size, &line, len))
		return NULL;
	text = text_of(line, *len);
	*status = atoi(text) % 1000;
	free(text);
	end = memmem(*data, *size, "\n---\n", 5);
	*len = end ? (size_t) (end - *data) : *size;
	text = malloc(*len + 1);
	if (*len > 0)
		memcpy(text, *data, *len);
	text[*len] = '\0';
	*data += *len + (end ? 5 : 0);
	*size -= *len + (end ? 5 : 0);
	return text;
}

/*
 * check_kept checks the reading by an allow-list: of a flat enough document
 * that a strict parser takes, everything that is read is kept as that parser
 * reads it.
 */
static void
check_kept(const char *body, size_t len)
{
	static const ForeignName names[] = {{"status", false}, {"amount", false}, {"message", true}, {"metadata", false}};
	char	   *kept = foreign_keep(body, len, names, 4);
	json_t	   *whole = json_loadb(body, len, JSON_REJECT_DUPLICATES, NULL);
	json_t	   *part = kept ? json_loads(kept, JSON_REJECT_DUPLICATES, NULL) : NULL;
	size_t		brackets = 0;

	promise(kept == NULL || strlen(kept) <= 3 * len);
	for (size_t i = 0; i < len; i++)
		brackets += body[i] == '{' || body[i] == '[';
	if (json_is_object(whole) && brackets <= 8 && memchr(body, '\\', len) == NULL)
	{
		promise(part != NULL);
		for (size_t i = 0; i < 4; i++)
		{
			json_t	   *value = json_object_get(whole, names[i].name);

			promise((value == NULL) == (json_object_get(part, names[i].name) == NULL));
			promise(value == NULL || json_is_object(value) || json_is_array(value) ||
					json_equal(value, json_object_get(part, names[i].name)));
		}
	}
	json_decref(whole);
	json_decref(part);
	free(kept);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	PspOrder	order = {0};
	PspCall		call;
	PspOutcome	outcome;
	char	   *body;
	size_t		len;
	int			status;
	int			calls = 1;
	bool		more;

	if (size < 1)
		return 0;
	order.kind = kinds[(*data & 7) % 5];
	order.may_have_been_sent = (*data & 8) != 0;
	order.request = json_loads(request, 0, NULL);
	data++;
	size--;
	promise(psp_begin(&order, &call));
	check_call(&call);
	for (more = true; more && (body = take_answer(&data, &size, &status, &len)) != NULL;)
	{
		free(call.body);
		call.body = NULL;
		check_kept(body, len);
		more = psp_continue(&order, status, body, len, &call, &outcome);
		free(body);
		if (more)
		{
			check_call(&call);
			/* Look, act, read: an order never goes round in circles. */
			promise(++calls <= 3);
		}
		else
		{
			check_outcome(&outcome, status);
			psp_outcome_free(&outcome);
		}
	}
	free(call.body);
	json_decref(order.request);
	return 0;
}
