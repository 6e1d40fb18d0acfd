-- Shapes: what administrators see of the running server.

CREATE VIEW veza_data.debug_profile_shape AS
SELECT NULL::text AS name, NULL::text AS path, NULL::text AS summary
 WHERE false;
COMMENT ON VIEW veza_data.debug_profile_shape IS 'A look into the running server that can be had.';
COMMENT ON COLUMN veza_data.debug_profile_shape.name IS 'Last segment of its address.';
COMMENT ON COLUMN veza_data.debug_profile_shape.path IS 'Its address.';
COMMENT ON COLUMN veza_data.debug_profile_shape.summary IS 'What it tells.';

CREATE VIEW veza_data.debug_process_shape AS
SELECT NULL::json AS httpd, NULL::text AS extension
 WHERE false;
COMMENT ON VIEW veza_data.debug_process_shape IS 'Which programs answer.';
COMMENT ON COLUMN veza_data.debug_process_shape.httpd IS 'veza-httpd: program, version, pid, uptime and memory.';
COMMENT ON COLUMN veza_data.debug_process_shape.extension IS 'Version of the extension.';

CREATE VIEW veza_data.debug_activity_shape AS
SELECT a.pid, a.usename::text AS role, a.application_name, a.state,
       a.wait_event_type, a.wait_event,
       extract(epoch FROM clock_timestamp() - a.xact_start)::float8 AS transaction_seconds,
       extract(epoch FROM clock_timestamp() - a.state_change)::float8 AS state_seconds,
       CASE WHEN a.usename LIKE 'veza\_%' THEN a.query END AS query
  FROM pg_stat_activity a
 WHERE a.datname = current_database() AND a.backend_type = 'client backend';
COMMENT ON VIEW veza_data.debug_activity_shape IS 'A session of this database.';
COMMENT ON COLUMN veza_data.debug_activity_shape.pid IS 'Process of the backend.';
COMMENT ON COLUMN veza_data.debug_activity_shape.role IS 'Role that logged in.';
COMMENT ON COLUMN veza_data.debug_activity_shape.application_name IS 'For veza-httpd the id of the request.';
COMMENT ON COLUMN veza_data.debug_activity_shape.state IS 'active, idle, idle in transaction ...';
COMMENT ON COLUMN veza_data.debug_activity_shape.wait_event_type IS 'What kind of thing it waits for.';
COMMENT ON COLUMN veza_data.debug_activity_shape.wait_event IS 'What it waits for.';
COMMENT ON COLUMN veza_data.debug_activity_shape.transaction_seconds IS 'Age of its transaction.';
COMMENT ON COLUMN veza_data.debug_activity_shape.state_seconds IS 'Time in this state.';
COMMENT ON COLUMN veza_data.debug_activity_shape.query IS 'The last statement, of roles veza_... only; over HTTP without its constants.';

CREATE VIEW veza_data.debug_statements_shape AS
SELECT NULL::boolean AS available, NULL::text AS message, NULL::json AS statements
 WHERE false;
COMMENT ON VIEW veza_data.debug_statements_shape IS 'Statements of this database that took most time, by pg_stat_statements.';
COMMENT ON COLUMN veza_data.debug_statements_shape.available IS 'There are statistics.';
COMMENT ON COLUMN veza_data.debug_statements_shape.message IS 'Why not, and what to do.';
COMMENT ON COLUMN veza_data.debug_statements_shape.statements IS 'role, calls, total_ms, mean_ms, rows, blocks_hit, blocks_read, temp_blocks_written, query.';

CREATE VIEW veza_data.debug_lock_shape AS
SELECT l.pid, a.usename::text AS role, l.locktype AS kind, l.relation::regclass::text AS relation, l.mode,
       l.granted, extract(epoch FROM clock_timestamp() - l.waitstart)::float8 AS waiting_seconds,
       CASE WHEN NOT l.granted THEN pg_blocking_pids(l.pid) END AS blocked_by
  FROM pg_locks l
  JOIN pg_stat_activity a ON a.pid = l.pid
 WHERE a.datname = current_database() AND l.pid <> pg_backend_pid()
   AND NOT (l.granted AND l.locktype = 'virtualxid');
