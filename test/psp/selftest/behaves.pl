# behaves.pl: the simulator does what the PSP does.
use strict;
use warnings;

use Digest::SHA qw(hmac_sha512_hex);
use Harness;
use HTTP::Tiny;
use Test::More;
use Time::HiRes qw(sleep time);

subtest 'start and routes' => sub {
	start_sim('--time-scale', '0.002', '--return-url', 'http://shop.example/done');
	is(sim_status('GET', 'health'), 200, 'control answers');
	is_error([call('GET', "$api/payments/x")], 401, 'IR_01', 'no key');
	is_error([call('GET', "$api/payments/x", undef, 'api-key' => "${KEY}x")], 401, 'IR_01', 'wrong key');
	is_error([psp('GET', '/payments/x')], 404, 'HE_02', 'unknown payment');
	is_error([psp('GET', '/refunds/x')], 404, 'HE_02', 'unknown refund');
	is_error([psp('DELETE', '/payments/x')], 405, 'IR_03', 'wrong method');
	is_error([psp('GET', '/nowhere')], 404, 'IR_02', 'wrong path');
	is(sim_status('GET', 'nowhere'), 404, 'control: wrong path');
	is(sim_status('POST', 'faults', '[]'), 400, 'control: not an object');
	is((psp('GET', '/payments/x', undef, 'X-Request-Id' => 'r1'))[2]{headers}{'x-request-id'}, 'r1', 'request id is echoed');
};

subtest 'create' => sub {
	fresh();
	my $id = new_id();
	my %body = (payment_id => $id, amount => 4999, currency => 'EUR', metadata => { a => 'b' },
		merchant_order_reference_id => 'order', customer_id => 'cus_1', session_expiry => 86400);
	my ($status, $made) = psp('POST', '/payments', \%body, 'Idempotency-Key' => 'key 1');
	is("$status $made->{status}", '200 requires_payment_method', 'created');
	like($made->{client_secret}, qr/^\Q$id\E_secret_[A-Za-z0-9]{20}$/, 'client secret');
	like($made->{expires_on}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, 'time with milliseconds');
	is_deeply([@$made{qw(metadata merchant_order_reference_id customer_id amount_received)}],
		[{ a => 'b' }, 'order', 'cus_1', undef], 'what was sent comes back');
	my @again = psp('POST', '/payments', { %body, amount => 1 }, 'Idempotency-Key' => 'key 2');
	is_error(\@again, 400, 'HE_01', 'duplicate');
	is_deeply([keys %{ $again[1] }], ['error'], 'and nothing of the first payment');
	my $seen = sim('GET', "payments/$id");
	is_deeply([@$seen{qw(creates_received creates_done idempotency_keys amount)}],
		[2, 1, ['key 1', 'key 2'], 4999], 'counted');
	is(scalar hooks(), 0, 'no webhook for a created payment');
	for my $case ([IR_04 => { currency => 'EUR' }], [IR_04 => { amount => 1 }],
		[IR_06 => { amount => '1', currency => 'EUR' }], [IR_06 => { amount => -1, currency => 'EUR' }],
		[IR_06 => { amount => 1, currency => 'eur' }], [IR_06 => { amount => 1, currency => 'ABC' }],
		[IR_06 => { amount => 1, currency => 'EUR', session_expiry => 59 }],
		[IR_06 => { amount => 1, currency => 'EUR', session_expiry => 7890001 }],
		[IR_06 => { amount => 1, currency => 'EUR', surprise => 1 }],
		[IR_06 => { amount => 1, currency => 'EUR', confirm => 'yes' }],
		[IR_06 => { amount => 1, currency => 'EUR', payment_id => 'a b' }],
		[IR_06 => { amount => 1, currency => 'EUR', payment_id => 'x' x 65 }],
		[IR_06 => { amount => 1, currency => 'EUR', payment_id => 7 }],
		[IR_06 => { amount => 1, currency => 'EUR', return_url => 'javascript:alert(1)' }],
		[IR_06 => { amount => 1, currency => 'EUR', metadata => { map { $_ => 1 } 1 .. 51 } }],
		[IR_06 => { amount => 1, currency => 'EUR', metadata => { 'k' x 41, 1 } }],
		[IR_06 => { amount => 1, currency => 'EUR', metadata => { k => 'v' x 501 } }],
		[IR_06 => '{"amount":1,"amount":1,"currency":"EUR"}'], [IR_06 => '[]'], [IR_06 => 'nonsense'])
	{
		is_error([psp('POST', '/payments', $case->[1])], 400, $case->[0],
			'refused: ' . substr(ref $case->[1] ? $json->encode($case->[1]) : $case->[1], 0, 60));
	}
	is((psp('POST', '/payments', '{"amount":1,"currency":"EUR","description":"' . 'x' x 1100000 . '"}'))[0],
		413, 'too large');
	is(length((psp('POST', '/payments', { amount => 0, currency => 'JPY' }))[1]{payment_id}), 30, 'an id is chosen');
	is(scalar @{ sim('GET', 'ledger')->{payments} }, 2, 'refused creates left nothing');
	is_error([psp('POST', '/customers', { customer_id => 'cus_1' })], 200, '-', 'customer');
	is_error([psp('POST', '/customers', { customer_id => 'cus_1' })], 400, 'IR_12', 'customer exists');
};

