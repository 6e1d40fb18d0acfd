/*
 * limit.c
 *		Counting requests in sliding windows (see limit.h).
 *
 * A key is a rule's budget and subject. Keys live in shards, each with a lock,
 * a hash table and a list from the most to the least recently used. A request
 * locks the shards of all its keys, lowest first.
 */
#include "limit.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SHARDS	16
#define SWEEP	8
#define SLOTS	(LIMIT_PARTS + 1)	/* a window touches one sub-window more than it has */

typedef struct Key
{
	struct Key *next;			/* in its bucket */
	struct Key *newer;
	struct Key *older;
	uint64_t	hash;
	const char *budget;
	char		subject[LIMIT_SUBJECT_SIZE];
	int64_t		window_ms;
	int64_t		last;			/* the newest sub-window, counted from the clock's zero */
	uint32_t	counts[SLOTS];	/* of the sub-windows last - 10 to last, by number modulo SLOTS */
	int64_t		told_until_ms;	/* a refusal was told; not again before */
} Key;

typedef struct Shard
{
	pthread_mutex_t lock;
	Key		  **buckets;
	size_t		nkeys;
	size_t		hand;			/* the bucket that is swept next */
	Key		   *newest;
	Key		   *oldest;
} Shard;

struct Limits
{
	uint64_t	seed;
	size_t		nbuckets;		/* per shard, and keys at most; a power of two */
	Shard		shards[SHARDS];
};

/* hash_text mixes a text into a hash. */
static uint64_t
hash_text(uint64_t h, const char *text)
{
	for (; *text != '\0'; text++)
	{
		h = (h ^ (unsigned char) *text) * UINT64_C(0x9E3779B97F4A7C15);
		h ^= h >> 29;
	}
	return h;
}

/* hash_rule returns the hash of the rule's key. */
static uint64_t
hash_rule(const Limits *limits, const LimitRule *rule)
{
	return hash_text(hash_text(limits->seed, rule->budget) + 1, rule->subject);
}

/* shard_of returns the shard of a hash. */
static Shard *
shard_of(Limits *limits, uint64_t hash)
{
	return &limits->shards[(hash >> 56) % SHARDS];
}

/* subwindow_ms returns the length of a sub-window. */
static int64_t
subwindow_ms(int64_t window_ms)
{
	return window_ms / LIMIT_PARTS;
}

/* unlink_key takes the key out of the list of use. */
static void
unlink_key(Shard *s, Key *key)
{
	*(key->newer ? &key->newer->older : &s->newest) = key->older;
	*(key->older ? &key->older->newer : &s->oldest) = key->newer;
}

/* put_first makes the key the most recently used one. */
static void
put_first(Shard *s, Key *key)
{
	key->newer = NULL;
	key->older = s->newest;
	*(s->newest ? &s->newest->newer : &s->oldest) = key;
	s->newest = key;
}

/* remove_key removes the key that *p points to, in its bucket. */
static void
remove_key(Shard *s, Key **p)
{
	Key		   *key = *p;

	*p = key->next;
	unlink_key(s, key);
	s->nkeys--;
	free(key);
}

/* is_idle says whether nothing of the key counts any more. */
static bool
is_idle(const Key *key, int64_t now_ms)
{
	return now_ms / subwindow_ms(key->window_ms) > key->last + LIMIT_PARTS && now_ms >= key->told_until_ms;
}

/* sweep_idle_keys frees the idle keys of the next few buckets; called once for each new key, it comes round quickly enough. */
static void
sweep_idle_keys(const Limits *limits, Shard *s, int64_t now_ms)
{
	for (int i = 0; i < SWEEP; i++)
	{
		Key		  **p = &s->buckets[s->hand++ & (limits->nbuckets - 1)];

		while (*p != NULL)
			if (is_idle(*p, now_ms))
				remove_key(s, p);
			else
				p = &(*p)->next;
	}
}

/* forget_oldest makes room for another key. */
static void
forget_oldest(const Limits *limits, Shard *s)
{
	Key		  **p = &s->buckets[s->oldest->hash & (limits->nbuckets - 1)];

	while (*p != s->oldest)
		p = &(*p)->next;
	remove_key(s, p);
}

