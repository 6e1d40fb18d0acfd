-- The seals of the audit log: what is sealed, and that whatever is altered afterwards is noticed.
-- One transaction cannot see its own rows sealed, so they are given to transactions that are over; a
-- row that commits late, two clusters and a dump are in test/isolation and test/dump.

BEGIN;
SELECT no_plan();

-- What is in the log from elsewhere is sealed first.
UPDATE veza_data.setting SET value = '0' WHERE name IN ('audit_seal_interval', 'audit_verify_interval');
SELECT test.run_jobs();
SELECT newest_no AS before FROM veza_data.audit_seal_state \gset

CREATE FUNCTION pg_temp.job(job text) RETURNS bigint LANGUAGE sql AS $$ SELECT rows FROM test.jobs() j WHERE j.job = $1 $$;

-- Rows of a transaction that is over, of a cluster of their own.
CREATE FUNCTION pg_temp.write(xact bigint, n integer DEFAULT 1, cluster bigint DEFAULT 7) RETURNS void LANGUAGE sql AS $$
    INSERT INTO veza_data.audit_log (at, actor_kind, db_role, action, outcome, reason, details, ip_address, user_agent, cluster, xact)
    SELECT now(), 'system', 'pgtap', 'pgtap.row', 'success', 'because of ünïcode', '{"b": 1, "a": [null]}', '192.0.2.' || i, 'pgTAP', cluster, xact
      FROM generate_series(1, n) i
$$;
CREATE FUNCTION pg_temp.seals() RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(format('%s..%s: %s', from_xact, to_xact, row_count), ', ' ORDER BY no), 'none')
      FROM veza_data.audit_seal WHERE cluster = 7
$$;

-- ---- what is sealed

SELECT pg_temp.write(100, 2);
SELECT pg_temp.write(103);
SELECT is(pg_temp.job('seal_audit'), 3::bigint, 'rows of transactions that are over are sealed');
SELECT is(pg_temp.seals(), '0..104: 3', 'by their transactions');
SELECT is(pg_temp.job('seal_audit'), 0::bigint, 'once');
SELECT pg_temp.write(200);
SELECT pg_temp.job('seal_audit');
SELECT is(pg_temp.seals(), '0..104: 3, 104..201: 1', 'a seal begins where the one before ends');
SELECT is((SELECT n.previous_hash FROM veza_data.audit_seal n WHERE n.from_xact = 104 AND n.cluster = 7),
          (SELECT p.hash FROM veza_data.audit_seal p WHERE p.to_xact = 104 AND p.cluster = 7), 'and continues it');

UPDATE veza_data.setting SET value = '3' WHERE name = 'audit_seal_rows';
SELECT pg_temp.write(300, 2);
SELECT pg_temp.write(301, 5);
SELECT pg_temp.write(302, 1);
SELECT pg_temp.job('seal_audit');
SELECT is(pg_temp.seals(), '0..104: 3, 104..201: 1, 201..301: 2, 301..302: 5, 302..303: 1', 'a seal ends after so many rows, but no transaction is divided');
UPDATE veza_data.setting SET value = '10000' WHERE name = 'audit_seal_rows';

SELECT test.user() AS u \gset
SELECT veza.make_admin(:'u', 'pgTAP');
SELECT is(pg_temp.job('seal_audit'), 0::bigint, 'what a running transaction has written is not sealed');
SELECT is((SELECT xact FROM veza_data.audit_log WHERE action = 'user.role_change' ORDER BY id DESC LIMIT 1), pg_current_xact_id()::text::bigint,
          'a row names the transaction that wrote it');
SELECT is((SELECT cluster FROM veza_data.audit_log WHERE action = 'user.role_change' ORDER BY id DESC LIMIT 1), (SELECT system_identifier FROM pg_control_system()),
          'and the cluster');

UPDATE veza_data.setting SET value = '60' WHERE name = 'audit_seal_interval';
SELECT pg_temp.write(400);
SELECT is(pg_temp.job('seal_audit'), 0::bigint, 'seals are taken once a minute');
SELECT test.wait('61 s');
SELECT is(pg_temp.job('seal_audit'), 1::bigint, 'then what has been written since');
UPDATE veza_data.setting SET value = '0' WHERE name = 'audit_seal_interval';

-- ---- verifying

SELECT is((SELECT is_intact FROM veza.verify_audit()), true, 'the log is as it was sealed');
SELECT is((SELECT seals FROM veza.verify_audit()), (:before + 6)::bigint, 'all seals are counted');
SELECT is((SELECT newest_hash FROM veza.verify_audit()), (SELECT encode(hash, 'hex') FROM veza_data.audit_seal ORDER BY no DESC LIMIT 1), 'the newest hash is shown');
SELECT is((SELECT value FROM veza.metrics() WHERE name = 'veza_audit_seal_fingerprint'),
          (SELECT ('x' || encode(substring(hash FROM 1 FOR 6), 'hex'))::bit(48)::bigint::float8 FROM veza_data.audit_seal ORDER BY no DESC LIMIT 1), 'its beginning is a metric');
