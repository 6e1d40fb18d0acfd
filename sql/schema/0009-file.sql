-- Files that users upload: content-addressed, below UPLOAD_DIR of veza-httpd.

CREATE TABLE veza_data.file (
    hash       text PRIMARY KEY CHECK (hash ~ '^[0-9a-f]{64}$'),
    size       bigint NOT NULL CHECK (size > 0),
    type       text NOT NULL,
    width      integer,
    height     integer,
    created_at timestamptz NOT NULL
);
CREATE INDEX file_created ON veza_data.file (created_at);
COMMENT ON TABLE veza_data.file IS 'Files below UPLOAD_DIR; a file is there before its row, and goes after it.';
COMMENT ON COLUMN veza_data.file.hash IS 'SHA-256 of the content, hexadecimal: its name.';
COMMENT ON COLUMN veza_data.file.size IS 'Bytes.';
COMMENT ON COLUMN veza_data.file.type IS 'MIME type, as its first bytes say.';
COMMENT ON COLUMN veza_data.file.width IS 'Of an image, in pixels.';
COMMENT ON COLUMN veza_data.file.height IS 'Of an image, in pixels.';
COMMENT ON COLUMN veza_data.file.created_at IS 'Last upload of this content.';

ALTER TABLE veza_data.users ADD COLUMN avatar_file text REFERENCES veza_data.file;
CREATE INDEX users_avatar_file ON veza_data.users (avatar_file);
COMMENT ON COLUMN veza_data.users.avatar_file IS 'Content of the picture.';

INSERT INTO veza_data.setting (name, value, unit, description) VALUES
    ('file_keep', '86400', 's', 'A file that nothing names any more is forgotten after this time');
