/*
 * config_vars.h
 *		Every variable of the configuration, in one list.
 *
 * CONFIG_VAR(name, type, default, minimum, maximum, flags, section, description)
 *
 * Types: TEXT, SECRET, URL (which may hold a password), INT, FLOAT, BOOL,
 * DURATION (30s, 500ms, 5m, 2h, 7d; a bare number is seconds; bounds in ms),
 * LIST (commas). A SECRET may come from a file that <NAME>_FILE names. A
 * default of NULL means: not set. .env.example is generated from this list,
 * --check validates by it, --dump-config prints it.
 */
#ifndef VEZA_CONFIG_VARS_H
#define VEZA_CONFIG_VARS_H

#define CONFIG_VARS(CONFIG_VAR) \
	CONFIG_VAR(APP_ENV, TEXT, "development", 0, 0, 0, "Environment", \
			   "development, test, staging or production: selects the file .env.<APP_ENV>, defaults and strictness") \
	CONFIG_VAR(DATABASE_URL, URL, NULL, 0, 0, CONFIG_REQUIRED, "Database", \
			   "PostgreSQL connection of veza-httpd, role veza_httpd") \
	CONFIG_VAR(RELAY_DATABASE_URL, URL, NULL, 0, 0, 0, "Database", \
			   "PostgreSQL connection of veza-relay, role veza_relay; without it veza-relay does not start") \
	CONFIG_VAR(DB_AUTO_MIGRATE, BOOL, "true", 0, 0, 0, "Database", \
			   "veza-httpd runs CALL veza.migrate() at start when the schema is empty or old") \
	CONFIG_VAR(DB_MAX_RETRIES, INT, "5", 0, 1000, 0, "Database", \
			   "Attempts to connect at start before veza-httpd gives up; later losses are retried for ever") \
	CONFIG_VAR(DB_RETRY_INTERVAL, DURATION, "5s", 10, 600000, 0, "Database", \
			   "Pause between those attempts") \
	CONFIG_VAR(DB_READ_CONNECTIONS, INT, "2", 1, 64, 0, "Database", \
			   "Connections of the reads lane, per loop; pipelined") \
	CONFIG_VAR(DB_WRITE_CONNECTIONS, INT, "4", 1, 64, 0, "Database", \
			   "Connections of the writes lane, per loop") \
	CONFIG_VAR(DB_SLOW_CONNECTIONS, INT, "1", 1, 64, 0, "Database", \
			   "Connections of the slow lane, per loop") \
	CONFIG_VAR(DB_AUTH_CONNECTIONS, INT, "1", 1, 2, 0, "Database", \
			   "Connections of the auth lane (password hashing), per loop") \
	CONFIG_VAR(DB_WAIT_CONNECTIONS, INT, "8", 1, 64, 0, "Database", \
			   "Connections of the wait lane (payment provider), per loop") \
	CONFIG_VAR(DB_LANE_QUEUE, INT, "256", 1, 100000, 0, "Database", \
			   "Requests that may wait for a lane of a loop; more are answered 503 at once") \
	CONFIG_VAR(DB_AUTH_QUEUE, INT, "16", 0, 100000, 0, "Database", \
			   "Requests that may wait for the auth lanes of all loops together; more are answered 503 at once") \
	CONFIG_VAR(JWT_SECRET, SECRET, NULL, 32, 0, CONFIG_REQUIRED, "Tokens", \
			   "Key of access tokens, at least 32 characters") \
	CONFIG_VAR(JWT_SECRET_PREVIOUS, SECRET, NULL, 32, 0, 0, "Tokens", \
			   "Former JWT_SECRET, while keys rotate: its tokens are still accepted, but no longer made") \
	CONFIG_VAR(JWT_ISSUER, TEXT, "veza-api", 0, 0, 0, "Tokens", \
			   "iss claim, set and checked") \
	CONFIG_VAR(JWT_AUDIENCE, TEXT, "veza-app", 0, 0, 0, "Tokens", \
			   "aud claim, set and checked") \
	CONFIG_VAR(JWT_ACCESS_TTL, DURATION, NULL, 60000, 86400000, 0, "Tokens", \
			   "Lifetime of access tokens; sets access_token_ttl in veza_data.setting at start") \
	CONFIG_VAR(JWT_REFRESH_TTL, DURATION, NULL, 3600000, 31536000000, 0, "Tokens", \
			   "Lifetime of login sessions; sets session_ttl in veza_data.setting at start") \
	CONFIG_VAR(CHAT_JWT_SECRET, SECRET, NULL, 32, 0, 0, "Tokens", \
			   "Key of chat tokens, at least 32 characters, never JWT_SECRET; without it one derived from that, but not in production") \
	CONFIG_VAR(CHAT_JWT_SECRET_PREVIOUS, SECRET, NULL, 32, 0, 0, "Tokens", \
			   "Former CHAT_JWT_SECRET, while keys rotate; who accepts its tokens is the chat server") \
	CONFIG_VAR(SIGNED_URL_SECRET, SECRET, NULL, 32, 0, 0, "Tokens", \
			   "Key of signed download and streaming addresses, at least 32 characters") \
	CONFIG_VAR(SIGNED_URL_SECRET_PREVIOUS, SECRET, NULL, 32, 0, 0, "Tokens", \
			   "Former SIGNED_URL_SECRET, while keys rotate: its addresses are still good, but no longer made") \
	CONFIG_VAR(APP_PORT, INT, "8080", 1, 65535, 0, "Server", \
			   "HTTP port") \
	CONFIG_VAR(APP_ADDRESS, TEXT, "0.0.0.0", 0, 0, 0, "Server", \
			   "Address to listen on") \
	CONFIG_VAR(ADMIN_PORT, INT, NULL, 1, 65535, 0, "Server", \
			   "Second port with health and metrics only; default APP_PORT + 1") \
	CONFIG_VAR(ADMIN_ADDRESS, TEXT, "127.0.0.1", 0, 0, 0, "Server", \
			   "Address of the second port") \
	CONFIG_VAR(HTTP_LOOPS, INT, NULL, 1, 64, 0, "Server", \
			   "Event loops, each a thread with its own connections; default one per processor") \
	CONFIG_VAR(HANDLER_TIMEOUT, DURATION, "30s", 100, 600000, 0, "Server", \
			   "A request that takes longer is cancelled, in PostgreSQL too, and answered 504") \
	CONFIG_VAR(HEADER_TIMEOUT, DURATION, "10s", 100, 600000, 0, "Server", \
			   "Time for a client to send its request line and headers") \
	CONFIG_VAR(BODY_TIMEOUT, DURATION, "15s", 100, 600000, 0, "Server", \
			   "Time for a client to send a JSON body") \
	CONFIG_VAR(KEEPALIVE_TIMEOUT, DURATION, "60s", 100, 600000, 0, "Server", \
			   "An idle connection is closed after this time") \
	CONFIG_VAR(SHUTDOWN_TIMEOUT, DURATION, "30s", 100, 600000, 0, "Server", \
			   "After SIGTERM running requests get this time to finish") \
	CONFIG_VAR(DRAIN_DELAY, DURATION, NULL, 0, 600000, 0, "Server", \
			   "After SIGTERM everything is served this long while /readyz says 503, so that balancers see it;" \
			   " then SHUTDOWN_TIMEOUT begins; default 0 in development and test, 5s elsewhere") \
	CONFIG_VAR(BODY_LIMIT, INT, "1048576", 1024, 67108864, 0, "Server", \
			   "Largest JSON body in bytes") \
	CONFIG_VAR(MAX_CONNECTIONS, INT, "4096", 16, 1000000, 0, "Server", \
			   "Client connections per loop") \
	CONFIG_VAR(MAX_CONNECTIONS_PER_IP, INT, "256", 0, 1000000, 0, "Server", \
			   "Client connections from one address, over all loops; 0: no limit; TRUSTED_PROXIES are exempt") \
	CONFIG_VAR(TRUSTED_PROXIES, LIST, NULL, 0, 0, 0, "Server", \
			   "Addresses and networks (10.0.0.0/8) of proxies whose X-Forwarded-For is believed") \
	CONFIG_VAR(CORS_ALLOWED_ORIGINS, LIST, NULL, 0, 0, CONFIG_REQUIRED_IN_PRODUCTION, "Server", \
			   "Origins of web apps that may call the API from a browser, exactly as browsers write them;" \
			   " default in development and test http://localhost:3000 and :5173, required in production") \
	CONFIG_VAR(FRONTEND_URL, URL, NULL, 0, 0, 0, "Server", \
			   "Address of the web app, for links in mails and the way back from the payment page") \
	CONFIG_VAR(LOG_LEVEL, TEXT, "INFO", 0, 0, 0, "Logging", \
			   "DEBUG, INFO, WARN or ERROR") \
	CONFIG_VAR(SENTRY_DSN, SECRET, NULL, 0, 0, 0, "Logging", \
			   "Error tracking; without it off") \
	CONFIG_VAR(SENTRY_ENVIRONMENT, TEXT, NULL, 0, 0, 0, "Logging", \
			   "Name of the environment there; default APP_ENV") \
	CONFIG_VAR(SENTRY_SAMPLE_RATE_ERRORS, FLOAT, "1.0", 0, 1, 0, "Logging", \
			   "Share of errors that are sent") \
	CONFIG_VAR(SENTRY_SAMPLE_RATE_TRANSACTIONS, FLOAT, "0.1", 0, 1, 0, "Logging", \
			   "Share of transactions that are sent") \
	CONFIG_VAR(HYPERSWITCH_ENABLED, BOOL, "false", 0, 0, 0, "Payments", \
			   "Payments are possible; false answers 503 on paid plans and on recovery, free plans work") \
	CONFIG_VAR(HYPERSWITCH_BASE_URL, URL, "https://sandbox.hyperswitch.io", 0, 0, 0, "Payments", \
			   "Address of the payment provider") \
	CONFIG_VAR(HYPERSWITCH_API_KEY, SECRET, NULL, 0, 0, 0, "Payments", \
			   "Secret key; used by veza-relay only") \
	CONFIG_VAR(HYPERSWITCH_PUBLISHABLE_KEY, TEXT, NULL, 0, 0, 0, "Payments", \
			   "Publishable key, for the web app") \
	CONFIG_VAR(HYPERSWITCH_PROFILE_ID, TEXT, NULL, 0, 0, 0, "Payments", \
			   "Business profile; needed when the merchant has several") \
	CONFIG_VAR(HYPERSWITCH_WEBHOOK_SECRET, SECRET, NULL, 0, 0, 0, "Payments", \
			   "Key of the webhook signature (payment response hash key); without it webhooks are answered 503") \
	CONFIG_VAR(HYPERSWITCH_WEBHOOK_SECRET_PREVIOUS, SECRET, NULL, 0, 0, 0, "Payments", \
			   "Former HYPERSWITCH_WEBHOOK_SECRET, while keys rotate: its signatures are still accepted") \
	CONFIG_VAR(HYPERSWITCH_TIMEOUT, DURATION, "6s", 100, 60000, 0, "Payments", \
			   "Time for an answer that a user waits for") \
	CONFIG_VAR(HYPERSWITCH_SLOW_TIMEOUT, DURATION, "35s", 100, 120000, 0, "Payments", \
			   "Time for calls that reach the bank: refunds, forced synchronization") \
	CONFIG_VAR(RELAY_NAME, TEXT, NULL, 0, 0, 0, "Relay", \
			   "Name of this relay; default host name and process id") \
	CONFIG_VAR(RELAY_CONCURRENCY, INT, "8", 1, 64, 0, "Relay", \
			   "Effects carried out at the same time") \
	CONFIG_VAR(RELAY_POLL_INTERVAL, DURATION, "1s", 10, 60000, 0, "Relay", \
			   "How often the relay looks for effects that nobody waits for") \
	CONFIG_VAR(RELAY_JOB_INTERVAL, DURATION, "5s", 10, 600000, 0, "Relay", \
			   "How often the relay runs veza.run_due_jobs()") \
	CONFIG_VAR(RELAY_AUDIT_INTERVAL, DURATION, "5m", 1000, 86400000, 0, "Relay", \
			   "How often the relay looks at veza.audit, for the metrics") \
	CONFIG_VAR(RELAY_CIRCUIT_FAILURES, INT, "5", 1, 1000, 0, "Relay", \
			   "Failures in a row, of the connection or of different payments, that open the circuit to the payment provider") \
	CONFIG_VAR(RELAY_CIRCUIT_OPEN, DURATION, "15s", 10, 600000, 0, "Relay", \
			   "How long the circuit stays open at first; doubles up to 5 minutes") \
	CONFIG_VAR(REDIS_ENABLE, BOOL, "true", 0, 0, 0, "Other services", \
			   "Use Redis: several veza-httpd then share their rate limits; without it each counts alone") \
	CONFIG_VAR(REDIS_URL, URL, "redis://localhost:6379", 0, 0, 0, "Other services", \
			   "Redis: redis://[user:password@]host[:port][/database]") \
	CONFIG_VAR(RABBITMQ_ENABLE, BOOL, "true", 0, 0, 0, "Other services", \
			   "Use RabbitMQ") \
	CONFIG_VAR(RABBITMQ_URL, URL, "amqp://guest:guest@localhost:5672/", 0, 0, 0, "Other services", \
			   "RabbitMQ") \
	CONFIG_VAR(RABBITMQ_MAX_RETRIES, INT, "3", 0, 1000, 0, "Other services", \
			   "Attempts to connect to RabbitMQ") \
	CONFIG_VAR(RABBITMQ_RETRY_INTERVAL, DURATION, "2s", 10, 600000, 0, "Other services", \
			   "Pause between those attempts") \
	CONFIG_VAR(CHAT_SERVER_URL, URL, "http://localhost:8081", 0, 0, 0, "Other services", \
			   "Chat server") \
	CONFIG_VAR(STREAM_SERVER_URL, URL, "http://localhost:8082", 0, 0, 0, "Other services", \
			   "Stream server") \
	CONFIG_VAR(STREAM_SERVER_INTERNAL_API_KEY, SECRET, NULL, 0, 0, 0, "Other services", \
			   "Key shared with the stream server for its callbacks") \
	CONFIG_VAR(STREAM_SERVER_INTERNAL_API_KEY_PREVIOUS, SECRET, NULL, 0, 0, 0, "Other services", \
			   "Former STREAM_SERVER_INTERNAL_API_KEY, while keys rotate: still accepted") \
	CONFIG_VAR(CLAMAV_REQUIRED, BOOL, NULL, 0, 0, 0, "Uploads", \
			   "Refuse uploads that cannot be scanned; default true in staging and production") \
	CONFIG_VAR(CLAMAV_ADDRESS, TEXT, "localhost:3310", 0, 0, 0, "Uploads", \
			   "clamd") \
	CONFIG_VAR(UPLOAD_DIR, TEXT, "uploads", 0, 0, 0, "Uploads", \
			   "Directory of uploaded files") \
	CONFIG_VAR(AVATAR_LIMIT, INT, "5242880", 1024, 67108864, 0, "Uploads", \
			   "Largest picture of a user in bytes") \
	CONFIG_VAR(UPLOAD_SWEEP_INTERVAL, DURATION, "1h", 100, 604800000, 0, "Uploads", \
			   "How often files that nothing names are looked for") \
	CONFIG_VAR(UPLOAD_SWEEP_AGE, DURATION, "1d", 0, 31536000000, 0, "Uploads", \
			   "They are removed when they are this old") \
	CONFIG_VAR(MAX_CONCURRENT_UPLOADS, INT, "10", 1, 10000, 0, "Uploads", \
			   "Uploads at the same time; more are answered 503") \
	CONFIG_VAR(MAX_UPLOADS_PER_USER, INT, "3", 1, 10000, 0, "Uploads", \
			   "How many of them one user may hold") \
	CONFIG_VAR(MAX_UPLOADS_PER_ADDRESS, INT, "6", 1, 10000, 0, "Uploads", \
			   "How many of them users of one client address may hold") \
	CONFIG_VAR(RATE_LIMIT_LIMIT, INT, NULL, 1, 1000000, 0, "Limits", \
			   "Requests per window, of an address and of a user; default 1000 in development and test, 200 elsewhere") \
	CONFIG_VAR(RATE_LIMIT_WINDOW, INT, "60", 1, 86400, 0, "Limits", \
			   "The window in seconds") \
	CONFIG_VAR(AUTH_RATE_LIMIT_LOGIN_ATTEMPTS, INT, "5", 1, 10000, 0, "Limits", \
			   "Login attempts per login window, of an address and of an account") \
	CONFIG_VAR(AUTH_RATE_LIMIT_LOGIN_WINDOW, INT, "1", 1, 1440, 0, "Limits", \
			   "The login window in minutes") \
	CONFIG_VAR(RATE_LIMIT_REGISTER, INT, NULL, 1, 1000000, 0, "Limits", \
			   "Registrations of an address per hour; default 20 in development and test, 3 elsewhere") \
	CONFIG_VAR(RATE_LIMIT_RESEND, INT, NULL, 1, 1000000, 0, "Limits", \
			   "Requests for another verification mail of an address per hour; default 20 in development and test, 3 elsewhere") \
	CONFIG_VAR(RATE_LIMIT_RESET_REQUEST, INT, NULL, 1, 1000000, 0, "Limits", \
			   "Requests for a password reset of an address per hour; default 20 in development and test, 3 elsewhere") \
	CONFIG_VAR(RATE_LIMIT_RESET, INT, NULL, 1, 1000000, 0, "Limits", \
			   "Password resets of an address per hour; default 20 in development and test, 5 elsewhere") \
	CONFIG_VAR(RATE_LIMIT_REFRESH, INT, NULL, 1, 1000000, 0, "Limits", \
			   "Token refreshes of an address per hour; default 1200 in development and test, 120 elsewhere") \
	CONFIG_VAR(RATE_LIMIT_LOOKUP, INT, NULL, 1, 1000000, 0, "Limits", \
			   "Lookups of usernames of an address per minute; default 60 in development and test, 10 elsewhere") \
	CONFIG_VAR(RATE_LIMIT_UPLOAD, INT, NULL, 1, 1000000, 0, "Limits", \
			   "Uploads of a user per hour; default 200 in development and test, 20 elsewhere") \
	CONFIG_VAR(SMTP_HOST, TEXT, NULL, 0, 0, 0, "Mail", \
			   "Mail server; without it no mail is sent; in production it must speak TLS unless it is localhost") \
	CONFIG_VAR(SMTP_PORT, INT, "587", 1, 65535, 0, "Mail", \
			   "Its port") \
	CONFIG_VAR(SMTP_CA_FILE, TEXT, NULL, 0, 0, 0, "Mail", \
			   "File with the authority that vouches for the mail server's certificate; default the system's") \
	CONFIG_VAR(SMTP_TIMEOUT, DURATION, "30s", 100, 50000, 0, "Mail", \
			   "Time for a mail to be taken") \
	CONFIG_VAR(SMTP_USERNAME, TEXT, NULL, 0, 0, 0, "Mail", \
			   "User name there") \
	CONFIG_VAR(SMTP_PASSWORD, SECRET, NULL, 0, 0, 0, "Mail", \
			   "Password there") \
	CONFIG_VAR(SMTP_FROM, TEXT, NULL, 0, 0, 0, "Mail", \
			   "Sender's address") \
	CONFIG_VAR(CSRF_DISABLED, BOOL, "false", 0, 0, CONFIG_NEVER_IN_PRODUCTION, "Development and tests only", \
			   "Switches the CSRF check off") \
	CONFIG_VAR(BYPASS_CONTENT_CREATOR_ROLE, BOOL, "false", 0, 0, CONFIG_NEVER_IN_PRODUCTION, "Development and tests only", \
			   "Everybody counts as a creator") \
	CONFIG_VAR(DISABLE_RATE_LIMIT_FOR_TESTS, BOOL, "false", 0, 0, CONFIG_NEVER_IN_PRODUCTION, "Development and tests only", \
			   "Switches rate limits off, those per account too")

typedef enum ConfigId
{
#define CONFIG_VAR(name, type, def, min, max, flags, section, text) CONFIG_##name,
	CONFIG_VARS(CONFIG_VAR)
#undef CONFIG_VAR
	CONFIG_COUNT
} ConfigId;

#endif							/* VEZA_CONFIG_VARS_H */
