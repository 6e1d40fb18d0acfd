#!/usr/bin/perl
# Accounts and sessions over HTTP: every happy path, every refusal with its
# code, and revocation that works at the next request.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(sleep time);
use Veza::Test;

my $s = stack();
$s->start('httpd');
my $api = api($s);
my $UUID = qr/[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/;
my @me = sort qw(id username email first_name last_name display_name bio avatar avatar_url role is_active
	is_verified pending_email location website timezone language social_links skills preferences
	last_login_at created_at updated_at);

sub audit_count { my ($action, $outcome) = @_; return $s->sql_value("select count(*) from veza_data.audit_log where action = '$action' and outcome = '$outcome'") }

subtest 'register' => sub {
	my %wish = (username => 'Alice_1', email => ' Alice@Example.Test ', password => 'tr0ub4dor & 3', first_name => 'Alice', last_name => 'Doe');
	my $r = $api->post('/auth/register', \%wish);
	is($r->brief, '201', 'a new account');
	is_envelope($r, 'envelope');
	my $d = $r->data;
	is_deeply([ sort keys %$d ], [ sort qw(access_token refresh_token token_type expires_in user user_id username email) ], 'members');
	is_deeply([ sort keys %{ $d->{user} } ], \@me, 'members of the user');
	is("$d->{token_type} $d->{expires_in}", 'Bearer 900', 'token type and lifetime');
	is("$d->{username} $d->{email}", 'Alice_1 alice@example.test', 'the address is trimmed and in lower case');
	is("$d->{user}{first_name} $d->{user}{last_name} $d->{user}{role}", 'Alice Doe user', 'the user');
	ok($d->{user}{is_active} && !$d->{user}{is_verified}, 'active, not verified');
	like($d->{user_id}, qr/^$UUID$/, 'the id is a UUID');
	is($d->{user_id}, $d->{user}{id}, 'once');
	is($api->as($d->{access_token})->get('/auth/me')->data->{id}, $d->{user_id}, 'the token works at once');
	unlike($s->sql_value('select password_hash from veza_data.users'), qr/tr0ub4dor/, 'the password is not stored');

	for my $case ([ 'username in other letters', { email => 'b@example.test', username => 'ALICE_1' }, 'username' ],
		[ 'username and address', {}, 'username' ])
	{
		my $a = $api->post('/auth/register', { %wish, %{ $case->[1] } });
		is_refused($a, '409 USER_ALREADY_EXISTS', "taken: $case->[0]");
		is($a->details->{field}, $case->[2], 'the field is named');
	}
	is($s->sql_value('select count(*) from veza_data.users'), 1, 'nothing was written');
	is($api->post('/auth/register', { %wish, email => 'ALICE@example.test', username => 'bob' })->brief, '201',
		'an address that somebody has is not betrayed; see 32-accounts.t');
	$s->sql("delete from veza_data.users where username = 'bob'");
};

subtest 'all wrong fields in one answer' => sub {
	my @cases = (
		[ 'nothing', {}, [qw(username email password)] ],
		[ 'null counts as nothing', { username => undef, email => undef, password => undef }, [qw(username email password)] ],
		[ 'empty texts', { username => '', email => ' ', password => '' }, [qw(username email password)] ],
		[ 'rules', { username => 'a b', email => 'nobody', password => 'short' }, [qw(username email password)] ],
		[ 'wrong types', { username => 1, email => ['a@b.example'], password => { a => 1 }, first_name => true, last_name => 1.5 },
			[qw(username email password first_name last_name)] ],
		[ 'a reserved name', { username => 'Admin', email => 'a@b.example', password => 'tortoise shell' }, ['username'] ],
		[ 'a long name', { username => 'a' x 31, email => 'a@b.example', password => 'tortoise shell' }, ['username'] ],
		[ 'a short name', { username => 'ab', email => 'a@b.example', password => 'tortoise shell' }, ['username'] ],
		[ 'a long password', { username => 'abc', email => 'a@b.example', password => 'x' x 129 }, ['password'] ],
		[ 'a short password', { username => 'abc', email => 'a@b.example', password => "\x{fc}" x 7 }, ['password'] ]);
	for my $case (@cases)
	{
		my $r = $api->post('/auth/register', $case->[1]);
		is_refused($r, '400 VALIDATION_ERROR', $case->[0]);
		is_deeply([ $r->fields ], $case->[2], 'the fields');
		is_deeply([ map { join ' ', sort keys %$_ } @{ $r->details } ], [ map { 'field message' } @{ $case->[2] } ], 'each with a message');
	}
	for my $email (qw(a@b a@b.c. .a@b.example a..b@c.example a@-b.example @b.example a@ a@b@c.example), "a\@b.example\n.org", 'x' x 65 . '@b.example')
	{
		my $r = $api->post('/auth/register', { username => 'abc', email => $email, password => 'tortoise shell' });
		is($r->brief . ' ' . join(',', $r->fields), '400 VALIDATION_ERROR email', 'address ' . $email =~ s/\n/\\n/r);
	}
};

subtest 'bodies' => sub {
	my $good = '{"username":"carol","email":"carol@example.test","password":"tortoise shell"}';
	my @cases = (
		[ 'a duplicate name', '{"username":"carol","username":"mallory","email":"c@example.test","password":"tortoise shell"}', '400 MALFORMED_JSON' ],
		[ 'a duplicate name deeper down', '{"username":"carol","email":"c@example.test","password":"tortoise shell","x":{"a":1,"a":2}}', '400 MALFORMED_JSON' ],
		[ 'an array', '[]', '400 MALFORMED_JSON' ], [ 'a text', '"x"', '400 MALFORMED_JSON' ], [ 'null', 'null', '400 MALFORMED_JSON' ],
		[ 'half', substr($good, 0, 20), '400 MALFORMED_JSON' ], [ 'more', "$good x", '400 MALFORMED_JSON' ],
		[ 'a byte order mark', "\xef\xbb\xbf$good", '400 MALFORMED_JSON' ], [ 'no UTF-8', $good =~ s/carol/car\xff/r, '400 MALFORMED_JSON' ],
		[ 'a NUL', $good =~ s/carol/car\\u0000/r, '400 MALFORMED_JSON' ]);
	for my $case (@cases)
	{
		is_refused($api->post('/auth/register', $case->[1]), $case->[2], $case->[0]);
	}
	for my $type ('text/plain', 'application/x-www-form-urlencoded', 'text/json', 'application/jsonx', undef)
	{
		is_refused($api->post('/auth/register', $good, headers => { 'Content-Type' => $type }), '415 UNSUPPORTED_MEDIA_TYPE', 'type ' . ($type // 'missing'));
	}
	is($s->sql_value('select count(*) from veza_data.users'), 1, 'nothing was written');
	is($api->post('/auth/register', $good, headers => { 'Content-Type' => 'Application/JSON;charset=utf-8' })->brief, '201', 'type with a parameter');
	is_refused($api->post('/auth/register', undef), '400 VALIDATION_ERROR', 'no body at all');
};

subtest 'members that nothing asks for' => sub {
	my %more = (confirmPassword => 'tortoise shell', role => 'admin', token_version => 99, is_active => false, id => uuid(), status => 'deleted', x => [ 1, { y => 2 } ]);
	my $r = $api->post('/auth/register', { username => 'dave', email => 'dave@example.test', password => 'tortoise shell', %more });
	is($r->brief, '201', 'are ignored');
	is_deeply([ $s->sql("select role, status, token_version from veza_data.users where username = 'dave'") ], [ [ 'user', 'active', 1 ] ], 'and bind to nothing');
	for my $prefer ('handling=strict', 'respond-async, handling=strict')
	{
		$r = $api->post('/auth/register', { username => 'erin', email => 'erin@example.test', password => 'tortoise shell', %more }, headers => { Prefer => $prefer });
		is_refused($r, '400 VALIDATION_ERROR', "Prefer: $prefer refuses them");
		is_deeply([ sort $r->fields ], [ sort keys %more ], 'all are named');
	}
	$r = $api->post('/auth/register', { username => 7, x => 1 }, headers => { Prefer => 'handling=strict' });
	is_deeply([ sort $r->fields ], [qw(email password username x)], 'together with what else is wrong');
	my $t = register($s);
	is($t->{api}->get('/auth/me?x=1')->brief, '200', 'parameters too are ignored');
	$r = $t->{api}->get('/auth/me?x=1&x=2', headers => { Prefer => 'handling=strict' });
	is($r->brief . ' ' . ($r->fields)[0], '400 VALIDATION_ERROR x', 'or refused');
	is($t->{api}->post('/subscriptions/subscribe', { plan => 'free', cycle => 'monthly' }, headers => { Prefer => 'handling=strict' })->brief, '201', 'an alias is known');
};

my $frank = register($s, username => 'frank');

subtest 'login' => sub {
	my $failures = audit_count('auth.login', 'failure');
	my $d = login($s, $frank);
	is_deeply([ sort keys %$d ], [ sort qw(access_token refresh_token token_type expires_in user) ], 'members');
	is($d->{user}{id}, $frank->{id}, 'the user');
	ok(defined $d->{user}{last_login_at}, 'with the time of the login');
	isnt($d->{refresh_token}, $frank->{refresh_token}, 'a session of its own');
	is($api->post('/auth/login', { email => " FRANK\@EXAMPLE.TEST\t", password => $frank->{password} })->brief, '200', 'the address in any case, trimmed');
	my ($unknown, $wrong) = map { $api->post('/auth/login', $_) } { email => 'nobody@example.test', password => $frank->{password} },
	  { email => $frank->{email}, password => 'wrong password' };
	is_refused($unknown, '401 AUTH_INVALID_CREDENTIALS', 'an unknown address');
	is_refused($wrong, '401 AUTH_INVALID_CREDENTIALS', 'a wrong password');
	is($unknown->comparable, $wrong->comparable, 'cannot be told apart');
	is($unknown->header('WWW-Authenticate'), 'Bearer', 'WWW-Authenticate');
	is(audit_count('auth.login', 'failure'), $failures + 2, 'both are on record although refused');
	is_deeply([ $api->post('/auth/login', {})->fields ], [qw(email password)], 'both are needed');
	is_deeply([ $api->post('/auth/login', { email => 1, password => 2, remember_me => 'yes' })->fields ], [qw(email password remember_me)], 'types');
	my $days = sub { $s->sql_value("select round(extract(epoch from expires_at - created_at) / 86400) from veza_data.session order by created_at desc limit 1") };
	login($s, $frank);
	is($days->(), 7, 'a session lives 7 days');
	login($s, $frank, remember_me => true);
	is($days->(), 30, 'and 30 with remember_me');
};

subtest 'me' => sub {
	my $r = $frank->{api}->get('/auth/me');
	is($r->brief, '200', 'the own account');
	is_envelope($r, 'envelope');
	is_deeply([ sort keys %{ $r->data } ], \@me, 'members');
	is($r->meta, undef, 'no meta');
	is_refused($api->get('/auth/me'), '401 AUTH_REQUIRED', 'without a token');
	is($api->get('/auth/me')->header('WWW-Authenticate'), 'Bearer', 'WWW-Authenticate');
};

subtest 'refresh' => sub {
	my $d = login($s, $frank);
	my $refresh = sub { $api->post('/auth/refresh', { refresh_token => $_[0] }) };
	my $first = $refresh->($d->{refresh_token});
	is($first->brief, '200', 'new tokens');
	is_envelope($first, 'envelope');
	is_deeply([ sort keys %{ $first->data } ], [ sort qw(access_token refresh_token token_type expires_in) ], 'members');
	isnt($first->data->{refresh_token}, $d->{refresh_token}, 'another refresh token');
	is($api->as($first->data->{access_token})->get('/auth/me')->brief, '200', 'the access token works');
	is($refresh->($d->{refresh_token})->brief, '200', 'the old one is good until the new one is used');
	is($api->post('/auth/refresh', { refreshToken => $d->{refresh_token} })->brief, '200', 'under its other name too');
	my $second = $refresh->($first->data->{refresh_token});
	is($second->brief, '200', 'the new one is used');
	is($api->as($second->data->{access_token})->get('/auth/me')->brief, '200', 'the session lives');
	is_refused($refresh->($d->{refresh_token}), '401 AUTH_REFRESH_TOKEN_INVALID', 'now the old one is theft');
	is($api->as($second->data->{access_token})->get('/auth/me')->brief, '401 AUTH_TOKEN_INVALID', 'and the session has ended');
	is($refresh->($second->data->{refresh_token})->brief, '401 AUTH_REFRESH_TOKEN_INVALID', 'with all its tokens');
	is(audit_count('auth.refresh_reuse', 'failure'), 1, 'on record although refused');
	for my $bad ('x' x 43, 'short', $frank->{token}, "$d->{refresh_token}x", '')
	{
		is($refresh->($bad)->brief, '401 AUTH_REFRESH_TOKEN_INVALID', 'no token: ' . substr $bad, 0, 20);
	}
	is_deeply([ $api->post('/auth/refresh', {})->fields ], ['refresh_token'], 'it is needed');
	my $many = login($s, $frank);
	my @r = $api->parallel(map { [ POST => '/auth/refresh', { refresh_token => $many->{refresh_token} } ] } 1 .. 20);
	is_deeply([ grep { $_ ne '200' } map { $_->brief } @r ], [], 'twenty at once are all answered');
	is($api->as($r[7]->data->{access_token})->get('/auth/me')->brief, '200', 'and the session lives');
};

subtest 'logout' => sub {
	my ($here, $there, $other) = map { login($s, $frank) } 1 .. 3;
	my $r = $api->as($here->{access_token})->post('/auth/logout', undef);
	is($r->brief, '200', 'here, without a body');
	is_deeply($r->data, { devices_disconnected => 1 }, 'one session');
	is_refused($api->as($here->{access_token})->get('/auth/me'), '401 AUTH_TOKEN_INVALID', 'the access token is dead at the next request');
	is($api->as($here->{access_token})->post('/auth/logout', {})->brief, '401 AUTH_TOKEN_INVALID', 'on a writing route too');
	is($api->post('/auth/refresh', { refresh_token => $here->{refresh_token} })->brief, '401 AUTH_REFRESH_TOKEN_INVALID', 'and the refresh token');
	is($api->as($there->{access_token})->get('/auth/me')->brief, '200', 'other sessions live');
	$r = $api->as($there->{access_token})->post('/auth/logout', { all_devices => true });
	cmp_ok($r->data->{devices_disconnected}, '>', 1, 'everywhere');
	is($api->as($_->{access_token})->get('/auth/me')->brief, '401 AUTH_TOKEN_INVALID', 'dead') for $there, $other;
};

subtest 'what an operator does counts at the next request' => sub {
	my $u = register($s);
	my $set = sub { $s->sql("update veza_data.users set $_[0] where id = '$u->{id}'") };
	my $admin_route = '/admin/subscriptions/' . uuid() . '/activate';
	my $activate = sub { $u->{api}->post($admin_route, { reason => 'a test' })->brief };
	is($activate->(), '403 AUTH_INSUFFICIENT_PERMISSIONS', 'a user is no administrator');
	$set->("role = 'admin'");
	is($activate->(), '404 SUBSCRIPTION_NOT_FOUND', 'the new role counts at once, with the old token');
	$set->("role = 'creator'");
	is($activate->(), '403 AUTH_INSUFFICIENT_PERMISSIONS', 'and no longer');
	is($u->{api}->get('/auth/me')->data->{role}, 'creator', 'the role is the one of the table');
	$set->("status = 'suspended'");
	is_refused($u->{api}->get('/auth/me'), '403 USER_ACCOUNT_DISABLED', 'suspended, reading');
	is_refused($u->{api}->post('/subscriptions/cancel', {}), '403 USER_ACCOUNT_DISABLED', 'suspended, writing');
	is_refused($u->{api}->post('/subscriptions/subscribe', { plan_id => 'pro' }), '403 USER_ACCOUNT_DISABLED', 'suspended, in a procedure');
	is($api->post('/auth/refresh', { refresh_token => $u->{refresh_token} })->brief, '403 USER_ACCOUNT_DISABLED', 'suspended, refreshing');
	is($api->post('/auth/login', { email => $u->{email}, password => $u->{password} })->brief, '403 USER_ACCOUNT_DISABLED', 'logging in, after the right password');
	is($api->post('/auth/login', { email => $u->{email}, password => 'wrong password' })->brief, '401 AUTH_INVALID_CREDENTIALS', 'with a wrong one nothing is told');
	$set->("status = 'active'");
	is($u->{api}->get('/auth/me')->brief, '200', 'active again');
	$set->('token_version = token_version + 1');
	is($u->{api}->get('/auth/me')->brief, '401 AUTH_TOKEN_INVALID', 'an older token version is refused');
	is($api->as($api->post('/auth/refresh', { refresh_token => $u->{refresh_token} })->data->{access_token})->get('/auth/me')->brief, '200', 'a fresh one is good');
	$s->sql("update veza_data.session set expires_at = now() - interval '1 second' where user_id = '$u->{id}'");
	is($api->post('/auth/refresh', { refresh_token => $u->{refresh_token} })->brief, '401 AUTH_REFRESH_TOKEN_INVALID', 'an expired session');
};

subtest 'request ids' => sub {
	for my $id ('a', 'A-b_c.9', 'x' x 128)
	{
		is($frank->{api}->get('/nothing', headers => { 'X-Request-ID' => $id })->header('X-Request-ID'), $id, 'echoed: ' . substr $id, 0, 10);
	}
	for my $id ('x' x 129, 'a b', 'a"b', 'a/b', "\xfcber", '{}', 'a;b', '')
	{
		my $r = $frank->{api}->get('/nothing', headers => { 'X-Request-ID' => $id });
		like($r->header('X-Request-ID'), qr/^$UUID$/, 'made anew for: ' . substr $id, 0, 10);
		is($r->error->{request_id}, $r->header('X-Request-ID'), 'the same in the body');
	}
	my ($one, $two) = map { $api->get('/subscriptions/plans') } 1, 2;
	isnt($one->header('X-Request-ID'), $two->header('X-Request-ID'), 'each request has its own');
	is(scalar($one->headers('X-Request-ID')), 1, 'once');
};

# Routes that fail, and one that takes its time.
for my $volatility (qw(stable volatile))
{
	$s->sql(<<"SQL");
create function veza.scratch_fail_$volatility() returns json language plpgsql $volatility as
\$\$ begin raise exception 'scratch failure'; end \$\$;
comment on function veza.scratch_fail_$volatility is 'Fail.';
select veza.add_route('POST', '/scratch/fail-$volatility', 'veza.scratch_fail_$volatility', 'user', 'writes');
SQL
}
$s->sql(<<'SQL');
create function veza.scratch_sleep(seconds numeric) returns json language sql volatile as
$$ select to_json(pg_sleep($1)::text) $$;
comment on function veza.scratch_sleep is 'Sleep.';
select veza.add_route('GET', '/scratch/fail', 'veza.scratch_fail_stable', 'user', 'reads');
select veza.add_route('POST', '/scratch/sleep', 'veza.scratch_sleep', 'user', 'slow');
SQL

# The lines of httpd's log about a request; dies when one is no JSON.
# They are written behind the answer, so this waits for as many as there must be, and for one that must not.
sub log_lines
{
	my ($id, $number) = @_;
	my @lines;
	wait_until { (@lines = written_lines($id)) >= $number } "$number lines of the log";
	return @lines;
}

sub written_lines
{
	my ($id) = @_;
	return grep { ($_->{request_id} // '') eq $id } map { Veza::Http::decode($_) // die "no JSON in the log: $_" }
	  split /\n/, $s->read_file($s->{logs}{httpd});
}

subtest 'the request id in the logs' => sub {
	wait_route($s, '/scratch/sleep');
	my $root = root($s)->as($frank->{token});
	my $u = register($s);
	$root = $root->as($u->{token});
	for my $case ([ GET => '/scratch/fail', undef ], [ POST => '/scratch/fail-volatile', {} ], [ POST => '/scratch/fail-stable', {} ])
	{
		my $id = request_id();
		my $r = $root->request(@$case, headers => { 'X-Request-ID' => $id });
		is_refused($r, '500 INTERNAL_ERROR', "$case->[1] fails");
		unlike($r->body, qr/scratch failure/, 'and does not say how');
		like($s->read_file("$s->{dir}/postgres.log"), qr/scratch failure[^\n]*\n(?:[^\n]*\n){0,3}?[^\n]*veza request \Q$id\E\n/, "the request id in PostgreSQL's log");
		my ($access, $why) = sort { $a->{message} cmp $b->{message} } log_lines($id, 2);
		is("$access->{message} $access->{level} $access->{status} $access->{code} $access->{path}", "request INFO 500 INTERNAL_ERROR $case->[1]", "in httpd's access log");
		is($access->{user_id}, $u->{id}, 'with the user');
		is($access->{client}, '127.0.0.1', 'and the client');
		like($access->{duration_ms}, qr/^\d+(?:\.\d+)?(?:e-\d+)?$/, 'and the duration');
		is(($why->{level} // '') . ' ' . ($why->{error} // ''), 'ERROR scratch failure', 'and why');
	}
	my $id = request_id();
	is($u->{api}->post('/subscriptions/cancel', {}, headers => { 'X-Request-ID' => $id })->brief, '404 NO_ACTIVE_SUBSCRIPTION', 'a refusal');
	unlike($s->read_file("$s->{dir}/postgres.log"), qr/\Q$id\E|no active subscription/, "is kept out of PostgreSQL's log");
	is(scalar(log_lines($id, 1)), 1, 'and is one line of ours');
	like((log_lines($id, 1))[0]{time}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, 'with its time');
};

subtest 'the request id in pg_stat_activity' => sub {
	my $id = request_id();
	my $u = register($s);
	my $c = root($s)->connect;
	$c->send(root($s)->bytes('POST', '/scratch/sleep', { seconds => 3 }, token => $u->{token}, headers => { 'X-Request-ID' => $id }));
	my @seen;
	wait_until { @seen = $s->sql("select application_name, usename from pg_stat_activity where state = 'active' and query like '%scratch_sleep%' and pid <> pg_backend_pid()"); @seen > 0 } 'the statement', 3;
	like($seen[0][0], qr{^veza-httpd/\S+ \Q$id\E$}, 'names the request');
	is($seen[0][1], 'veza_httpd', 'as the role of the shim');
	$c->close;
};

subtest 'no secret in the logs' => sub {
	my $logs = join '', map { $s->read_file($_) } $s->{logs}{httpd}, "$s->{dir}/postgres.log";
	unlike($logs, qr/correct horse|tr0ub4dor|\Q$frank->{refresh_token}\E|test-jwt-secret/, 'no password, no refresh token, no key');
	unlike($logs, qr/eyJ[A-Za-z0-9_-]{10,}\./, 'no access token');
};

done_testing;
