#!/usr/bin/perl
# Administration over HTTP: accounts, the audit log, the dashboard; that whoever is suspended, demoted or
# logged out is so at the very next request, on whatever connection of whatever loop; and that the running
# relay seals the log.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Veza::Test;

my $s = stack(env => { HTTP_LOOPS => 2 });
$s->start_mail;
start_all($s);
my $admin = administrator($s, username => 'ada');
my $other = administrator($s, username => 'oda');
my $api = $admin->{api};

# A request of the administrator, which is a PUT.
sub put { my ($path, $body, %o) = @_; return $api->request('PUT', $path, $body, %o) }

# The newest row of the audit log about an account.
sub record
{
	my ($user) = @_;
	return $api->get("/admin/audit/logs?resource_id=$user->{id}&limit=1")->data->[0];
}

# Connections that stay open, enough for both loops to have some, each with one answered request.
sub keep_alive
{
	my ($user) = @_;
	my @connections = map { $user->{api}->connect } 1 .. 8;
	is(join(' ', map { $_->request(GET => '/auth/me')->status } @connections), join(' ', (200) x 8), 'eight connections work');
	return @connections;
}

# The answers that they get to their next request.
sub next_answers
{
	my (@connections) = @_;
	my %answers = map { $_->request(GET => '/auth/me')->brief => 1 } @connections;
	return join ', ', sort keys %answers;
}

subtest 'accounts' => sub {
	my $user = register($s, username => 'zoe');
	my $r = $api->get('/admin/users?search=ZOE');
	is($r->brief, '200', 'the list');
	is_envelope($r, 'its envelope');
	is($r->data->[0]{email}, 'zoe@example.test', 'with addresses');
	is($r->meta->{total}, 1, 'and a total');
	is(join(' ', map { $_->{username} } @{ $api->get('/admin/users?sort=username&order=asc&limit=2')->data }), 'ada oda', 'sorted, page by page');
	is_refused($api->get('/admin/users?sort=password_hash'), '400 VALIDATION_ERROR', 'not by everything');
	$r = $api->get("/admin/users/$user->{id}");
	is("$r->{status} " . $r->data->{active_sessions}, '200 1', 'one account, with its sessions');
	unlike($r->body . $api->get('/admin/users')->body, qr/argon2|password_hash|token_hash|secret/, 'no secret');
	is_refused($api->get('/admin/users/' . uuid()), '404 USER_NOT_FOUND', 'no such account');
	is_refused($api->get('/admin/users/zoe'), '400 VALIDATION_ERROR', 'no id');

	my $etag = $r->header('etag');
	like($etag, qr/^"[0-9a-f]{32}\.\d+\.[0-9a-f]{32}"$/, 'with a version');
	is(put("/admin/users/$user->{id}", { isVerified => true, reason => 'called' }, headers => { 'If-Match' => $etag })->brief, '200', 'a change of that version, under another name of the field');
	is_refused(put("/admin/users/$user->{id}", { role => 'label' }, headers => { 'If-Match' => $etag }), '412 PRECONDITION_FAILED', 'a second one');
	is(record($user)->{action} . ' ' . record($user)->{reason}, 'user.verify called', 'on record');
	is_refused(put("/admin/users/$user->{id}", { role => 'emperor' }), '400 VALIDATION_ERROR', 'no such role');
};

subtest 'for administrators only' => sub {
	my $user = creator($s);
	my @requests = ([ GET => '/admin/users' ], [ GET => "/admin/users/$user->{id}" ], [ PUT => "/admin/users/$user->{id}", { role => 'admin' } ],
		[ PUT => "/admin/users/$user->{id}/role", { role => 'admin', reason => 'me' } ], [ POST => "/admin/users/$admin->{id}/suspend", { reason => 'me' } ],
		[ POST => "/admin/users/$user->{id}/unsuspend", { reason => 'me' } ], [ POST => "/admin/users/$admin->{id}/logout", {} ], [ GET => '/admin/dashboard' ],
		[ GET => '/admin/audit/logs' ], [ GET => '/admin/audit/stats' ], [ GET => '/admin/audit/suspicious' ]);
	for my $request (@requests)
	{
		is_refused($user->{api}->request(@$request), '403 AUTH_INSUFFICIENT_PERMISSIONS', "$request->[0] $request->[1]: a creator");
		is_refused(api($s)->request(@$request), '401 AUTH_REQUIRED', "$request->[0] $request->[1]: nobody");
	}
};

