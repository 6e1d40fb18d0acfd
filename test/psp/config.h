/*
 * config.h
 *	  What the command line and the environment decided; read-only after start.
 */
#ifndef PSPSIM_CONFIG_H
#define PSPSIM_CONFIG_H

struct config
{
	const char *address;		/* where the API port listens */
	int			port;			/* 0 chooses a free one */
	int			control_port;	/* always on 127.0.0.1 */
	const char *api_key;
	const char *publishable_key;	/* NULL: only the secret key is known */
	const char *webhook_url;
	const char *webhook_secret;
	const char *state_file;		/* NULL: nothing survives a restart */
	const char *return_url;		/* used when the create named none */
	const char *public_url;		/* what browsers call this server */
	double		time_scale;		/* multiplies the webhook retry delays */
};

extern struct config config;

#endif
