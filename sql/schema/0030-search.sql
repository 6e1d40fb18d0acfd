-- What users are found by, and what the search and its suggestions walk.

CREATE TABLE veza_data.user_words (
    user_id      uuid PRIMARY KEY REFERENCES veza_data.users ON DELETE CASCADE,
    username_key text NOT NULL,
    name_key     text NOT NULL,
    search       tsvector NOT NULL
);
CREATE TRIGGER index_user AFTER INSERT OR UPDATE OF username, display_name ON veza_data.users
    FOR EACH ROW EXECUTE FUNCTION veza.index_user();
UPDATE veza_data.users SET display_name = display_name;
CREATE INDEX user_words_by_username ON veza_data.user_words (username_key COLLATE "C", user_id);
CREATE INDEX user_words_by_name ON veza_data.user_words (name_key COLLATE "C", user_id);
CREATE INDEX user_words_search ON veza_data.user_words USING gin (search) WITH (fastupdate = off);
COMMENT ON TABLE veza_data.user_words IS 'What users are found by; kept by a trigger. Personal data.';
COMMENT ON COLUMN veza_data.user_words.user_id IS 'The user; whether others see the user stands in users.';
COMMENT ON COLUMN veza_data.user_words.username_key IS 'Username as it is searched for. Personal data.';
COMMENT ON COLUMN veza_data.user_words.name_key IS 'Name as shown in that form, or the username. Personal data.';
COMMENT ON COLUMN veza_data.user_words.search IS 'Words of both, and their misspellings. Personal data.';

CREATE INDEX follow_count_followers ON veza_data.follow_count (followers, user_id);
CREATE INDEX playlist_by_popularity ON veza_data.playlist ((follow_count + like_count), id) WHERE is_listed;
