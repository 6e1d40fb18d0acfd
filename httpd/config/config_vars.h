/*
 * config_vars.h
 *		Every variable of the configuration, in one list: a row here is all that a new one needs.
 *
 * CONFIG_VAR(name, type, section, description, properties...)
 *
 * Types: TEXT, SECRET, URL (which may hold a password), INT, FLOAT, BOOL,
 * DURATION (30s, 500ms, 5m, 2h, 7d; a bare number is seconds), LIST (commas). A
 * SECRET may come from a file that <NAME>_FILE names.
 *
 * Properties are members of ConfigVar (config_private.h), where they are
 * explained; what is left out is 0 or NULL. CONFIG_SETS(setting) says which
 * setting of the rules (extension/src/core/settings.h) the variable sets. From
 * that row comes what is left out here: description (NULL), bounds, and with
 * CONFIG_DEFAULT_OF_SETTING the default.
 *
 * From this list are made .env.example and docs/settings.md; --check judges by
 * it, --dump-config prints it, and what sets a setting is stored at start.
 */
#ifndef VEZA_CONFIG_VARS_H
#define VEZA_CONFIG_VARS_H

#define CONFIG_VARS(CONFIG_VAR) \
	CONFIG_VAR(APP_ENV, TEXT, "Environment", \
			   "Selects the file .env.<APP_ENV>, defaults and strictness", \
			   .choices = "development, test, staging or production", .default_text = "development") \
	CONFIG_VAR(DATABASE_URL, URL, "Database", \
			   "PostgreSQL connection of veza-httpd, role veza_httpd", \
			   .flags = CONFIG_REQUIRED, .example = "postgres://veza_httpd@localhost:5432/veza") \
	CONFIG_VAR(RELAY_DATABASE_URL, URL, "Database", \
			   "PostgreSQL connection of veza-relay, role veza_relay; without it veza-relay does not start", \
			   .example = "postgres://veza_relay@localhost:5432/veza") \
	CONFIG_VAR(DB_AUTO_MIGRATE, BOOL, "Database", \
			   "veza-httpd runs CALL veza.migrate() at start when the schema is empty or old", \
			   .default_text = "true") \
	CONFIG_VAR(DB_MAX_RETRIES, INT, "Database", \
			   "Attempts to connect at start before veza-httpd gives up; later losses are retried for ever", \
			   .default_text = "5", .maximum = 1000, .unit = "attempts") \
	CONFIG_VAR(DB_RETRY_INTERVAL, DURATION, "Database", \
			   "Pause between those attempts", \
			   .default_text = "5s", .minimum = 10, .maximum = 600000) \
	CONFIG_VAR(DB_READ_CONNECTIONS, INT, "Database", \
			   "Connections of the reads lane, per loop; pipelined", \
			   .default_text = "2", .minimum = 1, .maximum = 64, .unit = "connections") \
	CONFIG_VAR(DB_WRITE_CONNECTIONS, INT, "Database", \
			   "Connections of the writes lane, per loop", \
			   .default_text = "4", .minimum = 1, .maximum = 64, .unit = "connections") \
	CONFIG_VAR(DB_SLOW_CONNECTIONS, INT, "Database", \
			   "Connections of the slow lane, per loop", \
			   .default_text = "1", .minimum = 1, .maximum = 64, .unit = "connections") \
	CONFIG_VAR(DB_AUTH_CONNECTIONS, INT, "Database", \
			   "Connections of the auth lane (password hashing), per loop", \
			   .default_text = "1", .minimum = 1, .maximum = 2, .unit = "connections") \
	CONFIG_VAR(DB_WAIT_CONNECTIONS, INT, "Database", \
			   "Connections of the wait lane (payment provider), per loop", \
			   .default_text = "8", .minimum = 1, .maximum = 64, .unit = "connections") \
	CONFIG_VAR(DB_LANE_QUEUE, INT, "Database", \
			   "Requests that may wait for a lane of a loop; more are answered 503 at once", \
			   .default_text = "256", .minimum = 1, .maximum = 100000, .unit = "requests") \
	CONFIG_VAR(DB_AUTH_QUEUE, INT, "Database", \
			   "Requests that may wait for the auth lanes of all loops together; more are answered 503 at once", \
			   .default_text = "16", .maximum = 100000, .unit = "requests") \
	CONFIG_VAR(JWT_SECRET, SECRET, "Tokens", \
			   "Key of access tokens", \
			   .flags = CONFIG_REQUIRED | CONFIG_TOKEN_KEY, .example = "change-me-change-me-change-me-change-me", .minimum = 32) \
	CONFIG_VAR(JWT_SECRET_PREVIOUS, SECRET, "Tokens", \
			   "Former JWT_SECRET, while keys rotate: its tokens are still accepted, but no longer made", \
			   .flags = CONFIG_TOKEN_KEY, .minimum = 32) \
	CONFIG_VAR(JWT_ISSUER, TEXT, "Tokens", \
			   "iss claim, set and checked", \
			   .default_text = "veza-api") \
	CONFIG_VAR(JWT_AUDIENCE, TEXT, "Tokens", \
			   "aud claim, set and checked", \
			   .default_text = "veza-app") \
	CONFIG_VAR(JWT_ACCESS_TTL, DURATION, "Tokens", NULL, \
			   CONFIG_SETS(access_token_ttl), .minimum = 60000) \
	CONFIG_VAR(JWT_REFRESH_TTL, DURATION, "Tokens", NULL, \
			   CONFIG_SETS(session_ttl), .minimum = 3600000, .maximum = INT64_C(31536000000)) \
	CONFIG_VAR(CHAT_JWT_SECRET, SECRET, "Tokens", \
			   "Key of chat tokens, never JWT_SECRET; without it one derived from that, but not in production", \
			   .flags = CONFIG_TOKEN_KEY, .minimum = 32) \
	CONFIG_VAR(CHAT_JWT_SECRET_PREVIOUS, SECRET, "Tokens", \
			   "Former CHAT_JWT_SECRET, while keys rotate; who accepts its tokens is the chat server", \
			   .flags = CONFIG_TOKEN_KEY, .minimum = 32) \
	CONFIG_VAR(SIGNED_URL_SECRET, SECRET, "Tokens", \
			   "Key of signed download and streaming addresses", \
			   .flags = CONFIG_TOKEN_KEY, .minimum = 32) \
	CONFIG_VAR(SIGNED_URL_SECRET_PREVIOUS, SECRET, "Tokens", \
			   "Former SIGNED_URL_SECRET, while keys rotate: its addresses are still good, but no longer made", \
			   .flags = CONFIG_TOKEN_KEY, .minimum = 32) \
	CONFIG_VAR(APP_PORT, INT, "Server", \
			   "HTTP port", \
			   .default_text = "8080", .minimum = 1, .maximum = 65535) \
	CONFIG_VAR(APP_ADDRESS, TEXT, "Server", \
			   "Address to listen on", \
			   .default_text = "0.0.0.0") \
	CONFIG_VAR(ADMIN_PORT, INT, "Server", \
			   "Second port with health and metrics only", \
			   .default_words = "APP_PORT + 1", .minimum = 1, .maximum = 65535) \
	CONFIG_VAR(ADMIN_ADDRESS, TEXT, "Server", \
			   "Address of the second port", \
			   .default_text = "127.0.0.1") \
	CONFIG_VAR(HTTP_LOOPS, INT, "Server", \
			   "Event loops, each a thread with its own connections", \
			   .default_words = "one per processor", .minimum = 1, .maximum = 64, .unit = "loops") \
	CONFIG_VAR(MAX_EVENT_STREAMS, INT, "Server", \
			   "Clients that are sent events at the same time; more are answered 503", \
			   .default_text = "10000", .minimum = 1, .maximum = 1000000, .unit = "clients") \
	CONFIG_VAR(EVENT_STREAM_LIFETIME, DURATION, "Server", \
			   "A stream of events ends after this time; its client comes back, and its rights are looked at again", \
			   .default_text = "5m", .minimum = 1000, .maximum = 86400000) \
	CONFIG_VAR(HANDLER_TIMEOUT, DURATION, "Server", \
			   "A request that takes longer is cancelled, in PostgreSQL too, and answered 504", \
			   .default_text = "30s", .minimum = 100, .maximum = 600000) \
	CONFIG_VAR(HEADER_TIMEOUT, DURATION, "Server", \
			   "Time for a client to send its request line and headers", \
			   .default_text = "10s", .minimum = 100, .maximum = 600000) \
	CONFIG_VAR(BODY_TIMEOUT, DURATION, "Server", \
			   "Time for a client to send a JSON body", \
			   .default_text = "15s", .minimum = 100, .maximum = 600000) \
	CONFIG_VAR(KEEPALIVE_TIMEOUT, DURATION, "Server", \
			   "An idle connection is closed after this time", \
			   .default_text = "60s", .minimum = 100, .maximum = 600000) \
	CONFIG_VAR(SHUTDOWN_TIMEOUT, DURATION, "Server", \
			   "After SIGTERM running requests get this time to finish", \
			   .default_text = "30s", .minimum = 100, .maximum = 600000) \
	CONFIG_VAR(DRAIN_DELAY, DURATION, "Server", \
			   "After SIGTERM everything is served this long while /readyz says 503, so that balancers see it; then SHUTDOWN_TIMEOUT begins", \
			   .relaxed = "0", .strict = "5s", .maximum = 600000) \
	CONFIG_VAR(BODY_LIMIT, INT, "Server", \
			   "Largest JSON body", \
			   .default_text = "1048576", .minimum = 1024, .maximum = 67108864, .unit = "bytes") \
	CONFIG_VAR(MAX_CONNECTIONS, INT, "Server", \
			   "Client connections per loop", \
			   .default_text = "4096", .minimum = 16, .maximum = 1000000, .unit = "connections") \
	CONFIG_VAR(MAX_CONNECTIONS_PER_IP, INT, "Server", \
			   "Client connections from one address, over all loops; 0: no limit; TRUSTED_PROXIES are exempt", \
			   .default_text = "256", .maximum = 1000000, .unit = "connections") \
	CONFIG_VAR(TRUSTED_PROXIES, LIST, "Server", \
			   "Addresses and networks (10.0.0.0/8) of proxies whose X-Forwarded-For is believed") \
	CONFIG_VAR(CORS_ALLOWED_ORIGINS, LIST, "Server", \
			   "Origins of web apps that may call the API from a browser, exactly as browsers write them", \
			   .flags = CONFIG_REQUIRED_IN_PRODUCTION, .relaxed = "http://localhost:3000,http://localhost:5173", .example = "http://localhost:3000,http://localhost:5173") \
	CONFIG_VAR(FRONTEND_URL, URL, "Server", NULL, \
			   CONFIG_SETS(frontend_url)) \
	CONFIG_VAR(LOG_LEVEL, TEXT, "Logging", \
			   "Least severe lines that are logged", \
			   .choices = "DEBUG, INFO, WARN or ERROR", .default_text = "INFO") \
	CONFIG_VAR(SENTRY_DSN, SECRET, "Logging", \
			   "Error tracking; without it off") \
	CONFIG_VAR(SENTRY_ENVIRONMENT, TEXT, "Logging", \
			   "Name of the environment there", \
			   .default_words = "APP_ENV") \
	CONFIG_VAR(SENTRY_SAMPLE_RATE_ERRORS, FLOAT, "Logging", \
			   "Share of errors that are sent", \
			   .default_text = "1.0", .maximum = 1) \
	CONFIG_VAR(SENTRY_SAMPLE_RATE_TRANSACTIONS, FLOAT, "Logging", \
			   "Share of transactions that are sent", \
			   .default_text = "0.1", .maximum = 1) \
	CONFIG_VAR(HYPERSWITCH_ENABLED, BOOL, "Payments", \
			   "Payments are possible; false answers 503 on paid plans and on recovery, free plans work", \
			   .default_text = "false") \
	CONFIG_VAR(HYPERSWITCH_BASE_URL, URL, "Payments", \
			   "Address of the payment provider", \
			   .default_text = "https://sandbox.hyperswitch.io") \
	CONFIG_VAR(HYPERSWITCH_API_KEY, SECRET, "Payments", \
			   "Secret key; used by veza-relay only") \
	CONFIG_VAR(HYPERSWITCH_PUBLISHABLE_KEY, TEXT, "Payments", \
			   "Publishable key, for the web app") \
	CONFIG_VAR(HYPERSWITCH_PROFILE_ID, TEXT, "Payments", \
			   "Business profile; needed when the merchant has several") \
	CONFIG_VAR(HYPERSWITCH_WEBHOOK_SECRET, SECRET, "Payments", \
			   "Key of the webhook signature (payment response hash key); without it webhooks are answered 503") \
	CONFIG_VAR(HYPERSWITCH_WEBHOOK_SECRET_PREVIOUS, SECRET, "Payments", \
			   "Former HYPERSWITCH_WEBHOOK_SECRET, while keys rotate: its signatures are still accepted") \
	CONFIG_VAR(HYPERSWITCH_TIMEOUT, DURATION, "Payments", \
			   "Time for an answer that a user waits for", \
			   .default_text = "6s", .minimum = 100, .maximum = 60000) \
	CONFIG_VAR(HYPERSWITCH_SLOW_TIMEOUT, DURATION, "Payments", \
			   "Time for calls that reach the bank: refunds, forced synchronization", \
			   .default_text = "35s", .minimum = 100, .maximum = 120000) \
	CONFIG_VAR(RELAY_NAME, TEXT, "Relay", \
			   "Name of this relay", \
			   .default_words = "host name and process id") \
	CONFIG_VAR(RELAY_CONCURRENCY, INT, "Relay", \
			   "Effects carried out at the same time", \
			   .default_text = "8", .minimum = 1, .maximum = 64, .unit = "effects") \
	CONFIG_VAR(RELAY_POLL_INTERVAL, DURATION, "Relay", \
			   "How often the relay looks for effects that nobody waits for", \
			   .default_text = "1s", .minimum = 10, .maximum = 60000) \
	CONFIG_VAR(RELAY_JOB_INTERVAL, DURATION, "Relay", \
			   "How often the relay runs veza.run_due_jobs()", \
			   .default_text = "5s", .minimum = 10, .maximum = 600000) \
	CONFIG_VAR(RELAY_AUDIT_INTERVAL, DURATION, "Relay", \
			   "How often the relay looks at veza.audit, for the metrics", \
			   .default_text = "5m", .minimum = 1000, .maximum = 86400000) \
	CONFIG_VAR(RELAY_CIRCUIT_FAILURES, INT, "Relay", \
			   "Failures in a row, of the connection or of different payments, that open the circuit to the payment provider", \
			   .default_text = "5", .minimum = 1, .maximum = 1000, .unit = "failures") \
	CONFIG_VAR(RELAY_CIRCUIT_OPEN, DURATION, "Relay", \
			   "How long the circuit stays open at first; doubles up to 5 minutes", \
			   .default_text = "15s", .minimum = 10, .maximum = 600000) \
	CONFIG_VAR(REDIS_ENABLE, BOOL, "Other services", \
			   "Use Redis: several veza-httpd then share their rate limits; without it each counts alone", \
			   .default_text = "true") \
	CONFIG_VAR(REDIS_URL, URL, "Other services", \
			   "Redis: redis://[user:password@]host[:port][/database]", \
			   .default_text = "redis://localhost:6379") \
	CONFIG_VAR(RABBITMQ_ENABLE, BOOL, "Other services", \
			   "Use RabbitMQ", \
			   .default_text = "true") \
	CONFIG_VAR(RABBITMQ_URL, URL, "Other services", \
			   "RabbitMQ", \
			   .default_text = "amqp://guest:guest@localhost:5672/") \
	CONFIG_VAR(RABBITMQ_MAX_RETRIES, INT, "Other services", \
			   "Attempts to connect to RabbitMQ", \
			   .default_text = "3", .maximum = 1000, .unit = "attempts") \
	CONFIG_VAR(RABBITMQ_RETRY_INTERVAL, DURATION, "Other services", \
			   "Pause between those attempts", \
			   .default_text = "2s", .minimum = 10, .maximum = 600000) \
	CONFIG_VAR(CHAT_SERVER_URL, URL, "Other services", NULL, \
			   CONFIG_SETS(chat_server_url), .flags = CONFIG_STORES_ORIGIN, .default_text = "http://localhost:8081") \
	CONFIG_VAR(STREAM_SERVER_URL, URL, "Other services", \
			   "Stream server", \
			   .default_text = "http://localhost:8082") \
	CONFIG_VAR(STREAM_SERVER_INTERNAL_API_KEY, SECRET, "Other services", \
			   "Key shared with the stream server for its callbacks") \
	CONFIG_VAR(STREAM_SERVER_INTERNAL_API_KEY_PREVIOUS, SECRET, "Other services", \
			   "Former STREAM_SERVER_INTERNAL_API_KEY, while keys rotate: still accepted") \
	CONFIG_VAR(CLAMAV_ENABLE, BOOL, "Uploads", \
			   "Have clamd scan audio files", \
			   .default_text = "true") \
	CONFIG_VAR(CLAMAV_REQUIRED, BOOL, "Uploads", \
			   "Without clamd audio files are refused, and what has come waits; false: they are taken unscanned, and scanned later", \
			   .default_words = "true in staging and production, unless CLAMAV_ENABLE is false") \
	CONFIG_VAR(CLAMAV_ADDRESS, TEXT, "Uploads", \
			   "clamd: host:port, or the path of its socket; its StreamMaxLength must be TRACK_LIMIT at least", \
			   .default_text = "localhost:3310") \
	CONFIG_VAR(CLAMAV_TIMEOUT, DURATION, "Uploads", \
			   "A scan that takes longer has failed", \
			   .default_text = "2m", .minimum = 100, .maximum = 3600000) \
	CONFIG_VAR(ANALYSIS_WORKERS, INT, "Uploads", \
			   "Audio files that are scanned and analysed at the same time; 0: this veza-httpd leaves that to others", \
			   .default_text = "2", .maximum = 64, .unit = "files") \
	CONFIG_VAR(ANALYSIS_TIMEOUT, DURATION, "Uploads", \
			   "An analysis that takes longer has failed", \
			   .default_text = "2m", .minimum = 1000, .maximum = 3600000) \
	CONFIG_VAR(ANALYSIS_POLL, DURATION, "Uploads", \
			   "How often files that wait for another try are looked for; what has just come is begun at once", \
			   .default_text = "1s", .minimum = 100, .maximum = 3600000) \
	CONFIG_VAR(ANALYSIS_PROGRAM, TEXT, "Uploads", \
			   "The program that analyses", \
			   .default_words = "veza-probe beside veza-httpd") \
	CONFIG_VAR(UPLOAD_DIR, TEXT, "Uploads", \
			   "Directory of uploaded files", \
			   .default_text = "uploads") \
	CONFIG_VAR(AVATAR_LIMIT, INT, "Uploads", \
			   "Largest picture of a user", \
			   .default_text = "5242880", .minimum = 1024, .maximum = 67108864, .unit = "bytes") \
	CONFIG_VAR(TRACK_LIMIT, INT, "Uploads", \
			   "Largest audio file, whatever a plan allows", \
			   .default_text = "1073741824", .minimum = 65536, .maximum = INT64_C(1099511627776), .unit = "bytes") \
	CONFIG_VAR(UPLOAD_EXPIRY, DURATION, "Uploads", \
			   "An upload in several requests (tus) that nobody goes on with is forgotten after this time", \
			   .default_text = "1d", .minimum = 1000, .maximum = INT64_C(31536000000)) \
	CONFIG_VAR(MAX_UNFINISHED_UPLOADS, INT, "Uploads", \
			   "How many of them a user may have; a new one then takes the place of the oldest", \
			   .default_text = "10", .minimum = 1, .maximum = 1000, .unit = "uploads") \
	CONFIG_VAR(UPLOAD_SWEEP_INTERVAL, DURATION, "Uploads", \
			   "How often files that nothing names are looked for", \
			   .default_text = "1h", .minimum = 100, .maximum = 604800000) \
	CONFIG_VAR(UPLOAD_SWEEP_AGE, DURATION, "Uploads", \
			   "They are removed when they are this old", \
			   .default_text = "1d", .maximum = INT64_C(31536000000)) \
	CONFIG_VAR(MAX_CONCURRENT_UPLOADS, INT, "Uploads", \
			   "Uploads at the same time; more are answered 503", \
			   .default_text = "10", .minimum = 1, .maximum = 10000, .unit = "uploads") \
	CONFIG_VAR(MAX_UPLOADS_PER_USER, INT, "Uploads", \
			   "How many of them one user may hold", \
			   .default_text = "3", .minimum = 1, .maximum = 10000, .unit = "uploads") \
	CONFIG_VAR(MAX_UPLOADS_PER_ADDRESS, INT, "Uploads", \
			   "How many of them users of one client address may hold", \
			   .default_text = "6", .minimum = 1, .maximum = 10000, .unit = "uploads") \
	CONFIG_VAR(RATE_LIMIT_LIMIT, INT, "Limits", \
			   "Requests per window, of an address and of a user", \
			   .relaxed = "1000", .strict = "200", .minimum = 1, .maximum = 1000000, .unit = "requests") \
	CONFIG_VAR(RATE_LIMIT_WINDOW, INT, "Limits", \
			   "The window", \
			   .default_text = "60", .minimum = 1, .maximum = 86400, .unit = "s") \
	CONFIG_VAR(AUTH_RATE_LIMIT_LOGIN_ATTEMPTS, INT, "Limits", \
			   "Login attempts per login window, of an address and of an account", \
			   CONFIG_SETS(login_limit), .flags = CONFIG_DEFAULT_OF_SETTING | CONFIG_ACCOUNT_LIMIT, \
			   .minimum = 1, .maximum = 10000, .unit = "attempts") \
	CONFIG_VAR(AUTH_RATE_LIMIT_LOGIN_WINDOW, INT, "Limits", NULL, \
			   CONFIG_SETS(login_window), .flags = CONFIG_DEFAULT_OF_SETTING, .unit = "min") \
	CONFIG_VAR(RATE_LIMIT_REGISTER, INT, "Limits", \
			   "Registrations of an address per hour", \
			   .relaxed = "20", .strict = "3", .minimum = 1, .maximum = 1000000, .unit = "requests") \
	CONFIG_VAR(RATE_LIMIT_RESEND, INT, "Limits", \
			   "Requests for another verification mail of an address per hour", \
			   .relaxed = "20", .strict = "3", .minimum = 1, .maximum = 1000000, .unit = "requests") \
	CONFIG_VAR(RATE_LIMIT_RESET_REQUEST, INT, "Limits", \
			   "Requests for a password reset of an address per hour", \
			   .relaxed = "20", .strict = "3", .minimum = 1, .maximum = 1000000, .unit = "requests") \
	CONFIG_VAR(RATE_LIMIT_RESET, INT, "Limits", \
			   "Password resets of an address per hour", \
			   .relaxed = "20", .strict = "5", .minimum = 1, .maximum = 1000000, .unit = "requests") \
	CONFIG_VAR(RATE_LIMIT_REFRESH, INT, "Limits", \
			   "Token refreshes of an address per hour", \
			   .relaxed = "1200", .strict = "120", .minimum = 1, .maximum = 1000000, .unit = "requests") \
	CONFIG_VAR(RATE_LIMIT_LOOKUP, INT, "Limits", \
			   "Lookups of usernames of an address per minute", \
			   .relaxed = "60", .strict = "10", .minimum = 1, .maximum = 1000000, .unit = "requests") \
	CONFIG_VAR(RATE_LIMIT_UPLOAD, INT, "Limits", \
			   "Uploads of a user per hour", \
			   .relaxed = "200", .strict = "20", .minimum = 1, .maximum = 1000000, .unit = "requests") \
	CONFIG_VAR(SMTP_HOST, TEXT, "Mail", \
			   "Mail server; without it no mail is sent; in production it must speak TLS unless it is localhost") \
	CONFIG_VAR(SMTP_PORT, INT, "Mail", \
			   "Its port", \
			   .default_text = "587", .minimum = 1, .maximum = 65535) \
	CONFIG_VAR(SMTP_CA_FILE, TEXT, "Mail", \
			   "File with the authority that vouches for the mail server's certificate", \
			   .default_words = "the system's") \
	CONFIG_VAR(SMTP_TIMEOUT, DURATION, "Mail", \
			   "Time for a mail to be taken", \
			   .default_text = "30s", .minimum = 100, .maximum = 50000) \
	CONFIG_VAR(SMTP_USERNAME, TEXT, "Mail", \
			   "User name there") \
	CONFIG_VAR(SMTP_PASSWORD, SECRET, "Mail", \
			   "Password there") \
	CONFIG_VAR(SMTP_FROM, TEXT, "Mail", \
			   "Sender's address") \
	CONFIG_VAR(CSRF_DISABLED, BOOL, "Development and tests only", \
			   "Switches the CSRF check off", \
			   .flags = CONFIG_NEVER_IN_PRODUCTION, .default_text = "false") \
	CONFIG_VAR(BYPASS_CONTENT_CREATOR_ROLE, BOOL, "Development and tests only", NULL, \
			   CONFIG_SETS(bypass_creator_role), .flags = CONFIG_NEVER_IN_PRODUCTION | CONFIG_DEFAULT_OF_SETTING) \
	CONFIG_VAR(DISABLE_RATE_LIMIT_FOR_TESTS, BOOL, "Development and tests only", \
			   "Switches rate limits off, those per account too", \
			   .flags = CONFIG_NEVER_IN_PRODUCTION, .default_text = "false")

typedef enum ConfigId
{
#define CONFIG_VAR(var, kind, part, text, ...) CONFIG_##var,
	CONFIG_VARS(CONFIG_VAR)
#undef CONFIG_VAR
	CONFIG_COUNT
} ConfigId;

#endif							/* VEZA_CONFIG_VARS_H */
