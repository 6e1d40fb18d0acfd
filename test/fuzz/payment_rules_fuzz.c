/*
 * payment_rules_fuzz.c
 *		The provider's amounts, times and words, and our schedules, on any text.
 */
#include <time.h>

#include "../../extension/src/money/payment_rules.h"
#include "fuzz.h"

/* check_time writes the time back and compares its whole seconds. */
static void
check_time(const char *text, int64_t us)
{
	int64_t		s = us >= 0 ? us / 1000000 : -((-us + 999999) / 1000000);
	time_t		t = (time_t) (s + 946684800);
	struct tm	tm;
	char		back[40];

	gmtime_r(&t, &tm);
	strftime(back, sizeof(back), "%Y-%m-%dT%H:%M:%S", &tm);
	promise(strncmp(back, text, 10) == 0 && strncmp(back + 11, text + 11, 8) == 0);
	promise(us - s * 1000000 >= 0 && us - s * 1000000 < 1000000);
}

/* check_word checks that a word is one of a blank-separated list. */
static void
check_word(const char *list, const char *word)
{
	char		wanted[40];

	snprintf(wanted, sizeof(wanted), " %s ", word);
	promise(strstr(list, wanted) != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char states[] = " open processing succeeded failed cancelled expired reversed review ";
	static const char *const all[] = {"prepared", "open", "processing", "succeeded", "failed", "cancelled", "expired",
	"reversed", "review"};
	char	   *text = text_of(data, size);
	int64_t		value;

	if (vz_parse_minor(text, &value))
	{
		promise(value >= 0 && value < INT64_C(1000000000000000000));
		promise(value == strtoll(text, NULL, 10));
	}
	if (vz_parse_iso8601(text, &value))
		check_time(text, value);
	for (int step = 0; step < 5; step++)
		promise(vz_schedule_seconds(text, step) >= 0);
	check_word(states, vz_payment_state_of(text));
	promise(strncmp(vz_payment_event_of(text), "psp_", 4) == 0);
	promise(strncmp(vz_refund_event_of(text), "psp_", 4) == 0);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
	{
		/* Whatever the provider says, a settled payment is not applied to but by a reversal or a review. */
		const char *state = vz_payment_state_of(text);
		VzMerge		merge = vz_payment_merge(all[i], state, false);

		promise(merge >= VZ_MERGE_SAME && merge <= VZ_MERGE_ASK);
		if (strcmp(all[i], "succeeded") == 0)
			promise(merge != VZ_MERGE_APPLY || strcmp(state, "reversed") == 0);
	}
	free(text);
	return 0;
}
