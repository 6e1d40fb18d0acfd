-- Settings that know what they may be; what has to be there besides rows.

ALTER TABLE veza_data.setting
    ADD COLUMN kind          text NOT NULL DEFAULT 'text',
    ADD COLUMN minimum       bigint,
    ADD COLUMN maximum       bigint,
    ADD COLUMN range         text,
    ADD COLUMN default_value text;
COMMENT ON TABLE veza_data.setting IS 'Timers and limits of the business rules. veza.set_setting changes one; it applies at once.';
COMMENT ON COLUMN veza_data.setting.kind IS 'int, list (of ints) or address.';
COMMENT ON COLUMN veza_data.setting.minimum IS 'Least number; of an address, least length.';
COMMENT ON COLUMN veza_data.setting.maximum IS 'Greatest number; of an address, greatest length.';
COMMENT ON COLUMN veza_data.setting.range IS 'The bounds in words.';
COMMENT ON COLUMN veza_data.setting.default_value IS 'Value unless it is changed.';
CREATE TRIGGER guard_setting BEFORE INSERT OR UPDATE OR DELETE ON veza_data.setting
    FOR EACH ROW EXECUTE FUNCTION veza.guard_setting();
REVOKE UPDATE (value) ON veza_data.setting FROM veza_dba;

CREATE TABLE veza_data.guard (
    kind       text NOT NULL CHECK (kind IN ('table', 'index', 'trigger')),
    table_name text NOT NULL,
    name       text NOT NULL,
    statement  text NOT NULL,
    PRIMARY KEY (kind, table_name, name)
);
COMMENT ON TABLE veza_data.guard IS 'What the migrations have made and what has to be there; read veza.guard. veza.migrate() makes triggers anew that are missing.';
COMMENT ON COLUMN veza_data.guard.kind IS 'table, index or trigger.';
COMMENT ON COLUMN veza_data.guard.table_name IS 'Table.';
COMMENT ON COLUMN veza_data.guard.name IS 'Name of the object.';
COMMENT ON COLUMN veza_data.guard.statement IS 'What makes it; empty for a table.';

ALTER TABLE veza_data.managed_view ADD COLUMN rights jsonb;
COMMENT ON COLUMN veza_data.managed_view.rights IS 'Rights on it when it was made: [role, privilege, is grantable]; NULL: not known.';
