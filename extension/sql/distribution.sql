
-- Distribution to streaming services.

CREATE FUNCTION veza.distribution_eligibility() RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.distribution_eligibility IS 'Say whether one may distribute, and if not, the next step.';
SELECT veza.add_route('GET', '/api/v1/distributions/eligibility', 'veza.distribution_eligibility', 'user', 'reads',
                      shape => 'eligibility_shape');

CREATE FUNCTION veza.distribution_submit(
    track_id uuid DEFAULT NULL, platforms text[] DEFAULT NULL, release_date date DEFAULT NULL)
    RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.distribution_submit IS 'Submit an own track to streaming services.
Needs a plan with distribution; a stalled payment is named with the way back to it.
- track_id: one of the own tracks; required, but the gate is judged first
- platforms: names of streaming services; all of them when left out
- release_date: wished release date (UTC)';
SELECT veza.add_route('POST', '/api/v1/distributions', 'veza.distribution_submit', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,SUBSCRIPTION_PENDING_PAYMENT,DISTRIBUTION_NOT_ELIGIBLE,CREATOR_ROLE_REQUIRED,TRACK_NOT_FOUND,TRACK_HELD,DISTRIBUTION_ALREADY_SUBMITTED}',
                      shape => 'distribution_shape', status => 201, replay => 'stored');

CREATE FUNCTION veza.distribution_list(
    page integer DEFAULT 1, "limit" integer DEFAULT 20, cursor text DEFAULT NULL)
    RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.distribution_list IS 'List the own submissions, newest first.
- page: page number, from 1
- limit: rows per page, 1 to 100
- cursor: next_cursor of the page before; takes the place of page';
SELECT veza.add_route('GET', '/api/v1/distributions', 'veza.distribution_list', 'user', 'reads',
                      errors => '{VALIDATION_ERROR}', shape => 'distribution_shape', is_list => true);

CREATE FUNCTION veza.distribution_get(id uuid) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.distribution_get IS 'Show one own submission.
- id: the submission';
SELECT veza.add_route('GET', '/api/v1/distributions/:id', 'veza.distribution_get', 'user', 'reads',
                      errors => '{VALIDATION_ERROR,DISTRIBUTION_NOT_FOUND}', shape => 'distribution_shape');

CREATE FUNCTION veza.distribution_history(id uuid) RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.distribution_history IS 'Show what happened to an own submission, oldest first.
- id: the submission';
SELECT veza.add_route('GET', '/api/v1/distributions/:id/history', 'veza.distribution_history', 'user', 'reads',
                      errors => '{VALIDATION_ERROR,DISTRIBUTION_NOT_FOUND}', shape => 'transition_shape', is_list => true);

CREATE FUNCTION veza.distribution_cancel(id uuid) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.distribution_cancel IS 'Withdraw an own submission.
- id: the submission';
SELECT veza.add_route('POST', '/api/v1/distributions/:id/cancel', 'veza.distribution_cancel', 'user', 'writes',
                      errors => '{VALIDATION_ERROR,DISTRIBUTION_NOT_FOUND,INVALID_TRANSITION}', shape => 'distribution_shape');
