#!/usr/bin/perl
# The provider's webhooks: who may send one, that every event counts once, and
# that their order makes no difference.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Digest::SHA qw(hmac_sha256_hex hmac_sha512_hex);
use IO::Select;
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(sleep time);
use Veza::Test;

my $KEY = 'test-webhook-secret';
my $PATH = '/webhooks/hyperswitch';

# The provider sends to this test, which carries its webhooks on as it likes.
my $inbox = IO::Socket::INET->new(Listen => 64, LocalAddr => '127.0.0.1', ReuseAddr => 1) // die "listen: $!";
my $s = stack();
$s->{pspsim_args} = [ '--webhook-url', 'http://127.0.0.1:' . $inbox->sockport . '/hook' ];
start_all($s);
my $number = 0;

# Takes the provider's next webhooks: each { raw, signature }.
sub take
{
	my ($n) = @_;
	my @taken;
	while (@taken < $n && IO::Select->new($inbox)->can_read(5))
	{
		my $c = $inbox->accept // next;
		my ($head, $body) = ('', '');
		while (defined(my $line = <$c>)) { last if $line eq "\r\n"; $head .= $line }
		my ($length) = $head =~ /^content-length:\s*(\d+)/mi;
		read $c, $body, $length // 0;
		my ($signature) = $head =~ /^x-webhook-signature-512:\s*(\S+)/mi;
		print $c "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
		close $c;
		push @taken, { raw => $body, signature => $signature };
	}
	die 'a webhook did not come' if @taken < $n;
	return @taken;
}

