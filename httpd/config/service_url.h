/*
 * service_url.h
 *		The parts of another service's address: who, where, which.
 *
 * Pure: no library header.
 */
#ifndef VEZA_SERVICE_URL_H
#define VEZA_SERVICE_URL_H

#include <stdbool.h>
#include <stddef.h>

typedef struct ServiceUrl
{
	char		user[256];
	char		password[512];	/* a secret */
	char		host[256];
	char		port[8];
	char		path[256];		/* without the first slash, query and fragment */
} ServiceUrl;

/*
 * Reads an address; user and password are percent-decoded, what is missing is
 * empty, but for the port, which is default_port then. False when it has no
 * host, or a part that is too long or wrongly written.
 */
extern bool service_url_parse(const char *url, const char *default_port, ServiceUrl *out);

/*
 * Writes scheme://host[:port] of an address: what is left without user,
 * password, path and query. False, and out is empty, when it does not fit or
 * there is no host.
 */
extern bool service_url_origin(const char *url, char *out, size_t size);

/* What is wrong with an address of Redis, redis://[user:password@]host[:port][/database], or NULL. */
extern const char *redis_url_problem(const char *url);

/* The number of the database that an address of Redis names; 0 unless it names one. */
extern int	redis_url_database(const ServiceUrl *url);

#endif							/* VEZA_SERVICE_URL_H */
