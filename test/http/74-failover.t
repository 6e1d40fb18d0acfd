#!/usr/bin/perl
# A database that cannot write, that kills connections, that hangs at the worst
# moment, and a cancellation that nobody answers: 503, not ready while that is
# so, and all as before afterwards without a restart.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use POSIX qw(_exit);
use Test::More;
use Time::HiRes qw(sleep time);
use Veza::Test;

my $s = stack();
$s->sql(<<'SQL');
create function veza.scratch_sleep(seconds numeric) returns json language sql volatile as
$$ select to_json(pg_sleep($1)::text) $$;
comment on function veza.scratch_sleep is 'Sleep.';
select veza.add_route('POST', '/scratch/sleep', 'veza.scratch_sleep', 'public', 'slow');
SQL
$s->start('httpd', env => { HTTP_LOOPS => 1 });
my $user = register($s);
my $pid = $s->{pids}{httpd};

sub ready   { my $r = root($s)->get('/readyz'); return $r->status . ' ' . ((($r->json // {})->{checks} // {})->{database} // '') }
sub profile { return $user->{api}->request('PUT', '/users/' . $user->{id}, { bio => 'written at ' . time }) }
sub writers { return api($s)->parallel(map { [ POST => '/auth/login', { email => $user->{email}, password => $user->{password} } ] } 1 .. 16) }

# Every write is answered 503 and the state is told; reads go on.
sub is_read_only
{
	my ($how) = @_;
	my $r;
	wait_until { profile()->status == 503 } "$how: a write is refused", 5;
	is_refused($r = profile(), '503 DATABASE_UNAVAILABLE', "$how: it is the database's fault");
	like($r->header('Retry-After') // '', qr/^[1-9]\d*$/, "$how: with Retry-After");
	is_deeply([ grep { $_ ne '503 DATABASE_UNAVAILABLE' } map { $_->brief } writers() ], [], "$how: so is a login, by whatever connection");
	wait_until { ready() eq '503 read-only' } "$how: not ready", 5;
	my $h = root($s)->get('/health');
	is($h->status . ' ' . $h->json->{status} . ' ' . $h->json->{database}, '503 unhealthy read-only', "$how: nor healthy");
	is(root($s)->get('/healthz')->status, 200, "$how: but alive");
	is(metric($s, 'veza_database_up') . metric($s, 'veza_database_writable'), '10', "$how: the metrics tell the two apart");
	wait_until { $user->{api}->get('/auth/me')->status == 200 } "$how: the reads lane", 5;
	is($user->{api}->get('/auth/me')->brief, '200', "$how: what only reads is answered");
	is(api($s)->get('/subscriptions/plans')->brief, '200', "$how: for everybody");
}

# All is as before, at once when it is ready.
sub is_writable
{
	my ($how) = @_;
	wait_until { ready() eq '200 ok' } "$how: ready again", 10;
	sleep 0.2;
	is_deeply([ grep { $_ ne '200' } map { $_->brief } (profile(), writers(), writers()) ], [], "$how: every connection writes again");
	is($s->{pids}{httpd}, $pid, "$how: the same httpd");
	ok($s->is_running('httpd'), "$how: which never stopped");
}

subtest 'the whole server turns read-only' => sub {
	$s->sql('alter system set default_transaction_read_only = on');
	$s->sql('select pg_reload_conf()');
	is_read_only('by configuration');
	$s->sql('alter system reset default_transaction_read_only');
	$s->sql('select pg_reload_conf()');
	is_writable('by configuration');
};

subtest 'sessions that are read-only, and stay so until they end' => sub {
	$s->sql('alter role veza_httpd set default_transaction_read_only = on');
	$s->sql("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'veza_httpd'");
	is_read_only('by role');
	$s->sql('alter role veza_httpd reset default_transaction_read_only');
	is_writable('by role');
};

subtest 'only the lanes notice' => sub {
	$s->sql('alter role veza_httpd set default_transaction_read_only = on');
	$s->sql("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'veza_httpd' and query not like '%schema_state%'");
	wait_until { writers(); ready() eq '503 read-only' } 'the doubt of a lane makes the whole look again', 8;
	$s->sql('alter role veza_httpd reset default_transaction_read_only');
	is_writable('after the doubt');
};

subtest 'httpd starts while nothing can be written' => sub {
	$s->sql('alter role veza_httpd set default_transaction_read_only = on');
	is($s->stop('httpd'), 0, 'clean exit');
	$s->start('httpd', nowait => 1, env => { HTTP_LOOPS => 1 });
	$pid = $s->{pids}{httpd};
	wait_until { (eval { ready() } // '') eq '503 read-only' } 'it starts, and is not ready', 10;
	is($user->{api}->get('/auth/me')->brief, '200', 'what only reads is answered');
	$s->sql('alter role veza_httpd reset default_transaction_read_only');
	is_writable('started read-only');
};

subtest 'backends that die' => sub {
	sleep 1.1;    # connections that have lived are made anew at once
	my @all = $s->sql("select pid from pg_stat_activity where usename = 'veza_httpd'");
	cmp_ok(scalar @all, '>', 10, 'there are connections');
	$s->sql("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'veza_httpd'");
	my $since = time;
	wait_until { ready() eq '200 ok' && !grep { $_->status != 200 } profile(), writers() } 'all is well again', 5;
	is_soon(time - $since, 4, 'soon');
	# A crash: PostgreSQL ends everybody and recovers. Whenever we say that we are ready, we are.
	my @wrong;
	for my $round (1 .. 3)
	{
		sleep 1.1;
		my ($victim) = map { $_->[0] } $s->sql("select pid from pg_stat_activity where usename = 'veza_httpd' limit 1");
		kill 'KILL', $victim;
		my $end = time + 20;
		my $good = 0;
		my $was_bad = 0;
		while (time < $end && $good < 5)
		{
			my $before = ready();
			my $r = profile();
			my $after = ready();
			push @wrong, "round $round: $before, " . $r->brief . ", $after" if $before eq '200 ok' && $after eq '200 ok' && $r->status != 200 && $was_bad;
			$was_bad = 1 if $before ne '200 ok';
			$good = $r->status == 200 ? $good + 1 : 0;
		}
		is($good, 5, "round $round: recovered");
	}
	is_deeply(\@wrong, [], 'once it has noticed, it does not say that it is ready before it is');
};

is($s->stop('httpd'), 0, 'clean exit');

# A way to PostgreSQL over TCP that can be told to swallow: cancellations, or all that comes once routes are loaded.
my $listener = IO::Socket::INET->new(Listen => 128, LocalAddr => '127.0.0.1', ReuseAddr => 1) // die "listen: $!";
my $flags = "$s->{dir}/proxy-flags";
my $proxy = fork // die "fork: $!";
if (!$proxy)
{
	$SIG{TERM} = 'DEFAULT';
	my $select = IO::Select->new($listener);
	my (%peer, %is_client, %is_new, @swallowed);
	my $hangs = 0;
	while (1)
	{
		for my $from ($select->can_read(0.05))
		{
			if ($from == $listener)
			{
				my $c = $listener->accept or next;
				my $p = IO::Socket::UNIX->new(Peer => "$s->{socket}/.s.PGSQL.5432") or do { close $c; next };
				($peer{$c}, $peer{$p}) = ($p, $c);
				$is_client{$c} = $is_new{$c} = 1;
				$select->add($c, $p);
				next;
			}
			next if !$peer{$from};
			my $n = sysread($from, my $bytes, 65536);
			my $to = $peer{$from};
			if (!$n)
			{
				$select->remove($from, $to);
				delete @peer{ $from, $to };
				close $from;
				close $to;
				next;
			}
			if ($is_client{$from})
			{
				my $cancels = delete($is_new{$from}) && $n == 16 && unpack('x4N', $bytes) == 80877102;
				if ($cancels && -e "$flags.cancel")
				{
					$select->remove($from);
					push @swallowed, $from;    # open, and silent
					next;
				}
				$hangs ||= $bytes =~ /httpd_routes/;
			}
			$hangs = 0 if !-e "$flags.routes";
			next if $hangs;
			syswrite($to, $bytes);
		}
	}
}
my $proxy_port = $listener->sockport;
close $listener;
END { kill "KILL", $proxy if $proxy }
my %over_tcp = (HTTP_LOOPS => 1, HANDLER_TIMEOUT => '1s', DATABASE_URL => "postgres://veza_httpd\@127.0.0.1:$proxy_port/veza?sslmode=disable&gssencmode=disable");

subtest 'a cancellation that nobody answers' => sub {
	$s->start('httpd', env => \%over_tcp);
	is_refused(root($s)->post('/scratch/sleep', { seconds => 20 }), '504 REQUEST_TIMEOUT', 'a cancellation that is answered');
	is(root($s)->post('/scratch/sleep', { seconds => 0 })->brief, '200', 'leaves a connection that works') if wait_until { root($s)->post('/scratch/sleep', { seconds => 0 })->status == 200 } 'the lane', 3;
	$s->write_file("$flags.cancel", '');
	my @r = root($s)->parallel(([ POST => '/scratch/sleep', { seconds => 20 } ]) x 1);
	is_refused($r[0], '504 REQUEST_TIMEOUT', 'the request is answered in time');
	my $since = time;
	wait_until { root($s)->post('/scratch/sleep', { seconds => 0 })->status == 200 } 'the lane has a connection again', 8;
	is_soon(time - $since, 8, 'although the cancellation still hangs');
	# More of them than there are threads: no order waits behind one that hangs for ever.
	for my $round (1 .. 3)
	{
		my $again = root($s)->post('/scratch/sleep', { seconds => 20 });
		is($again->brief, '504 REQUEST_TIMEOUT', "round $round: the next one");
		wait_until { root($s)->post('/scratch/sleep', { seconds => 0 })->status == 200 } "round $round: the lane", 8;
	}
	unlink "$flags.cancel";
	my $before = metric($s, 'veza_database_lost_total');
	is_refused(root($s)->post('/scratch/sleep', { seconds => 20 }), '504 REQUEST_TIMEOUT', 'one that is answered again');
	wait_until { root($s)->post('/scratch/sleep', { seconds => 0 })->status == 200 } 'the lane', 3;
	is(metric($s, 'veza_database_lost_total'), $before, 'costs no connection');
	is($s->stop('httpd'), 0, 'clean exit');
};

subtest 'the database hangs exactly while routes are loaded' => sub {
	$s->start('httpd', env => \%over_tcp);
	$s->write_file("$flags.routes", '');
	$s->sql("select veza.add_route('POST', '/scratch/later', 'veza.scratch_sleep', 'public', 'slow')");
	wait_until { ready() =~ /^503/ } 'not ready', 20;
	is(root($s)->get('/healthz')->status, 200, 'alive');
	unlink "$flags.routes";
	wait_until { ready() eq '200 ok' } 'ready again', 20;
	ok(wait_route($s, '/scratch/later'), 'with the new route');
	is($s->stop('httpd'), 0, 'clean exit');
};

done_testing;