subtest 'webhooks: signature, one event per type, retries' => sub {
	fresh();
	my ($id) = create(metadata => { name => "Z\x{fc}rich \x{2713}" });
	sim('POST', 'settings', { manual_retry_enabled => true });
	press($id, 'decline');
	press($id, 'decline');
	press($id, 'pay');
	flush();
	my @got = hooks();
	is_deeply([map { $_->{body}{event_type} } @got], [qw(payment_failed payment_succeeded)],
		'a second decline is not announced');
	is($_->{signature}, hmac_sha512_hex($_->{raw}, $SECRET), 'signature over the raw bytes') for @got;
	is($got[0]{body}{content}{object}{status}, 'failed', 'snapshot of its own moment');
	is($got[1]{body}{content}{object}{attempt_count}, 3, 'attempts are counted');
	like($got[1]{body}{content}{object}{client_secret}, qr/_secret_/, 'snapshot holds the client secret');
	my @events = @{ sim('GET', 'webhooks')->{webhooks} };
	is_deeply([map { "$_->{event_type} $_->{attempts} $_->{last_status}" } @events],
		['payment_failed 1 200', 'payment_succeeded 1 200'], 'listed');

	forget_hooks();
	spew('plan', "500\n", "503\n", "302\n", "204\n");
	my $other = paid();
	sleep 2.2;
	@got = hooks();
	is(scalar @got, 4, 'three failures, then any 2xx ends it');
	my @gap = map { $got[$_]{at} - $got[$_ - 1]{at} } 1 .. $#got;
	# 60, 300 and 300 seconds, times 0.002
	ok(abs($gap[0] - 0.12) < 0.1, "first retry after $gap[0] s");
	ok(abs($gap[1] - 0.6) < 0.15 && abs($gap[2] - 0.6) < 0.15, "then after $gap[1] and $gap[2] s");
	is(scalar(grep { $_->{raw} eq $got[0]{raw} && $_->{signature} eq $got[0]{signature} } @got), 4, 'the same bytes');
	is(sim('GET', 'webhooks')->{webhooks}[-1]{state}, 'delivered', 'and delivered');

	forget_hooks();
	spew('plan', ("500\n") x 30);
	paid();
	flush();
	for my $step (1 .. 16) { sim('POST', 'clock', { offset_seconds => $step * 44 }); flush(); sleep 0.02; flush() }
	is(scalar hooks(), 17, 'one delivery and sixteen retries over a day');
	is(sim('GET', 'webhooks')->{webhooks}[-1]{state}, 'gave_up', 'then it gives up');
};

