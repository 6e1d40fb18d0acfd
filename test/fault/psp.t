#!/usr/bin/perl
# Whatever the payment provider does wrong, and whatever becomes of its
# webhooks: once it is well again, one recovery or one reconciliation leaves
# veza.audit empty and the provider's ledger equal to ours.
#
# test/http/43-subscription-faults.t has what users are told meanwhile; here
# each fault meets subscribing, recovery, giving up and a refund side by side,
# and the books are looked at.
#
#   VEZA_PSP_ONLY='huge|dropped' prove ...     only cases whose name matches

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Veza::Scene;
use Veza::Stack;

my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $only = qr/$ENV{VEZA_PSP_ONLY}/ if $ENV{VEZA_PSP_ONLY};
my $stack = Veza::Stack->new(env => { HYPERSWITCH_TIMEOUT => '400ms', HYPERSWITCH_SLOW_TIMEOUT => '400ms', RELAY_POLL_INTERVAL => '20ms',
	RELAY_CIRCUIT_FAILURES => 1000 });
my $scene = Veza::Scene->new($stack);
my $turn = 0;
END
{
	local $?;
	$stack->stop_all if $stack;
}
$scene->start(settings => { effect_backoff_base => 40, effect_backoff_cap => 400 });

sub is_wanted { my ($name) = @_; return !$only || $name =~ $only }

sub webhooks { my (%mode) = @_; return $scene->sim('POST', 'webhooks/mode', { hold => $false, shuffle => $false, duplicate => 1, delay_ms => 0, drop => 0, forge => 'none', %mode }) }