SELECT is((SELECT value FROM veza.metrics() WHERE name = 'veza_audit_seals'), (:before + 6)::float8, 'as is the number of seals');
SET LOCAL timezone = 'Asia/Kolkata';
SET LOCAL datestyle = 'German';
SET LOCAL extra_float_digits = -3;
SET LOCAL bytea_output = 'escape';
SELECT is((SELECT is_intact FROM veza.verify_audit()), true, 'whatever the settings of the session');
RESET timezone; RESET datestyle; RESET extra_float_digits; RESET bytea_output;

-- Breaks something as a superuser can; returns what veza.verify_audit says then. The damage is undone.
CREATE FUNCTION pg_temp.breaking(VARIADIC damage text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
    noted text;
    statement text;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOREACH statement IN ARRAY damage LOOP
        EXECUTE statement;
    END LOOP;
    SELECT coalesce('seal ' || (v.broken_seal - current_setting('pgtap.before')::bigint) || ': ' || v.finding, 'nothing') INTO said FROM veza.verify_audit() v;
    SELECT coalesce(string_agg(a.finding, ', '), 'nothing') INTO noted FROM veza.audit a WHERE a.invariant = 'audit_seal_broken';
    IF said NOT LIKE '%' || noted THEN
        said := said || ', but veza.audit has ' || noted;
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'TSTOK';
EXCEPTION WHEN SQLSTATE 'TSTOK' THEN
    RETURN said;
END
$$;
SELECT set_config('pgtap.before', :'before', true);
SELECT id AS row FROM veza_data.audit_log WHERE cluster = 7 AND xact = 200 \gset
SELECT max(no) AS newest FROM veza_data.audit_seal \gset
SELECT :newest - 1 AS last_but_one \gset

SELECT is(pg_temp.breaking('SELECT 1'), 'nothing', 'without damage nothing is found');
SELECT is(pg_temp.breaking(format('UPDATE veza_data.audit_log SET %s WHERE id = %s', assignment, :row)), 'seal 2: a row or the seal itself was altered', 'altered: ' || assignment)
  FROM unnest(ARRAY['at = at + interval ''1 microsecond''', 'actor_id = gen_random_uuid()', 'actor_kind = ''user''', 'db_role = ''postgres''', 'action = ''pgtap.other''',
                    'outcome = ''failure''', 'resource_type = ''x''', 'resource_id = ''''', 'reason = NULL', 'old_values = ''null''', 'new_values = ''{}''',
                    'details = ''{"b": 1, "a": []}''', 'ip_address = ''192.0.2.99''', 'user_agent = ''x''', 'session_id = gen_random_uuid()', 'request_id = ''x''',
                    'ip_address = user_agent, user_agent = ip_address', 'ip_address = ip_address || left(user_agent, 1), user_agent = substr(user_agent, 2)']) assignment;
SELECT set_eq($$ SELECT attname::text FROM pg_attribute WHERE attrelid = 'veza_data.audit_log'::regclass AND attnum > 0 AND NOT attisdropped $$,
              ARRAY['id', 'at', 'actor_id', 'actor_kind', 'db_role', 'action', 'outcome', 'resource_type', 'resource_id', 'reason', 'old_values', 'new_values',
                    'details', 'ip_address', 'user_agent', 'session_id', 'request_id', 'cluster', 'xact'], 'these are all columns there are');
SELECT is(pg_temp.breaking(format('UPDATE veza_data.audit_log SET id = DEFAULT WHERE id = %s', :row)), 'seal 2: a row or the seal itself was altered', 'altered: id');
SELECT is(pg_temp.breaking(format('DELETE FROM veza_data.audit_log WHERE id = %s', :row)), 'seal 2: rows were removed: 0 of 1 are left', 'a row is missing');
SELECT is(pg_temp.breaking(format('UPDATE veza_data.audit_log SET xact = 500 WHERE id = %s', :row)), 'seal 2: rows were removed: 0 of 1 are left', 'or moved out of its range');
SELECT is(pg_temp.breaking(format('UPDATE veza_data.audit_log SET cluster = 8 WHERE id = %s', :row)), 'seal 2: rows were removed: 0 of 1 are left', 'or to another cluster');
SELECT is(pg_temp.breaking('SELECT pg_temp.write(200)'), 'seal 2: rows were inserted: 2 instead of 1', 'a row more in a sealed range');
SELECT is(pg_temp.breaking('SELECT pg_temp.write(150)'), 'seal 2: rows were inserted: 2 instead of 1', 'also of a transaction that had written nothing');
SELECT is(pg_temp.breaking(format('DELETE FROM veza_data.audit_log WHERE id = %s', :row), 'SELECT pg_temp.write(200)'), 'seal 2: a row or the seal itself was altered', 'one row in the place of another');
SELECT is(pg_temp.breaking(format('UPDATE veza_data.audit_seal SET %s WHERE no = %s', assignment, :before + 2)), finding, 'altered seal: ' || assignment)
  FROM (VALUES ('hash = sha256(hash)', 'seal 2: a row or the seal itself was altered'), ('previous_hash = hash', 'seal 2: it does not continue the seal before it'),
               ('row_count = 2', 'seal 2: rows were removed: 1 of 2 are left'), ('first_id = first_id - 1', 'seal 2: a row or the seal itself was altered'),
               ('last_id = last_id + 1', 'seal 2: a row or the seal itself was altered'), ('from_xact = from_xact + 1', 'seal 2: it does not begin where the seals before it end'),
               ('to_xact = to_xact - 1', 'seal 2: rows were removed: 0 of 1 are left'), ('sealed_at = sealed_at - interval ''1 s''', 'seal 2: a row or the seal itself was altered'),
               ('cluster = 8', 'seal 2: it does not begin where the seals before it end')) x(assignment, finding);
SELECT is(pg_temp.breaking(format('DELETE FROM veza_data.audit_seal WHERE no = %s', :before + 2)), 'seal 2: the seal is missing', 'a seal is missing');
SELECT is(pg_temp.breaking(format('DELETE FROM veza_data.audit_seal WHERE no = %s', :newest)), format('seal %s: the seal is missing', :newest - :before), 'the newest seal is missing');
SELECT is(pg_temp.breaking(format('UPDATE veza_data.audit_seal_state SET newest_no = %s, newest_hash = (SELECT hash FROM veza_data.audit_seal WHERE no = %s)', :last_but_one, :last_but_one)),
          format('seal %s: this is not the seal that was noted as the newest', :newest - :before), 'a seal that nobody noted');
SELECT is(pg_temp.breaking('UPDATE veza_data.audit_seal_state SET newest_hash = sha256(newest_hash)'), format('seal %s: this is not the seal that was noted as the newest', :newest - :before), 'another end');
SELECT is(pg_temp.breaking(format('DELETE FROM veza_data.audit_seal WHERE no > %s', :before), format('DELETE FROM veza_data.audit_log WHERE cluster = 7 AND id >= %s', :row),
                           format('UPDATE veza_data.audit_seal_state SET newest_no = %s, newest_hash = (SELECT hash FROM veza_data.audit_seal WHERE no = %s)', :before, :before)), 'nothing',
          'cutting off rows, seals and the note together shows only in a hash that is kept elsewhere');

-- ---- the job finds it, too, and by and by all of it

UPDATE veza_data.setting SET value = '1' WHERE name = 'audit_verify_rows';
SELECT is(pg_temp.job('verify_seals'), 1::bigint, 'some seals at a time');
UPDATE veza_data.setting SET value = '20000' WHERE name = 'audit_verify_rows';
SELECT pg_temp.job('verify_seals');
SELECT is((SELECT next_no FROM veza_data.audit_seal_state), 1::bigint, 'after the last comes the first');
SELECT isnt((SELECT passed_at FROM veza_data.audit_seal_state), NULL, 'and the pass is noted');
SET LOCAL session_replication_role = replica;
UPDATE veza_data.audit_log SET reason = 'another one' WHERE id = :row;
SET LOCAL session_replication_role = origin;
SELECT is((SELECT count(*) FROM veza.audit WHERE invariant = 'audit_seal_broken'), 0::bigint, 'damage is not seen at once');
SELECT pg_temp.job('verify_seals');
SELECT is((SELECT subject FROM veza.audit WHERE invariant = 'audit_seal_broken'), (:before + 2)::text, 'but when its seal''s turn comes');
SET LOCAL session_replication_role = replica;
UPDATE veza_data.audit_log SET reason = 'because of ünïcode' WHERE id = :row;
SET LOCAL session_replication_role = origin;
SELECT pg_temp.job('verify_seals');
SELECT is((SELECT count(*) FROM veza.audit WHERE invariant = 'audit_seal_broken'), 0::bigint, 'and no longer when it is put right');
UPDATE veza_data.setting SET value = '60' WHERE name = 'audit_verify_interval';
SELECT is(pg_temp.job('verify_seals'), 0::bigint, 'once a minute');

-- ---- append-only

SELECT is(test.refusal(statement), 'APPEND_ONLY', statement)
  FROM unnest(ARRAY['UPDATE veza_data.audit_seal SET sealed_at = now()', 'DELETE FROM veza_data.audit_seal', 'TRUNCATE veza_data.audit_seal',
                    'UPDATE veza_data.audit_log SET reason = NULL', 'DELETE FROM veza_data.audit_log', 'TRUNCATE veza_data.audit_log']) statement;
SELECT is(test.refusal_as('veza_dba', 'DELETE FROM veza_data.audit_seal_state'), '42501', 'an operator cannot touch the note');
SELECT is(test.refusal_as('veza_dba', 'SELECT * FROM veza.verify_audit()'), 'none', 'but may verify');

SELECT * FROM finish();
ROLLBACK;
