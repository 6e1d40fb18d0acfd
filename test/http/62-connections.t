#!/usr/bin/perl
# Connections: kept alive, pipelined, limited, and closed when they should be.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(sleep time);
use Veza::Test;

my $s = stack();

# An httpd with this configuration; returns clients of both ports.
sub serve
{
	my ($name, %env) = @_;
	my %port = (APP_PORT => Veza::Stack->free_port, ADMIN_PORT => Veza::Stack->free_port);
	$s->start('httpd', as => $name, env => { %port, %env });
	return (Veza::Http->new("http://127.0.0.1:$port{APP_PORT}"), Veza::Http->new("http://127.0.0.1:$port{ADMIN_PORT}"));
}

sub clients { my ($admin) = @_; my ($n) = $admin->get('/metrics')->body =~ /^veza_http_clients (\d+)$/m; return $n }

$s->start('httpd', env => { BODY_TIMEOUT => '2s' });
my $root = root($s);
my $user = register($s);
my $plans = '/api/v1/subscriptions/plans';

subtest 'kept alive' => sub {
	my $c = $root->connect;
	my %seen;
	for my $n (1 .. 300)
	{
		my ($method, $path, $body) = @{ ([ GET => $plans ], [ POST => '/api/v1/auth/login', {} ], [ GET => '/nothing' ], [ HEAD => $plans ], [ GET => '/healthz' ])[ $n % 5 ] };
		$seen{ $c->request($method, $path, $body)->status }++;
	}
	is_deeply(\%seen, { 200 => 180, 400 => 60, 404 => 60 }, 'three hundred requests on one connection, refusals among them') or diag explain \%seen;
	ok(!$c->is_closed(0), 'which stays open');
	my $r = $c->request('GET', '/healthz', undef, headers => { Connection => 'close' });
	is($r->header('Connection'), 'close', 'Connection: close is answered');
	ok($c->is_closed(2), 'and done');
	$c = $root->connect;
	is($c->request('GET', '/healthz', undef, version => 'HTTP/1.0')->brief, '200', 'HTTP/1.0');
	ok($c->is_closed(2), 'is closed');
	$c = $root->connect;
	is($c->request('GET', '/healthz', undef, version => 'HTTP/1.0', headers => { Connection => 'keep-alive' })->header('Connection') // '', 'Keep-Alive', 'unless it asks not to be');
	is($c->request('GET', '/healthz')->brief, '200', 'and goes on');
};

subtest 'pipelined' => sub {
	my $as = $root->as($user->{token});
	my @requests = map { my $n = $_; [ @{ ([ GET => '/api/v1/auth/me', undef ], [ POST => '/api/v1/subscriptions/cancel', {} ], [ GET => '/nothing', undef ], [ GET => '/status', undef ])[ $n % 4 ] }, "p-$n" ] } 1 .. 60;
	my $c = $as->connect;
	$c->send(join '', map { $as->bytes(@$_[ 0 .. 2 ], headers => { 'X-Request-ID' => $_->[3] }) } @requests);
	my @answers = map { scalar $c->answer(timeout => 10) } @requests;
	is(scalar(grep { defined } @answers), 60, 'sixty requests in one write are all answered');
	is_deeply([ map { $_->header('X-Request-ID') } @answers ], [ map { $_->[3] } @requests ], 'in order');
	is_deeply([ map { $_->status } @answers[ 0 .. 3 ] ], [ 404, 404, 200, 200 ], 'each with its own');
	is($c->left, '', 'and nothing more');
	# A bad one among them ends the connection; what stands behind it is not answered.
	$c = $root->connect;
	$c->send($root->bytes('GET', '/healthz') . $root->bytes('GET', '/a<b') . $root->bytes('POST', '/api/v1/auth/login', {}));
	my @r = map { scalar $c->answer(timeout => 2) } 1 .. 3;
	is_deeply([ map { $_ ? $_->status : undef } @r ], [ 200, 400, undef ], 'behind a malformed one nothing is answered');
	ok($c->is_closed(1), 'and the connection closed');
	# The body of one is not the next one.
	$c = $root->connect;
	my $inner = $root->bytes('GET', '/healthz');
	$c->send($root->bytes('GET', $plans, $inner) . $root->bytes('GET', '/healthz'));
	@r = map { scalar $c->answer(timeout => 1) } 1 .. 3;
	is(scalar(grep { defined } @r), 2, 'a request in the body of a GET is none');
	like($r[0]->body, qr/"artist"/, 'the first is answered');
	is_deeply($r[1]->json, { status => 'alive' }, 'and the second');
};

subtest 'idle' => sub {
	my ($http, $admin) = serve('idle', KEEPALIVE_TIMEOUT => '1s');
	my $c = $http->connect;
	$c->request('GET', '/healthz');
	my $since = time;
	ok($c->is_closed(3), 'an idle connection is closed');
	my $took = time - $since;
	cmp_ok($took, '>=', 0.9, 'after KEEPALIVE_TIMEOUT');
	is_soon($took, 1.6, 'soon');
	$c = $http->connect;
	for (1 .. 4) { $c->request('GET', '/healthz'); sleep 0.4 }
	ok(!$c->is_closed(0), 'one that is used stays');
	$s->stop('idle');
};

subtest 'connections of one address' => sub {
	my ($http, $admin) = serve('limited', MAX_CONNECTIONS_PER_IP => 8);
	wait_until { clients($admin) == 0 } 'no client';
	my @open = map { my $c = $http->connect; $c->request('GET', '/healthz'); $c } 1 .. 8;
	is(clients($admin), 8, 'eight are let in');
	my @more = map { $http->connect } 1 .. 5;
	$_->send($http->bytes('GET', '/healthz')) for @more;
	is_deeply([ grep { !$_->is_closed(2) } @more ], [], 'more are closed at once');
	is_deeply([ grep { length $_->left } @more ], [], 'without an answer');
	is($open[3]->request('GET', '/healthz')->brief, '200', 'those inside are served');
	is($admin->get('/healthz')->brief, '200', 'the admin port too');
	$open[0]->close;
	wait_until { $http->get('/healthz')->status == 200 } 'when one leaves the next is let in', 3;
	for my $round (1 .. 3)
	{
		$_->close for splice @open;
		wait_until { clients($admin) == 0 } 'all gone', 5;
		@open = map { $http->connect } 1 .. 8;
		is(scalar(grep { $_->request('GET', '/healthz')->status == 200 } @open), 8, 'the count does not drift');
	}
	$_->close for @open;
	wait_until { clients($admin) == 0 } 'all gone';
	$s->stop('limited');

	($http) = serve('trusting', MAX_CONNECTIONS_PER_IP => 4, TRUSTED_PROXIES => '10.0.0.1, 127.0.0.1');
	@open = map { my $c = $http->connect; $c->request('GET', '/healthz'); $c } 1 .. 12;
	is(scalar(grep { !$_->is_closed(0) } @open), 12, 'a trusted proxy may have more');
	$s->stop('trusting');

	($http) = serve('free', MAX_CONNECTIONS_PER_IP => 0);
	@open = map { $http->connect } 1 .. 300;
	$_->send($http->bytes('GET', '/healthz')) for @open;
	is(scalar(grep { my $r = $_->answer(timeout => 5); $r && $r->status == 200 } @open), 300, '0 is no limit');
	$s->stop('free');
};

subtest 'connections altogether' => sub {
	my ($http, $admin) = serve('full', HTTP_LOOPS => 1, MAX_CONNECTIONS => 16, MAX_CONNECTIONS_PER_IP => 0);
	wait_until { clients($admin) == 0 } 'no client';
	my @open = map { my $c = $http->connect; $c->request('GET', '/healthz'); $c } 1 .. 16;
	is(clients($admin), 16, 'as many as MAX_CONNECTIONS are let in');
	my $waiting = $http->connect;
	$waiting->send($http->bytes('GET', '/healthz'));
	ok(!$waiting->answer(timeout => 0.3), 'the next one waits');
	is($open[15]->request('GET', $plans)->brief, '200', 'those inside are served');
	is($admin->get($_)->brief, '200', "the admin port answers $_") for '/healthz', '/readyz', '/metrics';
	$_->close for @open[ 0 .. 3 ];
	my $r = $waiting->answer(timeout => 5);
	is($r ? $r->brief : 'nothing', '200', 'when others leave, it is served');
	is($http->get('/healthz')->brief, '200', 'and all is well');
	is($s->stop('full'), 0, 'clean exit');
};

subtest 'clients that vanish' => sub {
	my $before = clients(admin($s));
	for my $how (1 .. 60)
	{
		my $c = $root->connect;
		$c->send($root->bytes('GET', $plans)) if $how % 3;
		$c->send("POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx") if !($how % 3);
		$c->close(reset => $how % 2);
	}
	# The last ones may not have been accepted yet; their own request comes behind them.
	is_deeply([ grep { $_ ne '200' } map { $_->brief } $root->parallel(map { [ GET => $plans ] } 1 .. 16) ], [], 'others are answered');
	wait_until { clients(admin($s)) <= $before } 'all are forgotten, at their deadline at the latest', 5;
	wait_until { metric($s, 'veza_http_requests_running') == 0 } 'nothing runs', 5;
	is($root->get($plans)->brief, '200', 'and all is well');
};

is($s->stop('httpd'), 0, 'clean exit');
done_testing;
