/*
 * password.c
 *		Password hashes (see password.h).
 *
 * libsodium shares no symbol with the server; its hash runs between the
 * server's calls and never raises.
 */
#include "password.h"

#include <sodium.h>

#include "../core/query.h"
#include "../core/refusal.h"

#define OPSLIMIT	2
#define MEMLIMIT	((size_t) 19 * 1024 * 1024)

/* A hash of nothing anybody knows: unknown users cost what known ones cost. */
static const char nobody[] =
	"$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$"
	"gGeJXYTtEQ5KQYmWKx0dVnSMoQ4mPoDEcnJRNUwrcPA";

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

/* initialize prepares libsodium once per backend. */
static void
initialize(void)
{
	static bool done = false;

	if (!done && sodium_init() < 0)
		elog(ERROR, "could not initialize libsodium");
	done = true;
}

char *
vz_password_hash(const char *password)
{
	char		hash[crypto_pwhash_STRBYTES];
	char	   *text = nfc(password);
	int			rc;

	initialize();
	rc = crypto_pwhash_str_alg(hash, text, strlen(text), OPSLIMIT, MEMLIMIT, crypto_pwhash_ALG_ARGON2ID13);
	sodium_memzero(text, strlen(text));
	if (rc != 0)
		vz_raise(vz_retry_after(vz_refusal(VZ_E_SERVER_BUSY), 1));
	return pstrdup(hash);
}

bool
vz_password_verify(const char *hash, const char *password)
{
	char	   *text = nfc(password);
	bool		matches;

	initialize();
	matches = crypto_pwhash_str_verify(hash ? hash : nobody, text, strlen(text)) == 0;
	sodium_memzero(text, strlen(text));
	return matches && hash != NULL;
}
