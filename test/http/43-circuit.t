#!/usr/bin/perl
# The circuit to the payment provider: what is wrong with one payment stops nobody else, what is wrong with the
# provider stops everybody, and another question than the one that failed finds out when it works again.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep time);
use Veza::Test;

my $s = stack();
my %quick = (HYPERSWITCH_TIMEOUT => '500ms', HYPERSWITCH_SLOW_TIMEOUT => '500ms', RELAY_POLL_INTERVAL => '20ms', RELAY_CIRCUIT_FAILURES => 3, RELAY_CIRCUIT_OPEN => '60s');
start_all($s, env => \%quick);
setting($s, $_, 60) for 'effect_backoff_base', 'effect_backoff_cap';

sub fault   { my (%o) = @_; return sim($s, 'POST', 'faults', { count => -1, %o }) }
sub well    { return sim($s, 'DELETE', 'faults') }
sub circuit { return $s->sql_value('select string_agg(circuit, \' \') from veza_data.relay') }
sub restart { my (%env) = @_; $s->stop('relay'); $s->start('relay', env => { %quick, %env }); return wait_until { (circuit() // '') eq 'closed' } 'a fresh relay' }

my $good = creator($s);

subtest 'one payment that the provider cannot tell about' => sub {
	my $u = creator($s);
	my $d = subscribe($s, $u);
	my @bad = (
		[ 'an error for it alone', { mode => 'status', status => 500 } ], [ 'too many requests for it alone', { mode => 'status', status => 429 } ],
		[ 'silence', { mode => 'hang' } ], [ 'a cut connection', { mode => 'close_before' } ], [ 'no JSON', { mode => 'garbage' } ],
		[ 'wrong types', { mode => 'wrong_type' } ], [ 'eight megabytes', { mode => 'huge' } ]);
	for my $case (@bad)
	{
		my ($name, $fault) = @$case;
		fault(%$fault, op => 'retrieve', about => $d->{payment_id});
		is($u->{api}->post("/subscriptions/complete/$d->{subscription}{id}", undef)->status, 502, "$name: its owner is told") for 1 .. 2;
		is(circuit(), 'closed', "$name: the circuit stays closed");
		well();
	}
	fault(mode => 'status', status => 500, op => 'retrieve', about => $d->{payment_id});
	$u->{api}->post("/subscriptions/complete/$d->{subscription}{id}", undef) for 1 .. 4;
	my $v = creator($s);
	is($v->{api}->post('/subscriptions/subscribe', { plan_id => 'pro' })->brief, '201', 'another user can subscribe meanwhile');
	well();
	is($u->{api}->post("/subscriptions/complete/$d->{subscription}{id}", undef)->brief, '200', 'afterwards its owner gets it back');
};

subtest 'a key that is refused for one payment alone' => sub {
	my $u = creator($s);
	my $d = subscribe($s, $u);
	fault(mode => 'status', status => 401, op => 'retrieve', about => $d->{payment_id});
	is($u->{api}->post("/subscriptions/complete/$d->{subscription}{id}", undef)->status, 502, 'its owner is told');
	wait_until { circuit() eq 'closed' } 'the probe clears the doubt', 5;
	is(creator($s)->{api}->post('/subscriptions/subscribe', { plan_id => 'pro' })->brief, '201', 'another user can subscribe');
	well();
};

subtest 'members that nobody reads' => sub {
	my $u = creator($s);
	my $d = subscribe($s, $u);
	for my $extra ('"payer":"a\u0000b"', '"payer":"\ud83d"', '"fee":123456789012345678901234', '"fee":1e400', '"x":1,"x":2', '"billing":{"a":1,"a":"\u0000"}')
	{
		fault(mode => 'extra', extra => $extra, op => 'any');
		my $r = $u->{api}->post("/subscriptions/complete/$d->{subscription}{id}", undef);
		is($r->brief, '200', "$extra breaks nothing");
		is(creator($s)->{api}->post('/subscriptions/subscribe', { plan_id => 'pro' })->brief, '201', "$extra: nor a new payment");
		well();
	}
};

subtest 'many payments in a row' => sub {
	my @users = map { my $u = creator($s); +{ %$u, d => subscribe($s, $u) } } 1 .. 3;
	fault(mode => 'status', status => 500, op => 'retrieve');
	$_->{api}->post("/subscriptions/complete/$_->{d}{subscription}{id}", undef) for @users[ 0, 1 ];
	is(circuit(), 'closed', 'two different ones are less than the limit');
	$users[2]{api}->post("/subscriptions/complete/$users[2]{d}{subscription}{id}", undef);
	wait_until { circuit() eq 'open' } 'the third opens the circuit', 5;
	is_refused($good->{api}->post('/subscriptions/subscribe', { plan_id => 'pro' }), '503 PAYMENT_PROVIDER_UNAVAILABLE', 'now everybody is told');
	well();
	restart(RELAY_CIRCUIT_OPEN => '300ms');
};

# The only thing that is due is the one that fails: a question about nobody's payment closes the circuit.
subtest 'half open' => sub {
	my $u = creator($s);
	my $d = subscribe($s, $u);
	fault(mode => 'status', status => 500, op => 'any', about => $d->{payment_id});
	sim($s, 'POST', 'listen', { open => false });
	$u->{api}->post("/subscriptions/complete/$d->{subscription}{id}", undef);
	wait_until { circuit() eq 'open' } 'nobody answers: open', 5;
	my $before = sim($s, 'GET', 'requests?since=0')->{last_seq};
	sim($s, 'POST', 'listen', { open => true });
	wait_until { circuit() eq 'closed' } 'it closes', 30;
	my ($first) = grep { $_->{status} } @{ sim($s, 'GET', "requests?since=$before")->{requests} };
	like($first->{path}, qr{^/payments/pay_0{26}$}, 'after a question about nobody\'s payment');
	is($first->{status}, 404, 'which the provider answers');
	is(creator($s)->{api}->post('/subscriptions/subscribe', { plan_id => 'pro' })->brief, '201', 'others can subscribe');
	well();
};

# What an operator asks, and what monitors see.
sub probe { my ($out, $err) = $s->psql('call veza.probe_provider()', role => 'veza_dba'); return JSON::PP->new->decode((split /\x1f/, $out)[0] =~ s/\x1e.*//sr || $err) }
sub payments { my $p = admin($s)->get('/status')->json->{services}{payments}; return join ' ', map { $_ // () } @$p{qw(status reason circuit)} }

subtest 'veza.probe_provider()' => sub {
	restart();
	my $p = probe();
	is("$p->{verdict} $p->{credentials} $p->{relays}{circuit}", 'works accepted closed', 'it works') or diag explain $p;
	is($p->{advice}, undef, 'nothing is to be done');
	wait_until { payments() eq 'ok closed' } '/status says so';
	fault(mode => 'status', status => 401, op => 'any');
	$p = probe();
	is("$p->{verdict} $p->{http_status} $p->{error_code}", 'key_refused 401 IR_01', 'a wrong key');
	like($p->{advice}, qr/HYPERSWITCH_API_KEY/, 'what to do');
	well();
	fault(mode => 'garbage', op => 'any');
	$p = probe();
	is("$p->{verdict} $p->{error_code}", 'failing invalid_answer', 'something else answers');
	well();
	sim($s, 'POST', 'listen', { open => false });
	$p = probe();
	is("$p->{verdict} $p->{error_code}", 'unreachable connection_failed', 'nobody answers');
	$good->{api}->post('/subscriptions/subscribe', { plan_id => 'pro' }) for 1 .. 3;
	wait_until { circuit() eq 'open' } 'the circuit is open';
	wait_until { payments() eq 'down circuit_open open' } '/status says so';
	is(admin($s)->get('/status')->json->{status}, 'degraded', 'degraded');
	ok(scalar(grep { $_->{error_code} eq 'connection_failed' } @{ probe()->{last_errors} }), 'the last errors are shown');
	sim($s, 'POST', 'listen', { open => true });
	$p = probe();
	is("$p->{verdict} $p->{relays}{circuit}", 'works closed', 'an operator who asks closes the circuit before its time');
	is($s->sql_value("select count(*) from veza_data.effect where kind = 'psp_probe' and state <> 'done'"), 0, 'no probe is retried or dead');
	is($s->sql_value("select string_agg(distinct db_role, ' ') from veza_data.audit_log where action = 'dba.probe_provider'"), 'veza_dba', 'each is on record');
	$s->stop('relay');
	$s->start('relay', env => { %quick, HYPERSWITCH_ENABLED => 'false' });
	wait_until { payments() eq 'disabled disabled' } 'payments are disabled';
	is(probe()->{verdict}, 'disabled', 'and that is found');
	$s->stop('relay');
	wait_until { payments() eq 'down no_relay' } 'no relay';
	is(probe()->{verdict}, 'no_relay', 'and that is found, too');
};

is_deeply([ audit_findings($s) ], [], 'the audit finds nothing');
done_testing;
