-- Tracks: what the workers of veza-httpd take on and report, and what operators do about it.

CREATE FUNCTION veza.track_claim_work(worker text, max integer) RETURNS json LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_claim_work IS 'Gives versions that are due to a worker of veza-httpd, under leases: [{"version_id", "lease", "kind", "file", "type", "size"}].
- worker: name of the worker
- max: how many at most, up to 100';
CREATE FUNCTION veza.track_report_scan(version_id uuid, lease uuid, verdict text, detail text DEFAULT NULL) RETURNS text LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_report_scan IS 'Takes the verdict of the virus scanner about a version; answers its state, or stale when the lease is another one''s by now.
- version_id: the version
- lease: lease under which it was scanned
- verdict: clean, infected, unscanned (the scanner could not be asked, and need not) or failed
- detail: what the scanner said';
CREATE FUNCTION veza.track_report_analysis(version_id uuid, lease uuid, result json) RETURNS text LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_report_analysis IS 'Takes what was found in a version''s file; answers its state, or stale when the lease is another one''s by now.
- version_id: the version
- lease: lease under which it was analysed
- result: {"ok": true, ...} or {"ok": false, "code": word, "retry": boolean}; extension/src/track/analysis.h has the members';
CREATE FUNCTION veza.track_release_work(version_id uuid, lease uuid) RETURNS text LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_release_work IS 'Gives back work that was not begun, which counts as no try; answers the version''s state, or stale when the lease is another one''s by now.
- version_id: the version
- lease: lease under which it was taken on';
CREATE FUNCTION veza.track_work_queue() RETURNS json LANGUAGE c STABLE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_work_queue IS 'Says how many versions are due, and since how many seconds the oldest: {"n", "oldest_s"}.';
CREATE FUNCTION veza.track_reprocess(version_id uuid, reason text) RETURNS text LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_reprocess IS 'Has a version that failed scanned and analysed once more; written to the audit log. Answers its state.
- version_id: the version
- reason: why; goes to the audit log';
CREATE FUNCTION veza.track_rescan() RETURNS bigint LANGUAGE c VOLATILE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION veza.track_rescan IS 'Has everything that came while the scanner could not be asked scanned now; answers how many files that are.';