sub subscribed
{
	my ($user, $plan) = @_;
	my $answer = $scene->insist('/subscriptions/subscribe', { plan_id => $plan // 'pro' }, $user);
	is($answer->{status}, 201, 'subscribed') or BAIL_OUT($answer->{text});
	return $answer->{json}{data};
}

# Two pending subscriptions of one user, both paid, and nobody here knows it yet.
sub paid_twice
{
	my ($user) = @_;
	my @checkouts = map { subscribed($user, $_) } qw(pro artist);
	$scene->press($_->{payment_id}, 'pay') for @checkouts;
	return $user;
}

# How often the provider was tried for an effect of that kind about a payment or refund of the user.
sub attempts
{
	my ($user, $kind) = @_;
	return $scene->value('select count(*) from veza_data.effect_attempt a join veza_data.effect e on e.id = a.effect_id'
		. " where e.kind = '$kind' and (e.subject_id in (select id from veza_data.payment where user_id = '$user->{id}')"
		. " or e.subject_id in (select r.id from veza_data.refund r join veza_data.payment p on p.id = r.payment_id where p.user_id = '$user->{id}'))");
}

sub payments_of
{
	my ($user) = @_;
	return map { $_->[0] } $scene->rows("select psp_payment_id from veza_data.payment where user_id = '$user->{id}' order by created_at");
}

# ---- putting right

# What the owner does: come back to the subscription. It may turn out to be paid.
sub recover
{
	my ($user, $name) = @_;
	my $s = $scene->subscription_of($user);
	my $answer = $scene->insist("/subscriptions/complete/$s->{id}", {}, $user);
	my $status = ($answer->{json}{error}{details} // {})->{status} // '';
	ok($answer->{status} == 200 || $status =~ /^(?:active|expired)$/, "$name: the owner comes back") or diag $answer->{text};
}

# What an operator does: ask about each payment.
sub reconcile
{
	my ($user, $name) = @_;
	for my $payment (payments_of($user))
	{
		my ($out, $err, $code) = $stack->psql("call veza.reconcile_payment('$payment')", role => 'veza_dba');
		is($code, 0, "$name: reconciled") or diag $err;
	}
}

# What docs/operate.md tells an operator to do about a refund that the provider refused to carry out.
sub retry_dead_refunds
{
	my ($name) = @_;
	for my $row ($scene->rows("select id from veza_data.effect where kind = 'psp_refund' and state = 'dead'"))
	{
		my ($out, $err, $code) = $stack->psql("call veza.retry_effect('$row->[0]', 'the provider is well')", role => 'veza_dba');
		is($code, 0, "$name: the refund is tried again") or diag $err;
	}
}

# Puts users right, one way or the other in turn. Refunds and cancellations are nothing that an owner could come back to.
sub put_right
{
	my ($name, $owners, $others) = @_;
	my $is_recovery = $turn++ % 2;
	$is_recovery ? recover($_, $name) : reconcile($_, $name) for @$owners;
	reconcile($_, $name) for @$others;
	retry_dead_refunds($name);
	$scene->settle;
	return $scene->is_sound($name . ($is_recovery ? '; by recovery' : '; by reconciliation'));
}

# ---- the API's faults

my @FAULTS = (
	[ 'it refuses connections', undef ],
	[ 'silence', { mode => 'hang' } ],
	[ 'closed before it is done', { mode => 'close_before' } ],
	[ 'closed after it is done', { mode => 'close_after_commit' } ],
	[ 'done too late', { mode => 'delay', delay_ms => 700, commit => $true } ],
	[ 'a byte now and then', { mode => 'slow_drip', byte_ms => 50 } ],
	[ 'half an answer', { mode => 'truncate' } ],
	[ 'status 500', { mode => 'status', status => 500 } ],
	[ 'status 500, but done', { mode => 'status', status => 500, commit => $true } ],
	[ 'status 422, busy', { mode => 'status', status => 422 } ],
	[ 'status 422, wrong', { mode => 'status', status => 422, code => 'IR_06' } ],
	[ 'an error with status 200', { mode => 'error200' } ],
	[ 'an error with status 200, but done', { mode => 'error200', commit => $true } ],
	[ 'garbage', { mode => 'garbage' } ],
	[ 'garbage, but done', { mode => 'garbage', commit => $true } ],
	[ 'eight megabytes', { mode => 'huge' } ],
	[ 'nothing', { mode => 'empty' } ],
	[ 'wrong types', { mode => 'wrong_type' } ]);

sub fall_ill
{
	my ($fault) = @_;
	return $fault ? $scene->sim('POST', 'faults', { op => 'any', count => -1, %$fault }) : $scene->sim('POST', 'listen', { open => $false });
}

sub get_well
{
	$scene->sim('DELETE', 'faults');
	$scene->sim('POST', 'listen', { open => $true });
}

for my $case (@FAULTS)
{
	my ($name, $fault) = @$case;
	next if !is_wanted($name);
	subtest $name => sub {
		my ($new, $back, $leaving, $twice) = $scene->users(4);
		subscribed($_) for $back, $leaving;
		webhooks(hold => $true);
		paid_twice($twice);
		$scene->setting(effect_wait => 600);

		fall_ill($fault);
		my @requests = ($scene->request('POST', '/subscriptions/subscribe', body => { plan_id => 'pro' }, user => $new),
			$scene->request('POST', '/subscriptions/complete/' . $scene->subscription_of($back)->{id}, body => {}, user => $back));
		is($scene->post('/subscriptions/' . $scene->subscription_of($leaving)->{id} . '/abandon', {}, $leaving)->{status}, 200, 'giving up needs no provider');
		webhooks();
		$scene->await("$name to be met", sub {
			attempts($new, 'psp_create') && attempts($back, 'psp_retrieve') && attempts($leaving, 'psp_cancel') && attempts($twice, 'psp_refund') });
		my @answers = map { $scene->answer_of($_) } @requests;
		like($_->{status}, qr/^(?:20[01]|502)$/, 'an answer') || diag $_->{text} for @answers;

		get_well();
		$scene->setting(effect_wait => 8000);
		$scene->settle;
		put_right($name, [ $new, $back ], [ $leaving, $twice ]);
		is($scene->value("select count(*) from veza_data.refund r join veza_data.payment p on p.id = r.payment_id where p.user_id = '$twice->{id}' and r.state = 'succeeded'"), 1,
			'what was paid twice is back once');
		is($scene->status_of($leaving), 'expired', 'who gave up is gone');
		for my $user ($new, $back)
		{
			recover($user, $name);
			is($scene->press($scene->subscription_of($user)->{payment_id}, 'pay'), 200, 'the payment can be paid');
			$scene->await('the activation', sub { $scene->status_of($user) eq 'active' });
			is(scalar(payments_of($user)), 1, 'it is the only one');
		}
	};
}

# ---- the webhooks' faults

# What was sent and not taken: must not have reached anybody.
sub is_unheard
{
	my ($name, @users) = @_;
	is($scene->value('select count(*) from veza_data.psp_event e join veza_data.payment p using (psp_payment_id) where p.user_id in ('
		. join(',', map { "'$_->{id}'" } @users) . ')'), 0, "$name: nothing reached the inbox");
}

my @DISTURBANCES = (
	# name, mode, whether it is heard at all
	[ 'each three times', { duplicate => 3 }, 1 ],
	[ 'in another order', { shuffle => $true, seed => 7 }, 1 ],
	[ 'later', { delay_ms => 300 }, 1 ],
	[ 'three times, later, in another order', { duplicate => 3, delay_ms => 100, shuffle => $true, seed => 8 }, 1 ],
	[ 'dropped', { drop => 1000 }, 0 ],
	map { [ "forged: $_", { forge => $_ }, 0 ] } qw(bad_signature no_signature wrong_key body_changed));

for my $case (@DISTURBANCES)
{
	my ($name, $mode, $is_heard) = @$case;
	$name = "webhooks $name";
	next if !is_wanted($name);
	subtest $name => sub {
		my ($payer, $declined, $late, $twice, $reversed) = my @users = $scene->users(5);
		# Held until all are there, so that there is something to put into another order.
		webhooks(%$mode, hold => $true);
		my %checkout = map { $_->{id} => subscribed($_) } $payer, $declined, $late, $reversed;
		$scene->press($checkout{ $payer->{id} }{payment_id}, 'pay');
		$scene->press($checkout{ $declined->{id} }{payment_id}, $_) for qw(decline pay);
		paid_twice($twice);
		$scene->press($checkout{ $reversed->{id} }{payment_id}, 'pay');
		# Paid, and given up before anybody knew.
		$scene->press($checkout{ $late->{id} }{payment_id}, 'processing');
		is($scene->post("/subscriptions/$checkout{ $late->{id} }{subscription}{id}/abandon", {}, $late)->{status}, 200, 'given up');
		$scene->sim('POST', "payments/$checkout{ $late->{id} }{payment_id}/transition", { status => 'succeeded' });
		webhooks(%$mode);

		if (!$is_heard)
		{
			$scene->sim('POST', 'webhooks/flush', { timeout_ms => 500 });
			is_unheard($name, @users);
			is($scene->status_of($payer), 'pending_payment', 'the payer waits');
			put_right($name, [ $payer, $declined, $reversed ], [ $late, $twice ]);
		}
		else
		{
			$scene->await('the activations', sub { $scene->status_of($payer) eq 'active' && $scene->status_of($reversed) eq 'active' });
			$scene->await('the refund', sub {
				$scene->value("select count(*) from veza_data.refund r join veza_data.payment p on p.id = r.payment_id where p.user_id = '$twice->{id}' and r.state = 'succeeded'") });
			put_right($name, [], [ $declined, $late, $twice ]);
		}
		is(join(' ', map { $scene->status_of($_) } $payer, $late), 'active active', 'who paid is served, also who had given up');
		is($scene->value("select count(*) from veza_data.subscription where user_id = '$twice->{id}' and status = 'active'"), 1, 'who paid twice is served once');
		# The provider's retries, once they are what they should be, change nothing more.
		webhooks();
		$scene->sim('POST', 'webhooks/flush', { timeout_ms => 2000 });
		$scene->settle;
		$scene->is_sound("$name; after the provider's retries");
		is($scene->value('select count(*) from (select entity_id from veza_data.state_history where machine = \'subscription\' and to_state = \'active\''
			. " and from_state <> 'active' group by 1 having count(*) > 1) x"), 0, 'nobody was activated twice');
	};
}

my $log = $stack->read_file("$stack->{dir}/postgres.log");
is(join(' ', $log =~ /(PANIC|XX00\d|terminated by signal)/g), '', 'nothing worse in the server log');
done_testing();