COMMENT ON VIEW veza_data.debug_lock_shape IS 'A lock that a session of this database holds or waits for.';
COMMENT ON COLUMN veza_data.debug_lock_shape.pid IS 'Process of the backend.';
COMMENT ON COLUMN veza_data.debug_lock_shape.role IS 'Role that logged in.';
COMMENT ON COLUMN veza_data.debug_lock_shape.kind IS 'relation, transactionid, tuple, advisory ...';
COMMENT ON COLUMN veza_data.debug_lock_shape.relation IS 'Table or index.';
COMMENT ON COLUMN veza_data.debug_lock_shape.mode IS 'Lock mode.';
COMMENT ON COLUMN veza_data.debug_lock_shape.granted IS 'It is held; false: waited for.';
COMMENT ON COLUMN veza_data.debug_lock_shape.waiting_seconds IS 'How long it is waited for.';
COMMENT ON COLUMN veza_data.debug_lock_shape.blocked_by IS 'Backends in the way.';

CREATE VIEW veza_data.debug_table_shape AS
SELECT s.schemaname || '.' || s.relname AS name, s.n_live_tup AS live_rows, s.n_dead_tup AS dead_rows,
       pg_table_size(s.relid) AS table_bytes, pg_indexes_size(s.relid) AS index_bytes,
       s.seq_scan AS sequential_scans, coalesce(s.idx_scan, 0) AS index_scans,
       greatest(s.last_vacuum, s.last_autovacuum) AS vacuumed_at,
       greatest(s.last_analyze, s.last_autoanalyze) AS analyzed_at
  FROM pg_stat_all_tables s
 WHERE s.schemaname IN ('veza', 'veza_data');
COMMENT ON VIEW veza_data.debug_table_shape IS 'A table, with what PostgreSQL counts about it.';
COMMENT ON COLUMN veza_data.debug_table_shape.name IS 'Schema and name.';
COMMENT ON COLUMN veza_data.debug_table_shape.live_rows IS 'Rows, estimated.';
COMMENT ON COLUMN veza_data.debug_table_shape.dead_rows IS 'Dead rows that vacuum has not removed yet.';
COMMENT ON COLUMN veza_data.debug_table_shape.table_bytes IS 'Size without indexes.';
COMMENT ON COLUMN veza_data.debug_table_shape.index_bytes IS 'Size of its indexes.';
COMMENT ON COLUMN veza_data.debug_table_shape.sequential_scans IS 'Scans of the whole table.';
COMMENT ON COLUMN veza_data.debug_table_shape.index_scans IS 'Scans of its indexes.';
COMMENT ON COLUMN veza_data.debug_table_shape.vacuumed_at IS 'Last vacuum.';
COMMENT ON COLUMN veza_data.debug_table_shape.analyzed_at IS 'Last analyze.';

CREATE VIEW veza_data.debug_memory_shape AS
SELECT NULL::json AS httpd, NULL::integer AS pid, NULL::bigint AS total_bytes, NULL::json AS contexts
 WHERE false;
COMMENT ON VIEW veza_data.debug_memory_shape IS 'Memory of veza-httpd and of the backend that answered.';
COMMENT ON COLUMN veza_data.debug_memory_shape.httpd IS 'veza-httpd: program, version, pid, uptime and memory.';
COMMENT ON COLUMN veza_data.debug_memory_shape.pid IS 'Process of the backend.';
COMMENT ON COLUMN veza_data.debug_memory_shape.total_bytes IS 'All its memory contexts together.';
COMMENT ON COLUMN veza_data.debug_memory_shape.contexts IS 'name, contexts, total_bytes and used_bytes by name of the context, largest first.';