subtest 'hosted checkout' => sub {
	fresh();
	my ($id) = create(description => '<script>"&\'', return_url => 'https://shop.example/back?a=1', amount => 5);
	my $page = $http->get("$api/checkout/$id");
	is("$page->{status} $page->{headers}{'content-type'}", '200 text/html; charset=utf-8', 'page');
	like($page->{content}, qr/>0\.05 EUR</, 'amount in major units');
	like($page->{content}, qr/&lt;script&gt;&quot;&amp;&#39;/, 'escaped');
	unlike($page->{content}, qr/<script/, 'no script');
	like($page->{content}, qr{action="/checkout/\Q$id\E/$_"}, "button $_") for qw(pay decline cancel processing authenticate);
	like($page->{content}, qr{https://shop.example/back\?a=1&amp;payment_id=\Q$id\E&amp;status=requires_payment_method}, 'way back');
	like($http->get("$api/checkout/" . (create(currency => $_->[0], amount => 1234))[0])->{content}, qr/>\Q$_->[1]\E</, $_->[1])
		for ['JPY', '1234 JPY'], ['KWD', '1.234 KWD'];
	is($http->get("$api/checkout/$id?client_secret=wrong")->{status}, 403, 'wrong secret in the query');
	is($http->get("$api/checkout/nobody")->{status}, 404, 'unknown payment');
	is(press($id, 'pay', $_)->{status}, 403, "secret '$_' is refused") for '', 'wrong', "${id}_secret_";
	is(status_of($id), 'requires_payment_method', 'and nothing happened');
	my $secret = sim('GET', "payments/$id")->{client_secret};
	my $no_follow = HTTP::Tiny->new(max_redirect => 0);
	my $pressed = $no_follow->post("$api/checkout/$id/pay", { content => 'x=1&client_secret=' . join '', map { sprintf '%%%02x', ord } split //, $secret });
	is("$pressed->{status} $pressed->{headers}{location}", "303 /checkout/$id?client_secret=$secret", 'back to the page');
	is(status_of($id), 'succeeded', 'paid');
	unlike($http->get("$api/checkout/$id")->{content}, qr/<form/, 'a final payment has no buttons');
	is(press($id, 'pay', $secret, Accept => 'application/json')->{status}, 400, 'and cannot be paid again');
	($id) = create();
	like($http->get("$api/checkout/$id")->{content}, qr{http://shop.example/done\?}, 'default way back');
	is_deeply($json->decode(press($id, 'decline', undef, Accept => 'application/json')->{content}),
		{ payment_id => $id, status => 'failed' }, 'declined, answered as JSON');
	($id) = create();
	press($id, 'cancel');
	is(status_of($id), 'cancelled', 'cancelled');
	($id) = create();
	press($id, 'processing');
	is(status_of($id), 'processing', 'processing');
	is((psp('GET', "/payments/$id?force_sync=true"))[1]{status}, 'succeeded', 'until the connector is asked');
	($id) = create();
	press($id, 'authenticate');
	my $body = (psp('GET', "/payments/$id"))[1];
	is($body->{status}, 'requires_customer_action', 'authentication');
	like($body->{next_action}{redirect_to_url}, qr{^\Q$api\E/checkout/$id}, 'points to the page');
	press($id, 'pay');
	is(status_of($id), 'succeeded', 'then paid');
	flush();
	is_deeply([map { $_->{body}{event_type} } grep { $_->{body}{content}{object}{payment_id} eq $id } hooks()],
		[qw(action_required payment_succeeded)], 'both announced');
	is($http->post("$api/checkout/$id/pay", { content => 'x' x 20000 })->{status}, 413, 'bounded form');
};

subtest 'state rules' => sub {
	fresh();
	my ($id) = create(session_expiry => 60);
	is((psp('POST', "/payments/$id", { amount => 777, session_expiry => 600 }))[1]{amount}, 777, 'an open payment is updated');
	is(sim('GET', "payments/$id")->{session_expiry}, 60, 'but its session is not extended');
	sim('POST', 'clock', { offset_seconds => 61 });
	is_error([psp('POST', "/payments/$id/confirm", {})], 400, 'IR_08', 'expired session');
	is(press($id, 'pay')->{status}, 400, 'on the page too');
	is(status_of($id), 'requires_payment_method', 'it does not change by itself');
	is(sim('POST', "payments/$id/expire")->{status}, 'expired', 'expired on command');
	is(sim_status('POST', "payments/$id/expire"), 409, 'once');
	sim('POST', 'clock', { offset_seconds => 0 });
	($id) = create();
	my ($status, undef, $response) = psp('POST', "/payments/$id/cancel", { cancellation_reason => 'abandoned' });
	is("$status '$response->{content}'", "200 ''", 'cancel answers with an empty body');
	is((psp('GET', "/payments/$id"))[1]{cancellation_reason}, 'abandoned', 'the reason is kept');
	is_error([psp('POST', "/payments/$id/$_", {})], 400, 'IR_16', "$_ after cancel") for 'cancel', 'confirm';
	is_error([psp('POST', "/payments/$id", { amount => 1 })], 400, 'IR_16', 'update after cancel');
	is_error([psp('POST', "/payments/$id/capture", {})], 400, 'IR_14', 'capture after cancel');
	for my $state (qw(failed succeeded cancelled processing requires_merchant_action review))
	{
		my ($other) = create();
		sim('POST', "payments/$other/transition", { status => $state });
		is_error([psp('POST', "/payments/$other/$_", {})], 400, 'IR_16', "$_ in $state") for qw(cancel confirm);
	}
	($id) = create(capture_method => 'manual');
	press($id, 'pay');
	is(status_of($id), 'requires_capture', 'manual capture');
	is_error([psp('POST', "/payments/$id/capture", { amount_to_capture => 5000 })], 400, 'IR_06', 'too much');
	is((psp('POST', "/payments/$id/capture", { amount_to_capture => 4000 }))[1]{status}, 'partially_captured', 'less');
	($id) = create();
	my $secret = sim('GET', "payments/$id")->{client_secret};
	my %public = ('api-key' => $PUBLIC);
	is_error([psp('GET', "/payments/$id", undef, %public)], 400, 'IR_08', 'publishable key needs the secret');
	is_error([psp('GET', "/payments/$id?client_secret=x", undef, %public)], 400, 'IR_09', 'the right one');
	is((psp('GET', "/payments/$id?client_secret=$secret", undef, %public))[0], 200, 'and then reads');
	is_error([psp('POST', "/payments/$id/cancel", {}, %public)], 401, 'IR_01', 'but does not cancel');
	my $odd = sim('POST', "payments/$id/transition", { status => 'teleported', amount => 1, currency => 'USD', webhook => false });
	is(status_of($id), 'teleported', 'an unknown word can be forced');
	is("$odd->{amount} $odd->{currency}", '1 USD', 'and other money');
	is((psp('POST', '/payments', { amount => 4999, currency => 'EUR', customer_id => 'c', recurring_details => { type => 'payment_method_id', data => 'pm' } }))[1]{error}{code},
		'IR_16', 'a stored instrument needs confirm and off_session');
	my %mit = (confirm => true, off_session => true, customer_id => 'c', recurring_details => { type => 'payment_method_id', data => 'pm' });
	for my $outcome (qw(succeeded failed processing))
	{
		sim('POST', 'settings', { mit_outcome => $outcome });
		is((create(%mit))[1]{status}, $outcome, "renewal: $outcome");
	}
	is((psp('GET', '/payments/' . paid(customer_id => 'c', setup_future_usage => 'off_session')))[1]{payment_method_id},
		(psp('GET', '/payments/' . paid(customer_id => 'c', setup_future_usage => 'off_session')))[1]{payment_method_id}, 'a stable instrument');
};

subtest 'refunds and totals' => sub {
	fresh();
	my $id = paid(amount => 1000);
	my ($open) = create();
	my $refund = sub { my (%more) = @_; return [psp('POST', '/refunds', { payment_id => $id, refund_id => new_id('ref'), %more })] };
	is_error($refund->(payment_id => 'nobody'), 404, 'HE_02', 'of nothing');
	is_error($refund->(payment_id => $open), 400, 'IR_14', 'of an open payment');
	is_error($refund->(amount => 99), 400, 'IR_06', 'below the minimum');
	is_error($refund->(amount => 1001), 400, 'IR_13', 'more than captured');
	my ($status, $body) = @{ $refund->(amount => 300, refund_id => 'ref_a', reason => 'duplicate') };
	is("$status $body->{status} $body->{amount}", '200 succeeded 300', 'refunded');
	is_error($refund->(amount => 300, refund_id => 'ref_a'), 400, 'HE_01', 'duplicate');
	is_error($refund->(amount => 701), 400, 'IR_13', 'more than is left');
	sim('POST', 'settings', { refund_outcome => 'pending' });
	is($refund->(amount => 700, refund_id => 'ref_b')->[1]{status}, 'pending', 'pending');
	is_error($refund->(amount => 100), 400, 'IR_13', 'a pending refund holds its amount');
	sim('POST', 'refunds/ref_b/transition', { status => 'failed' });
	is((psp('GET', '/refunds/ref_b'))[1]{status}, 'failed', 'fails on command');
	sim('POST', 'settings', { refund_outcome => 'succeeded' });
	is_error($refund->(amount => 700), 200, '-', 'and gives its amount back');
	flush();
	is_deeply([map { $_->{body}{event_type} } hooks()], [qw(payment_succeeded refund_succeeded refund_failed refund_succeeded)], 'announced');
	is((psp('GET', "/payments/$id"))[1]{state_metadata}{total_refunded_amount}, 1000, 'seen in the payment');
	paid(amount => 5, currency => 'USD');
	my $ledger = sim('GET', 'ledger');
	is_deeply($ledger->{totals}, { captured => { EUR => 1000, USD => 5 }, refunded => { EUR => 1000 } }, 'totals');
	is((grep { $_->{refund_id} eq 'ref_a' } @{ $ledger->{refunds} })[0]{creates_received}, 2, 'refund creates are counted');
};

1;
