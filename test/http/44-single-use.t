#!/usr/bin/perl
# What works once works once, also when fifty use it at the same moment: links of mails, codes of second
# factors, recovery codes; and of refresh tokens one line of successors goes on.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Veza::Mail;
use Veza::Test;

my $s = stack(env => { FRONTEND_URL => 'https://app.example', AUTH_RATE_LIMIT_LOGIN_ATTEMPTS => 1000, DB_AUTH_QUEUE => 100 });
$s->start_mail;
start_all($s);
setting($s, hash_wait_ms => 30000);
setting($s, mail_limit => 1000);
my $api = api($s);

# How many answers there were of each kind.
sub count
{
	my %n;
	$n{ $_->brief }++ for @_;
	return \%n;
}

# Fifty of the same request at once.
sub fifty { my ($path, $body) = @_; return $api->parallel(map { [ POST => $path, $body ] } 1 .. 50) }

subtest 'a link that confirms an address' => sub {
	my $user = register($s);
	my $token = token_of(mail_to($s, $user->{email}, 1));
	is_deeply(count($user->{api}->parallel(map { [ POST => '/auth/verify-email', { token => $token } ] } 1 .. 50)), { 200 => 1, '400 AUTH_LINK_INVALID' => 49 }, 'one of fifty is served');
	is($s->sql_value("select count(*) from veza_data.audit_log where action = 'auth.verify_email' and resource_id = '$user->{id}'"), 1, 'on record once');
};

subtest 'one address, ten accounts that confirm it' => sub {
	my @users = map { register($s, email => 'shared@example.test') } 1 .. 10;
	mail_to($s, 'shared@example.test', 10);
	my @tokens = map { token_of($_) } mails_to($s, 'shared@example.test');
	my @r = $api->parallel(map { [ POST => '/auth/verify-email', { token => $_, password => $users[0]{password} } ] } @tokens);
	is_deeply(count(@r), { 200 => 1, '400 AUTH_LINK_INVALID' => 9 }, 'it belongs to one');
	is($s->sql_value("select count(*) from veza_data.users where email = 'shared\@example.test' and is_verified"), 1, 'as the table says');
	is($s->sql_value("select count(*) from veza_data.address_claim where address = 'shared\@example.test' and is_open"), 0, 'and nobody claims it any longer');
};

subtest 'a link that resets a password' => sub {
	my $user = register($s);
	my ($older, $token) = map { $api->post('/auth/password/reset-request', { email => $user->{email} }); token_of(mail_to($s, $user->{email}, $_, 'Reset your password')) } 1, 2;
	is_refused($api->post('/auth/password/reset', { token => $older, new_password => 'another-shell-33' }), '400 AUTH_LINK_INVALID', 'one that a newer one was asked for after');
	is_deeply(count(fifty('/auth/password/reset', { token => $token, new_password => 'another-shell-22' })), { 200 => 1, '400 AUTH_LINK_INVALID' => 49 }, 'one of fifty is served');
	is($s->sql_value("select token_version from veza_data.users where id = '$user->{id}'"), 2, 'the password was changed once');
	mail_to($s, $user->{email}, 1, 'Your password was changed');
	is(scalar(grep { /^Subject: Your password was changed/m } mails_to($s, $user->{email})), 1, 'with one mail');
};

subtest 'a refresh token' => sub {
	my $user = register($s);
	my @children = $api->parallel(map { [ POST => '/auth/refresh', { refresh_token => $user->{refresh_token} } ] } 1 .. 50);
	is_deeply(count(@children), { 200 => 50 }, 'all fifty are served: the old one is good until a new one is used');
	my @r = $api->parallel(map { [ POST => '/auth/refresh', { refresh_token => $_->data->{refresh_token} } ] } @children);
	is_deeply(count(@r), { 200 => 1, '401 AUTH_REFRESH_TOKEN_INVALID' => 49 }, 'of the new ones one goes on, and another one is theft');
	is($s->sql_value("select end_reason from veza_data.session where user_id = '$user->{id}'"), 'token_reuse', 'the session has ended');
	my ($winner) = grep { $_->status == 200 } @r;
	is_refused(api($s, $winner->data->{access_token})->get('/auth/me'), '401 AUTH_TOKEN_INVALID', 'for everybody');
	is_refused($api->post('/auth/refresh', { refresh_token => $winner->data->{refresh_token} }), '401 AUTH_REFRESH_TOKEN_INVALID', 'also with what the winner got');
	is($s->sql_value("select count(*) from veza_data.audit_log where action = 'auth.refresh_reuse' and outcome = 'failure'"
		. " and resource_id in (select id::text from veza_data.session where user_id = '$user->{id}')"), 1, 'on record once');
	like(mail_to($s, $user->{email}, 1, 'A session was ended'), qr/old login token of your account \Q$user->{username}\E was used/, 'the user is told');
	is(scalar(grep { /^Subject: A session was ended/m } mails_to($s, $user->{email})), 1, 'once');
};

subtest 'codes of a second factor' => sub {
	my $user = register($s);
	my $secret = $user->{api}->post('/auth/2fa/setup', {})->data->{secret};
	my $r = $user->{api}->post('/auth/2fa/confirm', { code => totp_code($secret) });
	is($r->brief, '200', 'it is set up');
	my @codes = @{ $r->data->{recovery_codes} };
	my %login = (email => $user->{email}, password => $user->{password});
	is_deeply(count(fifty('/auth/login', { %login, recovery_code => $codes[0] })), { 200 => 1, '401 AUTH_2FA_INVALID' => 49 }, 'a recovery code: one of fifty');
	is($user->{api}->get('/auth/2fa')->data->{recovery_codes_left}, 7, 'seven are left');
	setting($s, login_failures_max => 0);
	is_deeply(count(fifty('/auth/login', { %login, totp_code => totp_code($secret, 1) })), { 200 => 1, '401 AUTH_2FA_INVALID' => 49 }, 'a code: one of fifty');
	setting($s, login_failures_max => 100);
	# Of fifty that set it up and confirm it at once, the one that is confirmed stays.
	my $two = register($s);
	my $first = $two->{api}->post('/auth/2fa/setup', {})->data->{secret};
	my @setups = $two->{api}->parallel([ POST => '/auth/2fa/confirm', { code => totp_code($first) } ], map { [ POST => '/auth/2fa/setup', {} ] } 1 .. 20);
	my %known = map { base32_bytes($_->data->{secret}) => 1 } grep { $_->status == 200 } @setups[ 1 .. 20 ];
	my $stored = pack 'H*', $s->sql_value("select encode(secret, 'hex') from veza_data.two_factor where user_id = '$two->{id}'");
	if ($setups[0]->status == 200) { is(unpack('H*', $stored), unpack('H*', base32_bytes($first)), 'a secret that is confirmed stays') }
	else { ok($known{$stored}, 'a secret that was replaced is not confirmed') }
};

done_testing;
