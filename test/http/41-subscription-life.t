#!/usr/bin/perl
# The rest of a subscription's life: free plans, another plan, giving up,
# cancelling, an administrator's hand, time, and money that comes late.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(time);
use Veza::Test;

my $s = stack();
start_all($s);
my $admin = administrator($s);

sub active
{
	my ($plan, %o) = @_;
	my $u = creator($s);
	my $d = subscribe($s, $u, $plan // 'pro', %o);
	pay($s, $d->{payment_id});
	wait_until { subscription_status($s, $d->{subscription}{id}) eq 'active' } 'activation';
	return ($u, $d->{subscription}{id}, $d->{payment_id});
}

sub pending
{
	my ($plan, %o) = @_;
	my $u = creator($s);
	my $d = subscribe($s, $u, $plan // 'pro', %o);
	return ($u, $d->{subscription}{id}, $d->{payment_id});
}

# Moves our clock and the provider's forward; both only ever go forward here.
my $offset = 0;
sub advance
{
	my ($seconds) = @_;
	$offset += $seconds;
	sim($s, 'POST', 'clock', { offset_seconds => $offset });
	setting($s, 'clock_offset', $offset);
	return;
}

sub psp_status { my ($id) = @_; return (ledger_payment($s, $id) // {})->{status} // 'unknown' }
sub become { my ($id, $status, %o) = @_; return sim($s, 'POST', "payments/$id/transition", { status => $status, %o }) }
sub is_refunded
{
	my ($payment_id, $amount, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	wait_until { (ledger_payment($s, $payment_id)->{refunded_minor} // 0) == $amount } $name, 10;
	return is(ledger_payment($s, $payment_id)->{refunded_minor}, $amount, $name);
}

subtest 'plans' => sub {
	my $r = api($s)->get('/subscriptions/plans');
	is($r->brief, '200', 'for everybody');
	is_envelope($r, 'envelope');
	is_deeply([ map { "$_->{name} $_->{price_monthly_minor} $_->{price_yearly_minor} $_->{currency} " . ($_->{can_distribute} ? 'yes' : 'no') } @{ $r->data } ],
		[ 'free 0 0 EUR no', 'basic 499 4990 EUR no', 'pro 999 9990 EUR yes', 'artist 1999 19990 EUR yes' ], 'in order');
};

subtest 'what subscribing refuses' => sub {
	my $u = creator($s);
	my $ask = sub { $u->{api}->post('/subscriptions/subscribe', $_[0]) };
	is_refused($ask->({}), '400 VALIDATION_ERROR', 'no plan');
	is_refused($ask->({ plan_id => 'gold' }), '422 PLAN_INVALID', 'an unknown plan');
	is($ask->({ plan_id => uuid() })->brief, '422 PLAN_INVALID', 'an unknown id');
	is($ask->({ plan_id => 'pro', billing_cycle => 'weekly' })->brief, '400 VALIDATION_ERROR', 'an unknown cycle');
	is_deeply([ $ask->({ plan_id => 1, billing_cycle => 2 })->fields ], [qw(plan_id billing_cycle)], 'types');
	is_refused(api($s)->post('/subscriptions/subscribe', { plan_id => 'pro' }), '401 AUTH_REQUIRED', 'nobody');
	is_refused($u->{api}->post('/subscriptions/change-plan', { plan_id => 'pro' }), '404 NO_ACTIVE_SUBSCRIPTION', 'nothing to change');
	is($s->sql_value("select count(*) from veza_data.subscription where user_id = '$u->{id}'"), 0, 'nothing was written');
	my $by_id = subscribe($s, $u, '00000000-0000-4000-8000-000000000003');
	is($by_id->{subscription}{plan}{name}, 'pro', 'the id of a plan is as good as its name');
	is($u->{api}->post('/subscriptions/subscribe', { plan => 'PRO', cycle => 'monthly' })->data->{payment_id}, $by_id->{payment_id}, 'and so are the aliases');
};

subtest 'free plans' => sub {
	my $u = creator($s);
	my $r = $u->{api}->post('/subscriptions/subscribe', { plan_id => 'free' });
	is($r->brief, '201', 'a free plan');
	is_deeply([ @{ $r->data }{qw(client_secret payment_id payment_status)} ], [ undef, undef, undef ], 'has no payment');
	is($r->data->{subscription}{status}, 'active', 'and is active at once');
	is($r->data->{subscription}{current_period_end}, undef, 'without end');
	is_refused($u->{api}->post('/subscriptions/subscribe', { plan_id => 'free' }), '422 SAME_PLAN', 'once');
	my $paid = $u->{api}->post('/subscriptions/change-plan', { plan_id => 'pro' });
	is($paid->brief, '201', 'a paid one beside it');
	is($u->{api}->get('/subscriptions/current')->data->{plan}{name}, 'free', 'the free one stays');
	pay($s, $paid->data->{payment_id});
	wait_until { subscription_status($s, $paid->data->{subscription}{id}) eq 'active' } 'until the other is paid';
	is(subscription_status($s, $r->data->{subscription}{id}), 'canceled superseded', 'then it ends');
	is_refused($u->{api}->post('/subscriptions/subscribe', { plan_id => 'free' }), '409 ALREADY_SUBSCRIBED', 'no free one beside a paid one');
	my ($v, $id, $payment) = pending();
	is($v->{api}->post('/subscriptions/subscribe', { plan_id => 'free' })->brief, '201', 'a free one instead of a stalled payment');
	is(subscription_status($s, $id), 'expired superseded', 'which ends');
	wait_until { psp_status($payment) eq 'cancelled' } 'and is cancelled at the provider';
	is($v->{api}->post('/subscriptions/cancel', {})->data->{status}, 'canceled', 'a free one is cancelled at once');
};

subtest 'another plan while the payment is pending' => sub {
	my ($u, $first, $payment) = pending('basic');
	my $r = $u->{api}->post('/subscriptions/change-plan', { plan_id => 'pro' });
	is($r->brief, '201', 'a new subscription');
	my $second = $r->data->{subscription}{id};
	isnt($second, $first, 'beside the old one');
	isnt($r->data->{payment_id}, $payment, 'with a payment of its own');
	is($u->{api}->post("/subscriptions/complete/$first", undef)->data->{payment_id}, $payment, 'the old one can still be completed');
	is($u->{api}->post('/subscriptions/change-plan', { plan_id => 'pro' })->brief, '200', 'asking again resumes');
	pay($s, $r->data->{payment_id});
	wait_until { subscription_status($s, $second) eq 'active' } 'activation';
	is(subscription_status($s, $first), 'expired superseded', 'ends the old one');
	is_refused($u->{api}->post("/subscriptions/complete/$first", undef), '409 SUBSCRIPTION_NOT_PENDING', 'its recovery');
	is_refused($u->{api}->post('/subscriptions/subscribe', { plan_id => 'artist' }), '409 ALREADY_SUBSCRIBED', 'a second paid one');
	wait_until { psp_status($payment) eq 'cancelled' } 'its payment is cancelled';
	become($payment, 'succeeded');
	is_refunded($payment, 499, 'money that comes for it all the same goes back');
	is(subscription_status($s, $first), 'expired superseded', 'without reviving it');
	is($s->sql_value("select count(*) from veza_data.subscription where user_id = '$u->{id}' and status = 'active'"), 1, 'one is active');
};

subtest 'giving up' => sub {
	my ($u, $id, $payment) = pending();
	my $r = $u->{api}->post("/subscriptions/$id/abandon", undef);
	is($r->brief, '200', 'abandon');
	is_envelope($r, 'envelope');
	is($r->data->{status} . ' ' . $r->data->{end_reason}, 'expired user_abandoned', 'ends it at once');
	is_refused($u->{api}->post("/subscriptions/$id/abandon", undef), '409 SUBSCRIPTION_NOT_PENDING', 'once');
	wait_until { psp_status($payment) eq 'cancelled' } 'the payment is cancelled at the provider';
	my $again = subscribe($s, $u);
	isnt($again->{subscription}{id}, $id, 'one may subscribe again at once');
	pay($s, $again->{payment_id});
	wait_until { subscription_status($s, $again->{subscription}{id}) eq 'active' } 'and pay';

	($u, $id, $payment) = pending();
	$u->{api}->post("/subscriptions/$id/abandon", undef);
	wait_until { psp_status($payment) eq 'cancelled' } 'another one';
	become($payment, 'succeeded');
	wait_until { subscription_status($s, $id) eq 'active' } 'late money revives it';
	is($s->sql_value("select activation_source from veza_data.subscription where id = '$id'"), 'late', 'and is called late');
	is(distribute($s, $u)->brief, '201', 'the user is served');
	is(ledger_payment($s, $payment)->{refunded_minor}, 0, 'and nothing refunded');
};

subtest 'cancelling' => sub {
	my ($u, $id) = active();
	my $r = $u->{api}->post('/subscriptions/cancel', undef);
	is($r->brief, '200', 'at the end of the period');
	ok($r->data->{cancel_at_period_end} && $r->data->{status} eq 'active', 'it stays active until then');
	is(distribute($s, $u)->brief, '201', 'and serves');
	is($u->{api}->post('/subscriptions/cancel', { at_period_end => true })->brief, '200', 'again is no error');
	$r = $u->{api}->post('/subscriptions/reactivate', undef);
	is($r->brief, '200', 'reactivate');
	ok(!$r->data->{cancel_at_period_end}, 'takes it back');
	is($u->{api}->post('/subscriptions/reactivate', undef)->brief, '200', 'again is no error');
	$r = $u->{api}->post('/subscriptions/cancel', { at_period_end => false });
	is($r->data->{status} . ' ' . $r->data->{end_reason}, 'canceled user', 'now');
	is(distribute($s, $u, track_id => track($s, $u))->code, 'DISTRIBUTION_NOT_ELIGIBLE', 'and serves no more');
	is_refused($u->{api}->post('/subscriptions/reactivate', undef), '404 NO_ACTIVE_SUBSCRIPTION', 'what has ended cannot be reactivated');
	is_refused($u->{api}->post('/subscriptions/cancel', {}), '404 NO_ACTIVE_SUBSCRIPTION', 'nor cancelled');
	my ($v) = pending();
	$r = $v->{api}->post('/subscriptions/cancel', {});
	is_refused($r, '409 SUBSCRIPTION_INVALID_STATE', 'what is pending is abandoned instead');
	ok((grep { $_ eq 'abandon' } @{ $r->details->{allowed} // [] }), 'and the answer says so') or diag $r->body;
	is_refused($v->{api}->post('/subscriptions/reactivate', {}), '409 SUBSCRIPTION_INVALID_STATE', 'nor reactivated');
};

subtest "an administrator's hand" => sub {
	my ($u, $id, $payment) = pending();
	my $path = "/admin/subscriptions/$id/activate";
	is_refused($u->{api}->post($path, { reason => 'please' }), '403 AUTH_INSUFFICIENT_PERMISSIONS', 'not the own one');
	is_refused($admin->{api}->post($path, {}), '400 VALIDATION_ERROR', 'not without a reason');
	is_deeply([ $admin->{api}->post($path, { reason => "\t " })->fields ], ['reason'], 'nor with an empty one');
	my $r = $admin->{api}->post($path, { reason => 'a gift' });
	is($r->brief, '200', 'activate');
	ok($r->data->{status} eq 'active' && $r->data->{is_comp}, 'active, and given');
	is(distribute($s, $u)->brief, '201', 'it serves');
	wait_until { psp_status($payment) eq 'cancelled' } 'the open payment is cancelled';
	is($s->sql_value("select reason from veza_data.audit_log where action = 'subscription.activate' and resource_id = '$id'"), 'a gift', 'on record');
	is_refused($admin->{api}->post($path, { reason => 'again' }), '409 ALREADY_SUBSCRIBED', 'once');
	is_refused($admin->{api}->post('/admin/subscriptions/' . uuid() . '/activate', { reason => 'x' }), '404 SUBSCRIPTION_NOT_FOUND', 'an unknown one');
	become($payment, 'succeeded');
	is_refunded($payment, 999, 'money that comes for a gift goes back');
	my ($v, $ended) = pending();
	$v->{api}->post("/subscriptions/$ended/abandon", undef);
	is($admin->{api}->post("/admin/subscriptions/$ended/activate", { reason => 'x' })->brief, '200', 'one that has ended');
	my ($w, $live) = active();
	my $other = $s->sql_value("insert into veza_data.subscription (user_id, plan_id, status, billing_cycle, amount_minor, currency, pending_expires_at, created_at, updated_at)"
		. " select '$w->{id}', id, 'pending_payment', 'monthly', 1999, 'EUR', now() + interval '1 hour', now(), now() from veza_data.plan where name = 'artist' returning id");
	is_refused($admin->{api}->post("/admin/subscriptions/$other/activate", { reason => 'x' }), '409 ALREADY_SUBSCRIBED', 'not beside a paid one');
	$s->sql("delete from veza_data.subscription where id = '$other'");
};

subtest 'a declined card ends nothing' => sub {
	my ($u, $id, $payment) = pending();
	press_form($s, $payment, 'decline');
	wait_until { $s->sql_value("select state from veza_data.payment where psp_payment_id = '$payment'") eq 'failed' } 'the news';
	is(subscription_status($s, $id), 'pending_payment', 'it waits on');
	is(distribute($s, $u)->code, 'SUBSCRIPTION_PENDING_PAYMENT', 'with the way back');
	my $r = $u->{api}->post("/subscriptions/complete/$id", undef);
	is($r->brief, '200', 'which gives');
	my $next = $r->data->{payment_id};
	isnt($next, $payment, 'the next attempt');
	is($u->{api}->post("/subscriptions/complete/$id", undef)->data->{payment_id}, $next, 'and stays with it');
	is_deeply([ map { $_->{payment_id} } ledger_payments($s, $id) ], [ $payment, $next ], 'the provider knows both');
	pay($s, $next);
	wait_until { subscription_status($s, $id) eq 'active' } 'which activates';
	is(ledger_payment($s, $next)->{captured_minor}, 999, 'charged once');
};

subtest 'processing and authentication' => sub {
	my ($u, $id, $payment) = pending();
	press_form($s, $payment, 'authenticate');
	press_form($s, $payment, 'pay');
	wait_until { subscription_status($s, $id) eq 'active' } 'a bank that asks back';
	($u, $id, $payment) = pending();
	sim($s, 'POST', 'settings', { processing_outcome => 'none' });
	press_form($s, $payment, 'processing');
	wait_until { $s->sql_value("select state from veza_data.payment where psp_payment_id = '$payment'") eq 'processing' } 'processing';
	my $r = $u->{api}->post("/subscriptions/complete/$id", undef);
	is($r->brief . ' ' . $r->data->{payment_id} . ' ' . $r->data->{payment_status}, "200 $payment processing", 'recovery says that it is being processed');
	is(distribute($s, $u)->details->{payment_status}, 'processing', 'the gate too');
	become($payment, 'succeeded');
	wait_until { subscription_status($s, $id) eq 'active' } 'in the end';
};

subtest 'a lost webhook' => sub {
	my ($u, $id, $payment) = pending();
	sim($s, 'POST', 'webhooks/mode', { drop => 1 });
	pay($s, $payment);
	my $r = $u->{api}->post("/subscriptions/complete/$id", undef);
	is_refused($r, '409 SUBSCRIPTION_NOT_PENDING', 'recovery finds the money');
	is($r->details->{status}, 'active', 'and activates');
	is($s->sql_value("select activation_source from veza_data.subscription where id = '$id'"), 'recovery', 'by itself');
	is(distribute($s, $u)->brief, '201', 'the user is served');
};

subtest 'time' => sub {
	my ($u, $id, $payment) = pending();
	my ($paid, $paid_id, $paid_payment) = pending();
	my ($busy, $busy_id, $busy_payment) = pending();
	press_form($s, $busy_payment, 'processing');
	wait_until { $s->sql_value("select state from veza_data.payment where psp_payment_id = '$busy_payment'") eq 'processing' } 'processing';
	sim($s, 'POST', 'webhooks/mode', { drop => 1 });
	pay($s, $paid_payment);
	advance(82800 + 1);
	wait_until { subscription_status($s, $id) eq 'expired timeout' } 'after 23 hours it expires';
	wait_until { psp_status($payment) eq 'cancelled' } 'and is cancelled at the provider';
	wait_until { subscription_status($s, $paid_id) eq 'active' } 'one that was paid unheard of becomes active instead';
	is(subscription_status($s, $busy_id), 'pending_payment', 'one that is being processed waits on');
	is_refused($u->{api}->post("/subscriptions/complete/$id", undef), '409 SUBSCRIPTION_NOT_PENDING', 'recovery of the expired one');
	is(distribute($s, $u)->code, 'DISTRIBUTION_NOT_ELIGIBLE', 'is not pending any more');
	become($busy_payment, 'succeeded');
	wait_until { subscription_status($s, $busy_id) eq 'active' } 'and becomes active';

	become($payment, 'succeeded');
	wait_until { subscription_status($s, $id) eq 'active' } 'late money revives the expired one';
	is($s->sql_value("select activation_source from veza_data.subscription where id = '$id'"), 'late', 'and is called late');
	is(ledger_payment($s, $payment)->{refunded_minor}, 0, 'and kept');

	my ($v, $late_id, $late_payment) = pending();
	my ($w, $twice_id, $twice_payment) = pending();
	advance(82800 + 1);
	wait_until { subscription_status($s, $late_id) eq 'expired timeout' && subscription_status($s, $twice_id) eq 'expired timeout' } 'two more expire';
	my $new = subscribe($s, $w);
	pay($s, $new->{payment_id});
	wait_until { subscription_status($s, $new->{subscription}{id}) eq 'active' } 'the owner of one subscribes anew';
	become($twice_payment, 'succeeded');
	is_refunded($twice_payment, 999, 'money for the old one goes back');
	is(subscription_status($s, $twice_id), 'expired timeout', 'which stays ended');
	advance(259200 + 1);
	become($late_payment, 'succeeded');
	is_refunded($late_payment, 999, 'after three more days money is too late');
	is(subscription_status($s, $late_id), 'expired timeout', 'and revives nothing');
	is_deeply([ $s->sql("select distinct r.reason, r.state from veza_data.refund r join veza_data.payment p on p.id = r.payment_id where p.psp_payment_id in ('$late_payment', '$twice_payment')") ],
		[ [ 'late', 'succeeded' ] ], 'both refunds are on record as done');
};

subtest 'the end of a period' => sub {
	my ($u, $id) = active();
	my ($v, $kept) = active('pro', billing_cycle => 'yearly');
	$u->{api}->post('/subscriptions/cancel', {});
	advance(31 * 86400 + 60);
	is(distribute($s, $u)->code, 'DISTRIBUTION_NOT_ELIGIBLE', 'nothing is served beyond it, whatever the timer does');
	wait_until { subscription_status($s, $id) eq 'canceled period_end' } 'it ends';
	is(subscription_status($s, $kept), 'active', 'a yearly one goes on');
	is_refused($u->{api}->post('/subscriptions/reactivate', {}), '404 NO_ACTIVE_SUBSCRIPTION', 'and cannot be reactivated');
	is($u->{api}->post('/subscriptions/subscribe', { plan_id => 'pro' })->brief, '201', 'but subscribed to anew');
};

subtest 'the list' => sub {
	my $u = creator($s);
	my @ids = map { my $id = subscribe($s, $u, $_ % 2 ? 'pro' : 'basic')->{subscription}{id}; $u->{api}->post("/subscriptions/$id/abandon", undef); $id } 1 .. 5;
	my $r = $u->{api}->get('/subscriptions?limit=2');
	is_envelope($r, 'envelope');
	is_deeply([ map { $_->{id} } @{ $r->data } ], [ @ids[ 4, 3 ] ], 'newest first');
	is_deeply({ %{ $r->meta }, next_cursor => undef }, { page => 1, per_page => 2, total => 5, total_pages => 3, next_cursor => undef }, 'meta');
	my @seen;
	my $path = '/subscriptions?limit=2';
	while (1)
	{
		my $page = $u->{api}->get($path);
		push @seen, map { $_->{id} } @{ $page->data };
		last if !defined $page->meta->{next_cursor} || @seen > 9;
		$path = '/subscriptions?limit=2&cursor=' . $page->meta->{next_cursor};
	}
	is_deeply(\@seen, [ reverse @ids ], 'by cursor, each once');
	is_deeply([ map { $_->{id} } @{ $u->{api}->get('/subscriptions?limit=2&page=3')->data } ], [ $ids[0] ], 'by page');
	is_deeply($u->{api}->get('/subscriptions?limit=2&page=4')->data, [], 'beyond the end');
	for my $bad ('page=0', 'page=-1', 'page=x', 'limit=0', 'limit=101', 'limit=1e1', 'cursor=x', 'cursor=', 'page=100001', 'limit=2147483648')
	{
		my ($field) = split /=/, $bad;
		my $a = $u->{api}->get("/subscriptions?$bad");
		is($a->brief . ' ' . join(',', $a->fields), "400 VALIDATION_ERROR $field", $bad);
	}
	is_deeply([ $u->{api}->get('/subscriptions?page=0&limit=0&cursor=x')->fields ], [qw(page limit cursor)], 'all at once');
};

subtest 'the money' => sub {
	flush_webhooks($s);
	wait_until { !$s->sql_value("select count(*) from veza_data.effect where state in ('queued', 'leased')") } 'all effects are carried out';
	my $ledger = sim($s, 'GET', 'ledger');
	my %captured = map { $_->{payment_id} => $_->{captured_minor} } grep { $_->{captured_minor} > 0 } @{ $ledger->{payments} };
	my %refunded = map { $_->{payment_id} => $_->{refunded_minor} } grep { $_->{refunded_minor} > 0 } @{ $ledger->{payments} };
	my %known = map { @$_ } $s->sql("select psp_payment_id, amount_minor from veza_data.payment where state = 'succeeded'");
	my %returned = map { @$_ } $s->sql("select p.psp_payment_id, r.amount_minor from veza_data.refund r join veza_data.payment p on p.id = r.payment_id where r.state = 'succeeded'");
	is_deeply(\%captured, { map { $_ => $known{$_} + 0 } keys %known }, 'what the provider took is what we know');
	is_deeply(\%refunded, { map { $_ => $returned{$_} + 0 } keys %returned }, 'what it gave back too');
	my @kept = grep { !$refunded{$_} } sort keys %captured;
	is_deeply(\@kept, [ map { $_->[0] } $s->sql("select p.psp_payment_id from veza_data.subscription x join veza_data.payment p on p.id = x.payment_id order by p.psp_payment_id collate \"C\"") ],
		'every payment that was kept has served a subscription, and every served one was paid');
	is_deeply([ grep { $_->{status} eq 'requires_payment_method' && !$s->sql_value("select count(*) from veza_data.subscription x join veza_data.payment p on p.subscription_id = x.id where p.psp_payment_id = '$_->{payment_id}' and x.status = 'pending_payment'") } @{ $ledger->{payments} } ], [], 'nothing can still be paid that serves nothing');
	is_deeply([ grep { !$_->{payment_id_conforms} } @{ $ledger->{payments} } ], [], 'all ids conform');
	is_deeply([ audit_findings($s) ], [], 'the audit finds nothing');
};

done_testing;
