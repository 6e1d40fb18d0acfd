#!/usr/bin/perl
# Two veza-httpd that share their rate limits through a real Redis, which is
# stopped, frozen, flushed and locked meanwhile: there is always a limit, and never an outage.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(sleep time);
use Veza::Test;

my $plans = '/subscriptions/plans';
my $s = stack(env => { DISABLE_RATE_LIMIT_FOR_TESTS => 'false', HTTP_LOOPS => 2, MAX_CONNECTIONS_PER_IP => 0, TRUSTED_PROXIES => '127.0.0.1',
	RATE_LIMIT_LIMIT => 60 });
my %two = (APP_PORT => Veza::Stack->free_port, ADMIN_PORT => Veza::Stack->free_port);
my $client = 0;

# The two processes, and their second ports.
my @api;
my @admin = (admin($s), Veza::Http->new("http://127.0.0.1:$two{ADMIN_PORT}"));

# Starts both processes with nothing counted of their own.
sub anew
{
	my (%env) = @_;
	$s->stop($_) for qw(httpd httpd2);
	$s->start('httpd', env => \%env);
	$s->start('httpd', as => 'httpd2', env => { %env, %two });
	@api = (api($s), Veza::Http->new("http://127.0.0.1:$two{APP_PORT}", prefix => '/api/v1'));
	return;
}

# A sample of each process' metrics.
sub sample
{
	my ($name) = @_;
	return map { $_->get('/metrics')->body =~ /^\Q$name\E (\S+)$/m ? $1 + 0 : 'none' } @admin;
}

# Waits until both loops of both processes have a connection to Redis, or none has.
sub wait_shared
{
	my ($is_shared) = @_;
	my $wanted = $is_shared ? '2 2' : '0 0';
	return ok(wait_until {
		# A loop learns that Redis is frozen when it asks; several connections reach each of them sooner or later.
		if (!$is_shared) { $_->parallel(map { [ GET => $plans ] } 1 .. 8) for @api }
		join(' ', sample('veza_redis_connections_active')) eq $wanted
	} ($is_shared ? 'sharing' : 'no sharing'), 20);
}

# A fresh client's address.
sub fresh { return '192.0.' . (++$client >> 8) . '.' . ($client & 255) }

