#!/usr/bin/perl
# Every way in which a procedure that commits between its phases can end: its Idempotency-Key is free at once, so that
# the repetition that Retry-After asks for runs again and finds what was made.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(sleep time);
use Veza::Session;
use Veza::Test;

my $s = stack();
my %quick = (HYPERSWITCH_TIMEOUT => '20s', RELAY_POLL_INTERVAL => '20ms', RELAY_CIRCUIT_FAILURES => 1000);
start_all($s, env => \%quick);
setting($s, $_, 60) for 'effect_backoff_base', 'effect_backoff_cap';

my $number = 0;
sub fault { my (%o) = @_; return sim($s, 'POST', 'faults', { count => -1, %o }) }
sub well  { return sim($s, 'DELETE', 'faults') }
sub keys_left { return $s->sql_value('select count(*) from veza_data.idempotency where answered_at is null') }

# The backend that waits for the provider.
sub waiting { return $s->sql_value("select pid from pg_stat_activity where wait_event = 'Extension' and query like '%subscription_subscribe%' order by query_start desc limit 1") }

# A subscribe under a key whose provider does not answer, ended by $end while it waits (given the connection it came by);
# then the same request again.
sub ends
{
	my ($name, $end, $answer) = @_;
	my $u = creator($s);
	my $key = 'ends-' . ++$number;
	my %headers = (headers => { 'Idempotency-Key' => $key });
	fault(mode => 'hang', op => 'create');
	my $c = $u->{api}->connect;
	$c->send($u->{api}->bytes(POST => '/subscriptions/subscribe', { plan_id => 'pro' }, %headers));
	my $pid = wait_until { waiting() } "$name: it waits";
	is_refused($u->{api}->post('/subscriptions/subscribe', { plan_id => 'pro' }, %headers), '409 IDEMPOTENCY_CONFLICT', "$name: until then the key is taken");
	$end->($c, $pid);
	my $r = defined $answer ? $c->answer(timeout => 20) : undef;
	like($r ? $r->brief : 'nothing', $answer, "$name: the answer") if defined $answer;
	my $ended = time;
	well();
	$s->stop('relay', 'KILL');
	$s->start('relay', env => \%quick);
	setting($s, effect_wait => 8000);
	my $again;
	wait_until { ($again = $u->{api}->post('/subscriptions/subscribe', { plan_id => 'pro' }, %headers))->code ne 'IDEMPOTENCY_CONFLICT' } "$name: again", 20;
	is_soon(time - $ended, 15, "$name: the key was free long before thirty seconds were over");
	wait_until { ($again = $u->{api}->post('/subscriptions/subscribe', { plan_id => 'pro' }, %headers))->status =~ /^20[01]$/ } "$name: the repetition runs" if $again->status !~ /^20[01]$/;
	like($again->data->{client_secret} // '', qr/^pay_/, "$name: the repetition gets the payment");
	is($s->sql_value("select count(*) from veza_data.payment where user_id = '$u->{id}'"), 1, "$name: the one that was made");
	return $again;
}

subtest 'the provider does not answer' => sub {
	setting($s, effect_wait => 1500);
	ends('silence', sub { }, qr/^502 PAYMENT_PROVIDER_TIMEOUT$/);
	is(keys_left(), 0, 'no record is left');
};

subtest 'the provider refuses' => sub {
	my $u = creator($s);
	my @call = ('/subscriptions/subscribe', { plan_id => 'pro' }, headers => { 'Idempotency-Key' => 'refused-1' });
	fault(mode => 'status', status => 500, op => 'create');
	my $r = $u->{api}->post(@call);
	is_refused($r, '502 PAYMENT_PROVIDER_ERROR', 'refused');
	is_refused($u->{api}->post(@call), '502 PAYMENT_PROVIDER_ERROR', 'refused again, instead of a conflict');
	well();
	is($u->{api}->post(@call)->brief, '200', 'and it works as soon as the provider does');
	# What was answered stays answered, whatever becomes of a repetition.
	fault(mode => 'status', status => 500, op => 'any');
	is_refused($u->{api}->post(@call), '502 PAYMENT_PROVIDER_ERROR', 'a repetition that fails');
	well();
	is($u->{api}->post(@call)->header('Idempotency-Replayed'), 'true', 'does not make it undone');
	is_refused($u->{api}->post('/subscriptions/subscribe', { plan_id => 'basic' }, headers => { 'Idempotency-Key' => 'refused-1' }), '422 IDEMPOTENCY_KEY_REUSED', 'and the key stays its own');
};

subtest 'cancelled' => sub {
	ends('cancel', sub { my (undef, $pid) = @_; $s->sql("select pg_cancel_backend($pid)") }, qr/^5\d\d/);
	is(keys_left(), 0, 'no record is left');
};

subtest 'the client leaves' => sub {
	ends('client', sub { my ($c) = @_; $c->close });
	is(keys_left(), 0, 'no record is left');
};

subtest 'the backend is ended' => sub {
	ends('terminate', sub { my (undef, $pid) = @_; $s->sql("select pg_terminate_backend($pid)") }, qr/^50\d/);
};

subtest 'statement_timeout' => sub {
	$s->sql("alter role veza_httpd set statement_timeout = '1500ms'");
	$s->stop('httpd');
	$s->start('httpd', env => { %quick, HANDLER_TIMEOUT => '1500ms' });
	ends('timeout', sub { }, qr/^50\d/);
	is(keys_left(), 0, 'no record is left');
};

is_deeply([ audit_findings($s) ], [], 'the audit finds nothing');
done_testing;
