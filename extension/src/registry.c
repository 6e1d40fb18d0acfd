/*
 * registry.c
 *		Where the domains are put together: all machines, kinds of effects, jobs,
 *		purposes of payments, and mails that are made of data.
 */
#include "admin/analyst_limit.h"
#include "admin/audit_run.h"
#include "admin/audit_seal.h"
#include "auth/limit.h"
#include "auth/lockout.h"
#include "billing/subscription_jobs.h"
#include "billing/subscription_payment.h"
#include "billing/subscription_states.h"
#include "core/effects/effect_states.h"
#include "core/effects/effect_sweep.h"
#include "core/effects/live_event.h"
#include "core/request/idempotency.h"
#include "core/effects/job.h"
#include "core/machine/transition.h"
#include "distribution/distribution_states.h"
#include "file/stored_file.h"
#include "mail/address.h"
#include "mail/content.h"
#include "mail/mail.h"
#include "mail/one_time_token.h"
#include "money/money_jobs.h"
#include "money/payment_effects.h"
#include "money/payment_states.h"
#include "money/psp_document.h"
#include "notification/digest.h"
#include "notification/forget.h"
#include "notification/notify.h"
#include "people/follow_count.h"
#include "playlist/changes.h"
#include "playlist/counter.h"
#include "playlist/remove.h"
#include "social/comment_count.h"
#include "social/moderation_case.h"
#include "social/moderation_states.h"
#include "social/digest_text.h"
#include "track/counter.h"
#include "track/match_states.h"
#include "track/remove.h"
#include "track/stream_ready.h"
#include "track/track_states.h"

const VzMachine *const vz_machines[] = {
	&vz_subscription_machine,
	&vz_payment_machine,
	&vz_refund_machine,
	&vz_distribution_machine,
	&vz_track_version_machine,
	&vz_track_match_machine,
	&vz_moderation_case_machine,
	&vz_effect_machine,
};
const int	vz_nmachines = VZ_LENGTH(vz_machines);

const VzEffectKind vz_effect_kinds[] = {
	{"psp_create", vz_payment_effect_result, vz_psp_payment},
	{"psp_retrieve", vz_payment_effect_result, vz_psp_payment},
	{"psp_cancel", vz_payment_effect_result, vz_psp_payment},
	{"psp_refund", vz_refund_effect_result, vz_psp_refund},
	{"psp_refund_retrieve", vz_refund_effect_result, vz_psp_refund},
	{"psp_probe", vz_probe_effect_result, vz_psp_probe},
	{"mail_send", vz_mail_effect_result, vz_mail_facts},
	{"stream_prepare", vz_stream_effect_result, vz_stream_facts},
};
const int	vz_neffect_kinds = VZ_LENGTH(vz_effect_kinds);

const VzPurpose *const vz_purposes[] = {
	&vz_purpose_initial,
};
const int	vz_npurposes = VZ_LENGTH(vz_purposes);

const VzMailContent vz_mail_contents[] = {
	{VZ_DIGEST_TEMPLATE, vz_digest_text},
};
const int	vz_nmail_contents = VZ_LENGTH(vz_mail_contents);

const VzJob vz_jobs[] = {
	{.name = "retry_inbox", .units = vz_job_retry_inbox_units, .work = vz_job_retry_event},
	{.name = "reconcile_payments", .units = vz_job_reconcile_payments_units, .work = vz_job_reconcile_payment},
	{.name = "reconcile_refunds", .units = vz_job_reconcile_refunds_units, .work = vz_job_reconcile_refund},
	{.name = "expire_pending", .units = vz_job_expire_pending_units, .work = vz_job_expire_pending},
	{.name = "end_periods", .units = vz_job_end_periods_units, .work = vz_job_end_period},
	{.name = "sweep_secrets", .piece = vz_job_sweep_secrets},
	{.name = "sweep_effects", .piece = vz_job_sweep_effects},
	{.name = "sweep_inbox", .piece = vz_job_sweep_inbox},
	{.name = "sweep_audits", .piece = vz_job_sweep_audits},
	{.name = "sweep_live_events", .piece = vz_job_sweep_live_events},
	{.name = "sweep_relays", .piece = vz_job_sweep_relays},
	{.name = "sweep_mails", .piece = vz_job_sweep_mails},
	{.name = "sweep_tokens", .piece = vz_job_sweep_tokens},
	{.name = "end_claims", .piece = vz_job_end_claims},
	{.name = "sweep_limits", .piece = vz_job_sweep_limits},
	{.name = "sweep_failures", .piece = vz_job_sweep_failures},
	{.name = "sweep_idempotency", .piece = vz_job_sweep_idempotency},
	{.name = "end_follows", .piece = vz_job_end_follows},
	{.name = "fold_follows", .piece = vz_job_fold_follows},
	{.name = "tell_notifications", .units = vz_job_tell_notifications_units, .work = vz_job_tell_notifications},
	{.name = "order_digests", .units = vz_job_order_digests_units, .work = vz_job_order_digest},
	{.name = "sweep_notifications", .piece = vz_job_sweep_notifications},
	{.name = "fold_counters", .piece = vz_job_fold_counters},
	{.name = "fold_comment_counters", .piece = vz_job_fold_comment_counters},
	{.name = "tell_reporters", .piece = vz_job_tell_reporters},
	{.name = "purge_tracks", .units = vz_job_purge_tracks_units, .work = vz_job_purge_track},
	{.name = "sweep_plays", .piece = vz_job_sweep_plays},
	{.name = "fold_playlist_counters", .piece = vz_job_fold_playlist_counters},
	{.name = "purge_playlists", .units = vz_job_purge_playlists_units, .work = vz_job_purge_playlist},
	{.name = "sweep_playlist_changes", .piece = vz_job_sweep_playlist_changes},
	{.name = "sweep_files", .piece = vz_job_sweep_files},
	{.name = "limit_analysts", .piece = vz_job_limit_analysts},
	{.name = "seal_audit", .piece = vz_job_seal_audit},
	{.name = "verify_seals", .piece = vz_job_verify_seals},
};
const int	vz_njobs = VZ_LENGTH(vz_jobs);
