#!/usr/bin/perl
# The contract with the payment provider, judged by a validator of others: what veza-relay and the provider say to each
# other obeys the provider's published schema.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(sleep time);
use Veza::Schema;
use Veza::Test;

my $validator = Veza::Schema->new;
$validator->load('psp', 'draft-07', Veza::Stack->read_file("$Veza::Stack::TOP/test/psp/schema/hyperswitch-schemas.json"));
my $s = stack();

# What is wrong with a value by a schema of the provider's.
sub psp_problems { my ($schema, $value) = @_; return $validator->problems('psp', "/components/schemas/$schema", Veza::Http::encode($value)) }

subtest 'the validator refuses what is wrong' => sub {
	my %good = (payment_id => 'pay_' . 'a' x 26, amount => 999, currency => 'EUR');
	is_deeply([ psp_problems('PaymentsCreateRequest', \%good) ], [], 'a good one is good');
	for my $case ([ 'a text as amount', amount => '999' ], [ 'an unknown currency', currency => 'XYZ' ], [ 'a short id', payment_id => 'pay_1' ], [ 'no amount', amount => undef ])
	{
		my ($name, $member, $value) = @$case;
		my %bad = (%good, $member => $value);
		delete $bad{$member} if !defined $value;
		isnt(scalar(psp_problems('PaymentsCreateRequest', \%bad)), 0, $name);
	}
};

start_all($s);

