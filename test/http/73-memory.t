#!/usr/bin/perl
# Memory and descriptors stay where they are, whatever is asked.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use POSIX qw(_exit);
use Test::More;
use Time::HiRes qw(time);
use Veza::Test;

my $s = stack();
$s->sql(<<'SQL');
create function veza.scratch_fail(n integer) returns json language plpgsql stable as
$$ begin raise exception 'scratch failure'; end $$;
comment on function veza.scratch_fail is 'Fail.';
select veza.add_route('GET', '/scratch/fail', 'veza.scratch_fail', 'public', 'reads');
SQL
# Logging every request would measure the log. libmicrohttpd may miss that a client has left in the middle of
# a request; the deadlines notice.
$s->start('httpd', env => { LOG_LEVEL => 'ERROR', HEADER_TIMEOUT => '1s', BODY_TIMEOUT => '1s' });
my $user = register($s);
my $root = root($s);
wait_route($s, '/scratch/fail');
my $pid = $s->{pids}{httpd};

sub rss { my ($kib) = $s->read_file("/proc/$pid/status") =~ /^VmRSS:\s+(\d+)/m; return $kib }
sub descriptors { my @fds = glob "/proc/$pid/fd/*"; return scalar @fds }

# One of many kinds of requests, most of them wrong in some way, each different from the others.
my @kinds = (
	sub { $root->bytes('GET', '/api/v1/auth/me', undef, token => $user->{token}) },
	sub { $root->bytes('GET', '/api/v1/subscriptions/plans', undef, headers => { 'X-Request-ID' => "id-$_[0]" }) },
	sub { $root->bytes('POST', '/api/v1/subscriptions/cancel', {}, token => $user->{token}) },
	sub { $root->bytes('GET', "/nothing/$_[0]?x=$_[0]") },
	sub { $root->bytes('GET', '/api/v1/subscriptions/' . uuid(), undef, token => $user->{token}) },
	sub { $root->bytes('POST', '/api/v1/auth/refresh', { refresh_token => $_[0] . 'x' x 42 }) },
	sub { $root->bytes('POST', '/api/v1/auth/refresh', '{"refresh_token":') },
	sub { $root->bytes('POST', '/api/v1/auth/refresh', { refresh_token => [ (1) x 50 ], "m$_[0]" => { a => 1 } }, headers => { Prefer => 'handling=strict' }) },
	sub { $root->bytes('GET', '/api/v1/auth/me', undef, token => $user->{token} . $_[0]) },
	sub { $root->bytes('GET', '/scratch/fail?n=1') },
	sub { $root->bytes('DELETE', '/api/v1/auth/me') },
	sub { $root->bytes('GET', '/api/v1/subscriptions?limit=%31&page=x', undef, token => $user->{token}) },
	sub { $root->bytes('POST', '/api/v1/webhooks/hyperswitch', { n => $_[0] }) },
	sub { $root->bytes('GET', '/healthz') });

# Sends so many requests, in batches on kept connections, from two processes; returns how many were answered.
sub send_many
{
	my ($n) = @_;
	my @children;
	for my $part (0, 1)
	{
		pipe(my $read, my $write) or die "pipe: $!";
		my $child = fork // die "fork: $!";
		if (!$child)
		{
			my $answered = 0;
			my $i = $part;
			while ($i < $n)
			{
				my $c = $root->connect;
				for my $batch (1 .. 20)
				{
					my @batch = map { my $k = $i; $i += 2; $kinds[ ($k >> 1) % @kinds ]->($k) } 1 .. 25;
					$c->send(join '', @batch);
					for (@batch) { $c->answer(timeout => 10) or last; $answered++ }
					last if $i >= $n;
				}
				$c->close;
			}
			print $write $answered;
			close $write;
			_exit(0);
		}
		close $write;
		push @children, [ $child, $read ];
	}
	my $sum = 0;
	for my $child (@children) { my $fh = $child->[1]; $sum += <$fh> // 0; waitpid $child->[0], 0 }
	return $sum;
}

subtest 'twenty thousand requests' => sub {
	send_many(8000);
	my ($rss, $fds) = (rss(), descriptors());
	my $since = time;
	my $answered = send_many(20_000);
	cmp_ok($answered, '>=', 20_000, 'are all answered');
	diag sprintf '%d requests in %.1f s', $answered, time - $since;
	my $grown = rss() - $rss;
	cmp_ok($grown, '<', 2 * 1024, "resident memory grows by less than a hundred bytes a request: $grown KiB");
	wait_until { descriptors() <= $fds + 2 } 'descriptors are closed', 5;
	cmp_ok(descriptors(), '<=', $fds + 2, 'no descriptor is left open');
	cmp_ok(rss(), '<', 64 * 1024, 'less than 64 MiB altogether');
};

subtest 'large bodies and answers' => sub {
	my $body = '{"refresh_token":"' . 'x' x 1_000_000 . '"}';
	my $send = sub { $root->parallel(map { [ POST => '/api/v1/auth/refresh', $body ] } 1 .. 10) for 1 .. $_[0]; $root->get('/openapi.json') for 1 .. 20 };
	$send->(3);
	my $rss = rss();
	$send->(8);
	my $grown = rss() - $rss;
	cmp_ok($grown, '<', 24 * 1024, "eighty bodies of a megabyte: $grown KiB");
};

subtest 'routes that come and go' => sub {
	my $reload = sub {
		for (1 .. $_[0])
		{
			my $g = metric($s, 'veza_route_generation');
			$s->sql("select veza.add_route('GET', '/scratch/again', 'veza.scratch_fail', 'public', 'reads')");
			wait_until { metric($s, 'veza_route_generation') > $g } 'a generation';
			$root->parallel(map { [ GET => '/api/v1/subscriptions/plans' ] } 1 .. 8);
			$g = metric($s, 'veza_route_generation');
			$s->sql("select veza.drop_route('GET', '/scratch/again')");
			wait_until { metric($s, 'veza_route_generation') > $g } 'a generation';
		}
	};
	$reload->(8);
	my $rss = rss();
	$reload->(20);
	my $grown = rss() - $rss;
	cmp_ok($grown, '<', 512, "forty generations: $grown KiB");
};

subtest 'connections that break' => sub {
	my @halves = map { my $b = $kinds[$_]->(1); ($b, substr($b, 0, length($b) / 2)) } 0 .. $#kinds;
	my $break = sub {
		for (1 .. $_[0])
		{
			my @open = map { my $c = $root->connect; $c->send($_); $c } @halves;
			$_->close(reset => rand 2 < 1) for @open;
		}
		wait_until { metric($s, 'veza_http_clients') == 0 } 'all have left', 10;
	};
	$break->(10);
	my ($rss, $fds) = (rss(), descriptors());
	$break->(40);
	# A connection to PostgreSQL may have been away when they were counted first.
	wait_until { descriptors() <= $fds + 2 } 'descriptors are closed', 5;
	my $grown = rss() - $rss;
	cmp_ok($grown, '<', 1024, "more than a thousand: $grown KiB");
};

is($s->stop('httpd'), 0, 'clean exit');
done_testing;