/* find_key returns the rule's key, or NULL. */
static Key *
find_key(const Limits *limits, const Shard *s, uint64_t hash, const LimitRule *rule)
{
	Key		   *key = s->buckets[hash & (limits->nbuckets - 1)];

	while (key != NULL && (key->hash != hash || key->window_ms != rule->window_ms ||
						   strcmp(key->subject, rule->subject) != 0 || strcmp(key->budget, rule->budget) != 0))
		key = key->next;
	return key;
}

/* advance_windows moves the key's sub-windows on to the present; a clock that is behind another thread's counts as that one's. */
static void
advance_windows(Key *key, int64_t now_ms)
{
	int64_t		now = now_ms / subwindow_ms(key->window_ms);

	if (now > key->last + LIMIT_PARTS)
		memset(key->counts, 0, sizeof(key->counts));
	else
		for (int64_t i = key->last + 1; i <= now; i++)
			key->counts[i % SLOTS] = 0;
	if (now > key->last)
		key->last = now;
}

/* take_key finds or makes the rule's key, the most recently used one and of the present. */
static Key *
take_key(const Limits *limits, Shard *s, uint64_t hash, const LimitRule *rule, int64_t now_ms)
{
	Key		   *key = find_key(limits, s, hash, rule);
	Key		  **bucket = &s->buckets[hash & (limits->nbuckets - 1)];

	if (key != NULL)
		unlink_key(s, key);
	else
	{
		sweep_idle_keys(limits, s, now_ms);
		if (s->nkeys >= limits->nbuckets)
			forget_oldest(limits, s);
		if ((key = calloc(1, sizeof(*key))) == NULL)
			abort();
		key->hash = hash;
		key->budget = rule->budget;
		memcpy(key->subject, rule->subject, sizeof(key->subject));
		key->window_ms = rule->window_ms;
		key->next = *bucket;
		*bucket = key;
		s->nkeys++;
	}
	put_first(s, key);
	advance_windows(key, now_ms);
	return key;
}

/* standing_of says how a key stands against its limit. */
static LimitStanding
standing_of(const Key *key, int64_t limit, int64_t now_ms)
{
	int64_t		part = subwindow_ms(key->window_ms);
	int64_t		sum = 0;
	LimitStanding standing = {0};

	for (int i = 0; i < SLOTS; i++)
		sum += key->counts[i];
	standing.remaining = sum < limit ? limit - sum : 0;
	for (int64_t i = key->last - LIMIT_PARTS; i <= key->last; i++)
	{
		uint32_t	n = i < 0 ? 0 : key->counts[i % SLOTS];

		if (n == 0)
			continue;
		standing.reset_ms = (i + SLOTS) * part - now_ms;
		if (sum >= limit)
			standing.retry_ms = standing.reset_ms;
		sum -= n;
	}
	return standing;
}

/* lock_all locks the shards of the hashes, lowest first, each once; unlock_all undoes it. */
static void
lock_all(Limits *limits, const uint64_t *hashes, size_t n, bool is_locked[SHARDS])
{
	memset(is_locked, 0, SHARDS * sizeof(bool));
	for (size_t i = 0; i < n; i++)
		is_locked[shard_of(limits, hashes[i]) - limits->shards] = true;
	for (int i = 0; i < SHARDS; i++)
		if (is_locked[i])
			pthread_mutex_lock(&limits->shards[i].lock);
}

/* unlock_all unlocks what lock_all has locked. */
static void
unlock_all(Limits *limits, const bool is_locked[SHARDS])
{
	for (int i = 0; i < SHARDS; i++)
		if (is_locked[i])
			pthread_mutex_unlock(&limits->shards[i].lock);
}

