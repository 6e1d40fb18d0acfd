/*
 * password.c
 *		Password hashes and the rules for new passwords (see password.h).
 *
 * libsodium and libzxcvbn share no symbol with the server; they run between
 * the server's calls and never raise.
 */
#include "password.h"

#include <sodium.h>

#include "../core/ground/clock.h"
#include "../core/ground/query.h"
#include "hash_gate.h"
#include "password_strength.h"
#include "validators.h"

#define OPSLIMIT	2
#define MEMLIMIT	((size_t) 19 * 1024 * 1024)
#define HASH_BYTES	32
#define SALT_BYTES	crypto_pwhash_SALTBYTES
#define BASE64		sodium_base64_VARIANT_ORIGINAL_NO_PADDING

/* What stands before the digest in a hash. */
typedef struct Parameters
{
	unsigned int memory_kib;
	unsigned int passes;
	unsigned char salt[SALT_BYTES];
} Parameters;

static VzStmt normalize = VZ_STMT("select normalize($1, NFC) as text", TEXTOID);

/* nfc returns the text in Unicode normal form C, so that one password has one form. */
static char *
nfc(const char *text)
{
	VzRow		row;

	if (GetDatabaseEncoding() != PG_UTF8)
		return pstrdup(text);
	vz_query_row(&normalize, VZ_ARGS(vz_arg_text(text)), &row);
	return vz_row_text(&row, "text");
}

/* init_sodium prepares libsodium once per backend. */
static void
init_sodium(void)
{
	static bool done = false;

	if (!done && sodium_init() < 0)
		elog(ERROR, "could not initialize libsodium");
	done = true;
}

/* skip_expected steps over what must stand there. */
static bool
skip_expected(const char **text, const char *word)
{
	size_t		len = strlen(word);

	if (strncmp(*text, word, len) != 0)
		return false;
	*text += len;
	return true;
}

/* read_hash_number reads a decimal number. */
static bool
read_hash_number(const char **text, unsigned *number)
{
	char	   *end;
	unsigned long n = strtoul(*text, &end, 10);

	if (end == *text || n > UINT_MAX)
		return false;
	*text = end;
	*number = (unsigned) n;
	return true;
}

/* read_parameters reads the head of a hash; false when it is none of ours. */
static bool
read_parameters(const char *hash, Parameters *p)
{
	size_t		len;

	return hash != NULL &&
		skip_expected(&hash, "$argon2id$v=19$m=") && read_hash_number(&hash, &p->memory_kib) &&
		skip_expected(&hash, ",t=") && read_hash_number(&hash, &p->passes) && skip_expected(&hash, ",p=1$") &&
		sodium_base642bin(p->salt, sizeof(p->salt), hash, strcspn(hash, "$"), NULL, &len, NULL, BASE64) == 0 &&
		len == sizeof(p->salt);
}

/* present_parameters are those that new hashes get; the salt is left to the caller. */
static void
present_parameters(Parameters *p)
{
	p->memory_kib = MEMLIMIT / 1024;
	p->passes = OPSLIMIT;
}

/* compute_hash returns the hash of a password under the parameters. */
static char *
compute_hash(const Parameters *p, const char *password)
{
	char	   *text = nfc(password);
	unsigned char digest[HASH_BYTES];
	char		salt[sodium_base64_ENCODED_LEN(SALT_BYTES, BASE64)];
	char		base64[sodium_base64_ENCODED_LEN(HASH_BYTES, BASE64)];
	VzHashPlace place;
	int			rc;

	init_sodium();
	vz_hash_gate_enter(&place);
	rc = crypto_pwhash(digest, sizeof(digest), text, strlen(text), p->salt, p->passes,
					   (size_t) p->memory_kib * 1024, crypto_pwhash_ALG_ARGON2ID13);
	vz_hash_gate_leave(&place);
	sodium_memzero(text, strlen(text));
	if (rc != 0)
		vz_raise(vz_retry_after(vz_refusal(VZ_E_SERVER_BUSY), 1));
	sodium_bin2base64(salt, sizeof(salt), p->salt, sizeof(p->salt), BASE64);
	sodium_bin2base64(base64, sizeof(base64), digest, sizeof(digest), BASE64);
	return psprintf("$argon2id$v=19$m=%u,t=%u,p=1$%s$%s", p->memory_kib, p->passes, salt, base64);
}

char *
vz_password_hash(const char *password)
{
	Parameters	p;

	init_sodium();
	present_parameters(&p);
	randombytes_buf(p.salt, sizeof(p.salt));
	return compute_hash(&p, password);
}

char *
vz_password_rehash(const char *like, const char *password)
{
	Parameters	p;

	/* Unknown users cost what known ones cost; the result is compared with nothing. */
	if (!read_parameters(like, &p))
	{
		present_parameters(&p);
		memset(p.salt, 0, sizeof(p.salt));
	}
	return compute_hash(&p, password);
}

bool
vz_password_equal(const char *a, const char *b)
{
	return a != NULL && b != NULL && strlen(a) == strlen(b) && sodium_memcmp(a, b, strlen(a)) == 0;
}

bool
vz_password_is_outdated(const char *hash)
{
	Parameters	p;

	return !read_parameters(hash, &p) || p.memory_kib < MEMLIMIT / 1024 || p.passes < OPSLIMIT;
}

/*
 * password_weakness says why a password is easy to guess; NULL: it is not. libzxcvbn
 * takes memory from malloc without looking whether it got it, so what it may
 * need has to lie in the heap already: what is freed there stays at hand.
 */
static const char *
password_weakness(const char *password, const char *const *about, int nabout)
{
	void	   *a = malloc(VZ_STRENGTH_MEMORY / 2);
	void	   *b = malloc(VZ_STRENGTH_MEMORY / 2);
	bool		is_there = a != NULL && b != NULL;

	free(b);
	free(a);
	if (!is_there)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	return vz_password_weakness(password, about, (size_t) nabout, (double) vz_setting_int("password_strength_min"));
}

void
vz_password_check(VzRefusal *wrong, const char *field, const char *password,
				  const char *const *about, int nabout)
{
	const char *problem = password == NULL || password[0] == '\0' ? "is missing" : NULL;
	int64		shortest = vz_setting_int("password_min_length");

	if (problem == NULL)
		problem = vz_password_problem(strlen(password), pg_mbstrlen(password));
	if (problem == NULL && pg_mbstrlen(password) < shortest)
		problem = psprintf("must have at least " INT64_FORMAT " characters", shortest);
	if (problem == NULL)
		problem = password_weakness(password, about, nabout);
	if (problem != NULL)
		vz_field_error(wrong, field, problem);
}
