-- Shapes: what uploaded files look like to clients.

CREATE VIEW veza_data.avatar_shape AS
SELECT NULL::text AS avatar, NULL::text AS avatar_url
 WHERE false;
COMMENT ON VIEW veza_data.avatar_shape IS 'The own picture.';
COMMENT ON COLUMN veza_data.avatar_shape.avatar IS 'Its address; null without one.';
COMMENT ON COLUMN veza_data.avatar_shape.avatar_url IS 'The same.';