sub pending  { my ($plan) = @_; my $u = creator($s); my $d = subscribe($s, $u, $plan // 'pro'); return ($u, $d->{subscription}{id}, $d->{payment_id}) }
sub at_rest  { return wait_until { !$s->sql_value("select count(*) from veza_data.effect where state in ('queued', 'leased')") } 'all effects are carried out' }
sub fault    { my (%o) = @_; return sim($s, 'POST', 'faults', { count => 1, %o }) }
sub become   { my ($payment, $status, %o) = @_; return sim($s, 'POST', "payments/$payment/transition", { status => $status, %o }) }
sub activate { my ($plan) = @_; my ($u, $id, $payment) = pending($plan); pay($s, $payment); wait_until { subscription_status($s, $id) eq 'active' } 'activation'; return ($u, $id, $payment) }

# Everything that the relay does at the provider, well and ill.
subtest 'a run through all that is said to the provider' => sub {
	my ($u, $id, $payment) = activate();
	is(distribute($s, $u)->brief, '201', 'created, paid, served');

	# The provider forgets a payment and knows it again: the second create is HE_01, and a GET follows.
	my ($v, $second, $other) = pending();
	fault(op => 'retrieve', mode => 'status', status => 404, code => 'HE_02', message => 'unknown');
	is($v->{api}->post("/subscriptions/complete/$second", undef)->data->{payment_id}, $other, 'created twice, got back');
	$s->psql("call veza.reconcile_payment('$second')", role => 'veza_dba');

	# Dead sessions: cancelled, and made anew as another attempt.
	sim($s, 'POST', "payments/$other/expire", {});
	my $next = $v->{api}->post("/subscriptions/complete/$second", undef)->data->{payment_id};
	isnt($next, $other, 'a second attempt');
	is($v->{api}->post("/subscriptions/$second/abandon", undef)->brief, '200', 'given up');
	at_rest();
	is(ledger_payment($s, $next)->{status}, 'cancelled', 'and cancelled');

	# Money that nothing is due for goes back; the refund is asked after while it is pending.
	sim($s, 'POST', 'settings', { refund_outcome => 'pending' });
	my ($w, $basic, $cheap) = pending('basic');
	my $dear = subscribe($s, $w, 'pro');
	pay($s, $dear->{payment_id});
	wait_until { subscription_status($s, $basic) eq 'expired superseded' } 'the dear one replaces the cheap one';
	at_rest();
	become($cheap, 'succeeded');
	wait_until { $s->sql_value("select count(*) from veza_data.refund") } 'a refund';
	at_rest();
	my ($refund, $state) = @{ ($s->sql('select psp_refund_id, state from veza_data.refund'))[0] };
	is($state, 'pending', 'a refund that takes its time');
	sim($s, 'POST', 'settings', { refund_outcome => 'succeeded' });
	setting($s, 'clock_offset', 7 * 86400);
	wait_until { grep { $_->{path} =~ m{/refunds/\Q$refund\E$} } @{ sim($s, 'GET', 'requests')->{requests} } } 'is asked after';
	sim($s, 'POST', "refunds/$refund/transition", { status => 'succeeded' });
	wait_until { $s->sql_value('select state from veza_data.refund') eq 'succeeded' } 'and ends';
	setting($s, 'clock_offset', 0);

	# Too late to cancel: paid while it was given up, and nobody has heard of it.
	sim($s, 'POST', 'webhooks/mode', { drop => 1 });
	my ($x, $late, $paid) = pending();
	pay($s, $paid);
	$x->{api}->post("/subscriptions/$late/abandon", undef);
	at_rest();

	# Errors of every kind.
	for my $error ([ 500, 'HE_00' ], [ 422, 'HE_00' ], [ 400, 'IR_06' ], [ 429, 'HE_00' ])
	{
		my $y = creator($s);
		fault(op => 'create', mode => 'status', status => $error->[0], code => $error->[1], message => 'no');
		$y->{api}->post('/subscriptions/subscribe', { plan_id => 'pro' });
	}
	at_rest();
	my ($z, undef, $failing) = pending();
	become($failing, $_) for qw(processing failed);
	flush_webhooks($s);
};

# Method and path, the schema of the request, the schema of the answer.
my @calls = (
	[ qr{^POST /payments$}, 'PaymentsCreateRequest', 'PaymentsCreateResponseOpenApi', 'create' ],
	[ qr{^GET /payments/pay_\w{26}$}, undef, 'PaymentsResponse', 'retrieve' ],
	[ qr{^POST /payments/pay_\w{26}/cancel$}, 'PaymentsCancelRequest', undef, 'cancel' ],
	[ qr{^POST /refunds$}, 'RefundRequest', 'RefundResponse', 'refund' ],
	[ qr{^GET /refunds/ref_\w{26}$}, undef, 'RefundResponse', 'refund_retrieve' ]);

subtest "the provider's schema" => sub {
	my %seen;
	for my $r (@{ sim($s, 'GET', 'requests')->{requests} })
	{
		my $what = "$r->{method} $r->{path}";
		my ($call) = grep { $what =~ $_->[0] } @calls;
		if (!$call) { fail("$what: is in the schema"); next }
		my ($request, $answer, $name) = @$call[ 1 .. 3 ];
		my $error = ref $r->{response_body} eq 'HASH' ? $r->{response_body}{error} : undef;
		$seen{ $name . ($r->{query}{force_sync} ? ' force_sync' : '') . ($error ? " $error->{code}" : '') }++;
		my @problems;
		push @problems, map { "request: $_" } defined $request ? psp_problems($request, $r->{request_body}) : defined $r->{request_body} ? 'has a body' : ();
		push @problems, 'no Content-Type' if defined $request && ($r->{headers}{'content-type'} // '') ne 'application/json';
		# The documented error is the wrapped one's inside, with another name for its type.
		push @problems, map { "error: $_" } psp_problems('GenericErrorResponseOpenApi', { %$error, error_type => $error->{type} }) if $error;
		push @problems, map { "answer: $_" } psp_problems($answer, $r->{response_body}) if $r->{status} == 200 && defined $answer;
		is_deeply(\@problems, [], "$r->{seq}: $what: $r->{status}") or diag explain $r;
	}
	for my $expected ('create', 'create HE_01', 'create HE_00', 'create IR_06', 'retrieve', 'retrieve HE_02', 'retrieve force_sync', 'cancel', 'cancel IR_16', 'refund', 'refund_retrieve')
	{
		ok($seen{$expected}, "was said: $expected") or diag explain \%seen;
	}
};

# As they were sent; the inbox keeps what the rules read.
subtest "the provider's webhooks" => sub {
	my %seen;
	for my $hook (@{ sim($s, 'GET', 'webhooks')->{webhooks} })
	{
		my ($type, $text) = @$hook{qw(event_type body)};
		$seen{$type}++;
		is_deeply([ $validator->problems('psp', '/components/schemas/OutgoingWebhook', $text) ], [], $type) or diag $text;
	}
	ok($seen{$_}, "was sent: $_") for qw(payment_succeeded payment_failed payment_processing payment_cancelled refund_succeeded);
};

done_testing;