subtest 'nobody becomes an administrator over HTTP' => sub {
	my $user = register($s);
	my $r = put("/admin/users/$user->{id}/role", { role => 'admin', reason => 'friend' });
	is_refused($r, '403 ADMIN_NOT_GRANTABLE', 'not by another one');
	like($r->error->{hint}, qr/make_admin/, 'the hint says who does it');
	is_refused(put("/admin/users/$user->{id}", { role => 'admin' }), '403 ADMIN_NOT_GRANTABLE', 'in no way');
	is($s->sql_value("select role from veza_data.users where id = '$user->{id}'"), 'user', 'really');
	is(($s->psql("select veza.make_admin('$user->{username}', 'on call')", role => 'veza_dba'))[2], 0, 'an operator does it');
	is_refused($user->{api}->get('/auth/me'), '401 AUTH_TOKEN_INVALID', 'the token of before is refused');
	my $new = api($s)->post('/auth/refresh', { refresh_token => $user->{refresh_token} })->data->{access_token};
	is(api($s, $new)->get('/admin/dashboard')->brief, '200', 'the next one is an administrator\'s');
	is(record($user)->{db_role} . ' ' . record($user)->{action}, 'veza_dba user.role_change', 'on record, with the SQL role');
	is(put("/admin/users/$user->{id}/role", { role => 'user', reason => 'off call' })->brief, '200', 'it is taken away over HTTP');
	is_refused(api($s, $new)->get('/admin/dashboard'), '401 AUTH_TOKEN_INVALID', 'at once');
	$new = api($s)->post('/auth/refresh', { refresh_token => $user->{refresh_token} })->data->{access_token};
	is_refused(api($s, $new)->get('/admin/dashboard'), '403 AUTH_INSUFFICIENT_PERMISSIONS', 'and for good');
};

subtest 'a role takes effect at the next request' => sub {
	my $user = creator($s);
	is($user->{api}->get('/distributions')->brief, '200', 'a creator');
	my @open = keep_alive($user);
	my $r = put("/admin/users/$user->{id}/role", { role => 'user', reason => 'not any more' });
	is($r->brief . ' ' . $r->data->{role}, '200 user', 'is none any more');
	is(next_answers(@open), '401 AUTH_TOKEN_INVALID', 'on all connections');
	my $again = api($s)->post('/auth/refresh', { refresh_token => $user->{refresh_token} });
	is($again->brief, '200', 'the session goes on');
	is(api($s, $again->data->{access_token})->get('/auth/me')->data->{role}, 'user', 'with the new role');
	# Whatever a token says about the role, the tables decide.
	$s->sql("update veza_data.users set role = 'label' where id = '$user->{id}'");
	is(api($s, $again->data->{access_token})->get('/auth/me')->data->{role}, 'label', 'also when the token says another one');
};

subtest 'suspended at the next request' => sub {
	my $user = register($s);
	my @open = keep_alive($user);
	my $r = $api->post("/admin/users/$user->{id}/suspend", { reason => 'spam' });
	is($r->brief . ' ' . $r->data->{status}, '200 suspended', 'suspended');
	is(next_answers(@open), '401 AUTH_TOKEN_INVALID', 'on all connections');
	is_refused($user->{api}->get('/auth/me'), '401 AUTH_TOKEN_INVALID', 'on a new one');
	is_refused(api($s)->post('/auth/refresh', { refresh_token => $user->{refresh_token} }), '401 AUTH_REFRESH_TOKEN_INVALID', 'no new token');
	is_refused(api($s)->post('/auth/login', { email => $user->{email}, password => $user->{password} }), '403 USER_ACCOUNT_DISABLED', 'no login');
	is_refused(api($s)->post('/auth/login', { email => $user->{email}, password => 'a wrong one' }), '401 AUTH_INVALID_CREDENTIALS', 'nor any word to whoever does not know the password');
	wait_until { grep { /^Subject: Your account is suspended\r?$/m && /^To: \Q$user->{email}\E\r?$/m } $s->mails } 'the mail';
	is(record($user)->{action}, 'auth.login', 'the attempts are on record');
	is_refused($api->post("/admin/users/$user->{id}/unsuspend", {}), '400 VALIDATION_ERROR', 'without a reason it is not lifted');
	is($api->post("/admin/users/$user->{id}/unsuspend", { reason => 'a mistake' })->brief, '200', 'it is lifted');
	is_refused($user->{api}->get('/auth/me'), '401 AUTH_TOKEN_INVALID', 'tokens of before stay dead');
	ok(login($s, $user)->{access_token}, 'one logs in again');
	is_refused($api->post("/admin/users/$admin->{id}/suspend", { reason => 'me' }), '409 ADMIN_OWN_ACCOUNT', 'not oneself');
};