bool
limits_take(Limits *limits, const LimitRule *rules, size_t n, int64_t now_ms, LimitStanding *standings)
{
	uint64_t	hashes[LIMIT_RULES_MAX] = {0};
	Key		   *keys[LIMIT_RULES_MAX];
	bool		is_locked[SHARDS];
	bool		is_admitted = true;

	for (size_t i = 0; i < n; i++)
		hashes[i] = hash_rule(limits, &rules[i]);
	lock_all(limits, hashes, n, is_locked);
	for (size_t i = 0; i < n; i++)
	{
		keys[i] = take_key(limits, shard_of(limits, hashes[i]), hashes[i], &rules[i], now_ms);
		standings[i] = standing_of(keys[i], rules[i].limit, now_ms);
		is_admitted = is_admitted && standings[i].retry_ms == 0;
	}
	for (size_t i = 0; i < n && is_admitted; i++)
	{
		keys[i]->counts[keys[i]->last % SLOTS]++;
		standings[i].remaining--;
		standings[i].reset_ms = (keys[i]->last + SLOTS) * subwindow_ms(rules[i].window_ms) - now_ms;
	}
	unlock_all(limits, is_locked);
	return is_admitted;
}

void
limits_give_back(Limits *limits, const LimitRule *rules, size_t n, int64_t taken_ms)
{
	for (size_t i = 0; i < n; i++)
	{
		uint64_t	hash = hash_rule(limits, &rules[i]);
		Shard	   *s = shard_of(limits, hash);
		int64_t		part = taken_ms / subwindow_ms(rules[i].window_ms);
		Key		   *key;

		pthread_mutex_lock(&s->lock);
		key = find_key(limits, s, hash, &rules[i]);
		if (key != NULL && part < key->last - LIMIT_PARTS)
			key = NULL;			/* it counts no more */
		while (key != NULL && part <= key->last && key->counts[part % SLOTS] == 0)
			part++;				/* another thread's clock was ahead when it was counted */
		if (key != NULL && part <= key->last)
			key->counts[part % SLOTS]--;
		pthread_mutex_unlock(&s->lock);
	}
}

bool
limits_first_refusal(Limits *limits, const LimitRule *rule, int64_t now_ms)
{
	uint64_t	hash = hash_rule(limits, rule);
	Shard	   *s = shard_of(limits, hash);
	Key		   *key;
	bool		is_first;

	pthread_mutex_lock(&s->lock);
	key = take_key(limits, s, hash, rule, now_ms);
	is_first = now_ms >= key->told_until_ms;
	if (is_first)
		key->told_until_ms = now_ms + rule->window_ms;
	pthread_mutex_unlock(&s->lock);
	return is_first;
}

size_t
limits_size(Limits *limits)
{
	size_t		n = 0;

	for (int i = 0; i < SHARDS; i++)
	{
		pthread_mutex_lock(&limits->shards[i].lock);
		n += limits->shards[i].nkeys;
		pthread_mutex_unlock(&limits->shards[i].lock);
	}
	return n;
}

size_t
limits_tightest(const LimitStanding *standings, size_t n)
{
	size_t		best = 0;

	for (size_t i = 1; i < n; i++)
		if (standings[i].retry_ms > standings[best].retry_ms ||
			(standings[i].retry_ms == standings[best].retry_ms && standings[i].remaining < standings[best].remaining))
			best = i;
	return best;
}

Limits *
limits_new(size_t keys_max, uint64_t seed)
{
	Limits	   *limits = calloc(1, sizeof(*limits));

	if (limits == NULL)
		abort();
	limits->seed = seed;
	for (limits->nbuckets = 2 * LIMIT_RULES_MAX; limits->nbuckets * SHARDS < keys_max;)
		limits->nbuckets *= 2;
	for (int i = 0; i < SHARDS; i++)
	{
		pthread_mutex_init(&limits->shards[i].lock, NULL);
		if ((limits->shards[i].buckets = calloc(limits->nbuckets, sizeof(Key *))) == NULL)
			abort();
	}
	return limits;
}

void
limits_free(Limits *limits)
{
	for (int i = 0; i < SHARDS; i++)
	{
		while (limits->shards[i].oldest != NULL)
			forget_oldest(limits, &limits->shards[i]);
		free(limits->shards[i].buckets);
		pthread_mutex_destroy(&limits->shards[i].lock);
	}
	free(limits);
}
