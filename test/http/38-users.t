#!/usr/bin/perl
# Users over HTTP: profiles, changing them, another address by real mails, settings, the directory, export and end
# of an account.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MIME::QuotedPrint qw(decode_qp);
use Test::More;
use Veza::Test;

my $s = stack(env => { FRONTEND_URL => 'https://app.example' });
$s->start_mail;
start_all($s);
my $ada = register($s, username => 'ada', email => 'ada@veza.example', password => 'tortoise-shell-9', first_name => 'Ada');
my $bob = register($s, username => 'bob', email => 'bob@veza.example', password => 'tortoise-shell-9');
my $admin = administrator($s);
my ($api, $me) = (api($s), $ada->{api});

# Waits for a mail to the address with the subject; returns it decoded.
sub mail
{
	my ($to, $subject) = @_;
	return decode_qp(wait_until { (grep { /^To: \Q$to\E\r?$/m && /^Subject: \Q$subject\E/m } $s->mails)[0] } "a mail to $to: $subject");
}

sub put { my ($http, @request) = @_; return $http->request('PUT', @request) }

# What an answer says, but for its request and its time.
sub said { my ($r) = @_; return [ $r->status, $r->comparable ] }

subtest 'who sees what' => sub {
	my $r = $api->get("/users/$ada->{id}");
	is($r->brief, '200', 'anybody sees a profile');
	is_deeply([ map { $r->data->{$_} } qw(username first_name avatar role) ], [ 'ada', 'Ada', undef, 'user' ], 'with its name');
	ok(!grep({ exists $r->data->{$_} } qw(email pending_email last_login_at preferences)), 'but no address, no login, no preferences');
	is($bob->{api}->get("/users/$ada->{id}")->data->{email}, undef, 'nor does another user');
	is($me->get('/users/me')->data->{email}, 'ada@veza.example', 'the owner does');
	is_deeply($me->get('/users/me')->data, $me->get('/auth/me')->data, 'under both addresses the same');
	is_deeply($me->get("/users/$ada->{id}")->data, $me->get('/auth/me')->data, 'and by the id');
	is($admin->{api}->get("/users/$ada->{id}")->data->{email}, 'ada@veza.example', 'and so does an administrator');
	is($api->get('/users/by-username/ADA')->data->{id}, $ada->{id}, 'found by name, whatever its case');
	is_refused($api->get('/users/me'), '401 AUTH_REQUIRED', 'nobody is not me');
	is_refused($api->get('/users/nobody'), '400 VALIDATION_ERROR', 'what is no id');
	is_refused($api->get('/users/by-username/nobody'), '404 USER_NOT_FOUND', 'a name that nobody has');
	$s->sql("update veza_data.users set status = 'suspended' where id = '$bob->{id}'");
	is_deeply(said($me->get("/users/$bob->{id}")), said($me->get('/users/' . uuid())), 'a suspended user is answered like one that does not exist');
	$s->sql("update veza_data.users set status = 'active' where id = '$bob->{id}'");
};

subtest 'changing a profile' => sub {
	my $r = put($me, '/users/me', { bio => 'Counts.', website => 'https://ada.example', skills => [ 'mixing', 'poetry, "quoted"' ], social_links => { twitter => 'ada' }, timezone => 'Europe/Paris', preferences => { theme => 'dark' } });
	is($r->brief, '200', 'changed');
	is_deeply([ @{ $r->data }{qw(bio website skills social_links timezone preferences)} ],
		[ 'Counts.', 'https://ada.example', [ 'mixing', 'poetry, "quoted"' ], { twitter => 'ada' }, 'Europe/Paris', { theme => 'dark' } ], 'every field');
	is(put($me, '/users/me', { bio => undef, first_name => 'A.' })->data->{bio}, 'Counts.', 'null leaves a field as it is');
	is(put($me, "/users/$ada->{id}", { bio => '' })->data->{bio}, undef, 'an empty text empties it');
	is(put($me, '/auth/me', { id => $bob->{id}, bio => 'mine' })->data->{id}, $ada->{id}, 'under /auth/me an id in the body is of no account');
	is($api->get("/users/$bob->{id}")->data->{bio}, undef, 'nobody else was changed');
	is($me->request(PATCH => '/users/me', { bio => 'patched' })->data->{bio}, 'patched', 'PATCH is the same');
	$r = put($me, '/users/me', { role => 'admin', is_active => false, is_verified => true, token_version => 9, status => 'deleted', avatar => '/evil', bio => 'still a user' });
	is_deeply([ @{ $r->data }{qw(role is_active is_verified avatar bio)} ], [ 'user', true, false, undef, 'still a user' ], 'what an account may do is not changed this way');
	is_refused(put($me, '/users/me', { role => 'admin' }), '400 VALIDATION_ERROR', 'nothing else asked for is nothing');
	$r = put($me, '/users/me', { username => 'a b', website => 'javascript:x', language => 'english', bio => 'x' x 501 });
	is_refused($r, '400 VALIDATION_ERROR', 'several wrong fields');
	is_deeply([ sort $r->fields ], [qw(bio language username website)], 'are all named');
	is_refused(put($me, '/users/me', { skills => 'x', social_links => 'x' }), '400 VALIDATION_ERROR', 'wrong types');
	is_refused(put($me, '/users/me', { username => 'BOB' }), '409 USER_ALREADY_EXISTS', 'a name that is taken');
	is_refused(put($api, '/users/me', { bio => 'x' }), '401 AUTH_REQUIRED', 'not logged in');
	my $foreign = put($me, "/users/$bob->{id}", { bio => 'x' });
	is_refused($foreign, '404 USER_NOT_FOUND', 'another user');
	is_deeply(said($foreign), said(put($me, '/users/' . uuid(), { bio => 'x' })), 'is answered like nobody');
	is(put($admin->{api}, "/users/$bob->{id}", { bio => 'by an administrator' })->brief, '200', 'an administrator may');
};