subtest 'logged out at the next request' => sub {
	my $user = register($s);
	my $second = login($s, $user);
	my @open = keep_alive($user);
	is($api->post("/admin/users/$user->{id}/logout", { reason => 'lost' })->data->{devices_disconnected}, 2, 'two sessions end');
	is(next_answers(@open), '401 AUTH_TOKEN_INVALID', 'at once, on all connections');
	is_refused(api($s, $second->{access_token})->get('/auth/me'), '401 AUTH_TOKEN_INVALID', 'the other session, too');
	is_refused($api->post('/admin/users/' . uuid() . '/logout', {}), '404 USER_NOT_FOUND', 'no such account');
};

subtest 'two administrators against each other' => sub {
	my @pair = map { administrator($s) } 1 .. 2;
	my @answers = map { $_->brief } api($s)->parallel(map { [ PUT => "/admin/users/$pair[ 1 - $_ ]{id}/role", { role => 'user', reason => 'you' }, token => $pair[$_]{token} ] } 0 .. 1);
	is(scalar(grep { $_ eq '200' } @answers), 1, 'one of them wins') or diag("@answers");
	like("@answers", qr/401 AUTH_TOKEN_INVALID|403 AUTH_INSUFFICIENT_PERMISSIONS/, 'the other one is none any more');
};

subtest 'the audit log' => sub {
	my $user = register($s);
	my $id = request_id();
	api($s)->post('/auth/login', { email => $user->{email}, password => 'wrong' }, headers => { 'X-Request-ID' => $id });
	my $r = $api->get("/admin/audit/logs?request_id=$id");
	is_envelope($r, 'its envelope');
	my $row = $r->data->[0];
	is("$row->{action} $row->{outcome} $row->{resource_id} $row->{ip_address}", "auth.login failure $user->{id} 127.0.0.1", 'found by the id of the request');
	is($api->get("/admin/audit/logs?user_id=$user->{id}&action=auth.&outcome=failure")->meta->{total}, 1, 'or by user, action and outcome');
	my $page = $api->get('/admin/audit/logs?limit=5');
	my $next = $api->get('/admin/audit/logs?limit=5&cursor=' . $page->meta->{next_cursor});
	cmp_ok($page->data->[4]{id}, '>', $next->data->[0]{id}, 'page by page');
	is_refused($api->get('/admin/audit/logs?cursor=x'), '400 VALIDATION_ERROR', 'a cursor is ours');
	is_refused($api->get('/admin/audit/logs?date_from=yesterdayish'), '400 VALIDATION_ERROR', 'a time is a time');
	my $text = $s->sql_value("select string_agg(a::text, ' ') from veza_data.audit_log a");
	unlike($text, qr/correct horse battery|\Q$user->{refresh_token}\E|eyJ|argon2/, 'no secret is in it');

	api($s)->post('/auth/login', { email => $user->{email}, password => "wrong $_" }) for 1 .. 4;
	my ($found) = grep { ($_->{user_id} // '') eq $user->{id} } @{ $api->get('/admin/audit/suspicious')->data };
	is("$found->{type} $found->{count} $found->{ip_address} $found->{severity}", 'brute_force 5 127.0.0.1 medium', 'five failures are suspicious');
	my $stats = $api->get('/admin/audit/stats');
	cmp_ok($stats->data->{failed_logins}, '>=', 5, 'and counted');
	is($stats->data->{unique_ips}, 1, 'from one address');
	is_refused($api->get('/admin/audit/stats?date_from=2030-01-02T00:00:00Z&date_to=2030-01-01T00:00:00Z'), '400 VALIDATION_ERROR', 'time runs forwards');
	is($api->get('/admin/dashboard')->data->{users}, $s->sql_value('select count(*) from veza_data.users'), 'the dashboard counts accounts');
};

subtest 'the relay seals the log' => sub {
	$s->sql("update veza_data.setting set value = '0' where name = 'audit_seal_interval'");
	wait_until { $s->sql_value('select seals > 0 and unsealed = 0 from veza.verify_audit()') eq 't' } 'all rows sealed';
	is($s->sql_value('select is_intact from veza.verify_audit()', role => 'veza_dba'), 't', 'as an operator can see');
	my $hash = $s->sql_value('select newest_hash from veza.verify_audit()');
	like($s->read_file("$s->{dir}/postgres.log"), qr/audit log: seal \d+ over \d+ rows is \Q$hash\E$/m, 'the newest hash is in the server log');
	wait_until { metric($s, 'veza_audit_seals') == $s->sql_value('select max(no) from veza_data.audit_seal') } 'the number of seals in the metrics';
	$s->sql("set session_replication_role = replica; delete from veza_data.audit_log where id = (select min(id) from veza_data.audit_log)");
	$s->sql("update veza_data.setting set value = '0' where name = 'audit_verify_interval'");
	wait_until { join(' ', audit_findings($s)) =~ /audit_seal_broken: / } 'the finding';
	like(join(' ', audit_findings($s)), qr/^audit_seal_broken: 1/, 'a row that is removed becomes a finding by itself');
};

done_testing();
