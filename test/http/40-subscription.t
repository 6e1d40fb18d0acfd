#!/usr/bin/perl
# The stalled payment: what it blocks, how its owner gets back to it, and the
# acceptance cases of the recovery path, over HTTP and from psql.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(time);
use Veza::Test;

my $s = stack();
start_all($s);
my @checkout = sort qw(subscription client_secret payment_id payment_status);
my @shape = sort qw(id user_id plan_id plan status billing_cycle amount_minor currency is_comp payment_id complete_url
	pending_expires_at activated_at current_period_start current_period_end cancel_at_period_end ended_at end_reason created_at updated_at);

# How many calls the provider has answered.
sub calls { return sim($s, 'GET', 'requests')->{last_seq} }

# Everything that subscriptions and payments consist of, as one text.
sub rows
{
	# Mails leave on their own time.
	return $s->sql_value('select ' . join ' || ', map { "coalesce((select string_agg(t::text, '|' order by t::text) from veza_data.$_), '')" }
		  'subscription t', 'payment t', 'refund t', "effect t where kind <> 'mail_send'", "state_history t where machine <> 'effect'", 'distribution t');
}

sub is_checkout
{
	my ($r, $status, $name) = @_;
	is($r->brief, $status, $name) or diag $r->body;
	is_envelope($r, "$name: envelope");
	return is_deeply([ sort keys %{ $r->data } ], \@checkout, "$name: members");
}

