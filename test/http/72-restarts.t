#!/usr/bin/perl
# Under load: connections to PostgreSQL that are killed, PostgreSQL that is
# restarted, and httpd that is told to stop. No answer is cut or wrong.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Socket::INET;
use POSIX qw(_exit WNOHANG);
use Test::More;
use Time::HiRes qw(sleep time);
use Veza::Session;
use Veza::Test;

my $s = stack();
$s->sql(<<'SQL');
create function veza.scratch_sleep(seconds numeric) returns json language sql volatile as
$$ select to_json(pg_sleep($1)::text) $$;
comment on function veza.scratch_sleep is 'Sleep.';
select veza.add_route('POST', '/scratch/sleep', 'veza.scratch_sleep', 'public', 'writes');
create table veza.scratch_gate ();
create function veza.scratch_wait() returns json language sql volatile security definer set search_path = pg_catalog as
$$ select to_json(count(*)) from veza.scratch_gate $$;
comment on function veza.scratch_wait is 'Wait until nobody locks the gate.';
select veza.add_route('POST', '/scratch/wait', 'veza.scratch_wait', 'public', 'writes');
SQL
# Each loop has room for what runs until it is let go, and for the load beside it.
$s->start('httpd', env => { DB_WRITE_CONNECTIONS => 8 });
my $user = register($s);
wait_route($s, '/scratch/wait');
my @children;

