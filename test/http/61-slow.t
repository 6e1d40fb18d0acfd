#!/usr/bin/perl
# Clients that are slow on purpose: cut at their deadline, and no nuisance to others.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(sleep time);
use Veza::Test;

my $MARGIN = 0.6;
my $s = stack();
# An answer that takes long to read.
$s->sql(<<'SQL');
create function veza.scratch_large(size integer) returns json language sql stable as $$ select to_json(repeat('x', $1)) $$;
comment on function veza.scratch_large is 'A large answer.';
select veza.add_route('GET', '/scratch/large', 'veza.scratch_large', 'public', 'slow');
SQL
$s->start('httpd', env => { HEADER_TIMEOUT => '1s', BODY_TIMEOUT => '1s', KEEPALIVE_TIMEOUT => '5s', MAX_CONNECTIONS_PER_IP => 2000 });
my $root = root($s);
wait_route($s, '/scratch/large');

sub lines { return join("\r\n", @_, '', '') }
my @json = ('Host: x', 'Content-Type: application/json');
my $LOGIN = 'POST /api/v1/auth/login HTTP/1.1';

# Connections that send a byte every 0.3 s, after what they send at once.
my @slow = (
	{ name => 'the first byte never comes', at_once => '', drip => '' },
	{ name => 'a request line, byte by byte', at_once => '', drip => lines('GET /healthz HTTP/1.1', 'Host: x') },
	{ name => 'a header, byte by byte', at_once => "GET /healthz HTTP/1.1\r\n", drip => lines('Host: x', 'X-A: ' . 'a' x 100) },
	{ name => 'headers without end', at_once => lines('GET /healthz HTTP/1.1', 'Host: x') =~ s/\r\n$//r, drip => "A: b\r\n" x 100 },
	{ name => 'a body, byte by byte', at_once => lines($LOGIN, @json, 'Content-Length: 100'), drip => 'x' x 100 },
	{ name => 'a chunk, byte by byte', at_once => lines($LOGIN, @json, 'Transfer-Encoding: chunked') . "64\r\n", drip => 'x' x 100 },
	{ name => 'chunks of one byte', at_once => lines($LOGIN, @json, 'Transfer-Encoding: chunked'), drip => "1\r\nx\r\n" x 100 },
	{ name => 'a body that never comes', at_once => lines($LOGIN, @json, 'Content-Length: 100'), drip => '' });

# One that waits almost until its deadline and then sends the request line: the time for a
# head counts from the start, or every part of it would have its own.
my $late = { name => 'a request line at the last moment, then a header, byte by byte', at_once => '', wait => 0.8,
	then => "GET /healthz HTTP/1.1\r\n", drip => lines('Host: x', 'X-A: ' . 'a' x 100) };
# One that is slow in its second request.
my $second = { name => 'the second request, byte by byte', at_once => '', first => 1, drip => lines('GET /healthz HTTP/1.1', 'Host: x') };

# Drives them all until each is cut, at most so many seconds; good requests go on meanwhile.
sub drive
{
	my ($seconds, @all) = @_;
	my @good;
	for my $d (@all)
	{
		$d->{connection} = $root->connect;
		$d->{connection}->request('GET', '/healthz') if $d->{first};
		$d->{since} = time;
		$d->{connection}->send($d->{at_once});
		$d->{next} = time + ($d->{wait} // 0.3);
	}
	my $end = time + $seconds;
	while (time < $end && grep { !$_->{cut} } @all)
	{
		for my $d (grep { !$_->{cut} } @all)
		{
			if ($d->{connection}->is_closed(0)) { $d->{cut} = time - $d->{since}; next }
			next if time < $d->{next};
			$d->{next} = time + 0.3;
			if (defined(my $then = delete $d->{then})) { $d->{connection}->send($then); next }
			$d->{connection}->send(substr $d->{drip}, 0, 1, '') if length $d->{drip};
		}
		push @good, $root->get('/api/v1/subscriptions/plans') if @good < 200;
		sleep 0.02;
	}
	return @good;
}

subtest 'slow senders' => sub {
	my @good = drive(7, @slow, $late, $second);
	for my $d (@slow)
	{
		cmp_ok($d->{cut} // 99, '>=', 0.9, "$d->{name}: has its time");
		is_soon($d->{cut} // 99, 1 + $MARGIN, "$d->{name}: and is cut");
	}
	is_soon($late->{cut} // 99, 1 + $MARGIN, "$late->{name}: is cut as early");
	# Its first byte comes after 0.3 s.
	is_soon($second->{cut} // 99, 1.3 + $MARGIN, "$second->{name}: has HEADER_TIMEOUT, not KEEPALIVE_TIMEOUT");
	is_deeply([ grep { $_ ne '200' } map { $_->brief } @good ], [], 'good clients are answered all the time');
	is_soon((sort { $b <=> $a } map { $_->seconds } @good)[0], 0.5, 'quickly');
	cmp_ok(metric($s, 'veza_deadline_cut_total'), '>=', 8, 'the cuts are counted');
};

subtest 'many slow senders' => sub {
	my @many = map { my $c = $root->connect; $c->send("GET /healthz HTTP/1.1\r\nX-"); $c } 1 .. 400;
	my $since = time;
	my @good = map { $root->get('/api/v1/subscriptions/plans') } 1 .. 50;
	is_deeply([ grep { $_ ne '200' } map { $_->brief } @good ], [], 'good clients are answered');
	is_soon((sort { $b <=> $a } map { $_->seconds } @good)[0], 0.5, 'quickly');
	wait_until { !grep { !$_->is_closed(0) } @many } 'all are cut', 5;
	is_soon(time - $since, 1 + 2 * $MARGIN, 'at their deadline');
	is($root->get('/healthz')->brief, '200', 'and all is well');
};

subtest 'slow, but fast enough' => sub {
	my $c = $root->connect;
	my $text = lines('GET /api/v1/subscriptions/plans HTTP/1.1', 'Host: x');
	for my $part ($text =~ /(.{1,12})/gs) { $c->send($part); sleep 0.05 }
	is(($c->answer(timeout => 2) // Veza::Http::Answer->none('cut'))->brief, '200', 'a head in pieces');
	$c->send(lines($LOGIN, @json, 'Content-Length: 20'));
	for (1 .. 10) { $c->send(' {' x ($_ == 1) || '  '); sleep 0.05 }
	is(($c->answer(timeout => 2) // Veza::Http::Answer->none('cut'))->brief, '400 MALFORMED_JSON', 'a body in pieces');
};

# A reader has ten seconds and one for every 16 KiB; only what the kernel does not take counts, so
# that its deadline is minutes away here. This is about everybody else.
subtest 'slow readers' => sub {
	my $size = 6_000_000;
	my $rss = sub { my ($kib) = $s->read_file("/proc/$s->{pids}{httpd}/status") =~ /^VmRSS:\s+(\d+)/m; return $kib * 1024 };
	is(length($root->get("/scratch/large?size=$size")->data // ''), $size, 'a large answer to one who reads');
	my $before = $rss->();
	my @readers = map { my $c = $root->connect(small => 2048); $c->send($root->bytes('GET', "/scratch/large?size=$size")); $c } 1 .. 8;
	wait_until { metric($s, 'veza_http_requests_total{method="GET",path="/scratch/large",status="200"}') == 9 } 'eight who do not read', 10;
	my @good = map { $root->get('/api/v1/subscriptions/plans') } 1 .. 50;
	is_deeply([ grep { $_ ne '200' } map { $_->brief } @good ], [], 'good clients are answered');
	is_soon((sort { $b <=> $a } map { $_->seconds } @good)[0], 0.5, 'quickly');
	is($root->get('/scratch/large?size=10')->brief, '200', 'the lane is free again');
	cmp_ok($rss->() - $before, '<', 8 * 3 * $size, 'an answer is kept about once');
	cmp_ok(metric($s, 'veza_http_clients'), '>=', 8, 'they are waited for');
	$_->close(reset => 1) for @readers;
	wait_until { metric($s, 'veza_http_clients') <= 1 } 'until they leave', 5;
};

is($s->stop('httpd'), 0, 'clean exit');
done_testing;
