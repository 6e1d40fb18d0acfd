#!/usr/bin/perl
# Health, readiness and status: honest in every state of the database, of the
# schema and of the neighbours, and quick in all of them.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Select;
use IO::Socket::INET;
use POSIX qw(_exit);
use Test::More;
use Time::HiRes qw(sleep time);
use Veza::Test;

my $UUID = qr/[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/;

# Neighbours: one that accepts and never answers, one that refuses, one that is well, one that is ill.
sub listener { return IO::Socket::INET->new(Listen => 64, LocalAddr => '127.0.0.1', ReuseAddr => 1) // die "listen: $!" }
my $hung = listener();
my $refusing = Veza::Stack->free_port;
my @children;

sub neighbour
{
	my ($status) = @_;
	my $socket = listener();
	my $pid = fork // die "fork: $!";
	if (!$pid)
	{
		$SIG{TERM} = 'DEFAULT';
		while (my $c = $socket->accept)
		{
			while (defined(my $line = <$c>)) { last if $line eq "\r\n" }
			print $c "HTTP/1.1 $status x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
			close $c;
		}
		_exit(0);
	}
	push @children, $pid;
	return $socket->sockport;
}

my $s = stack(env => { CHAT_SERVER_URL => 'http://127.0.0.1:' . $hung->sockport,
	STREAM_SERVER_URL => "http://127.0.0.1:$refusing" });
$s->start('httpd');
my $user = register($s);

subtest 'every page, on both ports, at the root and under /api/v1' => sub {
	for my $page (qw(/healthz /health /readyz /status /metrics))
	{
		for my $at ([ main => root($s), '' ], [ main => root($s), '/api/v1' ], [ admin => admin($s), '' ], [ admin => admin($s), '/api/v1' ])
		{
			my ($name, $http, $prefix) = @$at;
			my $r = $http->get("$prefix$page");
			is($r->status, 200, "$name port $prefix$page");
			like($r->header('Content-Type') // '', $page eq '/metrics' ? qr{^text/plain; version=0\.0\.4} : qr{^application/json}, 'content type');
			is($r->header('Cache-Control'), 'no-store', 'is not cached');
			like($r->header('X-Request-ID') // '', qr/^$UUID$/, 'has a request id');
			is($http->head("$prefix$page")->brief, '200', 'HEAD');
			is($http->head("$prefix$page")->body, '', 'HEAD has no body');
		}
	}
	is(root($s)->get('/health', headers => { 'X-Request-ID' => 'mine-1' })->header('X-Request-ID'), 'mine-1', 'the request id is echoed');
	is(admin($s)->get('/health', headers => { 'X-Request-ID' => 'mine-2' })->header('X-Request-ID'), 'mine-2', 'on the admin port too');
};

subtest 'other methods and addresses' => sub {
	for my $http (root($s), admin($s))
	{
		my $r = $http->post('/health', {});
		is_refused($r, '405 METHOD_NOT_ALLOWED', "POST /health on port $http->{port}");
		is($r->header('Allow'), 'GET, HEAD, OPTIONS', 'Allow names the methods') if $http->{port} == $s->port('httpd');
		like($r->header('Allow') // '', qr/^GET, HEAD/, 'Allow is there');
	}
	is_refused(admin($s)->get('/api/v1/auth/me'), '404 ROUTE_NOT_FOUND', 'the admin port has no API');
	is_refused(admin($s)->get('/healthz/x'), '404 ROUTE_NOT_FOUND', 'nor anything below a page');
};

subtest 'what the pages say when all is well' => sub {
	is_deeply(root($s)->get('/healthz')->json, { status => 'alive' }, 'healthz');
	my $h = root($s)->get('/health')->json;
	is_deeply([ sort keys %$h ], [qw(database service status timestamp uptime version)], 'health: members');
	is("$h->{status} $h->{database} $h->{service}", 'healthy ok veza-httpd', 'health');
	my $r = root($s)->get('/readyz')->json;
	is($r->{status}, 'ready', 'readyz');
	is_deeply($r->{checks}, { database => 'ok', redis => 'disabled', rabbitmq => 'disabled' }, 'readyz: checks');
	like($r->{timestamp}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'readyz: timestamp');
};

subtest 'a hung neighbour and one that refuses cost /status less than a second' => sub {
	my @r = root($s)->parallel(map { [ GET => $_ ] } ('/status') x 10, ('/healthz') x 10, ('/api/v1/auth/me') x 10);
	my @status = @r[ 0 .. 9 ];
	is_deeply([ map { $_->brief } @status ], [ ('200') x 10 ], 'all are answered');
	is_deeply([ map { sprintf '%.2f', $_->seconds } grep { $_->seconds >= 1 } @status ], [], 'in less than a second');
	is_deeply([ map { sprintf '%.2f', $_->seconds } grep { $_->seconds >= 0.5 } @r[ 10 .. 29 ] ], [], 'others do not wait for them');
	my $j = $status[0]->json;
	is($j->{status}, 'degraded', 'degraded');
	is($j->{environment}, 'test', 'environment');
	like($j->{version}, qr/^\d+\.\d+\.\d+$/, 'version');
	cmp_ok($j->{uptime}, '>', 0, 'uptime');
	is_deeply([ sort keys %{ $j->{services} } ], [qw(chat_server clamav database payments rabbitmq redis stream_server uploads)], 'services');
	is($j->{services}{database}{status}, 'ok', 'the database is well');
	for my $service (qw(database chat_server stream_server))
	{
		like($j->{services}{$service}{latency_ms} // '', qr/^\d+(?:\.\d+)?(?:e-\d+)?$/, "$service: latency in ms");
	}
	is_deeply($j->{services}{redis}, { status => 'disabled' }, 'redis is disabled');
	is($j->{services}{chat_server}{status}, 'down', 'the hung one is down');
	cmp_ok($j->{services}{chat_server}{latency_ms}, '>=', 500, 'after its deadline');
	is_deeply($j->{services}{uploads}, { status => 'ok' }, 'files can be uploaded');
	is("$j->{services}{payments}{status} $j->{services}{payments}{reason}", 'down no_relay', 'without a relay nobody can pay');
	is($j->{services}{stream_server}{status}, 'down', 'the refusing one is down');
	is_soon($j->{services}{stream_server}{latency_ms}, 500, 'at once');
};

subtest 'who asks how all is does not make work for each answer' => sub {
	my $asked = sub { my $n = 0; while (IO::Select->new($hung)->can_read(0.1)) { $hung->accept->close; $n++ } return $n };
	$asked->();
	sleep 1.1;
	my $before = $asked->();
	my $threads = 0;
	my $http = root($s);
	my $since = time;
	for my $round (1 .. 3)
	{
		is_deeply([ grep { $_ ne '200' } map { $_->brief } $http->parallel(map { [ GET => '/status' ] } 1 .. 60) ], [], "round $round: all are answered");
		my @tasks = glob "/proc/$s->{pids}{httpd}/task/*";
		$threads = @tasks if @tasks > $threads;
	}
	# Once a second at most by those who ask, and once every five by the probe of /readyz.
	cmp_ok($asked->(), '<=', 2 + 2 * (time - $since), '180 questions ask a neighbour a few times');
	my $now = () = glob "/proc/$s->{pids}{httpd}/task/*";
	cmp_ok($threads, '<=', $now + 4, 'and take no thread each');
};

subtest 'limits hold for what costs something' => sub {
	my %port = (httpd => Veza::Stack->free_port, admin => Veza::Stack->free_port);
	$s->start('httpd', as => 'limited', env => { APP_PORT => $port{httpd}, ADMIN_PORT => $port{admin}, DISABLE_RATE_LIMIT_FOR_TESTS => 'false', RATE_LIMIT_LIMIT => 6 });
	my ($http, $admin) = map { Veza::Http->new("http://127.0.0.1:$port{$_}") } qw(httpd admin);
	is($http->get('/status')->brief, '200', 'status') for 1 .. 3;
	is($http->get('/metrics')->brief, '200', 'metrics') for 1 .. 3;
	is_refused($http->get('/status'), '429 RATE_LIMIT_EXCEEDED', 'status beyond the limit');
	is_refused($http->get('/api/v1/metrics'), '429 RATE_LIMIT_EXCEEDED', 'metrics beyond the limit');
	is($http->get($_)->brief, '200', "$_ is what balancers ask: free") for ('/healthz', '/readyz', '/health') x 3;
	is($admin->get($_)->brief, '200', "$_ on the other port: free") for ('/status', '/metrics') x 5;
	my ($first, $second) = map { $admin->get('/metrics')->body =~ /^(veza_http_requests_total\{method="GET",path="\/healthz".*)$/m; my $n = $1; $http->get('/healthz'); $n } 1 .. 2;
	isnt($first, $second, 'where the metrics are those of the moment');
	is($s->stop('limited'), 0, 'clean exit');
};

subtest 'neighbours that answer' => sub {
	my ($well, $ill) = (neighbour(200), neighbour(500));
	my %port = (httpd => Veza::Stack->free_port, admin => Veza::Stack->free_port);
	$s->start('httpd', as => 'httpd2', env => { APP_PORT => $port{httpd}, ADMIN_PORT => $port{admin}, REDIS_ENABLE => 'true',
		REDIS_URL => "redis://127.0.0.1:$refusing", CHAT_SERVER_URL => "http://127.0.0.1:$well", STREAM_SERVER_URL => "http://127.0.0.1:$ill" });
	my $http = Veza::Http->new("http://127.0.0.1:$port{httpd}");
	my $j = $http->get('/status')->json;
	is($j->{services}{chat_server}{status}, 'ok', 'a well one');
	is($j->{services}{stream_server}{status}, 'down', 'one that answers 500');
	is($j->{status}, 'degraded', 'degraded');
	my $r;
	wait_until { $r = $http->get('/readyz'); $r->json->{checks}{redis} eq 'down' } 'the probe of Redis';
	is($r->brief, '200', 'readyz stays 200 without an optional service');
	is($r->json->{status}, 'degraded', 'and says degraded');
	is($s->stop('httpd2'), 0, 'clean exit');
	kill 'TERM', @children;
	waitpid $_, 0 for splice @children;
};

subtest 'the database goes and comes back' => sub {
	my $pid = $s->{pids}{httpd};
	my $c = root($s)->connect;
	is($c->request('GET', '/readyz')->brief, '200', 'ready before');
	$s->stop_postgres('immediate');
	my $lost = time;
	my $r;
	wait_until { ($r = root($s)->get('/readyz'))->status == 503 } 'readyz 503', 5;
	is_soon(time - $lost, 2, 'readyz notices in less than 2 s');
	# Until an attempt to connect has failed, it is connecting.
	wait_until { ($r = root($s)->get('/readyz'))->json->{checks}{database} eq 'down' } 'the database is down', 5;
	is($r->json->{status}, 'not_ready', 'not ready');
	is($r->json->{checks}{database}, 'down', 'because of the database');
	like($r->header('Retry-After') // '', qr/^[1-9]\d*$/, 'readyz: Retry-After');
	for my $http (root($s), admin($s))
	{
		is($http->get('/healthz')->brief, '200', 'healthz lives');
		my $h = $http->get('/health');
		is($h->status, 503, 'health is 503');
		is($h->json->{status} . ' ' . $h->json->{database}, 'unhealthy down', 'health says why');
		like($h->header('Retry-After') // '', qr/^[1-9]\d*$/, 'health: Retry-After');
		my $st = $http->get('/status');
		is($st->brief, '200', 'status answers');
		is($st->json->{status} . ' ' . $st->json->{services}{database}{status}, 'degraded down', 'status says why');
		my $m = $http->get('/metrics');
		is($m->brief, '200', 'metrics answer');
		like($m->body, qr/^veza_database_up 0$/m, 'metrics say why');
	}
	for my $call ([ GET => '/auth/me' ], [ GET => '/subscriptions/plans' ], [ POST => '/subscriptions/cancel', {} ],
		[ POST => '/auth/login', { email => $user->{email}, password => 'x' x 8 } ])
	{
		my $a = $user->{api}->request(@$call);
		is_refused($a, '503 DATABASE_UNAVAILABLE', "$call->[0] $call->[1]");
		like($a->header('Retry-After') // '', qr/^[1-9]\d*$/, 'with Retry-After');
		is_soon($a->seconds, 0.5, 'at once');
	}

	$s->start_postgres;
	my $back = time;
	wait_until { root($s)->get('/readyz')->status == 200 } 'ready again', 10;
	is_soon(time - $back, 3, 'ready in less than 3 s');
	wait_until { $user->{api}->get('/auth/me')->status == 200 } 'the reads lane again', 5;
	is_soon(time - $back, 6, 'requests are answered again');
	wait_until { $user->{api}->post('/subscriptions/cancel', {})->status == 404 } 'the writes lane again', 5;
	is($s->{pids}{httpd}, $pid, 'the same httpd');
	ok($s->is_running('httpd'), 'which never stopped');
	is($c->request('GET', '/readyz')->brief, '200', 'its connections live on');
	like(admin($s)->get('/metrics')->body, qr/^veza_database_up 1$/m, 'metrics say so');
};

# The processes of our own cluster.
sub postgres_processes
{
	my $postmaster = $s->postmaster_pid;
	my @found = ($postmaster);
	for my $stat (glob '/proc/[0-9]*/stat')
	{
		open(my $f, '<', $stat) or next;
		my ($pid, $parent) = (<$f> // '') =~ /^(\d+) \(.*\) \S (\d+)/ or next;
		push @found, $pid if $parent == $postmaster;
	}
	return @found;
}

subtest 'a database that hangs is not ready' => sub {
	# The postmaster first, so that no backend is born behind our back.
	kill 'STOP', (postgres_processes())[0];
	my @frozen = postgres_processes();
	kill 'STOP', @frozen;
	my $r;
	my $ok = eval {
		wait_until { ($r = root($s)->get('/readyz'))->status == 503 } 'readyz 503 while the database hangs', 8;
		is(root($s)->get('/healthz')->brief, '200', 'healthz lives');
		my $st = root($s)->get('/status');
		is($st->json->{services}{database}{status}, 'down', 'status says so');
		1;
	};
	kill 'CONT', @frozen, postgres_processes();
	die $@ if !$ok;
	wait_until { root($s)->get('/readyz')->status == 200 } 'ready again', 10;
	wait_until { $user->{api}->get('/auth/me')->status == 200 } 'requests again', 10;
};

END { kill 'TERM', @children if @children }

done_testing;
