/*
 * identity.c
 *		Which build of which version this program is (see identity.h).
 */
#include "identity.h"

const char	build_id[] = VEZA_BUILD;
const char	httpd_identity[] = "veza-httpd/" VEZA_VERSION "+" VEZA_BUILD;
const char	relay_identity[] = "veza-relay/" VEZA_VERSION "+" VEZA_BUILD;
