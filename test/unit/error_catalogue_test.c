/*
 * error_catalogue_test.c
 *		The catalogue holds together: docs/design.md, "Errors are a catalogue".
 */
#include <ctype.h>

#include "../../extension/src/core/errors.h"
#include "tap.h"

/* is_in says whether every character of the text is in the set. */
static bool
is_in(const char *text, const char *set)
{
	return text[strspn(text, set)] == '\0';
}

/* check_entry judges one entry by itself. */
static void
check_entry(const VzErrorInfo *e)
{
	static const int statuses[] = {400, 401, 402, 403, 404, 405, 408, 409, 410, 412, 413, 414, 415, 416, 417, 422, 423, 429,
	431, 460, 500, 501, 502, 503, 504, 505};
	size_t		len = strlen(e->message);
	bool		known = false;

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		known |= statuses[i] == e->http_status;
	each(known, "%s: HTTP status %d", e->code, e->http_status);
	each(is_in(e->code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") && e->code[0] != '_', "%s: code", e->code);
	each(strlen(e->sqlstate) == 5 && strncmp(e->sqlstate, "VZ", 2) == 0 && is_in(e->sqlstate + 2, "0123456789"),
		 "%s: SQLSTATE %s", e->code, e->sqlstate);
	each(len > 8 && isupper((unsigned char) e->message[0]) && e->message[len - 1] == '.',
		 "%s: the message is no sentence: %s", e->code, e->message);
	each(strlen(e->hint) > 8 && e->hint[strlen(e->hint) - 1] == '.', "%s: the hint is no sentence: %s", e->code, e->hint);
	each(e->psql_hint == NULL || (strlen(e->psql_hint) > 8 && strcmp(e->psql_hint, e->hint) != 0),
		 "%s: the hint in psql says nothing of its own", e->code);
	each(strpbrk(e->message, "\"\\\n%") == NULL, "%s: the message needs escaping", e->code);
	/* Only what a client can do better by waiting says so. */
	each(e->http_status != 503 || strstr(e->hint, "again") != NULL || e->psql_hint != NULL ||
		 strstr(e->hint, "Run ") != NULL || strstr(e->hint, "restart") != NULL, "%s: 503 names no next step", e->code);
}

int
main(void)
{
	ok(VZ_ERROR_COUNT > 40, "the catalogue has entries");
	for (int i = 0; i < VZ_ERROR_COUNT; i++)
		check_entry(&vz_error_info[i]);
	all("every entry is well formed");
	for (int i = 0; i < VZ_ERROR_COUNT; i++)
		for (int j = 0; j < i; j++)
		{
			const VzErrorInfo *a = &vz_error_info[i];
			const VzErrorInfo *b = &vz_error_info[j];

			each(strcmp(a->code, b->code) != 0, "%s is there twice", a->code);
			each(strcmp(a->sqlstate, b->sqlstate) != 0, "%s and %s share %s", a->code, b->code, a->sqlstate);
		}
	all("codes and SQLSTATEs are unique");
	is_text(vz_error_info[VZ_E_SUBSCRIPTION_NOT_PENDING].code, "SUBSCRIPTION_NOT_PENDING", "the symbol is the code");
	is_number(vz_error_info[VZ_E_SUBSCRIPTION_PENDING_PAYMENT].http_status, 403, "the gate refuses with 403");
	is_number(vz_error_info[VZ_E_SUBSCRIPTION_NOT_PENDING].http_status, 409, "recovery of a settled one is 409");
	is_number(vz_error_info[VZ_E_PAYMENT_PROVIDER_UNAVAILABLE].http_status, 503, "no provider is 503");
	is_number(vz_error_info[VZ_E_PAYMENT_PROVIDER_TIMEOUT].http_status, 502, "a silent provider is 502");
	is_number(vz_error_info[VZ_E_VALIDATION_ERROR].http_status, 400, "wrong fields are 400");
	is_number(vz_error_info[VZ_E_SUBSCRIPTION_NOT_FOUND].http_status, 404, "an unknown subscription is 404");
	return done_testing();
}
