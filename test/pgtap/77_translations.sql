-- What the interface says in French: refusals have their rows, rows are true to the English, mails speak both languages.

BEGIN;
SELECT no_plan();

CREATE TEMP VIEW said AS
SELECT e.code, s.sentence FROM veza.error e, LATERAL (VALUES (e.message), (e.hint)) s(sentence)
 WHERE s.sentence <> 'Complete the payment to enable distribution.';

-- ---- refusals

SELECT cmp_ok((SELECT count(*) FROM said), '>', 100::bigint, 'there are messages and hints');
SELECT is_empty($$ SELECT s.code, s.sentence FROM said s
                    WHERE NOT EXISTS (SELECT FROM veza.translation t WHERE t.language = 'fr' AND t.english = s.sentence) $$,
                'each message and each hint has its French row');
SELECT is((SELECT count(*) FROM veza.error WHERE message = 'Complete the payment to enable distribution.'), 1::bigint, 'there is a fixed sentence');
SELECT is_empty($$ SELECT * FROM veza.translation
                    WHERE 'Complete the payment to enable distribution.' LIKE replace(replace(english, '\', '\\'), '_', '\_') $$,
                'which no row translates, as it is or by a pattern');

-- ---- rows

SELECT is_empty($$ SELECT english FROM veza.translation WHERE translation IN (english, '') $$, 'a translation says something else than the English');
SELECT is_empty($$ SELECT english, translation FROM veza.translation
                    WHERE length(english) - length(replace(english, '%', '')) <> length(translation) - length(replace(translation, '%', '')) $$,
                'each % of the English has one in the translation');
SELECT is_empty($$ SELECT english, translation FROM veza.translation WHERE translation <> btrim(translation) OR translation ~ '  ' $$, 'no stray blanks');
SELECT is_empty($$ SELECT english, translation FROM veza.translation WHERE (english ~ '\.$') <> (translation ~ '\.$') $$, 'a full stop where the English has one');
SELECT is_empty($$ SELECT english, translation FROM veza.translation WHERE (english ~ '^[A-Z]') <> (translation ~ '^[A-ZÀ-Ý]') $$, 'a capital where the English has one');
SELECT is_empty($$ SELECT english, translation, word[1] FROM veza.translation,
                          regexp_matches(english, '[A-Za-z0-9<.-]*[_/][A-Za-z0-9_/.<-]*[A-Za-z0-9>]|[A-Z][A-Za-z]*-[A-Z][A-Za-z-]+|details|psql', 'g') word
                    WHERE strpos(translation, word[1]) = 0 $$,
                'paths and the names of headers, fields and functions stay as they are');
SELECT is_empty($$ SELECT translation FROM veza.translation WHERE language = 'fr' AND translation ~ '[[:alnum:]»](;|[!?])( |$)|\m[a-zà-ÿ]+:( |$)' $$,
                'in French a blank stands before ; ! ? and :');

-- ---- mails

SELECT cmp_ok((SELECT count(DISTINCT name) FROM veza.mail_template), '>', 5::bigint, 'there are mails');
SELECT is_empty($$ SELECT name, array_agg(language ORDER BY language) FROM veza.mail_template GROUP BY 1 HAVING NOT array_agg(language) @> '{en,fr}' $$,
                'each mail is there in English and in French');
SELECT is_empty($$ SELECT a.name, a.language FROM veza.mail_template a JOIN veza.mail_template b ON b.name = a.name AND b.language = 'en'
                    WHERE a.language <> 'en' AND (a.subject = b.subject OR a.body = b.body) $$, 'translated, subject and text');
SELECT is_empty($$
    WITH value AS (SELECT t.name, t.language, v[1] AS value FROM veza.mail_template t, regexp_matches(t.subject || t.body, '\{\{(\w+)\}\}', 'g') v)
    SELECT t.name, t.language, v.value FROM veza.mail_template t JOIN value v ON v.name = t.name
     WHERE NOT EXISTS (SELECT FROM value o WHERE o.name = t.name AND o.language = t.language AND o.value = v.value)
$$, 'what one language names, the other one does, too');
SELECT is_empty($$ SELECT name, line FROM veza.mail_template, regexp_split_to_table(subject || E'\n' || body, '\n') line
                    WHERE language = 'fr' AND line ~ '[[:alnum:]»}](;|[!?])( |$)|[a-zà-ÿ}]:( |$)' $$, 'in French mails, too, a blank stands before ; ! ? and :');
SELECT is_empty($$ SELECT name FROM veza.mail_template WHERE language = 'fr' AND body ~ '\mà \{\{time' $$, 'a moment, which begins with its date, is "le"');

SELECT * FROM finish();
ROLLBACK;