# What a webhook's request consists of.
sub delivery
{
	my ($raw, %o) = @_;
	my $signature = exists $o{signature} ? $o{signature} : hmac_sha512_hex($raw, $KEY);
	return [ POST => $PATH, $raw, headers => { 'X-Webhook-Signature-512' => $signature, %{ $o{headers} // {} } } ];
}

sub deliver { my ($raw, %o) = @_; return api($s)->request(@{ delivery($raw, %o) }) }

# An event of our own making.
sub event
{
	my ($payment_id, $status, %object) = @_;
	my %type = (succeeded => 'payment_succeeded', failed => 'payment_failed', processing => 'payment_processing', cancelled => 'payment_cancelled');
	return Veza::Http::encode({ merchant_id => 'm', event_id => sprintf('own-%d-%d', $$, ++$number), event_type => $type{$status} // "payment_$status",
		timestamp => '2030-01-01T00:00:00.000Z', content => { type => 'payment_details', object => { payment_id => $payment_id, status => $status,
			amount => 999, amount_received => $status eq 'succeeded' ? 999 : undef, currency => 'EUR', updated => '2030-01-01T00:00:00.000Z',
			client_secret => "${payment_id}_secret_planted", %object } } });
}

sub inbox_rows { return $s->sql_value('select count(*) from veza_data.psp_event') }
sub event_row  { my ($raw) = @_; return ($s->sql("select result, coalesce(psp_payment_id, '-') from veza_data.psp_event where event_id = '" . Veza::Http::decode($raw)->{event_id} . "'"))[0] }
sub pending    { my $u = creator($s); my $d = subscribe($s, $u); return ($u, $d->{subscription}{id}, $d->{payment_id}) }
sub state      { my ($payment) = @_; return $s->sql_value("select state from veza_data.payment where psp_payment_id = '$payment'") }
sub become     { my ($payment, $status, %o) = @_; return sim($s, 'POST', "payments/$payment/transition", { status => $status, %o }) }
sub at_rest    { return wait_until { !$s->sql_value("select count(*) from veza_data.effect where state in ('queued', 'leased')") } 'all effects are carried out' }
sub transitions { my ($id, $event) = @_; return $s->sql_value("select count(*) from veza_data.state_history where entity_id = '$id' and event = '$event'") }

subtest 'a genuine one' => sub {
	my ($u, $id, $payment) = pending();
	pay($s, $payment);
	my ($hook) = take(1);
	is(hmac_sha512_hex($hook->{raw}, $KEY), $hook->{signature}, 'is signed as the provider says');
	my $r = deliver($hook->{raw}, signature => $hook->{signature});
	is($r->brief, '200', 'is taken');
	is_envelope($r, 'envelope');
	is_deeply($r->data, { received => true, result => 'applied' }, 'and applied');
	is(subscription_status($s, $id), 'active', 'in the same transaction');
	is(distribute($s, $u)->brief, '201', 'the user is served');
	is($s->sql_value("select count(*) from veza_data.psp_event where payload::text like '%_secret_%'"), 0, 'no client secret is kept');
	is_deeply(deliver($hook->{raw}, signature => $hook->{signature})->data, { received => true, result => 'duplicate' }, 'a second time it is a duplicate');
	is(transitions($id, 'payment_succeeded'), 1, 'without effect');
	is(api($s)->request('GET', $PATH)->brief, '405 METHOD_NOT_ALLOWED', 'it is POST');
};

subtest 'signatures' => sub {
	my ($u, $id, $payment) = pending();
	my $raw = event($payment, 'succeeded');
	my $good = hmac_sha512_hex($raw, $KEY);
	my $rows = inbox_rows();
	my $changed = $raw =~ s/999/998/r;
	my $spaced = $raw =~ s/,/, /r;
	my $object = Veza::Http::decode($raw);
	my $reordered = JSON::PP->new->utf8->canonical->sort_by(sub { $JSON::PP::b cmp $JSON::PP::a })->encode($object);
	isnt($reordered, $raw, 'the same content in other bytes');
	my @bad = (
		[ 'missing', $raw, undef ], [ 'empty', $raw, '' ], [ 'a changed digit', $raw, $good =~ s/^(.)/$1 eq '0' ? '1' : '0'/er ],
		[ 'truncated', $raw, substr($good, 0, 127) ], [ 'longer', $raw, $good . '0' ], [ 'half', $raw, substr($good, 0, 64) ],
		[ 'of another key', $raw, hmac_sha512_hex($raw, 'another-secret') ], [ 'of an empty key', $raw, hmac_sha512_hex($raw, '') ],
		[ 'over another body', $changed, $good ], [ 'over a body with a blank less', $spaced, $good ], [ 'over a re-serialised body', $reordered, $good ],
		[ 'over a body with a line feed less', "$raw\n", $good ], [ 'in capital letters', $raw, uc $good ], [ 'SHA-256', $raw, hmac_sha256_hex($raw, $KEY) ],
		[ 'SHA-256, twice as long', $raw, hmac_sha256_hex($raw, $KEY) x 2 ], [ 'not hexadecimal', $raw, 'x' x 128 ], [ 'with a prefix', $raw, "sha512=$good" ]);
	for my $case (@bad)
	{
		my ($name, $body, $signature) = @$case;
		is_refused(deliver($body, signature => $signature), '401 WEBHOOK_SIGNATURE_INVALID', $name);
	}
	is_refused(deliver($raw, signature => undef, headers => { 'X-Webhook-Signature-256' => hmac_sha256_hex($raw, $KEY) }), '401 WEBHOOK_SIGNATURE_INVALID', 'in the other header');
	is_refused(deliver('', signature => undef), '401 WEBHOOK_SIGNATURE_INVALID', 'of nothing');
	is_refused(api($s, $u->{token})->post($PATH, $raw), '401 WEBHOOK_SIGNATURE_INVALID', 'a token is none');
	is(inbox_rows(), $rows, 'nothing reached the inbox');
	is(subscription_status($s, $id), 'pending_payment', 'or the subscription');
	is(deliver($raw)->brief, '200', 'the good one is taken');
};

subtest 'bodies' => sub {
	my $rows = inbox_rows();
	my @bad = ([ 'no JSON', 'x' ], [ 'nothing', '' ], [ 'an array', '[]' ], [ 'a text', '"x"' ], [ 'two names', '{"event_id":"a","event_id":"b","event_type":"c"}' ],
		[ 'no UTF-8', "{\"event_id\":\"\xff\",\"event_type\":\"c\"}" ], [ 'a raw NUL', "{\"event_id\":\"\0\"}" ], [ 'a raw NUL behind the end', "{\"event_id\":\"a\",\"event_type\":\"c\"}\0" ],
		[ 'deep', '{"event_id":"d","event_type":"t","content":' . '[' x 100_000 . ']' x 100_000 . '}' ], [ 'two objects', '{"event_id":"d","event_type":"t"}{}' ],
		[ 'half', substr(event('pay_x', 'succeeded'), 0, 50) ]);
	for my $case (@bad)
	{
		my $r = deliver($case->[1]);
		is($r->status, 400, "signed, but $case->[0]") or diag $r->brief;
		like($r->code, qr/^(?:MALFORMED_JSON|VALIDATION_ERROR)$/, 'and said so');
	}
	my %envelope = (event_id => 'e', event_type => 't', content => { type => 'payment_details', object => {} });
	for my $case ([ 'no event id', { event_id => undef } ], [ 'an empty event id', { event_id => '' } ], [ 'a long event id', { event_id => 'x' x 201 } ], [ 'no event type', { event_type => undef } ])
	{
		my %body = (%envelope, %{ $case->[1] });
		delete @body{ grep { !defined $body{$_} } keys %body };
		is_refused(deliver(Veza::Http::encode(\%body)), '400 VALIDATION_ERROR', $case->[0]);
	}
	is_refused(deliver('{"event_id":"big","event_type":"t","x":"' . 'x' x 1_048_576 . '"}'), '413 PAYLOAD_TOO_LARGE', 'more than a megabyte');
	is_refused(deliver(Veza::Http::encode(\%envelope), headers => { 'Content-Type' => 'text/plain' }), '415 UNSUPPORTED_MEDIA_TYPE', 'another type');
	is(inbox_rows(), $rows, 'nothing reached the inbox');
	my $limit = '{"event_id":"nearly","event_type":"t","x":""}';
	is(deliver($limit =~ s/""\}$/'"' . 'x' x (1_048_576 - length $limit) . '"}'/er)->brief, '200', 'exactly a megabyte is fine');
};

subtest 'nothing that nobody reads is in the way' => sub {
	my ($u, $id, $payment) = pending();
	become($payment, 'processing', webhook => false);
	for my $odd ('"\u0000"', '"\ud83d"', '12345678901234567890123', '1e400', '{"a":1,"a":2}', '[' x 3000 . ']' x 3000)
	{
		my $raw = event($payment, 'processing') =~ s/"content":\{/"content":{"x":$odd,/r =~ s/"object":\{/"object":{"description":$odd,/r;
		like($raw, qr/\Q$odd\E.*\Q$odd\E/, 'the test has put it in');
		my $r = deliver($raw);
		like($r->brief . ' ' . ($r->data // {})->{result}, qr/^200 (?:applied|no_change)$/, 'signed, with ' . substr($odd, 0, 30)) or diag $r->body;
	}
	is(state($payment), 'processing', 'applied');
	my $raw = event($payment, 'failed', customer => { name => 'Ada Byron', email => 'ada@example.org' }, billing => { address => { line1 => '12 St James' } },
		sdk_authorization => 'c2VjcmV0', next_action => { client_secret => "${payment}_secret_nested" });
	is(deliver($raw)->brief, '200', "with a payer's data and nested secrets");
	is($s->sql_value("select count(*) from veza_data.psp_event where payload::text ~ 'Byron|example.org|St James|c2VjcmV0|_secret_'"), 0, 'of which nothing is stored');
};

subtest 'refunded at the dashboard' => sub {
	my ($u, $id, $payment) = pending();
	pay($s, $payment);
	deliver($_->{raw}, signature => $_->{signature}) for take(1);
	is(subscription_status($s, $id), 'active', 'a paid subscription');
	my $key = { $s->environment }->{HYPERSWITCH_API_KEY};
	my $r = psp($s)->request(POST => '/refunds', Veza::Http::encode({ payment_id => $payment, amount => 999, refund_id => "dash_$payment" }), headers => { 'api-key' => $key });
	is($r->status, 200, 'an operator refunds it there') or diag $r->body;
	my ($hook) = take(1);
	is(deliver($hook->{raw}, signature => $hook->{signature})->data->{result}, 'applied', 'the webhook is recognised');
	is(subscription_status($s, $id), 'canceled refund', 'the subscription ends');
	is(distribute($s, $u)->status, 403, 'the user is served no longer');

	# The webhook is lost: an operator asks.
	my ($v, $other, $second) = pending();
	pay($s, $second);
	deliver($_->{raw}, signature => $_->{signature}) for take(1);
	psp($s)->request(POST => '/refunds', Veza::Http::encode({ payment_id => $second, amount => 999, refund_id => "dash_$second" }), headers => { 'api-key' => $key });
	take(1);
	$s->sql("call veza.reconcile_payment('$second')");
	wait_until { subscription_status($s, $other) eq 'canceled refund' } 'the answer lists the refund';
	is(join(', ', audit_findings($s)), '', 'nothing is wrong');
};

subtest 'what we do not know is stored' => sub {
	my @events = map { Veza::Http::encode($_) } { event_id => 'u1', event_type => 'moon_landed', content => { type => 'moon_details', object => { a => 1 } } },
	  { event_id => 'u2', event_type => 'mandate_active' }, { event_id => 'u3', event_type => 'payment_succeeded', content => 7 },
	  { event_id => 'u4', event_type => 'payment_succeeded', content => { type => 'payment_details', object => [] } },
	  { event_id => 'u5', event_type => 'payment_succeeded', content => { type => 7, object => { payment_id => 7 } } };
	for my $raw (@events)
	{
		my $r = deliver($raw);
		like($r->brief . ' ' . ($r->data // {})->{result}, qr/^200 (?:ignored|unknown_payment)$/, substr $raw, 0, 60);
		is(event_row($raw)->[0], $r->data->{result}, 'stored');
	}
	my $unknown = event('pay_' . 'a' x 26, 'succeeded');
	my $r = deliver($unknown);
	is($r->brief . ' ' . $r->data->{result}, '200 unknown_payment', 'an unknown payment');
	is_deeply(event_row($unknown), [ 'unknown_payment', 'pay_' . 'a' x 26 ], 'stored');
	my ($u, $id, $payment) = pending();
	$r = deliver(event($payment, 'teleported'));
	is($r->brief, '200', 'an unknown status');
	at_rest();
	is(subscription_status($s, $id) . ' ' . state($payment), 'pending_payment open', 'changes nothing: the provider, asked, knows better');
};

subtest 'twenty times at once' => sub {
	my ($u, $id, $payment) = pending();
	pay($s, $payment);
	my ($hook) = take(1);
	my @r = api($s)->parallel(map { delivery($hook->{raw}) } 1 .. 20);
	my %n;
	$n{ $_->brief . ' ' . (($_->data // {})->{result} // '') }++ for @r;
	is_deeply(\%n, { '200 applied' => 1, '200 duplicate' => 19 }, 'is applied once') or diag explain \%n;
	is(subscription_status($s, $id), 'active', 'active');
	is(transitions($id, 'payment_succeeded'), 1, 'one activation');
	my ($v, $second, $other) = pending();
	my @different = map { event($other, 'succeeded') } 1 .. 20;
	become($other, 'succeeded', webhook => false);
	@r = api($s)->parallel(map { delivery($_) } @different);
	is_deeply([ grep { $_ ne '200' } map { $_->brief } @r ], [], 'twenty different events of one payment are all taken');
	is(transitions($second, 'payment_succeeded'), 1, 'and activate once');
};

subtest 'the wrong money activates nothing' => sub {
	for my $case ([ 'too little', amount_received => 998 ], [ 'nothing', amount_received => 0 ], [ 'another currency', currency => 'USD' ],
		[ 'another amount', amount => 1, amount_received => 1 ], [ 'negative', amount_received => -999 ], [ 'a text', amount_received => '999' , amount => '999'],
		[ 'no integer', amount_received => 998.5 ])
	{
		my ($name, %object) = @$case;
		my ($u, $id, $payment) = pending();
		my $r = deliver(event($payment, 'succeeded', %object));
		is($r->status, 200, "$name: taken");
		isnt(subscription_status($s, $id), 'active', "$name: not active");
		is(distribute($s, $u)->code, 'SUBSCRIPTION_PENDING_PAYMENT', "$name: not served");
		at_rest();
		isnt(subscription_status($s, $id), 'active', "$name: nor later");
	}
	# The same when the provider itself says so.
	for my $case ([ 'too little', amount_received => 1 ], [ 'another currency', currency => 'USD' ])
	{
		my ($name, %object) = @$case;
		my ($u, $id, $payment) = pending();
		become($payment, 'succeeded', %object);
		my ($hook) = take(1);
		is(deliver($hook->{raw})->status, 200, "really $name: taken");
		at_rest();
		is(subscription_status($s, $id) . ' ' . state($payment), 'pending_payment review', "really $name: under review");
		is_refused($u->{api}->post("/subscriptions/complete/$id", undef), '409 PAYMENT_UNDER_REVIEW', "really $name: recovery");
		is(scalar(ledger_payments($s, $id)), 1, "really $name: no second payment is started");
	}
	my ($u, $id, $payment) = pending();
	my ($v, $other) = pending();
	deliver(event($payment, 'succeeded', metadata => { subscription_id => $other }));
	isnt(subscription_status($s, $other), 'active', 'metadata of somebody else activates nothing of theirs');
};

# All orders of a list.
sub permutations
{
	my (@list) = @_;
	return ([]) if !@list;
	return map { my $i = $_; my @rest = @list; my ($x) = splice @rest, $i, 1; map { [ $x, @$_ ] } permutations(@rest) } 0 .. $#list;
}

for my $case (
	[ 'that ends well', 'active succeeded', [ 'processing', 'failed', 'requires_customer_action', 'succeeded' ] ],
	[ 'that ends cancelled', 'pending_payment cancelled', [ 'requires_customer_action', 'processing', 'failed', 'cancelled' ] ])
{
	my ($name, $end, $history) = @$case;
	subtest "all orders of a history $name" => sub {
		my %seen;
		my @orders = permutations(0 .. 3);
		for my $order (@orders)
		{
			my ($u, $id, $payment) = pending();
			become($payment, $_, manual_retry_allowed => true) for @$history;
			my @hooks = take(4);
			my @r = map { deliver($hooks[$_]{raw}, signature => $hooks[$_]{signature}) } @$order, $order->[0];
			push @{ $seen{ join ',', map { $_->brief } grep { $_->status != 200 } @r } }, $id;
			$order->[4] = [ $id, $payment ];
		}
		at_rest();
		is_deeply([ keys %seen ], [''], 'every event is taken');
		my %end;
		push @{ $end{ subscription_status($s, $_->[4][0]) . ' ' . state($_->[4][1]) } }, join '', @$_[ 0 .. 3 ] for @orders;
		is_deeply([ keys %end ], [$end], 'all twenty-four end the same') or diag explain \%end;
		is($s->sql_value("select count(*) from (select entity_id from veza_data.state_history where event = 'payment_succeeded' group by 1 having count(*) > 1) x"), 0, 'nothing is activated twice');
	};
}

subtest 'a webhook before the answer' => sub {
	my $u = creator($s);
	sim($s, 'POST', 'faults', { op => 'create', delay_ms => 700, commit => true });
	my $c = $u->{api}->connect;
	$c->send($u->{api}->bytes('POST', '/subscriptions/subscribe', { plan_id => 'pro' }));
	my $payment;
	wait_until { $payment = $s->sql_value("select psp_payment_id from veza_data.payment where user_id = '$u->{id}'"); defined $payment && ledger_payment($s, $payment) } 'the payment at the provider', 3;
	become($payment, 'succeeded');
	my ($hook) = take(1);
	is(deliver($hook->{raw})->data->{result}, 'applied', 'is applied');
	my $r = $c->answer;
	ok($r->status == 201 || $r->code eq 'SUBSCRIPTION_NOT_PENDING' && $r->details->{status} eq 'active', 'the answer fits: ' . $r->brief);
	is($u->{api}->get('/subscriptions/current')->data->{status}, 'active', 'the user is served');
	is(ledger_payment($s, $payment)->{creates_received}, 1, 'one payment');
};

subtest 'while the database is down' => sub {
	my ($u, $id, $payment) = pending();
	my $raw = event($payment, 'succeeded');
	become($payment, 'succeeded', webhook => false);
	$s->stop_postgres('immediate');
	my $r;
	wait_until { ($r = deliver($raw))->status == 503 } 'a refusal', 3;
	like($r->header('Retry-After') // '', qr/^[1-9]\d*$/, 'the provider is told to try again');
	$s->start_postgres;
	wait_until { ($r = deliver($raw))->status == 200 } 'which it does', 10;
	is($r->data->{result}, 'applied', 'and the event counts');
	is(subscription_status($s, $id), 'active', 'active');
};

subtest 'without a key' => sub {
	my $raw = event('pay_' . 'b' x 26, 'succeeded');
	$s->stop('httpd');
	$s->start('httpd', env => { HYPERSWITCH_WEBHOOK_SECRET => '' });
	my $rows = inbox_rows();
	for my $signature (hmac_sha512_hex($raw, $KEY), hmac_sha512_hex($raw, ''), undef)
	{
		my $r = deliver($raw, signature => $signature);
		is_refused($r, '503 WEBHOOK_NOT_CONFIGURED', 'closed');
		like($r->header('Retry-After') // '', qr/^[1-9]\d*$/, 'the provider will try again');
	}
	is(inbox_rows(), $rows, 'nothing reached the inbox');
};

my $logs = join '', map { $s->read_file($_) } values %{ $s->{logs} }, "$s->{dir}/postgres.log";
unlike($logs, qr/_secret_|\Q$KEY\E/, 'no secret in any log');
is($s->sql_value("select count(*) from veza_data.psp_event where result = 'failed'"), 0, 'no event failed');
done_testing;
