#!/usr/bin/perl
# Every way in which the provider can fail, while a payment is made and while
# it is got back: the documented answer, and afterwards the one payment.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(sleep time);
use Veza::Test;

my $s = stack();
# Short times, and a circuit that stays closed: it has a test of its own below.
my %quick = (HYPERSWITCH_TIMEOUT => '300ms', HYPERSWITCH_SLOW_TIMEOUT => '300ms', RELAY_POLL_INTERVAL => '20ms', RELAY_CIRCUIT_FAILURES => 1000);
start_all($s, env => \%quick);
setting($s, 'effect_backoff_base', 40);

sub fault { my (%o) = @_; return sim($s, 'POST', 'faults', { count => -1, %o }) }
sub well  { return sim($s, 'DELETE', 'faults') }
sub row   { my ($id) = @_; return $s->sql_value("select to_jsonb(t) - 'updated_at' from veza_data.subscription t where id = '$id'") }
sub rows  { return $s->sql_value('select (select count(*) from veza_data.subscription) || \' \' || (select count(*) from veza_data.payment) || \' \' || (select count(*) from veza_data.effect where kind <> \'mail_send\') || \' \' || (select count(*) from veza_data.state_history where machine <> \'effect\')') }

# A 502 as documented: code, Retry-After, and the way back.
sub is_bad_gateway
{
	my ($r, $code, $name) = @_;
	is_refused($r, "502 $code", $name);
	like($r->header('Retry-After') // '', qr/^[1-9]\d*$/, "$name: Retry-After");
	my $d = $r->details // {};
	like($d->{subscription_id} // '', qr/^[0-9a-f-]{36}$/, "$name: subscription_id");
	is($d->{complete_url} // '', '/api/v1/subscriptions/complete/' . ($d->{subscription_id} // ''), "$name: complete_url");
	like($d->{payment_id} // '', qr/^pay_[a-z2-7]{26}$/, "$name: payment_id");
	unlike($r->body, qr/Something went wrong|not but really|teleported/, "$name: the provider is not quoted");
	return $d;
}

# After the fault: the way back gives the one payment, which the provider knows once, and it can be paid.
sub is_recovered
{
	my ($u, $id, $payment_id, $name) = @_;
	my $r = $u->{api}->post("/subscriptions/complete/$id", undef);
	is($r->brief, '200', "$name: recovery") or diag $r->body;
	is(($r->data // {})->{payment_id}, $payment_id, "$name: the same payment");
	like(($r->data // {})->{client_secret} // '', qr/^\Q$payment_id\E_secret_/, "$name: with its secret");
	my @known = ledger_payments($s, $id);
	is(scalar @known, 1, "$name: exactly one payment exists");
	ok($known[0]{creates_done}, "$name: at the provider");
	return;
}

# One bad answer is made good while the user waits; what lasts is an answer.
my @modes = (
	# name, fault, answer when it lasts, answer on recovery when it lasts
	[ 'an answer in time', { mode => 'delay', delay_ms => 100 }, 201, 200 ],
	[ 'an answer too late', { mode => 'delay', delay_ms => 600 }, 'PAYMENT_PROVIDER_TIMEOUT' ],
	[ 'an answer too late, but done', { mode => 'delay', delay_ms => 600, commit => true }, 201, 'PAYMENT_PROVIDER_TIMEOUT' ],
	[ 'silence', { mode => 'hang' }, 'PAYMENT_PROVIDER_TIMEOUT' ],
	[ 'closed before it was done', { mode => 'close_before' }, 'PAYMENT_PROVIDER_ERROR' ],
	[ 'closed after it was done', { mode => 'close_after_commit' }, 201, 'PAYMENT_PROVIDER_ERROR' ],
	[ 'a byte now and then', { mode => 'slow_drip', byte_ms => 50 }, 201, 'PAYMENT_PROVIDER_TIMEOUT' ],
	[ 'half an answer', { mode => 'truncate' }, 201, 'PAYMENT_PROVIDER_ERROR' ],
	[ 'an error with status 200', { mode => 'error200' }, 'PAYMENT_PROVIDER_ERROR' ],
	[ 'garbage', { mode => 'garbage' }, 'PAYMENT_PROVIDER_ERROR' ],
	[ 'eight megabytes', { mode => 'huge' }, 'PAYMENT_PROVIDER_ERROR' ],
	[ 'nothing', { mode => 'empty' }, 'PAYMENT_PROVIDER_ERROR' ],
	[ 'wrong types', { mode => 'wrong_type' }, 'PAYMENT_PROVIDER_ERROR' ],
	[ 'status 400', { mode => 'status', status => 400, code => 'IR_06' }, 'PAYMENT_PROVIDER_ERROR' ],
	[ 'status 403', { mode => 'status', status => 403, code => 'IR_22' }, 'PAYMENT_PROVIDER_ERROR' ],
	[ 'status 404', { mode => 'status', status => 404 }, 'PAYMENT_PROVIDER_ERROR' ],
	[ 'status 422, busy', { mode => 'status', status => 422 }, 'PAYMENT_PROVIDER_ERROR' ],
	[ 'status 429', { mode => 'status', status => 429 }, 'PAYMENT_PROVIDER_ERROR' ],
	[ 'status 500', { mode => 'status', status => 500 }, 'PAYMENT_PROVIDER_ERROR' ],
	[ 'status 503', { mode => 'status', status => 503 }, 'PAYMENT_PROVIDER_ERROR' ]);

# Faults after which the provider gives a proper answer of its own are not tried again by themselves.
my %is_final = map { $_ => 1 } 'status 400', 'status 403', 'status 404', 'an error with status 200';

my $old = creator($s);
my $known = subscribe($s, $old);
my ($old_id, $old_payment) = ($known->{subscription}{id}, $known->{payment_id});

for my $case (@modes)
{
	my ($name, $fault, $on_create, $on_retrieve) = @$case;
	$on_retrieve //= $on_create;

	subtest "making a payment: $name" => sub {
		my $u = creator($s);
		fault(%$fault, op => 'create');
		my $r = $u->{api}->post('/subscriptions/subscribe', { plan_id => 'pro' });
		well();
		is_soon($r->seconds, 8.5, 'the user does not wait for ever');
		my $id = $s->sql_value("select id from veza_data.subscription where user_id = '$u->{id}'");
		my $payment_id = $s->sql_value("select psp_payment_id from veza_data.payment where user_id = '$u->{id}'");
		if ($on_create eq '201') { is($r->brief, '201', 'made good') or diag $r->body }
		else
		{
			my $d = is_bad_gateway($r, $on_create, $name);
			is("$d->{subscription_id} $d->{payment_id}", "$id $payment_id", "$name: the own ones");
			is(distribute($s, $u)->details->{subscription_id}, $id, 'the gate names the same way back');
		}
		is(subscription_status($s, $id), 'pending_payment', 'the subscription waits');
		is_recovered($u, $id, $payment_id, $name);
	};

	subtest "making a payment, once: $name" => sub {
		my $u = creator($s);
		fault(%$fault, op => 'create', count => 1);
		my $r = $u->{api}->post('/subscriptions/subscribe', { plan_id => 'pro' });
		is($r->brief, '201', 'one failure is made good while the user waits') or diag $r->body;
		my $id = $s->sql_value("select id from veza_data.subscription where user_id = '$u->{id}'");
		is(scalar(ledger_payments($s, $id)), 1, 'exactly one payment exists');
	} if $on_create ne '201' && !$is_final{$name};

	subtest "getting it back: $name" => sub {
		my $before = row($old_id);
		fault(%$fault, op => 'retrieve');
		my $r = $old->{api}->post("/subscriptions/complete/$old_id", undef);
		well();
		if ($on_retrieve eq '200') { is($r->brief, '200', 'made good') }
		else
		{
			my $d = is_bad_gateway($r, $on_retrieve, $name);
			is("$d->{subscription_id} $d->{payment_id}", "$old_id $old_payment", "$name: the own ones");
		}
		is(row($old_id), $before, 'nothing changed in the row');
		is_recovered($old, $old_id, $old_payment, $name);
	};
}

subtest 'the provider is down' => sub {
	my $u = creator($s);
	sim($s, 'POST', 'listen', { open => false });
	my $r = $u->{api}->post('/subscriptions/subscribe', { plan_id => 'pro' });
	my $d = is_bad_gateway($r, 'PAYMENT_PROVIDER_ERROR', 'subscribe');
	is_soon($r->seconds, 3, 'and that is said soon');
	is_bad_gateway($old->{api}->post("/subscriptions/complete/$old_id", undef), 'PAYMENT_PROVIDER_ERROR', 'recovery');
	is($u->{api}->get('/auth/me')->brief, '200', 'everything else works');
	is($u->{api}->post('/subscriptions/subscribe', { plan_id => 'free' })->brief, '201', 'also free plans');
	sim($s, 'POST', 'listen', { open => true });
	is_recovered($old, $old_id, $old_payment, 'up again');
};

subtest 'while it hangs, one attempt is one payment' => sub {
	my $u = creator($s);
	setting($s, 'effect_wait', 300);
	fault(mode => 'hang', op => 'any');
	my @r = $u->{api}->parallel(map { [ POST => '/subscriptions/subscribe', { plan_id => 'pro' } ] } 1 .. 10);
	well();
	my %n;
	$n{ $_->brief }++ for @r;
	is_deeply(\%n, { '502 PAYMENT_PROVIDER_TIMEOUT' => 10 }, 'ten users of one account wait in vain') or diag explain \%n;
	setting($s, 'effect_wait', 8000);
	my $id = $s->sql_value("select id from veza_data.subscription where user_id = '$u->{id}'");
	is_recovered($u, $id, $s->sql_value("select psp_payment_id from veza_data.payment where user_id = '$u->{id}'"), 'afterwards');
};

subtest 'a paid payment whose answer was lost' => sub {
	my $u = creator($s);
	my $d = subscribe($s, $u);
	pay($s, $d->{payment_id});
	wait_until { subscription_status($s, $d->{subscription}{id}) eq 'active' } 'activation';
	is(ledger_payment($s, $d->{payment_id})->{captured_minor}, 999, 'charged once');
	# The create of this one is done at the provider, and only the webhook tells.
	my $v = creator($s);
	setting($s, 'effect_wait', 300);
	fault(mode => 'hang', op => 'retrieve');
	fault(mode => 'close_after_commit', op => 'create');
	my $r = $v->{api}->post('/subscriptions/subscribe', { plan_id => 'pro' });
	is($r->status, 502, 'the answer is lost');
	my $payment = $r->details->{payment_id};
	sim($s, 'POST', "payments/$payment/transition", { status => 'succeeded' });
	wait_until { subscription_status($s, $r->details->{subscription_id}) eq 'active' } 'the webhook alone activates';
	well();
	setting($s, 'effect_wait', 8000);
	is(distribute($s, $v)->brief, '201', 'the user is served');
	is(scalar(ledger_payments($s, $r->details->{subscription_id})), 1, 'exactly one payment exists');
};

subtest 'the circuit' => sub {
	# What is left of the faults before would be counted, too.
	wait_until { !$s->sql_value("select count(*) from veza_data.effect where state in ('queued', 'leased')") } 'all effects are carried out';
	$s->stop('relay');
	# Open long enough that nothing is tried again while we look.
	$s->start('relay', env => { %quick, RELAY_CIRCUIT_FAILURES => 2, RELAY_CIRCUIT_OPEN => '60s' });
	sim($s, 'POST', 'listen', { open => false });
	my ($u, $v) = (creator($s), creator($s));
	is_bad_gateway($u->{api}->post('/subscriptions/subscribe', { plan_id => 'pro' }), 'PAYMENT_PROVIDER_ERROR', 'two failures');
	my $is_open = sub { $s->sql_value("select count(*) from veza_data.relay where circuit = 'open'") };
	wait_until { $is_open->() } 'open the circuit';
	my $before = rows();
	for my $call ([ $v, '/subscriptions/subscribe', { plan_id => 'pro' } ], [ $old, "/subscriptions/complete/$old_id", undef ])
	{
		my $r = $call->[0]{api}->post(@$call[ 1, 2 ]);
		is_refused($r, '503 PAYMENT_PROVIDER_UNAVAILABLE', $call->[1]);
		is($r->details->{reason}, 'circuit_open', 'because the circuit is open');
		my $after = $r->header('Retry-After') // '';
		ok($after =~ /^\d+$/ && $after >= 30 && $after <= 61, "Retry-After is how long it stays so: $after");
		is_soon($r->seconds, 0.5, 'at once');
	}
	is(rows(), $before, 'not a row was written');
	is($v->{api}->post('/subscriptions/subscribe', { plan_id => 'free' })->brief, '201', 'free plans work');
	$s->stop('relay');
	$s->start('relay', env => { %quick, RELAY_CIRCUIT_FAILURES => 2, RELAY_CIRCUIT_OPEN => '500ms' });
	wait_until { $is_open->() } 'another relay finds the same';
	sim($s, 'POST', 'listen', { open => true });
	my $r;
	wait_until { ($r = $v->{api}->post('/subscriptions/subscribe', { plan_id => 'pro' }))->status != 503 } 'the circuit closes by itself', 40;
	is($r->brief, '201', 'and payments work');
	my $id = $s->sql_value("select id from veza_data.subscription where user_id = '$u->{id}'");
	is_recovered($u, $id, $s->sql_value("select psp_payment_id from veza_data.payment where user_id = '$u->{id}'"), 'the one that failed');
};

subtest 'a wrong key' => sub {
	$s->stop('relay');
	$s->start('relay', env => { %quick, RELAY_CIRCUIT_OPEN => '4s' });
	my $u = creator($s);
	setting($s, 'effect_wait', 1000);
	fault(mode => 'status', status => 401, op => 'any');
	my $r = $u->{api}->post('/subscriptions/subscribe', { plan_id => 'pro' });
	is($r->status, 502, 'is a bad gateway');
	my ($id, $payment) = @{ $r->details }{qw(subscription_id payment_id)};
	is_refused($u->{api}->post("/subscriptions/complete/$id", undef), '503 PAYMENT_PROVIDER_UNAVAILABLE', 'and opens the circuit');
	well();
	setting($s, 'effect_wait', 8000);
	wait_until { $u->{api}->post("/subscriptions/complete/$id", undef)->status == 200 } 'the circuit closes', 40;
	is_recovered($u, $id, $payment, 'with the right key');
};

subtest 'the relay' => sub {
	$s->stop('relay');
	my $before = rows();
	my $u = creator($s);
	my $r = $u->{api}->post('/subscriptions/subscribe', { plan_id => 'pro' });
	is_refused($r, '503 PAYMENT_PROVIDER_UNAVAILABLE', 'stopped');
	is($r->details->{reason}, 'no_relay', 'and that is the reason');
	like($r->header('Retry-After') // '', qr/^[1-9]\d*$/, 'Retry-After');
	is_soon($r->seconds, 0.5, 'at once');
	is(rows(), $before, 'not a row was written');
	$s->start('relay', env => \%quick);
	is($u->{api}->post('/subscriptions/subscribe', { plan_id => 'pro' })->brief, '201', 'started again');

	# A relay that dies without a word counts as gone after its time, and what it has left is taken up.
	setting($s, 'relay_heartbeat_ttl', 1);
	$s->stop('relay', 'KILL');
	wait_until { ($r = $old->{api}->post("/subscriptions/complete/$old_id", undef))->status == 503 } 'killed', 15;
	is($r->details->{reason}, 'no_relay', 'is noticed');
	setting($s, 'relay_heartbeat_ttl', 15);
	$s->start('relay', env => \%quick);
	is_recovered($old, $old_id, $old_payment, 'another one takes over');
};

pay($s, $old_payment);
wait_until { subscription_status($s, $old_id) eq 'active' } 'after all of it the payment can be paid';
is(ledger_payment($s, $old_payment)->{captured_minor}, 999, 'once');
is_deeply([ map { $_->{payment_id} } @{ sim($s, 'GET', 'ledger')->{not_created} } ], [], 'nothing was left half made');
is_deeply([ audit_findings($s) ], [], 'the audit finds nothing');
done_testing;
