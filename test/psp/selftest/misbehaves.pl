# misbehaves.pl: the simulator does what a test told it to do wrong.
use strict;
use warnings;

use Digest::SHA qw(hmac_sha512_hex);
use Harness;
use HTTP::Tiny;
use POSIX qw(_exit);
use Test::More;
use Time::HiRes qw(sleep time);

subtest 'faults' => sub {
	fresh();
	my $fault = sub { my (%fault) = @_; return sim_status('POST', 'faults', { op => 'create', count => 1, %fault }) };
	my $attempt = sub {
		my ($timeout) = @_;
		my $id = new_id();
		local $http = HTTP::Tiny->new(timeout => $timeout // 5, keep_alive => 0);
		my $begun = time;
		my ($status, $body, $response) = psp('POST', '/payments', { payment_id => $id, amount => 4999, currency => 'EUR' });
		return { status => $status, body => $body, raw => $response->{content}, took => time - $begun, seen => sim('GET', "payments/$id") };
	};
	my %expected = (
		# mode => status, created, what the body looks like
		hang => [599, 0, qr/timed out/i], close_before => [599, 0, qr/./], close_after_commit => [599, 1, qr/./],
		error200 => [200, 0, qr/"error"/], garbage => [200, 0, qr/^[^{]/], empty => [200, 0, qr/^$/],
		huge => [200, 0, qr/^\{"padding":"xxx/], wrong_type => [200, 0, qr/"amount":"4999"/], truncate => [599, 1, qr/./]);
	for my $mode (sort keys %expected)
	{
		my ($status, $created, $looks) = @{ $expected{$mode} };
		$fault->(mode => $mode);
		my $got = $attempt->(1);
		is($got->{status}, $status, "$mode: status");
		like($got->{raw}, $looks, "$mode: body");
		is("$got->{seen}{creates_received} $got->{seen}{creates_done}", "1 $created", "$mode: created or not");
	}
	for my $status (401, 422, 429, 500, 503, 504)
	{
		$fault->(mode => 'status', status => $status);
		my $got = $attempt->();
		is("$got->{status} $got->{seen}{creates_done}", "$status 0", "status $status");
		like($got->{body}{error}{code}, qr/^(HE_00|IR_01)$/, 'wrapped error');
	}
	$fault->(mode => 'status', status => 500, commit => true);
	is($attempt->()->{seen}{creates_done}, 1, 'status after the operation');
	$fault->(mode => 'status', status => 422, code => 'IR_06', message => 'm');
	is($attempt->()->{body}{error}{code}, 'IR_06', 'code of choice');
	$fault->(delay_ms => 400);
	my $late = $attempt->();
	ok($late->{took} >= 0.4 && $late->{status} == 200, 'late, but right');
	is($fault->(mode => $_->[0], op => $_->[1]), 400, "refused: @$_") for ['nonsense', 'create'], ['hang', 'nonsense'];

	my ($id) = create();
	for my $op ([retrieve => 'GET', "/payments/$id"], [confirm => 'POST', "/payments/$id/confirm"],
		[cancel => 'POST', "/payments/$id/cancel"], [refund => 'POST', '/refunds'], [any => 'GET', "/payments/$id"])
	{
		$fault->(op => $op->[0], mode => 'status', status => 503);
		is((psp(@$op[1, 2], $op->[1] eq 'POST' ? { $op->[0] eq 'refund' ? (payment_id => $id) : () } : undef))[0], 503, "fault on $op->[0]");
	}
	is_deeply([@{ sim('GET', "payments/$id") }{qw(retrieves confirms cancels)}], [2, 1, 1], 'and still counted');
	$fault->(op => 'retrieve', mode => 'status', status => 500, count => 2);
	is_deeply([map { (psp('GET', "/payments/$id"))[0] } 1 .. 3], [500, 500, 200], 'as often as told');
	$fault->(op => 'any', mode => 'status', status => 500, count => -1);
	is((psp('GET', "/payments/$id"))[0], 500, 'for ever') for 1 .. 3;
	sim('DELETE', 'faults');
	is((psp('GET', "/payments/$id"))[0], 200, 'until cleared');

	$fault->(op => 'retrieve', mode => 'slow_drip', byte_ms => 100);
	my $socket = api_socket();
	print $socket "GET /payments/$id HTTP/1.1\r\nHost: x\r\napi-key: $KEY\r\n\r\n";
	my ($begun, $body) = (time, '');
	while (length $body < 5) { my $byte; sysread $socket, $byte, 1 or last; $body .= $byte if $body ne '' || $byte eq '{' }
	ok(time - $begun > 0.35, 'slow_drip: byte by byte');
	close $socket;

	# A webhook that comes before the answer: the operation is done, the answer waits.
	forget_hooks();
	$fault->(delay_ms => 700, commit => true);
	my $client_pid = fork // die;
	if ($client_pid == 0)
	{
		HTTP::Tiny->new->post("$api/payments", { headers => { 'api-key' => $KEY }, content => $json->encode(
			{ payment_id => 'pay_early', amount => 1, currency => 'EUR', confirm => true }) });
		spew('answered', time);
		_exit(0);
	}
	waitpid $client_pid, 0;
	my ($early) = grep { $_->{body}{content}{object}{payment_id} eq 'pay_early' } hooks();
	ok($early && $early->{at} + 0.3 < (slurp('answered'))[0], 'a webhook precedes the answer');
	my @exchanges = @{ sim('GET', 'requests?since=0')->{requests} };
	is_deeply([map { $_->{fault} // '-' } grep { $_->{method} eq 'POST' && $_->{path} eq '/payments' } @exchanges[0 .. 2]],
		[qw(close_after_commit close_before empty)], 'exchanges are recorded with their fault');
	is($exchanges[-1]{response_body}{payment_id}, 'pay_early', 'and with their answer');
	is(scalar @{ sim('GET', "requests?since=$exchanges[-2]{seq}")->{requests} }, 1, 'since a number');
};

subtest 'closed listener' => sub {
	fresh();
	my ($id) = create();
	is(sim('POST', 'listen', { open => false })->{open}, 0, 'closed');
	ok(!api_socket(), 'connections are refused');
	is((psp('GET', "/payments/$id"))[0], 599, 'kept connections are gone too');
	is(sim('POST', 'listen', { open => true })->{open}, 1, 'open');
	is((psp('GET', "/payments/$id"))[0], 200, 'again on the same port');
	sim('POST', 'listen', { open => false, duration_ms => 300 });
	is((psp('GET', "/payments/$id"))[0], 599, 'closed for a while');
	sleep 0.5;
	is((psp('GET', "/payments/$id"))[0], 200, 'opens by itself');
};

subtest 'disturbed webhooks' => sub {
	fresh();
	my $mode = sub { forget_hooks(); return sim_status('POST', 'webhooks/mode', { @_ }) };
	my $ids = sub { return [map { $_->{body}{content}{object}{payment_id} } hooks()] };
	$mode->(hold => true);
	my @made = map { paid() } 1 .. 8;
	is(flush()->{held}, 8, 'held');
	is(scalar hooks(), 0, 'nothing was sent');
	is(sim('POST', 'webhooks/release')->{released}, 8, 'released');
	flush();
	is_deeply($ids->(), \@made, 'in order');
	my @orders;
	for my $seed (7, 7, 8)
	{
		fresh();
		$sequence = 1000;
		$mode->(hold => true, shuffle => true, seed => $seed);
		@made = map { paid() } 1 .. 8;
		sim('POST', 'webhooks/release');
		flush();
		push @orders, $ids->();
	}
	is_deeply([sort @{ $orders[0] }], \@made, 'shuffled: all of them');
	isnt("@{$orders[0]}", "@made", 'in another order');
	is("@{$orders[0]}", "@{$orders[1]}", 'the same for the same seed');
	isnt("@{$orders[0]}", "@{$orders[2]}", 'another for another');

	fresh();
	$mode->(duplicate => 3);
	paid();
	flush();
	my @got = hooks();
	is(scalar(grep { $_->{raw} eq $got[0]{raw} } @got), 3, 'duplicated');
	fresh();
	$mode->(drop => 1);
	my ($lost, $kept) = (paid(), paid());
	flush();
	is_deeply($ids->(), [$kept], 'dropped once');
	my ($event) = grep { $_->{payment_id} eq $lost } @{ sim('GET', 'webhooks')->{webhooks} };
	is("$event->{state} $event->{attempts}", 'dropped 0', 'and not retried');
	sim('POST', "webhooks/$event->{event_id}/resend");
	flush();
	is_deeply($ids->(), [$kept, $lost], 'but can be sent again');
	fresh();
	$mode->(delay_ms => 400);
	my $begun = time;
	paid();
	flush();
	ok((hooks())[0]{at} - $begun >= 0.4, 'delayed');
	for my $forge (qw(bad_signature no_signature wrong_key body_changed none))
	{
		fresh();
		$mode->(forge => $forge);
		paid();
		flush();
		my ($hook) = hooks();
		my $right = hmac_sha512_hex($hook->{raw}, $SECRET);
		is($hook->{signature} // '-', $right, 'not forged') if $forge eq 'none';
		isnt($hook->{signature} // '-', $right, "forged: $forge") if $forge ne 'none';
		is(defined $hook->{signature}, $forge ne 'no_signature', 'header');
		ok($hook->{body}{event_id}, 'still JSON');
	}
	is($mode->(forge => 'nonsense'), 400, 'unknown forgery');
	fresh();
	is(sim('POST', 'webhooks/send', { body => { any => 'thing' } })->{status}, 200, 'arbitrary body');
	spew('plan', "401\n");
	is(sim('POST', 'webhooks/send', { raw => 'not json', sign => false })->{status}, 401, 'its answer');
	@got = hooks();
	is($got[0]{signature}, hmac_sha512_hex('{"any":"thing"}', $SECRET), 'signed');
	is_deeply([@{ $got[1] }{qw(raw signature)}], ['not json', undef], 'raw and unsigned');
};

1;