subtest 'the story, over HTTP' => sub {
	my $u = creator($s);
	my $r = $u->{api}->post('/subscriptions/subscribe', { plan_id => 'pro', billing_cycle => 'monthly' });
	is_checkout($r, '201', 'subscribe');
	my $d = $r->data;
	my $id = $d->{subscription}{id};
	is_deeply([ sort keys %{ $d->{subscription} } ], \@shape, 'the subscription');
	is("$d->{subscription}{status} $d->{subscription}{plan}{name} $d->{subscription}{amount_minor} $d->{subscription}{currency}", 'pending_payment pro 999 EUR', 'waits for its payment');
	is($d->{subscription}{user_id}, $u->{id}, 'is the own one');
	like($d->{payment_id}, qr/^pay_[a-z2-7]{26}$/, 'payment id');
	like($d->{client_secret}, qr/^\Q$d->{payment_id}\E_secret_\w+$/, 'client secret');
	is($d->{subscription}{complete_url}, "/api/v1/subscriptions/complete/$id", 'the way back');

	my $gate = distribute($s, $u);
	is_refused($gate, '403 SUBSCRIPTION_PENDING_PAYMENT', 'distribution');
	is($gate->json->{message}, 'Complete the payment to enable distribution.', 'in these words');
	is($gate->details->{subscription_id}, $id, 'details name the subscription');
	is($gate->details->{complete_url}, "/api/v1/subscriptions/complete/$id", 'and the way back');
	is($u->{api}->get('/distributions/eligibility')->data->{reason}, 'pending_payment', 'eligibility says the same');

	# The client follows complete_url as it stands.
	for my $n (1 .. 5)
	{
		my $again = root($s)->as($u->{token})->post($gate->details->{complete_url}, undef);
		is_checkout($again, '200', "recovery $n");
		is_deeply([ @{ $again->data }{qw(payment_id client_secret)} ], [ @$d{qw(payment_id client_secret)} ], 'the same payment');
		is($again->data->{subscription}{status}, 'pending_payment', 'still pending');
	}
	my @all = $u->{api}->parallel(map { [ POST => "/subscriptions/complete/$id", undef ] } 1 .. 20);
	is_deeply([ grep { $_ ne '200' } map { $_->brief } @all ], [], 'twenty at once are all answered');
	is_deeply([ grep { $_ ne "$d->{payment_id} $d->{client_secret}" } map { join ' ', map { $_ // '-' } @{ $_->data // {} }{qw(payment_id client_secret)} } @all ], [], 'with the same payment');
	my @known = ledger_payments($s, $id);
	is(scalar @known, 1, 'the provider knows one payment');
	is("$known[0]{creates_received} $known[0]{creates_done}", '1 ' . true, 'created once');

	pay($s, $d->{payment_id});
	wait_until { subscription_status($s, $id) eq 'active' } 'the webhook', 5;
	my $current = $u->{api}->get('/subscriptions/current')->data;
	is("$current->{id} $current->{status}", "$id active", 'active');
	ok(defined $current->{current_period_end} && defined $current->{activated_at}, 'with a period');
	is($s->sql_value("select activation_source from veza_data.subscription where id = '$id'"), 'webhook', 'by the webhook');
	my $done = distribute($s, $u);
	is($done->brief, '201', 'distribution');
	is($done->header('Location'), '/api/v1/distributions/' . $done->data->{id}, 'Location');
	is("$done->{json}{data}{subscription_id} $done->{json}{data}{status}", "$id submitted", 'submitted under this subscription');
	my $after = $u->{api}->post("/subscriptions/complete/$id", undef);
	is_refused($after, '409 SUBSCRIPTION_NOT_PENDING', 'recovery after the payment');
	is($after->details->{status}, 'active', 'says that it is active');
	is(ledger_payment($s, $d->{payment_id})->{captured_minor}, 999, 'the money is there, once');
	is($s->sql_value("select count(*) from veza_data.subscription where user_id = '$u->{id}'"), 1, 'one subscription');
};

subtest 'the story, from psql' => sub {
	my $u = creator($s);
	my $act = "select veza.act_as('$u->{id}', 'a test');\n";
	my $call = sub {
		my ($sql) = @_;
		my ($out, $err, $code) = $s->psql($act . $sql, role => 'veza_dba');
		is($code, 0, $sql) or diag $err;
		my ($json) = $out =~ /(\{.*\})/s;
		return Veza::Http::decode((split /\x1f/, $json // '')[0]) // {};
	};
	my $d = $call->(q{call veza.subscription_subscribe('pro', 'yearly');});
	my $id = $d->{subscription}{id};
	is("$d->{subscription}{status} $d->{subscription}{amount_minor}", 'pending_payment 9990', 'subscribe');
	like($d->{client_secret}, qr/^\Q$d->{payment_id}\E_secret_/, 'client secret');

	my (undef, $err, $code) = $s->psql("$act select veza.distribution_submit('$u->{track}');", role => 'veza_dba');
	isnt($code, 0, 'distribution is refused');
	like($err, qr/ERROR:  complete the payment to enable distribution\n/, 'in these words');
	like($err, qr/DETAIL:  [^\n]*subscription_id: \Q$id\E/, 'naming the subscription');
	my ($next) = $err =~ /HINT:  Get the payment back with (CALL veza\.subscription_complete\('[^']+'\);)/;
	ok($next, 'and the next step') or diag $err;

	for my $n (1 .. 3)
	{
		my $again = $call->($next);
		is("$again->{payment_id} $again->{client_secret}", "$d->{payment_id} $d->{client_secret}", 'which gives the same payment back');
	}
	is(scalar(ledger_payments($s, $id)), 1, 'the provider knows one');
	(undef, $err, $code) = $s->psql("$act begin; $next commit;", role => 'veza_dba');
	like($err, qr/cannot run inside a transaction block.*HINT:/s, 'not inside a transaction, and it says so');
	(undef, $err, $code) = $s->psql($next, role => 'veza_dba');
	like($err, qr/ERROR:  authentication is required\n.*act_as/s, 'not as nobody');
	pay($s, $d->{payment_id});
	wait_until { subscription_status($s, $id) eq 'active' } 'the webhook', 5;
	my $done = $call->("select veza.distribution_submit('$u->{track}');");
	is($done->{status}, 'submitted', 'distribution');
	like($s->sql_value("select string_agg(distinct actor_kind, ' ' order by actor_kind) from veza_data.state_history where entity_id in ('$id', '$done->{id}')"), qr/dba/, 'on record as done by a DBA');
	is($s->sql_value("select count(*) > 0 from veza_data.audit_log where action = 'dba.act_as' and resource_id = '$u->{id}' and reason = 'a test'"), 't', 'who acted is in the audit log');
};

# The acceptance cases of the recovery path, by their names.

subtest 'case 1: no row' => sub {
	my $u = register($s);
	my $r = $u->{api}->get('/subscriptions/pending');
	is($r->brief, '200', 'is no error');
	is($r->data, undef, 'none');
	is($u->{api}->get('/subscriptions/current')->data, undef, 'nor a current one');
	is_deeply($u->{api}->get('/subscriptions')->data, [], 'nor any');
};

my $active = creator($s);
$active->{subscription} = subscribe($s, $active);
pay($s, $active->{subscription}{payment_id});
wait_until { subscription_status($s, $active->{subscription}{subscription}{id}) eq 'active' } 'an active one';

subtest 'case 2: an active row is invisible' => sub {
	is($active->{api}->get('/subscriptions/pending')->data, undef, 'none is pending');
	is($active->{api}->get('/subscriptions/current')->data->{status}, 'active', 'the current one is active');
};

my $pending = creator($s);
$pending->{subscription} = subscribe($s, $pending, 'basic');

subtest 'case 3: a pending row comes with its plan' => sub {
	my $d = $pending->{api}->get('/subscriptions/pending')->data;
	is($d->{id}, $pending->{subscription}{subscription}{id}, 'the row');
	is("$d->{plan}{name} $d->{plan}{price_monthly_minor} $d->{plan}{currency}", 'basic 499 EUR', 'the plan');
	is($d->{plan}{id}, $d->{plan_id}, 'its id');
};

subtest 'case 4: the newest of several' => sub {
	my $u = creator($s);
	my @made = map { subscribe($s, $u, @$_)->{subscription}{id} } [ 'basic' ], [ 'pro' ], [ 'pro', billing_cycle => 'yearly' ];
	is(scalar(keys %{ { map { $_ => 1 } @made } }), 3, 'three pending ones');
	is($u->{api}->get('/subscriptions/pending')->data->{id}, $made[2], 'the newest');
	is($u->{api}->get('/subscriptions/current')->data->{id}, $made[2], 'is the current one too');
	is(distribute($s, $u)->details->{subscription_id}, $made[2], 'and the gate names it');
	is_deeply([ map { $_->{id} } @{ $u->{api}->get('/subscriptions')->data } ], [ reverse @made ], 'the list is newest first');
	my $again = subscribe($s, $u, 'basic');
	is($again->{subscription}{id}, $made[0], 'asking again for an older plan resumes its row');
	pay($s, $again->{payment_id});
	wait_until { subscription_status($s, $made[0]) eq 'active' } 'activation';
	is(subscription_status($s, $_), 'expired superseded', 'the others are superseded') for @made[ 1, 2 ];
	wait_until { !grep { $_->{status} ne 'cancelled' } map { ledger_payments($s, $_) } @made[ 1, 2 ] } 'and their payments cancelled';
};

subtest 'case 5: the happy path, with its key' => sub {
	my $u = creator($s);
	my $d = subscribe($s, $u);
	my $id = $d->{subscription}{id};
	my $r = $u->{api}->post("/subscriptions/complete/$id", undef);
	is_checkout($r, '200', 'recovery');
	my ($payment) = ledger_payments($s, $id);
	is_deeply($payment->{idempotency_keys}, [$id], 'the provider saw the subscription as idempotency key');
	is("$payment->{metadata}{subscription_id} $payment->{merchant_order_reference_id}", "$id $id", 'and as metadata');
	is("$payment->{amount} $payment->{currency}", '999 EUR', 'with the price');
	is(subscription_status($s, $id), 'pending_payment', 'the status stays');
};

subtest 'case 6: another user' => sub {
	my $mallory = creator($s);
	my $before = calls();
	my $rows = rows();
	my $id = $pending->{subscription}{subscription}{id};
	my ($foreign, $unknown) = map { $mallory->{api}->post("/subscriptions/complete/$_", undef) } $id, uuid();
	is_refused($foreign, '404 SUBSCRIPTION_NOT_FOUND', 'not found');
	is($foreign->comparable, $unknown->comparable, 'exactly like an unknown one');
	is(calls(), $before, 'the provider was not called');
	for my $call ([ GET => '/subscriptions/:id' ], [ POST => '/subscriptions/:id/abandon' ])
	{
		my ($f, $un) = map { my $path = $call->[1] =~ s/:id/$_/r; $mallory->{api}->request($call->[0], $path) } $id, uuid();
		is($f->brief, '404 SUBSCRIPTION_NOT_FOUND', "$call->[0] $call->[1]");
		is($f->comparable, $un->comparable, 'exactly like an unknown one');
		is_deeply([ sort keys %{ $f->{headers} } ], [ sort keys %{ $un->{headers} } ], 'with the same headers');
	}
	is(rows(), $rows, 'nothing was written');
};

subtest 'case 7: not pending' => sub {
	my $before = calls();
	my $r = $active->{api}->post("/subscriptions/complete/$active->{subscription}{subscription}{id}", undef);
	is_refused($r, '409 SUBSCRIPTION_NOT_PENDING', 'a conflict');
	is_deeply($r->details, { status => 'active', subscription_id => $active->{subscription}{subscription}{id} }, 'details');
	is(calls(), $before, 'the provider was not called');
};

subtest 'case 9: the provider fails' => sub {
	my $id = $pending->{subscription}{subscription}{id};
	my $row = sub { $s->sql_value("select to_jsonb(t) - 'updated_at' from veza_data.subscription t where id = '$id'") };
	my $before = $row->();
	sim($s, 'POST', 'faults', { op => 'retrieve', mode => 'status', status => 400, code => 'IR_06', message => 'nothing for users', count => -1 });
	my $r = $pending->{api}->post("/subscriptions/complete/$id", undef);
	sim($s, 'DELETE', 'faults');
	is_refused($r, '502 PAYMENT_PROVIDER_ERROR', 'bad gateway');
	is($r->details->{cause}, 'IR_06', 'the cause is recognisable');
	unlike($r->body, qr/nothing for users/, 'but not quoted');
	is($r->details->{complete_url}, "/api/v1/subscriptions/complete/$id", 'with the way back');
	like($r->header('Retry-After') // '', qr/^[1-9]\d*$/, 'and when');
	is($row->(), $before, 'nothing changed in the row');
	is($pending->{api}->post("/subscriptions/complete/$id", undef)->data->{payment_id}, $pending->{subscription}{payment_id}, 'later it works');
};

subtest 'case 10: the gate, with a stalled payment' => sub {
	my $u = creator($s);
	my $id = subscribe($s, $u)->{subscription}{id};
	my $before = $s->sql_value('select count(*) from veza_data.distribution');
	my $r = distribute($s, $u);
	is_refused($r, '403 SUBSCRIPTION_PENDING_PAYMENT', 'forbidden');
	is($r->json->{message}, 'Complete the payment to enable distribution.', 'in these words');
	is($s->sql_value('select count(*) from veza_data.distribution'), $before, 'no submission was made');
	is(distribute($s, $u, track_id => uuid())->code, 'SUBSCRIPTION_PENDING_PAYMENT', 'before the track is looked at');
	is($u->{api}->post('/distributions', {})->code, 'SUBSCRIPTION_PENDING_PAYMENT', 'or missed');
	my $listener = register($s);
	subscribe($s, $listener);
	is($listener->{api}->post('/distributions', {})->code, 'SUBSCRIPTION_PENDING_PAYMENT', 'and before the role');
	is($s->sql_value("select count(*) from veza_data.gate_refusal where subscription_id = '$id'"), 3, 'each refusal is on record');
	my $basic = creator($s);
	subscribe($s, $basic, 'basic');
	$r = distribute($s, $basic);
	is($r->code, 'SUBSCRIPTION_PENDING_PAYMENT', 'a plan without distribution');
	ok($r->details->{upgrade_required} && !$r->details->{plan_can_distribute}, 'is said to need an upgrade');
};

subtest 'case 11: the gate, with nothing' => sub {
	my $u = creator($s);
	my $r = distribute($s, $u);
	is_refused($r, '403 DISTRIBUTION_NOT_ELIGIBLE', 'forbidden');
	unlike($r->json->{message}, qr/Complete the payment/, 'in other words');
	ok(!exists $r->details->{complete_url}, 'and not the way to a payment');
	subscribe($s, $u, 'free');
	is(distribute($s, $u)->code, 'DISTRIBUTION_NOT_ELIGIBLE', 'a free plan is not enough');
	my $id = subscribe($s, $u, 'pro')->{subscription}{id};
	is(distribute($s, $u)->code, 'SUBSCRIPTION_PENDING_PAYMENT', 'a free plan does not hide a stalled payment');
	$u->{api}->post("/subscriptions/$id/abandon", undef);
	is(distribute($s, $u)->code, 'DISTRIBUTION_NOT_ELIGIBLE', 'an ended one is not pending');
	is($active->{api}->post('/distributions', {})->brief, '400 VALIDATION_ERROR', 'behind the gate the track is needed');
	is(distribute($s, $active, track_id => $u->{track})->brief, '404 TRACK_NOT_FOUND', "and somebody else's is none");
	is(distribute($s, $active)->brief, '201', 'the own one is good');
	my $twice = distribute($s, $active);
	is_refused($twice, '409 DISTRIBUTION_ALREADY_SUBMITTED', 'once');
};

subtest 'ids that are none' => sub {
	for my $id ('x', '1', uuid() . '0', substr(uuid(), 1), uuid() =~ s/-//gr, '{' . uuid() . '}' =~ s/[{}]/%7B/r)
	{
		for my $call ([ POST => "/subscriptions/complete/$id" ], [ GET => "/subscriptions/$id" ], [ POST => "/subscriptions/$id/abandon" ])
		{
			next if $call->[0] eq 'GET' && $id =~ /^(?:plans|current|pending)$/;
			my $r = $pending->{api}->request($call->[0], $call->[1]);
			is($r->brief . ' ' . join(',', $r->fields), '400 VALIDATION_ERROR id', "$call->[0] $call->[1]");
		}
	}
	my $upper = uc $pending->{subscription}{subscription}{id};
	is($pending->{api}->get("/subscriptions/$upper")->brief, '200', 'capital letters are fine');
	is($pending->{api}->post('/subscriptions/complete/', undef)->brief, '404 ROUTE_NOT_FOUND', 'no id at all');
};

# Last, because it stops payments.
subtest 'case 8: no provider' => sub {
	my $id = $pending->{subscription}{subscription}{id};
	my $u = creator($s);
	$s->stop('relay');
	$s->start('relay', env => { HYPERSWITCH_ENABLED => 'false' });
	wait_until { ($s->sql_value('select bool_or(not provider_enabled) from veza_data.relay') // '') eq 't' } 'a relay without provider';
	my ($before, $rows) = (calls(), rows());
	for my $case ([ recovery => $pending->{api}->post("/subscriptions/complete/$id", undef) ],
		[ subscribe => $u->{api}->post('/subscriptions/subscribe', { plan_id => 'pro' }) ],
		[ resume => $pending->{api}->post('/subscriptions/subscribe', { plan_id => 'basic' }) ],
		[ change => $pending->{api}->post('/subscriptions/change-plan', { plan_id => 'artist' }) ])
	{
		my ($name, $r) = @$case;
		is_refused($r, '503 PAYMENT_PROVIDER_UNAVAILABLE', $name);
		is($r->details->{reason}, 'disabled', "$name: details say why");
		like($r->header('Retry-After') // '', qr/^[1-9]\d*$/, "$name: Retry-After");
		is_soon($r->seconds, 1, "$name: at once");
	}
	is(calls(), $before, 'the provider was not called');
	is(rows(), $rows, 'not a row was written');
	is($active->{api}->post("/subscriptions/complete/$active->{subscription}{subscription}{id}", undef)->code, 'SUBSCRIPTION_NOT_PENDING', 'the state comes before the provider');
	is($u->{api}->post("/subscriptions/complete/$id", undef)->code, 'SUBSCRIPTION_NOT_FOUND', 'and the owner before both');
	is($u->{api}->post('/subscriptions/subscribe', { plan_id => 'free' })->brief, '201', 'free plans work');
	is($pending->{api}->post("/subscriptions/$id/abandon", undef)->brief, '200', 'and giving up');
};

is_deeply([ audit_findings($s) ], [], 'the audit finds nothing');
done_testing;