# n requests of a client to each process at the same time; what was answered, per process, and the longest time.
sub burst
{
	my ($address, $n, %o) = @_;
	my @request = (GET => $o{path} // $plans, undef, headers => { 'X-Forwarded-For' => $address }, $o{token} ? (token => $o{token}) : ());
	my @results;
	my $begin = time + 0.15;
	my @pids = map {
		my $i = $_;
		my $pid = open(my $out, '-|') // die "fork: $!";
		if (!$pid)
		{
			sleep $begin - time if $begin > time;
			my @r = $api[$i]->parallel(map { [@request] } 1 .. $n);
			my %n;
			$n{ $_->status }++ for @r;
			my ($slowest) = sort { $b <=> $a } map { $_->seconds // 99 } @r;
			print Veza::Http::encode({ statuses => \%n, slowest => $slowest });
			close STDOUT;
			POSIX::_exit(0);
		}
		$out;
	} 0 .. $#api;
	for my $out (@pids)
	{
		local $/;
		push @results, Veza::Http::decode(scalar <$out>);
		close $out;
	}
	return @results;
}

# How many of a burst were admitted by each process; fails on any answer that is neither that nor a refusal.
sub admitted
{
	my (@results) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my @other = map { my $r = $_; map { "$_ x $r->{statuses}{$_}" } grep { !/^(?:200|429)$/ } keys %{ $r->{statuses} } } @results;
	is_deeply(\@other, [], 'no other answer than 200 and 429');
	return map { $_->{statuses}{200} // 0 } @results;
}

sub sum { my $n = 0; $n += $_ for @_; return $n }

# One request after the other to one process; statuses and the longest time.
sub one_by_one
{
	my ($api, $address, $n) = @_;
	my ($c, $slowest, %n) = ($api->connect, 0);
	for (1 .. $n)
	{
		my $start = time;
		$n{ $c->request(GET => $plans, undef, headers => { 'X-Forwarded-For' => $address })->status }++;
		$slowest = time - $start if time - $start > $slowest;
	}
	return (\%n, $slowest);
}

$s->start_redis(password => 'test-redis-p@ss/word');
$s->{env}{REDIS_URL} = 'redis://:test-redis-p%40ss%2Fword@127.0.0.1:' . $s->port('redis') . '/2';

subtest 'one count' => sub {
	anew();
	wait_shared(1);
	is(admin($s)->get('/readyz')->json->{checks}{redis}, 'ok', 'readyz says so') if wait_until { admin($s)->get('/readyz')->json->{checks}{redis} ne 'unknown' } 'probe';
	my @all = (0, 0);
	for my $round (1 .. 4)
	{
		my @n = admitted(burst(fresh(), 100));
		is(sum(@n), 60, "of 200 at both at the same time exactly 60 are let in (@n)");
		$all[$_] += $n[$_] for 0, 1;
	}
	ok($all[0] > 0 && $all[1] > 0, "both let some in (@all)");
	my $a = fresh();
	my ($n) = one_by_one($api[0], $a, 45);
	is_deeply($n, { 200 => 45 }, 'what one has counted');
	my $r = $api[1]->get($plans, headers => { 'X-Forwarded-For' => $a });
	is($r->header('X-RateLimit-Remaining'), 14, 'the other knows');
	is($r->header('X-RateLimit-Limit'), 60, 'and says');
	($n) = one_by_one($api[1], $a, 20);
	is_deeply($n, { 200 => 14, 429 => 6 }, 'and goes on from there');
	$r = $api[0]->get($plans, headers => { 'X-Forwarded-For' => $a });
	is_refused($r, '429 RATE_LIMIT_EXCEEDED', 'the first refuses what the second has used up');
	ok($r->header('Retry-After') > 30 && $r->header('Retry-After') <= 66, 'and says until when') or diag $r->header('Retry-After');
	is($s->redis('DBSIZE') > 0, 1, 'in the database that REDIS_URL names');
	my @ttl = map { $s->redis('PTTL', $_) } split /\n/, $s->redis('KEYS', 'veza:limit:*');
	is_deeply([ grep { $_ <= 0 || $_ > 72000 } @ttl ], [], 'every key expires');
	cmp_ok(scalar @ttl, '>', 3, 'of which there are some');
};

subtest 'users and budgets are shared, too' => sub {
	my $user = register($s);
	my @n = admitted(burst(fresh(), 50, path => '/auth/me', token => $user->{token}));
	is(sum(@n), 60, 'a user at one address');
	my $r = $api[1]->get('/auth/me', token => $user->{token}, headers => { 'X-Forwarded-For' => fresh() });
	is($r->brief, '429 RATE_LIMIT_EXCEEDED', 'is limited at another, at another process');
	my $a = fresh();
	my @statuses = map { $api[ $_ % 2 ]->post('/auth/login', {}, headers => { 'X-Forwarded-For' => $a })->status } 1 .. 8;
	is("@statuses", '400 400 400 400 400 429 429 429', 'five logins a minute, wherever');
	is($api[0]->get($plans, headers => { 'X-Forwarded-For' => $a })->header('X-RateLimit-Remaining'), 54, 'of which the refused were not counted elsewhere');
};

subtest 'who waits as told is let in' => sub {
	anew(RATE_LIMIT_LIMIT => 10, RATE_LIMIT_WINDOW => 4);
	wait_shared(1);
	my $a = fresh();
	one_by_one($api[0], $a, 10);
	my $r;
	# What Redis refuses takes no place in the process that asked, where it would stay for longer.
	sleep 2;
	my $until = 0;
	for (1 .. 15)
	{
		$r = $api[1]->get($plans, headers => { 'X-Forwarded-For' => $a });
		$until ||= time + ($r->header('Retry-After') // 0);
	}
	is($r->brief, '429 RATE_LIMIT_EXCEEDED', 'refused by Redis');
	sleep $until - time;
	is((one_by_one($api[1], $a, 1))[0]{200}, 1, 'after Retry-After it is let in by the same process');
	sleep 4.5;
	is((one_by_one($api[1], $a, 10))[0]{200}, 10, 'and later as many as ever');
};

subtest 'flushed' => sub {
	anew();
	wait_shared(1);
	my $a = fresh();
	my @n = admitted(burst($a, 60));
	is(sum(@n), 60, 'sixty are let in');
	$s->redis('FLUSHALL');
	my @more = admitted(burst($a, 100));
	is($n[$_] + $more[$_] <= 60, 1, "process $_ goes on from its own count") for 0, 1;
	cmp_ok(sum(@more), '<=', 60, 'and Redis counts anew');
	is(sum(admitted(burst(fresh(), 100))), 60, 'sharing goes on');
	$s->redis('SCRIPT', 'FLUSH');
	cmp_ok(sum(admitted(burst(fresh(), 100))), '<=', 120, 'without its script');
	wait_shared(1);
	is(sum(admitted(burst(fresh(), 100))), 60, 'which it gets again');
};

subtest 'frozen' => sub {
	anew();
	wait_shared(1);
	my $a = fresh();
	kill 'STOP', $s->{pids}{redis};
	my @r = burst($a, 100);
	my @n = admitted(@r);
	is("@n", '60 60', 'each process counts by itself');
	is_soon($_->{slowest}, 2, sprintf 'nobody waits for long: %.0f ms', 1000 * $_->{slowest}) for @r;
	wait_shared(0);
	my ($n, $slowest) = one_by_one($api[0], fresh(), 100);
	is_deeply($n, { 200 => 60, 429 => 40 }, 'and goes on doing so');
	is_soon($slowest, 0.09, sprintf 'while nobody waits for Redis: %.0f ms', 1000 * $slowest);
	wait_until { $admin[0]->get('/readyz')->json->{status} eq 'degraded' } 'readyz says degraded';
	is($admin[0]->get('/readyz')->status, 200, 'but ready');
	my $start = time;
	my ($worst, $bad) = (0, 0);
	while (time < $start + 4)
	{
		my ($statuses, $t) = one_by_one($api[1], fresh(), 5);
		$worst = $t if $t > $worst;
		$bad += ($statuses->{200} // 0) != 5;
	}
	is($bad, 0, 'all are answered while it tries to connect');
	is_soon($worst, 0.09, sprintf 'at once: %.0f ms', 1000 * $worst);
	kill 'CONT', $s->{pids}{redis};
	wait_shared(1);
	is(sum(admitted(burst(fresh(), 100))), 60, 'thawed, it is shared again');
	ok((sample('veza_redis_lost_total'))[0] > 0, 'the loss is counted');
};

subtest 'stopped and started' => sub {
	anew();
	wait_shared(1);
	my $a = fresh();
	one_by_one($api[0], $a, 50);
	$s->stop('redis');
	my ($n, $slowest) = one_by_one($api[0], $a, 30);
	is_deeply($n, { 200 => 10, 429 => 20 }, 'a process goes on from its own count');
	is_soon($slowest, 0.2, sprintf 'without waiting: %.0f ms', 1000 * $slowest);
	is(join(' ', admitted(burst(fresh(), 100))), '60 60', 'each counts by itself');
	$s->start('redis');
	wait_shared(1);
	is(sum(admitted(burst(fresh(), 100))), 60, 'started again, it is shared again');
	($n) = one_by_one($api[0], $a, 10);
	is_deeply($n, { 429 => 10 }, 'who was refused still is, although Redis has forgotten');
};

subtest 'stopped in the middle of it' => sub {
	anew(RATE_LIMIT_LIMIT => 100000);
	wait_shared(1);
	my $stopper = fork // die;
	if (!$stopper) { sleep 0.3; kill 'KILL', $s->{pids}{redis}; POSIX::_exit(0) }
	my $start = time;
	my (%n, $slowest);
	$slowest = 0;
	while (time < $start + 1.5)
	{
		for my $r (burst(fresh(), 50))
		{
			$n{$_} += $r->{statuses}{$_} for keys %{ $r->{statuses} };
			$slowest = $r->{slowest} if $r->{slowest} > $slowest;
		}
	}
	waitpid $stopper, 0;
	is_deeply([ keys %n ], [200], "all $n{200} requests are answered") or diag explain \%n;
	is_soon($slowest, 2, sprintf 'the slowest in %.0f ms', 1000 * $slowest);
	$s->stop('redis');
	$s->start('redis');
};

subtest 'the wrong password' => sub {
	local $s->{env}{REDIS_URL} = 'redis://:test-wrong-word@127.0.0.1:' . $s->port('redis') . '/2';
	anew();
	wait_shared(0);
	is(join(' ', admitted(burst(fresh(), 100))), '60 60', 'each process counts by itself');
	wait_until { $admin[0]->get('/readyz')->json->{status} eq 'degraded' } 'readyz says degraded';
	like($s->read_file($s->{logs}{httpd}), qr/Redis is away.*WRONGPASS/, 'the log says why');
};

subtest 'never there' => sub {
	$s->stop('redis');
	anew();
	is(join(' ', admitted(burst(fresh(), 100))), '60 60', 'each process counts by itself');
	wait_until { $admin[1]->get('/readyz')->json->{status} eq 'degraded' } 'readyz says degraded';
	is($s->stop($_), 0, "$_ ends well") for qw(httpd httpd2);
	local $s->{env}{REDIS_URL} = 'redis://no-such-host.invalid:6379';
	anew();
	is(join(' ', admitted(burst(fresh(), 100))), '60 60', 'nor with a name that nobody knows');
	is($s->stop($_), 0, "$_ ends well") for qw(httpd httpd2);
};

subtest 'addresses that are none' => sub {
	for my $bad ('rediss://h', 'redis://h/x', 'redis://:test-%zz@h')
	{
		ok(!eval { $s->start('httpd', env => { REDIS_URL => $bad }); 1 }, "$bad: no start");
		like($@, qr/^REDIS_URL must /m, 'and why');
	}
};

subtest 'secrets' => sub {
	my $logs = join '', map { $s->read_file($_) } values %{ $s->{logs} };
	like($logs, qr/rate limits are shared/, 'the logs are there');
	unlike($logs, qr/test-redis-p|p\@ss|p%40ss|test-wrong-word/, 'no password is in any log');
};

done_testing;