subtest 'versions' => sub {
	my $etag = $me->get('/users/me')->header('ETag');
	like($etag, qr/^"[0-9a-f]{32}\.\d+\.[0-9a-f]{32}"$/, 'an account has a version');
	is($me->get('/auth/me')->header('ETag'), $etag, 'the same under both addresses');
	is($me->get('/users/me/settings')->header('ETag') =~ s/\.\w+"$//r, $etag =~ s/\.\w+"$//r, 'and the version of the settings');
	is($me->get('/users/me', headers => { 'If-None-Match' => $etag })->status, 304, 'what is known is not sent again');
	my $r = put($me, '/users/me', { bio => 'first' }, headers => { 'If-Match' => $etag });
	is($r->brief, '200', 'a change of what was read');
	isnt($r->header('ETag'), $etag, 'makes another version');
	is($me->get('/users/me')->header('ETag'), $r->header('ETag'), 'which is the present one');
	is_refused(put($me, '/users/me', { bio => 'second' }, headers => { 'If-Match' => $etag }), '412 PRECONDITION_FAILED', 'a change of an old version');
	is($me->get('/users/me')->data->{bio}, 'first', 'changes nothing');
	my @r = $me->parallel(map { [ PUT => '/users/me', { bio => "at once $_" }, headers => { 'If-Match' => $r->header('ETag') } ] } 1 .. 8);
	is(join(' ', sort map { $_->brief } @r), join(' ', '200', ('412 PRECONDITION_FAILED') x 7), 'of eight at once, one');
};

subtest 'another address' => sub {
	is_refused(put($me, '/users/me', { email => 'new@veza.example' }), '400 VALIDATION_ERROR', 'without the password');
	is_refused(put($me, '/users/me', { email => 'new@veza.example', current_password => 'wrong' }), '403 INVALID_CURRENT_PASSWORD', 'with a wrong one');
	my $r = put($me, '/users/me', { email => 'new@veza.example', current_password => 'tortoise-shell-9' });
	is($r->brief, '200', 'with the right one');
	is_deeply([ @{ $r->data }{qw(email pending_email)} ], [ 'ada@veza.example', 'new@veza.example' ], 'it is noted');
	like(mail('ada@veza.example', 'Your address is about to change'), qr/If it was not you, change your password/, 'the old address is told');
	my ($token) = mail('new@veza.example', 'Confirm your new address') =~ /token=([\w-]{43})/;
	is_refused($api->post('/auth/verify-email', { token => $token }), '403 AUTH_ACCOUNT_PROOF_REQUIRED', 'a link alone does not say that the account is yours');
	is($me->post('/auth/verify-email', { token => $token })->brief, '200', 'the new one confirms, from within the account');
	is_deeply([ @{ $me->get('/users/me')->data }{qw(email pending_email is_verified)} ], [ 'new@veza.example', undef, true ], 'and is the address');
	is($api->post('/auth/login', { email => 'new@veza.example', password => 'tortoise-shell-9' })->brief, '200', 'to log in with');
};

subtest 'settings and completion' => sub {
	my $r = $me->get('/users/me/settings');
	is($r->data->{notifications}{email}, true, 'settings have defaults');
	is(put($me, '/users/me/settings', { notifications => { email => false }, audio => { volume => 0.5 } })->data->{audio}{volume}, 0.5, 'and change');
	is_deeply(put($me, "/users/$ada->{id}/settings", { playback => { crossfade => 3 } })->data->{audio}, { auto_play => true, quality => 'high', volume => 0.5, crossfade => 3 }, 'bit by bit');
	is_refused(put($me, '/users/me/settings', { audio => { volume => 2 } }), '400 VALIDATION_ERROR', 'a wrong value');
	is_refused($bob->{api}->get("/users/$ada->{id}/settings"), '404 USER_NOT_FOUND', 'of another user');
	is($me->get('/users/me/completion')->data->{percentage}, 66, 'username, address, first name and bio of six');
	is_refused($bob->{api}->get("/users/$ada->{id}/completion"), '404 USER_NOT_FOUND', 'of another user');
};

subtest 'the directory' => sub {
	my $r = $me->get('/users?limit=2');
	is(scalar @{ $r->data }, 2, 'a page');
	is($r->json->{meta}{total}, 3, 'of all');
	unlike($r->body, qr/\@/, 'without addresses');
	is_deeply([ map { $_->{username} } @{ $me->get('/users/search?q=BO')->data } ], ['bob'], 'searched by name');
	is_deeply($me->get('/users/search?q=bob%40veza')->data, [], 'not by address');
	ok(!grep({ $_->{id} eq $ada->{id} } @{ $me->get('/users/except-me')->data }), 'all but oneself');
	is_refused($me->get('/users/search?q=b'), '400 VALIDATION_ERROR', 'one letter is not enough');
	is_refused($me->get('/users?sort=email'), '400 VALIDATION_ERROR', 'there is no such order');
	is_refused($api->get('/users'), '401 AUTH_REQUIRED', 'not for strangers');
	is_refused($api->get('/users/search?q=bo'), '401 AUTH_REQUIRED', 'neither the search');
};

subtest 'devices' => sub {
	my $r = $api->post('/auth/login', { email => 'bob@veza.example', password => 'tortoise-shell-9' },
		headers => { 'User-Agent' => 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0' });
	is($api->as($r->data->{access_token})->get('/auth/sessions')->data->[0]{device}, 'Firefox on Linux', 'a session says where it is');
};

subtest 'export and end' => sub {
	my $sub = subscribe($s, $ada, 'pro');
	my $r = $me->get('/users/me/export');
	is($r->header('Content-Disposition'), 'attachment; filename="veza-export.json"', 'the export is a file');
	is($r->data->{profile}{email}, 'new@veza.example', 'with the profile');
	is($r->data->{payments}[0]{psp_payment_id}, $sub->{payment_id}, 'the payments');
	ok(scalar @{ $r->data->{$_} }, $_) for qw(sessions mails subscriptions history audit);
	unlike($r->body, qr/argon2|client_secret|token_hash/, 'and no secret');
	is_refused($api->get('/users/me/export'), '401 AUTH_REQUIRED', 'for whoever it is about');

	is_refused($me->request(DELETE => '/users/me'), '400 VALIDATION_ERROR', 'without password and confirmation');
	my %really = (password => 'tortoise-shell-9', confirmation => 'DELETE');
	is_refused($me->request(DELETE => '/users/me', { %really, confirmation => 'yes' }), '400 VALIDATION_ERROR', 'another word');
	is_refused($me->request(DELETE => '/users/me?password=tortoise-shell-9&confirmation=DELETE', undef), '400 VALIDATION_ERROR', 'a password in the address is not looked at');
	is_refused($me->request(DELETE => '/users/me', { %really, password => 'wrong' }), '403 INVALID_CURRENT_PASSWORD', 'a wrong password');
	is_deeply(said($me->request(DELETE => "/users/$bob->{id}", \%really)), said($me->request(DELETE => '/users/' . uuid(), \%really)), 'another user is answered like nobody');
	is_refused($admin->{api}->request(DELETE => '/users/me', { password => 'correct horse battery', confirmation => 'DELETE' }), '409 USER_IS_LAST_ADMIN', 'the last administrator');
	is($me->request(DELETE => "/users/$ada->{id}", \%really)->brief, '200', 'deleted');
	is_refused($me->get('/users/me'), '401 AUTH_TOKEN_INVALID', 'the token is void');
	is_refused($api->get("/users/$ada->{id}"), '404 USER_NOT_FOUND', 'the profile is gone');
	is_refused($api->post('/auth/login', { email => 'new@veza.example', password => 'tortoise-shell-9' }), '401 AUTH_INVALID_CREDENTIALS', 'nobody logs in');
	is_refused($api->post('/auth/refresh', { refresh_token => $ada->{refresh_token} }), '401 AUTH_REFRESH_TOKEN_INVALID', 'or renews');
	is(subscription_status($s, $sub->{subscription}{id}), 'expired user_abandoned', 'the subscription is abandoned');
	wait_until { (ledger_payment($s, $sub->{payment_id}) // { status => '' })->{status} eq 'cancelled' } 'its payment is cancelled at the provider';
	like(mail('new@veza.example', 'Your account is deleted'), qr/the account ada was deleted/, 'the address gets a last mail');
	wait_until { !$s->sql_value("select count(*) from veza_data.mail m where m::text like '%new\@veza%'") } 'which is forgotten when it is sent';
	is(register($s, username => 'ada', email => 'new@veza.example')->{username}, 'ada', 'name and address are free');
};

is_deeply([ audit_findings($s) ], [], 'no invariant is broken');
done_testing();
