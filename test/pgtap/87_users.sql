-- Users: profiles and who sees them, changing them, settings, the directory, the end of an account, the export.

BEGIN;
SELECT no_plan();

UPDATE veza_data.setting SET value = 'https://app.example' WHERE name = 'frontend_url';

CREATE FUNCTION pg_temp.register(username text, email text) RETURNS uuid LANGUAGE sql AS $$
    SELECT (test.http('POST', '/api/v1/auth/register', jsonb_build_object('username', $1, 'email', $2, 'password', 'tortoise shell nine',
                      'first_name', 'First', 'last_name', 'Last')) -> 'result' ->> 'user_id')::uuid
$$;
CREATE FUNCTION pg_temp.get(id text, caller uuid DEFAULT NULL) RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.http('GET', '/api/v1/users/:id', jsonb_build_object('id', $1), $2)
$$;
CREATE FUNCTION pg_temp.put(caller uuid, fields jsonb, headers jsonb DEFAULT '{}', id text DEFAULT 'me') RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.http('PUT', '/api/v1/users/:id', jsonb_build_object('id', $4) || $2, $1, headers => $3)
$$;
CREATE FUNCTION pg_temp.settings(caller uuid, fields jsonb, headers jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT test.http('PUT', '/api/v1/users/:id/settings', jsonb_build_object('id', 'me') || $2, $1, headers => $3)
$$;
CREATE FUNCTION pg_temp.revision(id uuid) RETURNS bigint LANGUAGE sql AS $$ SELECT revision FROM veza_data.users WHERE users.id = $1 $$;
-- The wrong fields of a call in psql, as 'field: message, ...'.
CREATE FUNCTION pg_temp.wrong(statement text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(': ', d ->> 'field', d ->> 'message'), ', ' ORDER BY n)
      FROM jsonb_array_elements(test.refused($1) -> 'details') WITH ORDINALITY AS e(d, n)
$$;

SELECT pg_temp.register('Ada', 'ada@veza.example') AS ada \gset
SELECT pg_temp.register('bob', 'bob@veza.example') AS bob \gset
SELECT test.user('admin') AS admin \gset
CREATE TEMP TABLE welcome AS SELECT * FROM test.send_mails() m;

-- ---- who sees what

SELECT set_eq(format($$ SELECT jsonb_object_keys(pg_temp.get(%L) -> 'result') $$, :'ada'),
              $$ SELECT attname::text FROM pg_attribute WHERE attrelid = 'veza_data.public_user_shape'::regclass AND attnum > 0 $$,
              'a stranger sees the public profile');
SELECT is((SELECT count(*) FROM pg_attribute WHERE attrelid = 'veza_data.public_user_shape'::regclass AND attname ~ 'email|login|password|token|preferences'),
          0::bigint, 'which has no address, no login and no secret');
SELECT is(pg_temp.get(:'ada') -> 'result' ->> 'username', 'Ada', 'with the username');
SELECT is(pg_temp.get(:'ada', :'bob') -> 'result', pg_temp.get(:'ada') -> 'result', 'another user sees the same');
SELECT is(pg_temp.get(:'ada', :'ada') -> 'result', (SELECT to_jsonb(m) FROM veza_data.me_shape m WHERE id = :'ada'), 'the owner sees the whole account');
SELECT is(pg_temp.get('me', :'ada') -> 'result', pg_temp.get(:'ada', :'ada') -> 'result', 'also as me');
SELECT is(test.http('GET', '/api/v1/auth/me', '{}', :'ada') -> 'result', pg_temp.get('me', :'ada') -> 'result', 'and under /auth/me');
SELECT is(pg_temp.get(:'ada', :'admin') -> 'result' ->> 'email', 'ada@veza.example', 'an administrator sees it, too');
SELECT is(pg_temp.get('me') ->> 'refusal', 'AUTH_REQUIRED', 'nobody is not me');
SELECT is(pg_temp.get('me') ->> 'raised', 'false', 'which is answered as a value: the lane is for reads');
SELECT is(pg_temp.get('x') ->> 'refusal', 'VALIDATION_ERROR', 'an id is a UUID, or me');
SELECT is(pg_temp.get(upper(:'ada')) -> 'result' ->> 'username', 'Ada', 'of either case');
SELECT is(pg_temp.get(gen_random_uuid()::text) ->> 'refusal', 'USER_NOT_FOUND', 'who does not exist is not found');
SELECT is(test.http('GET', '/api/v1/users/by-username/:username', '{"username": "aDA"}') -> 'result' ->> 'id', :'ada', 'a name is found whatever its case');
SELECT is(test.http('GET', '/api/v1/users/by-username/:username', '{"username": "ADA"}', :'ada') -> 'result' ->> 'email', 'ada@veza.example', 'by its owner as a whole');
SELECT is(test.http('GET', '/api/v1/users/by-username/:username', '{"username": "ada@veza.example"}') ->> 'refusal', 'USER_NOT_FOUND', 'an address is no name');

UPDATE veza_data.users SET status = 'suspended' WHERE id = :'bob';
SELECT is(pg_temp.get(:'bob', :'ada') - 'text', pg_temp.get(gen_random_uuid()::text, :'ada') - 'text', 'a suspended user is answered like one that does not exist');
SELECT is(test.http('GET', '/api/v1/users/by-username/:username', '{"username": "bob"}') ->> 'refusal', 'USER_NOT_FOUND', 'also by name');
SELECT is(pg_temp.get(:'bob', :'admin') -> 'result' ->> 'is_active', 'false', 'but not to an administrator');
UPDATE veza_data.users SET status = 'active' WHERE id = :'bob';

SELECT pg_temp.settings(:'bob', '{"privacy": {"profile_visibility": "registered"}}');
SELECT is(pg_temp.get(:'bob') ->> 'refusal', 'USER_NOT_FOUND', 'a profile for the registered is not for strangers');
SELECT is(pg_temp.get(:'bob', :'ada') -> 'result' ->> 'username', 'bob', 'but for users');
SELECT pg_temp.settings(:'bob', '{"privacy": {"profile_visibility": "private"}}');
SELECT is(pg_temp.get(:'bob', :'ada') ->> 'refusal', 'USER_NOT_FOUND', 'a private one is for nobody else');
SELECT is(pg_temp.get('me', :'bob') -> 'result' ->> 'username', 'bob', 'than its owner');
SELECT is((SELECT profile_visibility FROM veza_data.users WHERE id = :'bob'), 'private', 'other domains read it in a column');
SELECT pg_temp.settings(:'bob', '{"privacy": {"profile_visibility": null}}');
SELECT is(pg_temp.get(:'bob') -> 'result' ->> 'username', 'bob', 'null brings the default back');

-- ---- changing a profile

SELECT is((pg_temp.put(:'ada', '{"first_name": " Ada ", "last_name": "Lovelace", "display_name": "Countess", "bio": "two\nlines", "location": "London",
    "website": "https://ada.example/", "timezone": "europe/london", "language": "fr", "social_links": {"twitter": "ada"}, "skills": "{mixing,poetry}",
    "preferences": {"theme": "dark", "own": {"a": 1, "b": {"c": [1]}}}}') -> 'result')
    - '{id,username,email,pending_email,avatar,avatar_url,role,is_active,is_verified,last_login_at,created_at,updated_at}'::text[],
    '{"first_name": "Ada", "last_name": "Lovelace", "display_name": "Countess", "bio": "two\nlines", "location": "London", "website": "https://ada.example/",
      "timezone": "Europe/London", "language": "fr", "social_links": {"twitter": "ada"}, "skills": ["mixing", "poetry"],
      "preferences": {"theme": "dark", "own": {"a": 1, "b": {"c": [1]}}}}'::jsonb, 'every field is stored');
SELECT is(pg_temp.put(:'ada', '{"bio": "", "website": ""}') -> 'result' -> 'bio', 'null'::jsonb, 'an empty text empties a field');
SELECT is((SELECT concat_ws('|', first_name, website, timezone, skills) FROM veza_data.users WHERE id = :'ada'), 'Ada|Europe/London|{mixing,poetry}', 'the others stay');
SELECT is(pg_temp.put(:'ada', '{"preferences": {"own": {"a": null, "b": {"d": 2}}, "theme": null}, "social_links": {"instagram": "ada_l", "twitter": ""}}') -> 'result' -> 'preferences',
          '{"own": {"b": {"c": [1], "d": 2}}}'::jsonb, 'preferences are merged, at every depth; null takes a member away');
SELECT is((SELECT social_links - 'twitter' FROM veza_data.users WHERE id = :'ada'), '{"instagram": "ada_l"}'::jsonb, 'links, too');
SELECT is((SELECT (social_links ? 'twitter')::text FROM veza_data.users WHERE id = :'ada'), 'false', 'an empty text takes one away');
SELECT is(pg_temp.put(:'ada', '{"skills": "{}"}') -> 'result' -> 'skills', '[]'::jsonb, 'skills are replaced');
SELECT is((SELECT count(*) FROM veza_data.audit_log WHERE resource_id = :'ada' AND action = 'user.update'), 4::bigint, 'each change is on record');
SELECT is((SELECT details FROM veza_data.audit_log WHERE resource_id = :'ada' AND action = 'user.update' ORDER BY id OFFSET 1 LIMIT 1), '{"fields": ["bio", "website"]}'::jsonb, 'by the names of its fields');
SELECT is((SELECT count(*) FROM veza_data.audit_log a WHERE a::text ~ 'Lovelace|Countess|ada@veza'), 0::bigint, 'and nothing of what they say');

SELECT test.act(:'ada');
SELECT is(pg_temp.wrong($$ SELECT veza.user_update('me', username => 'a b', email => 'x', first_name => repeat('x', 101), last_name => E'a\nb', display_name => repeat('é', 101),
    bio => repeat('x', 501), location => repeat('x', 101), website => 'javascript:alert(1)', timezone => 'Mars/Phobos', language => 'EN',
    social_links => '{"myspace": "x", "twitter": 1}', skills => array_fill('x'::text, '{11}'), preferences => '{"theme": "pink", "audio": 1, "privacy": {"allow_dm": 1, "x": 1}}') $$),
    'username: must consist of letters, digits, _ and -, email: must be an e-mail address, first_name: must have at most 100 characters,'
    ' last_name: must not contain control characters, display_name: must have at most 100 characters, bio: must have at most 500 characters,'
    ' location: must have at most 100 characters, website: must be an address that begins with http:// or https://,'
    ' timezone: must be the IANA name of a time zone, as in Europe/Paris, language: must be an ISO 639-1 code, as in en, skills: must be at most 10 words,'
    ' social_links.myspace: is not known here, social_links.twitter: must be a text, preferences.audio: must be an object, preferences.theme: must be light, dark or auto,'
    ' preferences.privacy.x: is not known here, preferences.privacy.allow_dm: must be true or false,'
    ' current_password: is missing', 'all that is wrong is named in one answer');
SELECT is(veza.user_update('me', display_name => repeat('é', 100))::jsonb ->> 'display_name', repeat('é', 100), 'a length is one of characters');
SELECT is(pg_temp.wrong($$ SELECT veza.user_update('me') $$), 'body: must name at least one field to change', 'something must change');
SELECT is(pg_temp.wrong($$ SELECT veza.user_update('me', current_password => 'x') $$), 'body: must name at least one field to change', 'a password alone is nothing');
SELECT is(pg_temp.wrong($$ SELECT veza.user_update('me', preferences => '[1]', social_links => '"x"') $$), 'social_links: must be an object, preferences: must be an object', 'objects are objects');
SELECT is(pg_temp.wrong($$ SELECT veza.user_update('me', preferences => '{"a":{"b":{"c":{"d":{"e":{"f":1}}}}}}') $$), NULL, 'six levels');
SELECT is(pg_temp.wrong($$ SELECT veza.user_update('me', preferences => '{"a":{"b":{"c":{"d":{"e":{"f":{}}}}}}}') $$), 'preferences: must not be nested deeper than 6 levels', 'not seven');
SELECT is(pg_temp.wrong($$ SELECT veza.user_update('me', preferences => jsonb_build_object('x', repeat('x', 16400))) $$), 'preferences: must not take more than 16384 bytes in all', 'preferences are bounded');
SELECT veza.user_update('me', preferences => jsonb_build_object('x', repeat('x', 10000)));
SELECT is(pg_temp.wrong($$ SELECT veza.user_update('me', preferences => jsonb_build_object('y', repeat('x', 10000))) $$), 'preferences: must not take more than 16384 bytes in all', 'also when they grow bit by bit');
SELECT is((SELECT string_agg(z, ', ') FROM unnest('{UTC,Etc/GMT+5,America/Argentina/Buenos_Aires,ABC3,EST5EDT,posix/Europe/Paris,right/Europe/Paris,localtime,Etc/GMT+99}'::text[]) z
            WHERE pg_temp.wrong(format('SELECT veza.user_update(''me'', timezone => %L)', z)) IS NULL),
          'UTC, Etc/GMT+5, America/Argentina/Buenos_Aires', 'time zones are those of the IANA');
SELECT is(pg_temp.put(:'ada', '{"timezone": ""}') ->> 'refusal', 'VALIDATION_ERROR', 'what must be there cannot be emptied');

SELECT set_eq($$ SELECT name FROM veza.route_argument WHERE path IN ('/api/v1/users/:id', '/api/v1/auth/me') AND method IN ('PUT', 'PATCH') $$,
    '{id,username,email,current_password,first_name,last_name,display_name,bio,location,website,timezone,language,social_links,skills,preferences}'::text[],
    'role, status, is_verified and the like are no arguments');
SELECT is(pg_temp.put(:'ada', '{"bio": "x"}', id => :'bob') - 'text', pg_temp.put(:'ada', '{"bio": "x"}', id => gen_random_uuid()::text) - 'text', 'another user is answered like nobody');
SELECT is(pg_temp.put(:'ada', '{"bio": "x"}', id => :'bob') ->> 'refusal', 'USER_NOT_FOUND', 'not found');
SELECT is(pg_temp.put(:'ada', '{}', id => :'bob') ->> 'refusal', 'USER_NOT_FOUND', 'before anything else is looked at');
SELECT is(pg_temp.put(:'admin', '{"bio": "checked"}', id => :'bob') -> 'result' ->> 'bio', 'checked', 'an administrator may');
SELECT is(pg_temp.put(:'admin', '{"email": "new@veza.example", "current_password": "x"}', id => :'bob') ->> 'refusal', 'VALIDATION_ERROR', 'but not give the account another address');
SELECT is(test.http('PUT', '/api/v1/auth/me', '{"bio": "by the other name"}', :'ada') -> 'result' ->> 'bio', 'by the other name', '/auth/me is the same');
SELECT is(test.http('PATCH', '/api/v1/users/:id', '{"id": "me", "bio": "patched"}', :'ada') -> 'result' ->> 'bio', 'patched', 'and so is PATCH');

-- ---- usernames

SELECT is(pg_temp.put(:'ada', '{"username": "BOB"}') ->> 'refusal', 'USER_ALREADY_EXISTS', 'a name that is taken, in another case');
SELECT is(pg_temp.put(:'ada', '{"username": "admin"}') ->> 'refusal', 'VALIDATION_ERROR', 'a reserved one');
SELECT is(pg_temp.put(:'ada', '{"username": "deleted-123"}') ->> 'refusal', 'VALIDATION_ERROR', 'one that says somebody has left');
SELECT is(pg_temp.put(:'ada', '{"username": "ada"}') -> 'result' ->> 'username', 'ada', 'the own one in another case');
SELECT is(pg_temp.put(:'ada', '{"username": "countess"}') -> 'result' ->> 'username', 'countess', 'a free one');
SELECT is(pg_temp.put(:'bob', '{"username": "ada"}') -> 'result' ->> 'username', 'ada', 'the old one is free');
SELECT pg_temp.put(:'bob', '{"username": "bob"}');
SELECT pg_temp.put(:'ada', '{"username": "ada"}');

-- ---- versions

SELECT pg_temp.revision(:'ada') AS r \gset
SELECT is(pg_temp.get('me', :'ada') -> 'head' -> 'headers' ->> 'ETag', test.tag(:'ada', :'r'), 'the own account has an ETag');
SELECT is(test.http('GET', '/api/v1/auth/me', '{}', :'ada') -> 'head' -> 'headers' ->> 'ETag', test.tag(:'ada', :'r'), 'under either name');
SELECT is(test.http('GET', '/api/v1/users/:id/settings', '{"id": "me"}', :'ada') -> 'head' -> 'headers' ->> 'ETag', test.tag(:'ada', :'r'), 'and so have the settings');
SELECT is(pg_temp.get(:'ada') -> 'head', 'null'::jsonb, 'the public profile has none of ours');
SELECT is(pg_temp.put(:'ada', '{"bio": "1"}', jsonb_build_object('if_match', test.tag(:'ada', :'r'))) -> 'head' -> 'headers' ->> 'ETag', test.tag(:'ada', :'r'::bigint + 1), 'a change of the named version makes the next');
SELECT is(pg_temp.put(:'ada', '{"bio": "2"}', jsonb_build_object('if_match', test.tag(:'ada', :'r'))) ->> 'refusal', 'PRECONDITION_FAILED', 'one of an old version is refused');
SELECT is(pg_temp.settings(:'ada', '{"theme": "dark"}', jsonb_build_object('if_match', test.tag(:'ada', :'r'))) ->> 'refusal', 'PRECONDITION_FAILED', 'of the settings, too');
SELECT is((SELECT bio FROM veza_data.users WHERE id = :'ada'), '1', 'and changes nothing');
SELECT is(pg_temp.settings(:'ada', '{"theme": "dark"}') -> 'head' -> 'headers' ->> 'ETag', test.tag(:'ada', :'r'::bigint + 2), 'settings are part of the version');
-- Conditions: each is judged before anything is done. The revision is the present one, and the answers are those of PUT.
SELECT pg_temp.revision(:'ada') AS r \gset
CREATE FUNCTION pg_temp.under(caller uuid, headers jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(test.http('PUT', '/api/v1/users/:id/settings', '{"id": "me", "theme": "light"}', $1, headers => $2) ->> 'refusal', 'done')
$$;
SELECT is(pg_temp.under(:'ada', headers), outcome, format('under %s', headers))
  FROM (VALUES (jsonb_build_object('if_match', test.tag(:'bob', :'r')), 'PRECONDITION_FAILED'),
               (jsonb_build_object('if_match', format('"%s"', :'r')), 'PRECONDITION_FAILED'),
               (jsonb_build_object('if_match', test.tag(:'ada', :'r'::bigint * 10)), 'PRECONDITION_FAILED'),
               ('{"if_match": "no tag"}', 'PRECONDITION_FAILED'), ('{"if_match": ""}', 'PRECONDITION_FAILED'),
               ('{"if_match": "\"?\""}', 'PRECONDITION_FAILED'),
               ('{"if_none_match": "*"}', 'PRECONDITION_FAILED'), ('{"if_none_match": "no tag"}', 'PRECONDITION_FAILED'),
               (jsonb_build_object('if_none_match', test.tag(:'ada', :'r')), 'PRECONDITION_FAILED'),
               (jsonb_build_object('if_none_match', 'W/' || test.tag(:'ada', :'r')), 'PRECONDITION_FAILED'),
               (jsonb_build_object('if_match', '*', 'if_none_match', '*'), 'PRECONDITION_FAILED')) t(headers, outcome);
SELECT is(pg_temp.revision(:'ada'), :'r'::bigint, 'and nothing is changed by any of them');
SELECT is(pg_temp.under(:'ada', headers), 'done', format('under %s', headers))
  FROM (VALUES ('{"if_match": "*"}'::jsonb), ('{"if_none_match": "\"x\""}')) t(headers);
SELECT pg_temp.under(:'ada', jsonb_build_object('if_match', test.tag(:'ada', pg_temp.revision(:'ada')), 'if_none_match', test.tag(:'ada', pg_temp.revision(:'ada') + 1))) AS both_hold \gset
SELECT is(:'both_hold'::text, 'done', 'the tag that the change will have is none of the present one');
SELECT pg_temp.under(:'ada', jsonb_build_object('if_match', (SELECT string_agg(format('"x%s"', n), ', ') FROM generate_series(1, 400) n) || ', ' || test.tag(:'ada', pg_temp.revision(:'ada')))) AS long_list \gset
SELECT is(:'long_list'::text, 'done', 'a list of 400 tags that ends with the right one');
SELECT pg_temp.under(:'ada', jsonb_build_object('if_match', 'W/' || test.tag(:'ada', pg_temp.revision(:'ada')))) AS weakened \gset
SELECT is(:'weakened'::text, 'done', 'the tag as a proxy has weakened it');
SELECT pg_temp.under(:'ada', jsonb_build_object('if_match', replace(test.tag(:'ada', pg_temp.revision(:'ada')), '"', '') || '-gzip"')) AS unquoted \gset
SELECT is(:'unquoted'::text, 'PRECONDITION_FAILED', 'a tag without its first quote is none');
SELECT pg_temp.under(:'ada', jsonb_build_object('if_match', rtrim(test.tag(:'ada', pg_temp.revision(:'ada')), '"') || '.0123456789abcdef-gzip"')) AS marked \gset
SELECT is(:'marked'::text, 'done', 'or marked it, with the digest of veza-httpd');
SELECT is(test.http('DELETE', '/api/v1/users/:id', '{"id": "me", "password": "tortoise shell nine", "confirmation": "DELETE"}', :'ada',
                    headers => jsonb_build_object('if_match', test.tag(:'ada', 1))) ->> 'refusal', 'PRECONDITION_FAILED', 'an account of which one knows an old version is not deleted');
SELECT pg_temp.revision(:'ada') AS r2 \gset
SELECT test.active(:'ada');
SELECT cmp_ok(pg_temp.revision(:'ada'), '>', :'r2'::bigint, 'the role of a plan makes a version');

-- ---- another address

SELECT test.act(:'ada');
DELETE FROM veza_data.limit_counter;
SELECT is(pg_temp.wrong($$ SELECT veza.user_update('me', email => 'new@veza.example') $$), 'current_password: is missing', 'another address needs the password');
SELECT is(pg_temp.put(:'ada', '{"email": "new@veza.example", "current_password": "wrong", "bio": "not stored"}') ->> 'refusal', 'INVALID_CURRENT_PASSWORD', 'the right one');
SELECT is((SELECT cardinality(taken_at) FROM veza_data.limit_counter WHERE scope = 'password'), 1, 'wrong ones are counted');
SELECT isnt((SELECT bio FROM veza_data.users WHERE id = :'ada'), 'not stored', 'nothing of the rest is stored');
SELECT pg_temp.put(:'ada', '{"email": " New@Veza.example ", "current_password": "tortoise shell nine"}') AS a \gset
SELECT is(:'a'::jsonb -> 'result' ->> 'email', 'ada@veza.example', 'the address does not change at once');
SELECT is(:'a'::jsonb -> 'result' ->> 'pending_email', 'new@veza.example', 'the other one is noted');
CREATE TEMP TABLE change AS SELECT m FROM test.send_mails() m;
SELECT results_eq($$ SELECT m ->> 'to', m ->> 'subject' FROM change ORDER BY 1 $$,
    $$ VALUES ('ada@veza.example', 'Votre adresse va changer'), ('new@veza.example', 'Confirmez votre nouvelle adresse') $$, 'both addresses get a mail, in the language of the account');
SELECT is((SELECT count(*) FROM change WHERE m ->> 'to' = 'ada@veza.example' AND test.mail_token(m) IS NOT NULL), 0::bigint, 'only the new one with a token');
SELECT is((SELECT veza.auth_verify_email(test.mail_token(m))::jsonb FROM change WHERE m ->> 'to' LIKE 'new%'), '{"verified": true}', 'which confirms it');
SELECT is((SELECT concat_ws(' ', email, is_verified, pending_email) FROM veza_data.users WHERE id = :'ada'), 'new@veza.example t', 'now it is the address');

SELECT veza.auth_verify_email(test.mail_token(m), 'tortoise shell nine') FROM welcome WHERE m ->> 'to' = 'bob@veza.example';
SELECT pg_temp.put(:'ada', '{"email": "bob@veza.example", "current_password": "tortoise shell nine"}') AS a \gset
SELECT pg_temp.put(:'ada', '{"email": "free@veza.example", "current_password": "tortoise shell nine"}') AS b \gset
SELECT is((:'a'::jsonb -> 'result') - '{pending_email,updated_at}'::text[], (:'b'::jsonb -> 'result') - '{pending_email,updated_at}'::text[], 'whether somebody has the address is not betrayed');
DELETE FROM change;
INSERT INTO change SELECT m FROM test.send_mails() m;
SELECT is((SELECT string_agg(m ->> 'subject', ', ') FROM change WHERE m ->> 'to' = 'bob@veza.example'), 'You have an account already', 'whoever has it is told');
SELECT is((SELECT count(*) FROM change WHERE m ->> 'to' = 'bob@veza.example' AND test.mail_token(m) IS NOT NULL), 0::bigint, 'without a token');

SELECT pg_temp.put(:'ada', '{"email": "later@veza.example", "current_password": "tortoise shell nine"}');
INSERT INTO change SELECT m FROM test.send_mails() m;
SELECT is((SELECT test.refusal(format('SELECT veza.auth_verify_email(%L)', test.mail_token(m))) FROM change WHERE m ->> 'to' = 'free@veza.example'), 'AUTH_LINK_INVALID', 'a wish is void when another one follows');
SELECT is(pg_temp.put(:'ada', '{"email": "NEW@veza.example"}') -> 'result' -> 'pending_email', 'null'::jsonb, 'the present address takes the wish back, without a password');
SELECT is((SELECT test.refusal(format('SELECT veza.auth_verify_email(%L)', test.mail_token(m))) FROM change WHERE m ->> 'to' = 'later@veza.example'), 'AUTH_LINK_INVALID', 'then its token is void');
SELECT is(pg_temp.put(:'ada', '{"email": "thief@veza.example", "current_password": "tortoise shell nine"}') ->> 'refusal', NULL, 'a fifth wish');
SELECT is(pg_temp.put(:'ada', '{"email": "more@veza.example", "current_password": "tortoise shell nine"}') ->> 'refusal', 'RATE_LIMIT_EXCEEDED', 'a sixth one has to wait for a day');
INSERT INTO change SELECT m FROM test.send_mails() m;
SELECT test.act(:'ada');
SELECT veza.auth_password_change('tortoise shell nine', 'brand-new-shell-1', false);
SELECT is((SELECT test.refusal(format('SELECT veza.auth_verify_email(%L)', test.mail_token(m))) FROM change WHERE m ->> 'to' = 'thief@veza.example'), 'AUTH_LINK_INVALID', 'another password ends a wish');
SELECT is((SELECT pending_email FROM veza_data.users WHERE id = :'ada'), NULL, 'which the account shows no longer');

-- ---- settings

SELECT pg_temp.register('carl', 'carl@veza.example') AS carl \gset
SELECT is(test.http('GET', '/api/v1/users/:id/settings', '{"id": "me"}', :'carl') -> 'result', jsonb_build_object('user_id', :'carl') ||
    '{"theme": "auto", "language": "en", "timezone": "UTC", "audio": {"volume": 1, "quality": "high", "auto_play": true, "crossfade": 0},
      "privacy": {"allow_dm": true, "show_email": false, "show_activity": true, "track_visibility": "public", "profile_visibility": "public"},
      "notifications": {"push": true, "email": true, "likes": true, "sales": true, "digest": "off", "invitations": true, "desktop": false, "mentions": true, "new_followers": true, "track_comments": true, "direct_messages": true}}'::jsonb,
    'settings have defaults');
SELECT is(pg_temp.settings(:'carl', '{"notifications": {"likes": false}, "audio": {"volume": 0.25}, "timezone": "Asia/Tokyo", "language": "fr"}') -> 'result' -> 'audio' -> 'volume', '0.25'::jsonb, 'one is set');
SELECT is(pg_temp.settings(:'carl', '{"notifications": {"email": false}}') -> 'result' -> 'notifications',
    '{"push": true, "email": false, "likes": false, "sales": true, "digest": "off", "invitations": true, "desktop": false, "mentions": true, "new_followers": true, "track_comments": true, "direct_messages": true}'::jsonb, 'another one is merged into them');
SELECT is((SELECT concat_ws(' ', language, timezone, preferences) FROM veza_data.users WHERE id = :'carl'),
    'fr Asia/Tokyo {"audio": {"volume": 0.25}, "notifications": {"email": false, "likes": false}}', 'only what was set is stored');
SELECT test.act(:'carl');
SELECT is(pg_temp.wrong($$ SELECT veza.user_settings_update('me', 'pink', '{"emial": true, "email": 1}', '{"track_visibility": "all"}', '{"volume": 2, "crossfade": -1, "quality": true}', 'x', 'x') $$),
    'audio.volume: must be a number from 0 to 1, audio.quality: must be low, medium, high or lossless, audio.crossfade: must be a number from 0 to 12, theme: must be light, dark or auto,'
    ' privacy.track_visibility: must be public, followers or private, notifications.email: must be true or false, notifications.emial: is not known here,'
    ' timezone: must be the IANA name of a time zone, as in Europe/Paris, language: must be an ISO 639-1 code, as in en', 'all that is wrong is named');
SELECT is(pg_temp.wrong($$ SELECT veza.user_settings_update('me') $$), 'body: must name at least one field to change', 'something must change');
SELECT is(pg_temp.wrong($$ SELECT veza.user_settings_update('me', audio => '{"volume": 1e400}') $$), 'audio.volume: must be a number from 0 to 1', 'a number beyond all numbers');
SELECT is(test.http('GET', '/api/v1/users/:id/settings', jsonb_build_object('id', :'carl'), :'bob') ->> 'refusal', 'USER_NOT_FOUND', 'others do not see them');
SELECT is(test.http('PUT', '/api/v1/users/:id/settings', jsonb_build_object('id', :'carl', 'theme', 'dark'), :'bob') ->> 'refusal', 'USER_NOT_FOUND', 'nor change them');
SELECT is(test.http('GET', '/api/v1/users/:id/settings', jsonb_build_object('id', :'carl'), :'admin') -> 'result' ->> 'timezone', 'Asia/Tokyo', 'administrators do');

-- ---- completion

SELECT is(test.http('GET', '/api/v1/users/:id/completion', '{"id": "me"}', :'carl') -> 'result', jsonb_build_object('user_id', :'carl') ||
    '{"percentage": 50, "completed": ["username", "first_name", "last_name"], "missing": ["email_verified", "avatar", "bio"], "is_complete": false,
      "optional_missing": ["location", "website", "social_links"]}'::jsonb, 'three of six');
UPDATE veza_data.users SET is_verified = true, avatar = '/a.png', bio = 'x', website = 'https://a.b' WHERE id = :'carl';
SELECT is((test.http('GET', '/api/v1/users/:id/completion', jsonb_build_object('id', :'carl'), :'admin') -> 'result') - 'user_id',
    '{"percentage": 100, "completed": ["username", "email_verified", "first_name", "last_name", "avatar", "bio", "website"], "missing": [], "is_complete": true,
      "optional_missing": ["location", "social_links"]}'::jsonb, 'complete, whatever is optional');
SELECT is(test.http('GET', '/api/v1/users/:id/completion', jsonb_build_object('id', :'carl'), :'bob') ->> 'refusal', 'USER_NOT_FOUND', 'others do not see it');

-- ---- the directory

CREATE FUNCTION pg_temp.names(caller uuid, args jsonb DEFAULT '{}', path text DEFAULT '/api/v1/users') RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(a ->> 'refusal', (SELECT string_agg(u ->> 'username', ' ' ORDER BY n) FROM jsonb_array_elements(a -> 'result') WITH ORDINALITY AS e(u, n)))
      FROM test.http('GET', $3, $2, $1) a
$$;
DELETE FROM veza_data.session;
UPDATE veza_data.users SET status = 'suspended', username = 'suspended-' || left(id::text, 8);
INSERT INTO veza_data.users (username, email, password_hash, display_name, role, created_at, updated_at, preferences)
SELECT n, lower(n) || '@secret.example', 'none', d, r, now() - i * interval '1 h', now(), p::jsonb
  FROM (VALUES ('delta', NULL, 'user', 1, '{}'), ('Alpha', 'Beta Fan', 'creator', 2, '{}'), ('beta', NULL, 'user', 3, '{}'), ('gamma', 'ALPHAbet', 'user', 4, '{}'),
               ('hidden', 'Alpha too', 'user', 5, '{"privacy": {"profile_visibility": "private"}}'), ('al_x', NULL, 'user', 6, '{}')) v(n, d, r, i, p);
INSERT INTO veza_data.session (user_id, created_at, last_used_at, expires_at) SELECT id, now(), now(), now() + interval '7 days' FROM veza_data.users;
SELECT id AS delta FROM veza_data.users WHERE username = 'delta' \gset

SELECT is(pg_temp.names(:'delta'), 'delta Alpha beta gamma al_x', 'the newest first, without the suspended and the private');
SELECT is(pg_temp.names(:'delta', '{"order": "asc"}'), 'al_x gamma beta Alpha delta', 'the oldest first');
SELECT is(pg_temp.names(:'delta', '{"sort": "username"}'), 'al_x Alpha beta delta gamma', 'by name, whatever its case');
SELECT is(pg_temp.names(:'delta', '{"sort": "username", "order": "desc"}'), 'gamma delta beta Alpha al_x', 'backwards');
SELECT is(pg_temp.names(:'delta', '{"role": "creator"}'), 'Alpha', 'of one role');
SELECT is(pg_temp.names(:'delta', '{}', '/api/v1/users/except-me'), 'Alpha beta gamma al_x', 'without oneself');
SELECT is(test.http('GET', '/api/v1/users/except-me', '{}', :'delta') -> 'head' -> 'meta' ->> 'total', '4', 'whom the total does not count');
SELECT is(pg_temp.names(:'delta', '{"search": "AL"}'), 'Alpha gamma al_x', 'names that begin with it, and names as shown');
SELECT is(pg_temp.names(:'delta', '{"search": "AL", "sort": "username", "order": "desc"}'), 'gamma Alpha al_x', 'in any order');
SELECT is(pg_temp.names(:'delta', '{"q": "al"}', '/api/v1/users/search'), 'al_x Alpha gamma', 'searched');
SELECT is(pg_temp.names(:'delta', '{"q": "al_"}', '/api/v1/users/search'), 'al_x', 'no character stands for others');
SELECT is(pg_temp.names(:'delta', '{"q": "a%"}', '/api/v1/users/search'), NULL, 'none at all');
SELECT is(pg_temp.names(:'delta', '{"q": "beta@secret"}', '/api/v1/users/search'), NULL, 'addresses are not searched');
SELECT is(pg_temp.names(:'delta', '{"search": "beta@secret.example"}'), NULL, 'nowhere');
SELECT unalike(test.http('GET', '/api/v1/users', '{}', :'delta') ->> 'text', '%secret.example%', 'nor shown');
SELECT is(pg_temp.names(:'delta', jsonb_build_object('q', q), '/api/v1/users/search'), 'VALIDATION_ERROR', 'the search for ' || coalesce(left(q, 5), 'nothing') || ' is refused')
  FROM (VALUES (NULL), (''), ('a'), (repeat('x', 51))) v(q);
SELECT is(pg_temp.names(:'delta', v.args), 'VALIDATION_ERROR', v.args::text) FROM (VALUES ('{"sort": "email"}'::jsonb), ('{"order": "up"}'), ('{"role": "god"}'), ('{"search": "x"}'), ('{"page": 0}'), ('{"limit": 101}'), ('{"cursor": "x"}')) v(args);

-- Walks all pages of two by their cursors.
CREATE FUNCTION pg_temp.walk(caller uuid, args jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    a jsonb := test.http('GET', '/api/v1/users', args || '{"limit": 2}', caller);
    seen text := '';
BEGIN
    LOOP
        seen := concat_ws(' ', seen, (SELECT string_agg(u ->> 'username', ' ' ORDER BY n) FROM jsonb_array_elements(a -> 'result') WITH ORDINALITY AS e(u, n)));
        EXIT WHEN a -> 'head' -> 'meta' ->> 'next_cursor' IS NULL;
        a := test.http('GET', '/api/v1/users', args || jsonb_build_object('limit', 2, 'cursor', a -> 'head' -> 'meta' ->> 'next_cursor'), caller);
    END LOOP;
    RETURN trim(seen);
END
$$;
SELECT is(pg_temp.walk(:'delta', args), pg_temp.names(:'delta', args), 'page by page: ' || args::text)
  FROM (VALUES ('{}'::jsonb), ('{"order": "asc"}'), ('{"sort": "username"}'), ('{"sort": "username", "order": "desc"}'), ('{"search": "al"}'), ('{"search": "al", "order": "asc"}'),
               ('{"search": "al", "sort": "username"}'), ('{"search": "al", "sort": "username", "order": "desc"}')) v(args);
SELECT is(pg_temp.names(:'delta', '{"limit": 2, "page": 2}'), 'beta gamma', 'or by page');

-- ---- the end of an account

SELECT pg_temp.register('eve', 'eve@veza.example') AS eve \gset
SELECT pg_temp.put(:'eve', '{"bio": "x", "location": "x", "website": "https://a.b", "display_name": "Eve", "skills": "{x}", "social_links": {"twitter": "x"}, "preferences": {"a": 1}, "language": "fr"}');
UPDATE veza_data.users SET role = 'creator', avatar = 'x', is_verified = true, pending_email = 'x@y.zz' WHERE id = :'eve';
SELECT test.track_of(:'eve') AS track \gset
SELECT test.active(:'eve') AS live \gset
SELECT test.act(:'eve');
SELECT veza.distribution_submit(:'track')::jsonb ->> 'id' AS submitted \gset
SELECT veza.two_factor_setup();
INSERT INTO veza_data.recovery_code SELECT sha256('x'), :'eve';
INSERT INTO veza_data.one_time_token VALUES (sha256('y'), :'eve', 'reset_password', 'eve@veza.example', now(), now() + interval '1 h');
INSERT INTO veza_data.file (hash, size, type, width, height, created_at) VALUES (repeat('0', 64), 1, 'image/png', 1, 1, now());
UPDATE veza_data.users SET avatar_file = repeat('0', 64) WHERE id = :'eve';
UPDATE veza_data.session SET user_agent = 'x', ip_address = '192.0.2.1', device = 'x' WHERE user_id = :'eve';
SELECT veza.auth_password_reset_request('eve@veza.example');

SELECT is(pg_temp.wrong($$ SELECT veza.account_delete('me') $$), 'password: is missing, confirmation: must be the word DELETE', 'an account is not deleted by the way');
SELECT is(test.refusal(format('SELECT veza.account_delete(%L, %L, %L)', :'delta', 'tortoise shell nine', 'DELETE')), 'USER_NOT_FOUND', 'another one not at all');
SELECT is(test.http('DELETE', '/api/v1/users/:id', '{"id": "me", "password": "wrong", "confirmation": "DELETE"}', :'eve') ->> 'refusal', 'INVALID_CURRENT_PASSWORD', 'the password must be right');
SELECT is(veza.account_export()::jsonb #>> '{profile,email}', 'eve@veza.example', 'still there');
SELECT veza.account_export()::jsonb AS export \gset
SELECT is(test.http('DELETE', '/api/v1/users/:id', '{"id": "me", "password": "tortoise shell nine", "confirmation": "DELETE"}', :'eve') -> 'result', '{"message": "The account is deleted."}'::jsonb, 'then it is gone');

SELECT is((SELECT to_jsonb(u) - '{id,created_at,updated_at,revision,username,token_version}'::text[] FROM veza_data.users u WHERE id = :'eve'),
    '{"status": "deleted", "email": null, "pending_email": null, "password_hash": null, "role": "user", "plan_role": null, "plan_role_until": null, "is_verified": false,
      "first_name": null, "last_name": null, "display_name": null, "bio": null, "avatar": null, "avatar_file": null, "location": null, "website": null, "timezone": "UTC", "language": "fr",
      "social_links": {}, "skills": [], "preferences": {}, "profile_visibility": "public", "last_login_at": null, "password_changed_at": null}'::jsonb, 'nothing personal is left in the row, but for the language of the last mail');
SELECT matches((SELECT username FROM veza_data.users WHERE id = :'eve'), '^deleted-[0-9a-f]{20}$', 'the name says so');
SELECT is((SELECT count(*) FROM veza_data.session WHERE user_id = :'eve' AND (ended_at IS NULL OR end_reason <> 'deleted' OR ip_address IS NOT NULL OR user_agent IS NOT NULL OR device IS NOT NULL)), 0::bigint, 'sessions have ended, and say nothing');
SELECT is((SELECT count(*) FROM veza_data.refresh_token t JOIN veza_data.session s ON s.id = t.session_id WHERE user_id = :'eve') + (SELECT count(*) FROM veza_data.one_time_token WHERE user_id = :'eve')
        + (SELECT count(*) FROM veza_data.two_factor WHERE user_id = :'eve') + (SELECT count(*) FROM veza_data.recovery_code WHERE user_id = :'eve')
        + (SELECT count(*) FROM veza_data.login_failure WHERE user_id = :'eve') + (SELECT count(*) FROM veza_data.idempotency WHERE user_id = :'eve'), 0::bigint, 'tokens, second factor, codes and failures are gone');
SELECT is(test.ended(:'live'), 'canceled(user)', 'the paid subscription is canceled');
SELECT is(test.events(:'live'), 'subscribe_paid, payment_succeeded, cancel_now', 'by the state machine');
SELECT is((SELECT status FROM veza_data.distribution WHERE id = :'submitted'), 'submitted', 'what was submitted stays');
SELECT is((SELECT count(*) FROM veza_data.audit_log WHERE resource_id = :'eve' AND action = 'user.delete'), 1::bigint, 'on record');
SELECT results_eq($$ SELECT template, recipient FROM veza_data.mail WHERE recipient LIKE 'eve@%' $$, $$ VALUES ('account_deleted', 'eve@veza.example') $$, 'of the mails the last one is left');
SELECT m FROM test.send_mails() m WHERE m ->> 'to' = 'eve@veza.example' \gset
SELECT is(:'m'::jsonb ->> 'subject', 'Votre compte est supprimé', 'which leaves');
SELECT matches(:'m'::jsonb ->> 'text', 'le compte eve a été supprimé', 'with the name that it was');
SELECT is((SELECT count(*) FROM veza_data.mail m WHERE m::text ~ 'eve'), 0::bigint, 'and then it is forgotten');
SELECT is((SELECT string_agg(format('%s.%s', c.relname, a.attname), ', ')
             FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE c.relnamespace = 'veza_data'::regnamespace AND c.relkind = 'r'
              AND (xpath('//n/text()', query_to_xml(format('SELECT count(*) AS n FROM veza_data.%I WHERE %I::text ~ %L', c.relname, a.attname, 'eve@|\mEve\M|\meve\M|192\.0\.2\.1$'), false, true, '')))[1]::text <> '0'),
          NULL, 'no column of any table knows the name or the address');
SELECT is(pg_temp.get(:'eve') ->> 'refusal', 'USER_NOT_FOUND', 'nobody finds the account');
UPDATE veza_data.users SET role = 'admin' WHERE id = :'delta';
SELECT is(pg_temp.get(:'eve', :'delta') ->> 'refusal', 'USER_NOT_FOUND', 'not even an administrator');
SELECT is(pg_temp.put(:'delta', '{"bio": "x"}', id => :'eve') ->> 'refusal', 'USER_NOT_FOUND', 'nor changes it');
SELECT isnt(pg_temp.register('eve', 'eve@veza.example'), NULL, 'name and address are free');
SELECT is((SELECT email FROM veza_data.users WHERE username = 'eve'), 'eve@veza.example', 'for somebody else');
SELECT is((SELECT revision > 0 FROM veza_data.users WHERE id = :'eve'), true, 'the row stays for what refers to it');

SELECT pg_temp.register('gus', 'gus@veza.example') AS gus \gset
SELECT test.pending(:'gus') AS pending \gset
SELECT veza.account_delete('me', 'tortoise shell nine', 'DELETE') FROM test.act(:'gus');
SELECT is(test.ended(:'pending'), 'expired(user_abandoned)', 'a pending subscription is abandoned');
SELECT isnt(test.effect(test.payment(:'pending'), 'psp_cancel'), NULL, 'and its payment cancelled at the provider');
SELECT is(test.refusal($$ SELECT veza.user_update('me', bio => 'x') $$), 'USER_ACCOUNT_DISABLED', 'who has left cannot be acted as');

-- A mail that is being sent while its account ends leaves nothing that cannot be finished.
SELECT pg_temp.register('fay', 'fay@veza.example') AS fay \gset
SELECT id AS effect, lease_token AS lease FROM veza.claim_effects('pgtap', '{mail_send}', 100) ORDER BY id DESC LIMIT 1 \gset
SELECT veza.account_delete('me', 'tortoise shell nine', 'DELETE') FROM test.act(:'fay');
SELECT is(veza.compose_mail(e.id, e.lease_token), NULL, 'a forgotten mail is not composed') FROM veza_data.effect e JOIN (SELECT 1) x ON true
 WHERE e.kind = 'mail_send' AND e.state = 'leased' AND NOT EXISTS (SELECT FROM veza_data.mail m WHERE m.id = e.subject_id) LIMIT 1;
SELECT is((SELECT count(*) > 0 FROM veza_data.effect e WHERE e.kind = 'mail_send' AND e.state = 'leased' AND NOT EXISTS (SELECT FROM veza_data.mail m WHERE m.id = e.subject_id)), true, 'there was one');

-- The last administrator stays.
UPDATE veza_data.users SET password_hash = (SELECT password_hash FROM veza_data.users WHERE username = 'eve') WHERE id = :'delta';
SELECT test.act(:'delta');
SELECT is(test.refusal($$ SELECT veza.account_delete('me', 'tortoise shell nine', 'DELETE') $$), 'USER_IS_LAST_ADMIN', 'the last administrator cannot leave');
SELECT test.user('admin') AS other \gset
SELECT is(test.refusal($$ SELECT veza.account_delete('me', 'tortoise shell nine', 'DELETE') $$), 'none', 'one of two can');

-- ---- the export

SELECT set_eq(format('SELECT jsonb_object_keys(%L::jsonb)', :'export'),
              $$ SELECT attname::text FROM pg_attribute WHERE attrelid = 'veza_data.export_shape'::regclass AND attnum > 0 $$, 'the export has the members of its shape');
SELECT is((SELECT string_agg(format('%s %s', k.key, jsonb_array_length(k.value)), ', ' ORDER BY k.key) FROM jsonb_each(:'export'::jsonb) k
            WHERE jsonb_typeof(k.value) = 'array' AND k.key IN ('sessions', 'subscriptions', 'payments', 'distributions', 'tracks', 'mails')),
          'distributions 1, mails 1, payments 1, sessions 1, subscriptions 1, tracks 1', 'and everything in them');
SELECT cmp_ok(jsonb_array_length(:'export'::jsonb -> 'audit'), '>', 2, 'what is on record, too');
SELECT cmp_ok(jsonb_array_length(:'export'::jsonb -> 'history'), '>', 3, 'and the steps of subscription, payment and submission');
WITH RECURSIVE tree(key, value) AS (
    SELECT NULL::text, :'export'::jsonb
    UNION ALL
    SELECT m.key, m.value FROM tree t, LATERAL (
        SELECT k.key, k.value FROM jsonb_each(CASE jsonb_typeof(t.value) WHEN 'object' THEN t.value ELSE '{}' END) k
        UNION ALL SELECT NULL, e FROM jsonb_array_elements(CASE jsonb_typeof(t.value) WHEN 'array' THEN t.value ELSE '[]' END) e) m)
SELECT is((SELECT string_agg(DISTINCT key, ', ') FROM tree WHERE key IN (
              SELECT attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
               WHERE c.relnamespace = 'veza_data'::regnamespace AND c.relkind = 'r' AND a.attnum > 0
                 AND NOT has_column_privilege('veza_dba', c.oid, a.attnum, 'SELECT')) OR key ~ 'hash|secret|token|password'),
          NULL, 'no column that operators must not read is in it, at any depth');

SELECT is(test.audit(), 'nothing', 'and no invariant is broken');
SELECT * FROM finish();
ROLLBACK;
