-- Shapes: what distribution looks like to clients.

CREATE VIEW veza_data.distribution_shape AS
SELECT d.id, d.user_id, d.track_id, t.title AS track_title, d.subscription_id, d.status, d.platforms,
       d.release_date, d.created_at, d.updated_at
  FROM veza_data.distribution d
  JOIN veza_data.track t ON t.id = d.track_id;
COMMENT ON VIEW veza_data.distribution_shape IS 'A submission to streaming services.';
COMMENT ON COLUMN veza_data.distribution_shape.id IS 'Key.';
COMMENT ON COLUMN veza_data.distribution_shape.user_id IS 'Who submitted.';
COMMENT ON COLUMN veza_data.distribution_shape.track_id IS 'The track.';
COMMENT ON COLUMN veza_data.distribution_shape.track_title IS 'Its title.';
COMMENT ON COLUMN veza_data.distribution_shape.subscription_id IS 'The subscription that entitled it.';
COMMENT ON COLUMN veza_data.distribution_shape.status IS 'submitted or withdrawn.';
COMMENT ON COLUMN veza_data.distribution_shape.platforms IS 'Streaming services.';
COMMENT ON COLUMN veza_data.distribution_shape.release_date IS 'Wished release date (UTC).';
COMMENT ON COLUMN veza_data.distribution_shape.created_at IS 'When it was submitted.';
COMMENT ON COLUMN veza_data.distribution_shape.updated_at IS 'When it last changed.';

CREATE VIEW veza_data.eligibility_shape AS
SELECT NULL::boolean AS eligible, NULL::text AS reason, NULL::text AS plan, NULL::uuid AS subscription_id,
       NULL::text AS complete_url, NULL::boolean AS plan_can_distribute
 WHERE false;
COMMENT ON VIEW veza_data.eligibility_shape IS 'Whether one may distribute.';
COMMENT ON COLUMN veza_data.eligibility_shape.eligible IS 'The gate is open.';
COMMENT ON COLUMN veza_data.eligibility_shape.reason IS 'null, pending_payment or not_eligible.';
COMMENT ON COLUMN veza_data.eligibility_shape.plan IS 'Name of the live plan.';
COMMENT ON COLUMN veza_data.eligibility_shape.subscription_id IS 'The entitling subscription, or the pending one to complete.';
COMMENT ON COLUMN veza_data.eligibility_shape.complete_url IS 'POST here to get the pending payment back.';
COMMENT ON COLUMN veza_data.eligibility_shape.plan_can_distribute IS 'That subscription''s plan includes distribution.';

CREATE VIEW veza_data.transition_shape AS
SELECT from_state AS from_status, event, to_state AS to_status, at, actor_kind AS actor, reason, request_id
  FROM veza_data.state_history;
COMMENT ON VIEW veza_data.transition_shape IS 'One step in the life of a thing.';
COMMENT ON COLUMN veza_data.transition_shape.from_status IS 'Status before; null: it was made.';
COMMENT ON COLUMN veza_data.transition_shape.event IS 'What happened.';
COMMENT ON COLUMN veza_data.transition_shape.to_status IS 'Status after.';
COMMENT ON COLUMN veza_data.transition_shape.at IS 'When.';
COMMENT ON COLUMN veza_data.transition_shape.actor IS 'user, dba or system.';
COMMENT ON COLUMN veza_data.transition_shape.reason IS 'Why.';
COMMENT ON COLUMN veza_data.transition_shape.request_id IS 'The request that caused it.';
