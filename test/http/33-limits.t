#!/usr/bin/perl
# Rate limits of one veza-httpd: their numbers, what answers say about them, who
# is counted, and whose address a request has.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(sleep time);
use Veza::Test;

my %on = (DISABLE_RATE_LIMIT_FOR_TESTS => 'false', HTTP_LOOPS => 2, MAX_CONNECTIONS_PER_IP => 0);
my $plans = '/subscriptions/plans';
my $s = stack(env => {%on});
$s->sql(<<'SQL');
CREATE FUNCTION veza.scratch_upload() RETURNS json LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$ SELECT '{}'::json $$;
COMMENT ON FUNCTION veza.scratch_upload IS 'A route with a budget.';
CREATE FUNCTION veza.scratch_odd() RETURNS json LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$ SELECT '{}'::json $$;
COMMENT ON FUNCTION veza.scratch_odd IS 'A route with a budget that nobody knows.';
SELECT veza.add_route('GET', '/api/v1/scratch/upload', 'veza.scratch_upload', 'user', 'reads', budget => 'upload');
SELECT veza.add_route('GET', '/api/v1/scratch/odd', 'veza.scratch_odd', 'public', 'reads', budget => 'odd');
SQL

# Starts veza-httpd anew, with nothing counted.
sub anew
{
	my (%env) = @_;
	$s->stop('httpd');
	$s->start('httpd', env => \%env);
	return api($s);
}

# Sends n equal requests on one connection; how many were not refused for being too many, and the last answer.
sub repeat
{
	my ($api, $n, $method, $path, $body, %o) = @_;
	my $c = $api->connect;
	my ($passed, $r) = (0);
	for (1 .. $n)
	{
		$r = $c->request($method, $path, $body, %o);
		$passed++ if $r->status != 429 && $r->status != 0;
	}
	$c->close;
	return ($passed, $r);
}

# A header field of a client that a proxy names.
sub from { my ($address) = @_; return (headers => { 'X-Forwarded-For' => $address }) }