# Starts clients that send one request after the other, each on a kept connection, until they are told to stop; they have
# had good answers when this returns.
my $WARM = 20;
sub load
{
	my ($n) = @_;
	for my $number (1 .. $n)
	{
		pipe(my $read, my $write) or die "pipe: $!";
		$write->autoflush(1);
		my $pid = fork // die "fork: $!";
		if (!$pid)
		{
			my $stop = 0;
			$SIG{TERM} = sub { $stop = 1 };
			my $root = root($s)->as($user->{token});
			my (%n, $c);
			my $i = $number;
			while (!$stop)
			{
				my ($method, $path, $body, $good) = @{ ([ GET => '/api/v1/auth/me', undef, 200 ], [ POST => '/api/v1/subscriptions/cancel', {}, 404 ],
					[ GET => '/api/v1/subscriptions/plans', undef, 200 ])[ $i++ % 3 ] };
				$c = $root->connect if !$c || $c->{is_closed};
				my $is_new = !$c->{used}++;
				$c->send($root->bytes($method, $path, $body));
				my $r = $c->answer(timeout => 15, method => $method);
				my $word = $r ? ($r->status == $good ? 'good' : $r->brief)
				  : length $c->left ? 'cut: ' . substr $c->left, 0, 80
				  : ($c->{problem} // '') =~ /refused/ ? 'refused'
				  : $c->{is_closed} ? ($is_new ? 'closed' : 'idle closed') : 'no answer';
				$n{$word}++;
				print $write "warm\n" if $word eq 'good' && $n{good} == $WARM;
				$n{'503 without Retry-After'}++ if $r && $r->status == 503 && !$r->header('Retry-After');
				sleep 0.01 if $word eq 'refused';
				undef $c if !$r;
			}
			print $write Veza::Http::encode(\%n);
			close $write;
			_exit(0);
		}
		close $write;
		push @children, { pid => $pid, read => $read };
	}
	for my $child (@children[ -$n .. -1 ])
	{
		my $line = readline $child->{read};
		is($line, "warm\n", 'a client is served') if ($line // '') ne "warm\n";
	}
	return;
}

# Ends the load; returns how often each kind of answer came.
sub relief
{
	my %sum;
	kill 'TERM', map { $_->{pid} } @children;
	for my $child (splice @children)
	{
		local $/;
		my $fh = $child->{read};
		my $n = Veza::Http::decode(scalar <$fh>) // { 'a client died' => 1 };
		waitpid $child->{pid}, 0;
		$sum{$_} += $n->{$_} for keys %$n;
	}
	diag join ', ', map { "$_: $sum{$_}" } sort keys %sum;
	return \%sum;
}

END { kill 'KILL', map { $_->{pid} } @children }

sub only
{
	my ($sum, $allowed, $name) = @_;
	return is_deeply([ grep { $_ !~ $allowed } sort keys %$sum ], [], $name) || diag explain $sum;
}

sub works { return (grep { $_->status != 200 } api($s, $user->{token})->parallel(map { [ GET => '/auth/me' ] } 1 .. 20)) == 0 }

subtest 'connections to PostgreSQL that are killed' => sub {
	my $pid = $s->{pids}{httpd};
	my $lost = metric($s, 'veza_database_lost_total');
	load(4);
	for (1 .. 4)
	{
		sleep 0.4;
		$s->sql("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'veza_httpd'");
	}
	wait_until { works() } 'recovery', 5;
	my $healed = time;
	sleep 0.3;
	my $sum = relief();
	cmp_ok($sum->{good} // 0, '>', 4 * $WARM, 'there was load');
	only($sum, qr/^(?:good|503 DATABASE_UNAVAILABLE)$/, 'nothing but good answers and 503 DATABASE_UNAVAILABLE');
	cmp_ok(metric($s, 'veza_database_lost_total') - $lost, '>=', 16, 'the losses are counted');
	is($s->{pids}{httpd}, $pid, 'the same httpd');
	ok($s->is_running('httpd'), 'which never stopped');
	load(2);
	sleep 0.5;
	only(relief(), qr/^good$/, 'afterwards all is good');
	# Routes are still noticed: the connection that listens is back as well.
	$s->sql("select veza.add_route('POST', '/scratch/after', 'veza.scratch_sleep', 'public', 'writes')");
	ok(wait_route($s, '/scratch/after'), 'new routes are noticed');
};

subtest 'PostgreSQL is restarted' => sub {
	for my $mode (qw(fast immediate))
	{
		load(4);
		sleep 0.3;
		$s->stop_postgres($mode);
		sleep 0.3;
		$s->start_postgres;
		my $back = time;
		wait_until { root($s)->get('/readyz')->status == 200 && works() } "recovery from $mode", 10;
		is_soon(time - $back, 6, "$mode: soon");
		sleep 0.3;
		my $sum = relief();
		cmp_ok($sum->{good} // 0, '>', 4 * $WARM, "$mode: there was load");
		only($sum, qr/^(?:good|503 DATABASE_UNAVAILABLE)$/, "$mode: nothing but good answers and 503 DATABASE_UNAVAILABLE");
	}
	ok($s->is_running('httpd'), 'httpd never stopped');
};

# Tells httpd to stop; returns its exit code and how long it took.
sub stop_httpd
{
	my ($during) = @_;
	my $pid = delete $s->{pids}{httpd};
	my $since = time;
	kill 'TERM', $pid;
	$during->() if $during;
	my $ended = wait_until { waitpid($pid, WNOHANG) == $pid } 'httpd ends', 40;
	my $result = $ended ? $? : -1;
	kill 'KILL', $pid if !$ended;
	return ($result, time - $since);
}

subtest 'httpd is told to stop' => sub {
	my $gate = Veza::Session->new($s);
	$gate->do('begin; lock table veza.scratch_gate in access exclusive mode');
	my @running = map { my $c = root($s)->connect; $c->send(root($s)->bytes('POST', '/scratch/wait', {})); $c } 1 .. 4;
	my @idle = map { my $c = root($s)->connect; $c->request('GET', '/healthz'); $c } 1 .. 4;
	wait_until { metric($s, 'veza_http_requests_running') == 4 } 'four running requests', 3;
	load(4);
	my $half = root($s)->connect;
	$half->request('GET', '/healthz');
	$half->send("GET /healthz HTTP/1.1\r\nHo");
	sleep 0.5;
	my $ready;
	my $opened;
	my ($result) = stop_httpd(sub {
		wait_until { !IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $s->port('httpd'), Timeout => 1) } 'the port closes', 5;
		$ready = admin($s)->get('/readyz');
		is_deeply([ grep { !$_->is_closed(5) } @idle ], [], 'idle connections are closed');
		$half->send("st: x\r\n\r\n");
		my $r = $half->answer(timeout => 10);
		is($r ? $r->status : 'nothing', 200, 'a request that has begun to arrive is answered');
		$gate->do('rollback');
		$opened = time;
	});
	my $seconds = time - $opened;
	is($result, 0, 'it ends with exit code 0');
	is_soon($seconds, 5, 'when the last request is answered');
	is($ready->status . ' ' . ($ready->json // {})->{status}, '503 draining', 'meanwhile it is not ready, because it is draining');
	is($ready->header('Retry-After') // '', '1', 'Retry-After');
	my @r = map { scalar $_->answer(timeout => 5) } @running;
	is_deeply([ map { $_ ? $_->brief : 'nothing' } @r ], [ ('200') x 4 ], 'running requests are answered');
	is_deeply([ map { $_ ? $_->header('Connection') : '' } @r ], [ ('close') x 4 ], 'and told that the connection ends');
	my $sum = relief();
	cmp_ok($sum->{good} // 0, '>=', 4 * $WARM, 'there was load');
	# A connection that is closed while it is idle may cross with a request; a new one may be refused.
	only($sum, qr/^(?:good|idle closed|refused|closed)$/, 'no answer is cut, none is an error');
	cmp_ok($sum->{'idle closed'} // 0, '<=', 4, 'and at most one request of each client crosses with the end of its connection');
	like($s->tail('httpd'), qr/"message":"stopped"/, 'the log says that it has stopped');
	is($s->sql_value("select count(*) from pg_stat_activity where usename = 'veza_httpd'"), 0, 'and its connections to PostgreSQL are gone');
};

subtest 'what does not end in time' => sub {
	$s->start('httpd', env => { SHUTDOWN_TIMEOUT => '500ms' });
	my $c = root($s)->connect;
	$c->send(root($s)->bytes('POST', '/scratch/sleep', { seconds => 9 }));
	wait_until { metric($s, 'veza_http_requests_running') == 1 } 'a running request', 3;
	my ($result, $seconds) = stop_httpd();
	is($result, 0, 'exit code 0');
	is_soon($seconds, 3, 'after SHUTDOWN_TIMEOUT');
	wait_until { $s->sql_value("select count(*) from pg_stat_activity where usename = 'veza_httpd'") == 0 } 'PostgreSQL notices', 15;
};

subtest 'balancers see it before the port closes' => sub {
	$s->start('httpd', env => { DRAIN_DELAY => '2s' });
	my $kept = root($s)->connect;
	$kept->request('GET', '/healthz');
	my ($result, $seconds) = stop_httpd(sub {
		my $r;
		wait_until { ($r = root($s)->get('/readyz'))->status == 503 } 'not ready', 1.5;
		is($r->json->{status}, 'draining', 'because it is draining, which a new connection is told');
		is($kept->request('GET', '/api/v1/subscriptions/plans')->brief, '200', 'while kept connections are served');
		is(api($s)->get('/subscriptions/plans')->brief, '200', 'and new ones');
	});
	is($result, 0, 'exit code 0');
	cmp_ok($seconds, '>=', 2, 'after DRAIN_DELAY');
	is_soon($seconds, 6, 'and not much later');
	$s->start('httpd', env => { DRAIN_DELAY => '60s' });
	my $pid = $s->{pids}{httpd};
	($result, $seconds) = stop_httpd(sub {
		wait_until { root($s)->get('/readyz')->status == 503 } 'not ready', 5;
		kill 'HUP', $pid;
		sleep 0.3;
		is(root($s)->get('/healthz')->status, 200, 'a reload meanwhile ends nothing');
		kill 'TERM', $pid;
	});
	is($result, 0, 'a second signal: exit code 0');
	is_soon($seconds, 10, 'at once');
};

subtest 'told twice' => sub {
	$s->start('httpd');
	my $pid = $s->{pids}{httpd};
	my ($result) = stop_httpd(sub { kill 'TERM', $pid; kill 'INT', $pid });
	is($result, 0, 'is told once');
};

done_testing;
