#!/usr/bin/perl
# Proves that veza-pspsim behaves, and misbehaves, as its README says.
# Run by prove; needs only Perl's core modules.  PSPSIM names another binary.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/selftest";

use Harness;
use HTTP::Tiny;
use POSIX qw(_exit);
use Test::More;
use Time::HiRes qw(sleep time);

require 'behaves.pl';
require 'misbehaves.pl';

subtest 'fifty clients' => sub {
	fresh();
	my @children;
	for my $n (1 .. 50)
	{
		push @children, my $pid = fork;
		next if $pid;
		my $client = HTTP::Tiny->new(timeout => 20);
		for my $round (1 .. 5)
		{
			my $answer = $client->post("$api/payments", { headers => { 'api-key' => $KEY }, content => $json->encode(
				{ payment_id => "pay_shared_$round", amount => 100, currency => 'EUR', confirm => true }) });
			_exit(1) unless $answer->{status} =~ /^(200|400)$/;
			_exit(2) unless $client->get("$api/payments/pay_shared_$round", { headers => { 'api-key' => $KEY } })->{status} == 200;
		}
		_exit(0);
	}
	my @failed = grep { waitpid($_, 0); $? } @children;
	is(scalar @failed, 0, 'all were answered');
	my $ledger = sim('GET', 'ledger');
	is_deeply([map { "$_->{creates_received} $_->{creates_done} $_->{retrieves}" } @{ $ledger->{payments} }],
		[('50 1 50') x 5], 'each payment was created once');
	is($ledger->{totals}{captured}{EUR}, 500, 'and charged once');
	flush();
	is(scalar hooks(), 5, 'and announced once');
};

subtest 'nothing is forgotten' => sub {
	my ($result, $took) = stop_sim();
	is($result, 0, 'clean exit');
	ok($took < 2, 'at once');
	my @state = ('--state', "$scratch/state.json", '--time-scale', '0.02');
	start_sim(@state);
	forget_hooks();
	spew('plan', "500\n");
	my $paid = paid(metadata => { a => "\x{fc}" }, amount => 1000);
	psp('POST', '/refunds', { payment_id => $paid, refund_id => 'ref_1', amount => 400 });
	psp('POST', '/customers', { customer_id => 'cus_1' });
	my ($open) = create();
	sim('POST', 'settings', { mit_outcome => 'failed' });
	flush();
	my $before = sim('GET', 'ledger');
	stop_sim('KILL');
	start_sim(@state);
	is_deeply(sim('GET', 'ledger'), $before, 'the same ledger after a kill');
	is_error([psp('POST', '/payments', { payment_id => $paid, amount => 1, currency => 'EUR' })], 400, 'HE_01', 'ids stay taken');
	is_error([psp('POST', '/customers', { customer_id => 'cus_1' })], 400, 'IR_12', 'customers too');
	is_error([psp('POST', '/refunds', { payment_id => $paid, refund_id => 'ref_2', amount => 601 })], 400, 'IR_13', 'limits stay');
	sleep 1.6;
	my @retried = grep { $_->{body}{event_type} eq 'payment_succeeded' } hooks();
	is(scalar @retried, 2, 'the retry is still made');
	is($retried[0]{raw}, $retried[1]{raw}, 'with the same bytes');
	is(press($open, 'pay')->{status}, 200, 'an open payment can be paid');
	is(sim('POST', 'settings', {})->{mit_outcome}, 'failed', 'settings stay');
	is(sprintf('%o', (stat "$scratch/state.json")[2] & 07777), '600', 'the file is private');
	my @waiting;
	for my $fault ({ mode => 'hang' }, { delay_ms => 30000 }, { mode => 'slow_drip', byte_ms => 30000 })
	{
		sim('POST', 'faults', { op => 'any', %$fault });
		push @waiting, api_socket();
		print { $waiting[-1] } "GET /payments/$open HTTP/1.1\r\nHost: x\r\napi-key: $KEY\r\n\r\n";
		sleep 0.1;
	}
	($result, $took) = stop_sim();
	ok($result == 0 && $took < 2, 'waiting requests do not delay the exit');
	my $log = join '', slurp('log');
	like($log, qr{^POST /payments 200 \d+ms$}m, 'one log line for each request');
	unlike($log, qr/_secret_|\Q$KEY\E|\Q$SECRET\E|\Q$PUBLIC\E/, 'without secrets');
};

done_testing();