# The three numbers of an answer.
sub limits { my ($r) = @_; return map { $r->header("X-RateLimit-$_") // 'none' } qw(Limit Remaining Reset) }

# The numbers of the specification, by what development, test, staging and production have.
my %numbers = (
	register      => [ 20, 3, 3600, POST => '/auth/register', {} ],
	login         => [ 5, 5, 60, POST => '/auth/login', {} ],
	resend        => [ 20, 3, 3600, POST => '/auth/resend-verification', {} ],
	reset_request => [ 20, 3, 3600, POST => '/auth/password/reset-request', {} ],
	reset         => [ 20, 5, 3600, POST => '/auth/password/reset', {} ],
	refresh       => [ 1200, 120, 3600, POST => '/auth/refresh', {} ],
	lookup        => [ 60, 10, 60, GET => '/auth/check-username', undef ],
	upload        => [ 200, 20, 3600, GET => '/scratch/upload', undef ],
	global        => [ 1000, 200, 60, GET => '/nothing/there', undef ]);

my ($user, $client);
for my $env (qw(test development staging))
{
	subtest "the numbers of $env" => sub {
		my $api = anew(APP_ENV => $env, TRUSTED_PROXIES => '127.0.0.1');
		$user //= register($s);
		for my $budget (sort keys %numbers)
		{
			my ($relaxed, $strict, $window, $method, $path, $body) = @{ $numbers{$budget} };
			my $limit = $env eq 'staging' ? $strict : $relaxed;
			my $global = $env eq 'staging' ? 200 : 1000;
			my @more = (from('192.0.2.' . ++$client), token => $budget eq 'upload' ? $user->{token} : undef);
			my ($passed, $r) = repeat($api, ($limit < $global ? $limit : $global) + 2, $method, $path, $body, @more);
			if ($limit > $global)
			{
				is($passed, $global, "$budget: the global limit is reached first");
				is($r->details->{budget}, 'global', 'and named');
				next;
			}
			is($passed, $limit, "$budget: $limit");
			is_refused($r, '429 RATE_LIMIT_EXCEEDED', "$budget: one more");
			my $d = $r->details;
			is_deeply([ @$d{qw(budget limit window_seconds)} ], [ $budget, $limit, $window ], 'is told which limit it was');
			is($d->{retry_after}, $r->header('Retry-After'), 'and when to come back, twice the same');
			cmp_ok($d->{retry_after}, '<=', $window * 1.1, 'not later than a window and a tenth');
			is(join(' ', (limits($r))[ 0, 1 ]), "$limit 0", 'the headers say the same');
		}
	};
}

subtest 'what every answer says' => sub {
	my $api = anew(RATE_LIMIT_LIMIT => 100, RATE_LIMIT_REGISTER => 7);
	my @requests = ([ 200 => GET => $plans ], [ 404 => GET => '/nothing' ], [ 401 => GET => '/auth/me' ],
		[ 401 => GET => '/auth/me', undef, token => 'x.y.z' ], [ 405 => DELETE => $plans ], [ 400 => GET => "$plans?a=%zz" ],
		[ 400 => POST => '/auth/refresh', '{' ], [ 200 => HEAD => $plans ], [ 200 => GET => '/auth/me', undef, token => $user->{token} ]);
	my $left = 100;
	for my $case (@requests)
	{
		my ($status, @request) = @$case;
		my $r = $api->request(@request);
		is(join(' ', $r->status, (limits($r))[ 0, 1 ]), "$status 100 " . --$left, "$request[0] $request[1]: counted and told");
		my $in = (limits($r))[2] - time;
		ok($in > 50 && $in < 68, 'the time when all is there again') or diag $in;
	}
	my $r = $api->post('/auth/register', {});
	is(join(' ', (limits($r))[ 0, 1 ]), '7 6', 'of two limits the tighter one is told');
	my $etag = $api->get($plans)->header('ETag');
	$r = $api->get($plans, headers => { 'If-None-Match' => $etag });
	is(join(' ', $r->status, (limits($r))[0]), '304 100', 'not modified');
	for my $path (qw(/healthz /readyz /health /metrics /status))
	{
		is(join(' ', limits(root($s)->get($path))), 'none none none', "$path is not counted among them");
	}
	is(join(' ', limits($api->request(OPTIONS => $plans))), 'none none none', 'nor is OPTIONS');
	is((limits($api->get($plans)))[1], 87, 'nothing else was counted');
};

subtest 'who waits as told is let in' => sub {
	my $api = anew(RATE_LIMIT_LIMIT => 10, RATE_LIMIT_WINDOW => 2);
	my ($passed, $r) = repeat($api, 40, GET => $plans);
	is($passed, 10, 'ten, in a window of two seconds');
	my $wait = $r->header('Retry-After');
	ok($wait >= 1 && $wait <= 3, "then wait for $wait s");
	my $end = time + $wait;
	my $early = 0;
	while (time < $end - 1.2) { $early++ if $api->get($plans)->status == 200; sleep 0.1 }
	is($early, 0, 'nobody earlier');
	sleep $end - time if $end > time;
	is($api->get($plans)->brief, '200', 'and then one is let in');
	sleep 2.3;
	is((limits($api->get($plans)))[1], 9, 'and after a window all are there again');
};

subtest 'many at the same time' => sub {
	my $api = anew(RATE_LIMIT_LIMIT => 73);
	my @r = $api->parallel(map { [ GET => $plans ] } 1 .. 200);
	my %n;
	$n{ $_->brief }++ for @r;
	is_deeply(\%n, { 200 => 73, '429 RATE_LIMIT_EXCEEDED' => 127 }, 'of 200 exactly as many as the limit, over both loops') or diag explain \%n;
	is_deeply([ sort { $a <=> $b } map { (limits($_))[1] } grep { $_->status == 200 } @r ], [ 0 .. 72 ], 'each is told another rest');
	is(metric($s, 'veza_rate_limited_total{budget="global"}'), 127, 'the metric counts the others');
};

subtest 'nobody believes a stranger' => sub {
	my $api = anew(RATE_LIMIT_LIMIT => 50);
	my %n;
	for my $i (1 .. 20)
	{
		$n{ $_->status }++ for $api->parallel(map { my $a = join '.', map { int rand 256 } 1 .. 4;
			[ GET => $plans, undef, headers => { 'X-Forwarded-For' => [ $a, "$a, 127.0.0.1" ] } ] } 1 .. 50);
	}
	is_deeply(\%n, { 200 => 50, 429 => 950 }, 'a thousand claimed addresses are one client');
};

subtest 'clients behind a proxy' => sub {
	my $api = anew(RATE_LIMIT_LIMIT => 5, TRUSTED_PROXIES => '10.0.0.0/8, 127.0.0.1');
	is((repeat($api, 9, GET => $plans, undef, from('192.0.2.1')))[0], 5, 'one');
	is((repeat($api, 9, GET => $plans, undef, from('192.0.2.2')))[0], 5, 'another is another');
	is((repeat($api, 9, GET => $plans, undef, from('6.6.6.6, 192.0.2.1')))[0], 0, 'who adds another hop is the same');
	is((repeat($api, 9, GET => $plans, undef, from('192.0.2.1:4444, 10.3.2.1')))[0], 0, 'behind two proxies, too');
	is((repeat($api, 9, GET => $plans, undef, headers => { 'X-Forwarded-For' => [ '6.6.6.7', '192.0.2.1' ] }))[0], 0, 'with two headers');
	is((repeat($api, 9, GET => $plans, undef, from('2001:db8:0:1::1')))[0], 5, 'IPv6');
	is((repeat($api, 9, GET => $plans, undef, from('2001:db8:0:1:ffff::9')))[0], 0, 'counts by /64');
	is((repeat($api, 9, GET => $plans, undef, from('2001:db8:0:2::1')))[0], 5, 'the next network is another client');
	is((repeat($api, 9, GET => $plans))[0], 5, 'without the header the proxy itself counts');
	is((repeat($api, 9, GET => $plans, undef, from('1.2.3.4, nonsense')))[0], 0, 'and where the header makes no sense');
	wait_until { $s->read_file($s->{logs}{httpd}) =~ /"client":"2001:db8:0:2::1"/ } 'the log says who it was';
	my $registered = $api->post('/auth/register', { username => 'proxied', email => 'proxied@example.test', password => 'correct horse battery' },
		from('198.51.100.7'));
	is($registered->brief, '201', 'an account is made');
	cmp_ok($s->sql_value("select count(*) from veza_data.audit_log where ip_address = '198.51.100.7'"), '>', 0, 'and recorded with its client');
};

subtest 'a user is counted wherever he is' => sub {
	my $api = anew(RATE_LIMIT_LIMIT => 8, RATE_LIMIT_UPLOAD => 3, TRUSTED_PROXIES => '127.0.0.1');
	my $other = register($s);
	my $n = 0;
	my @passed = map { (repeat($api, 1, GET => '/auth/me', undef, from('192.0.2.' . ++$n), token => $user->{token}))[0] } 1 .. 12;
	is("@passed", '1 1 1 1 1 1 1 1 0 0 0 0', 'over many addresses');
	my ($passed, $r) = repeat($api, 5, GET => '/auth/me', undef, from('192.0.2.1'), token => $other->{token});
	is($passed, 5, 'another one at one of these addresses is not');
	is((limits($r))[1], 2, 'and the address is counted as well');
	($passed, $r) = repeat($api, 4, GET => '/auth/me', undef, from('192.0.2.1'), token => $other->{token});
	is($passed, 2, 'until it has reached its limit');
	is($api->get($plans, from('192.0.2.9'))->brief, '200', 'who is nobody is not that user');
	my $third = register($s, username => 'third');
	is((repeat($api, 4, GET => '/scratch/upload', undef, from('192.0.2.51'), token => $third->{token}))[0], 3, 'a budget of users');
	is((repeat($api, 1, GET => '/scratch/upload', undef, from('192.0.2.52'), token => $third->{token}))[0], 0, 'follows, too');
};

subtest 'who is refused leaves the budget alone' => sub {
	my $api = anew(RATE_LIMIT_LIMIT => 6, RATE_LIMIT_WINDOW => 1, RATE_LIMIT_REGISTER => 10);
	my ($passed) = repeat($api, 30, POST => '/auth/register', {});
	is($passed, 6, 'the global limit refuses');
	sleep 1.2;
	($passed) = repeat($api, 6, POST => '/auth/register', {});
	is($passed, 4, 'and only what it let in was counted elsewhere');
};

subtest 'a budget that is not known' => sub {
	my $api = anew(RATE_LIMIT_LIMIT => 9);
	is((repeat($api, 12, GET => '/scratch/odd'))[0], 9, 'is the global one');
	wait_until { $s->read_file($s->{logs}{httpd}) =~ /"budget":"odd"/ } 'a line in the log';
	my @lines = grep { /"budget":"odd"/ && /not known/ } split /\n/, $s->read_file($s->{logs}{httpd});
	is(scalar @lines, 1, 'which is written once');
};

subtest 'the audit log knows' => sub {
	my $api = anew(RATE_LIMIT_LIMIT => 4, RATE_LIMIT_WINDOW => 3, AUTH_RATE_LIMIT_LOGIN_ATTEMPTS => 2, TRUSTED_PROXIES => '127.0.0.1');
	my $rows = sub {
		return [ map { "@$_" } $s->sql('select ip_address, resource_id, count(*) from veza_data.audit_log'
			. " where action = 'security.rate_limit' and outcome = 'failure' and ip_address like '203.0.113.%' group by 1, 2 order by 1, 2") ];
	};
	repeat($api, 30, GET => $plans, undef, from('203.0.113.1'));
	repeat($api, 3, GET => $plans, undef, from('203.0.113.2'));
	repeat($api, 4, POST => '/auth/login', {}, from('203.0.113.3'));
	wait_until { @{ $rows->() } >= 2 } 'rows';
	sleep 1.2;
	is_deeply($rows->(), [ '203.0.113.1 global 1', '203.0.113.3 login 1' ], 'one row for each address and budget');
	sleep 3;
	repeat($api, 30, GET => $plans, undef, from('203.0.113.1'));
	wait_until { $rows->()->[0] eq '203.0.113.1 global 2' } 'another row for another window';
	is(metric($s, 'veza_rate_limit_audit_dropped_total'), 0, 'nothing was dropped');
};

subtest 'a flood of refusals does not flood the audit log' => sub {
	my $api = anew(RATE_LIMIT_LIMIT => 1, TRUSTED_PROXIES => '127.0.0.1');
	my $c = $api->connect;
	my ($before) = $s->sql_value("select count(*) from veza_data.audit_log where action = 'security.rate_limit'");
	my $start = time;
	for my $i (1 .. 400)
	{
		$c->request(GET => '/nothing', undef, from("198.18." . ($i >> 8) . '.' . ($i & 255))) for 1 .. 2;
	}
	ok(metric($s, 'veza_rate_limit_audit_dropped_total') > 0, 'what is too much is dropped, and counted');
	my $rows = $s->sql_value("select count(*) from veza_data.audit_log where action = 'security.rate_limit'") - $before;
	cmp_ok($rows, '<=', 20 * (2 + time - $start), 'few a second are written');
};

subtest 'the provider is not limited' => sub {
	my $api = anew(RATE_LIMIT_LIMIT => 3);
	my $body = '{}';
	require Digest::SHA;
	my $signature = Digest::SHA::hmac_sha512_hex($body, 'test-webhook-secret');
	my ($passed, $r) = repeat($api, 10, POST => '/webhooks/hyperswitch', $body, headers => { 'X-Webhook-Signature-512' => $signature });
	is($passed, 10, 'its signed webhooks always arrive') or diag $r->brief;
	isnt($r->status, 401, 'the signature is good');
	($passed) = repeat($api, 10, POST => '/webhooks/hyperswitch', $body, headers => { 'X-Webhook-Signature-512' => 'a' x 128 });
	is($passed, 3, 'but not those of somebody else');
};

subtest 'switched off, but never in production' => sub {
	my $api = anew(RATE_LIMIT_LIMIT => 2, DISABLE_RATE_LIMIT_FOR_TESTS => 'true');
	my ($passed, $r) = repeat($api, 50, GET => $plans);
	is($passed, 50, 'no limit');
	is(join(' ', limits($r)), 'none none none', 'and nothing said of one');
	is($s->sql_value("select value from veza_data.setting where name = 'login_limit'"), 0, 'nor one per account');
	anew(AUTH_RATE_LIMIT_LOGIN_ATTEMPTS => 9);
	is($s->sql_value("select value from veza_data.setting where name = 'login_limit'"), 9, 'which comes back with the others');
	$s->stop('httpd');
	ok(!eval { $s->start('httpd', env => { APP_ENV => 'production', DISABLE_RATE_LIMIT_FOR_TESTS => 'true',
		CHAT_JWT_SECRET => 'c' x 32, CORS_ALLOWED_ORIGINS => 'https://app.example.test', HYPERSWITCH_BASE_URL => 'https://psp.example.test' }); 1 },
		'production does not start');
	like($@, qr/^DISABLE_RATE_LIMIT_FOR_TESTS must never be true in production/m, 'and says why');
};

subtest 'proxies that are none' => sub {
	for my $bad ('10.0.0.0/33', 'proxy.example', '10.0.0.1;10.0.0.2')
	{
		ok(!eval { $s->start('httpd', env => { TRUSTED_PROXIES => "127.0.0.1, $bad" }); 1 }, "TRUSTED_PROXIES with $bad: no start");
		like($@, qr/^TRUSTED_PROXIES holds \Q$bad\E, /m, 'it is named');
	}
};

done_testing;
