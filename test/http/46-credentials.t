#!/usr/bin/perl
# What changes how one gets in: a stolen token is not enough, another password ends every token, the newest link counts,
# passwords are hard to guess, and no minute holds more logins than it may.

use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Veza::Mail;
use Veza::Test;

my $s = stack(env => { FRONTEND_URL => 'https://app.example', AUTH_RATE_LIMIT_LOGIN_ATTEMPTS => 10000, DB_AUTH_QUEUE => 200, RATE_LIMIT_REGISTER => 1000 });
$s->start_mail;
start_all($s);
setting($s, hash_wait_ms => 30000);
my $api = api($s);

# Lets the sessions of a user grow old.
sub age { my ($user) = @_; $s->sql("update veza_data.session set created_at = created_at - interval '11 minutes' where user_id = '$user->{id}'") }

subtest 'a second factor is not set up with a token alone' => sub {
	my $user = register($s);
	is($user->{api}->post('/auth/2fa/setup', {})->brief, '200', 'an empty body is enough right after the login');
	age($user);
	my $r = $user->{api}->post('/auth/2fa/setup', {});
	is_refused($r, '403 REAUTHENTICATION_REQUIRED', 'and not later');
	is($r->details->{field}, 'password', 'which says what to send');
	is($user->{api}->post('/auth/2fa/setup', {}, headers => { 'Accept-Language' => 'fr' })->error->{message},
		'Ceci demande votre mot de passe, ou une connexion toute récente.', 'in French, too');
	my $renewed = $api->post('/auth/refresh', { refresh_token => $user->{refresh_token} })->data;
	is_refused(api($s, $renewed->{access_token})->post('/auth/2fa/setup', {}), '403 REAUTHENTICATION_REQUIRED', 'a refresh makes no login fresh');
	is_refused($user->{api}->request('PUT', '/users/me', { username => "$user->{username}x" }), '403 REAUTHENTICATION_REQUIRED', 'nor is the username changed');
	is_refused($user->{api}->post('/auth/2fa/setup', { password => 'a wrong one' }), '403 INVALID_CURRENT_PASSWORD', 'nor with a wrong password');
	is($user->{api}->post('/auth/2fa/setup', { password => $user->{password} })->brief, '200', 'the password is enough');
	is(api($s, login($s, $user)->{access_token})->post('/auth/2fa/setup', {})->brief, '200', 'so is another login');
};

subtest 'the way back' => sub {
	my $user = register($s);
	my $secret = $user->{api}->post('/auth/2fa/setup', {})->data->{secret};
	is($user->{api}->post('/auth/2fa/confirm', { code => totp_code($secret) })->brief, '200', 'a thief with the password sets a second factor up');
	$api->post('/auth/password/reset-request', { email => $user->{email} });
	my $token = token_of(mail_to($s, $user->{email}, 1, 'Reset your password'));
	is($api->post('/auth/password/reset', { token => $token, new_password => 'another shell 22' })->brief, '200', 'a reset by mail');
	my %login = (email => $user->{email}, password => 'another shell 22');
	is_refused($api->post('/auth/login', \%login), '401 AUTH_2FA_REQUIRED', 'does not help');
	is($s->sql_value("select veza.reset_second_factor('$user->{id}', 'showed a passport')", role => 'veza_dba'), 't', 'an operator does');
	is($api->post('/auth/login', \%login)->brief, '200', 'the password is enough');
	like(mail_to($s, $user->{email}, 1, 'Your second factor was reset'), qr/account \Q$user->{username}\E/, 'the owner is told');
};

subtest 'another password ends the tokens of the session that changes it' => sub {
	my $user = register($s);
	my $r = $user->{api}->request('PUT', '/users/me/password', { current_password => $user->{password}, new_password => 'another shell 22' });
	is($r->brief, '200', 'changed');
	like(join("\n", $r->headers('Set-Cookie')), qr/^veza_refresh=\Q@{[ $r->data->{refresh_token} ]}\E;/m, 'the cookie has the new token');
	is_refused($user->{api}->get('/auth/me'), '401 AUTH_TOKEN_INVALID', 'the access token is void');
	is_refused($api->post('/auth/refresh', { refresh_token => $user->{refresh_token} }), '401 AUTH_REFRESH_TOKEN_INVALID', 'so is the refresh token, whoever has it');
	my $now = api($s, $r->data->{access_token});
	is($now->get('/auth/me')->brief, '200', 'those of the answer are good');
	is($api->post('/auth/refresh', { refresh_token => $r->data->{refresh_token} })->brief, '200', 'both');
	is($now->get('/auth/sessions')->data->[0]{is_current} ? 1 : 0, 1, 'the session goes on');
	is(scalar @{ $now->get('/auth/sessions')->data }, 1, 'alone');
};

subtest 'passwords that are easy to guess' => sub {
	for my $case ([ 'aaaaaaaaaaaaaaa', 'repeats itself' ], [ 'password123456789', 'follows the alphabet, the numbers or the keyboard' ], [ 'vezavezavezaveza', 'words of Veza' ],
		[ 'Wilhelmina1999', 'has your name' ], [ 'qwertyuiop', 'many use' ])
	{
		my ($password, $why) = @$case;
		my $r = $api->post('/auth/register', { username => 'weak', email => 'weak@example.test', password => $password, first_name => 'Wilhelmina' });
		is_refused($r, '400 VALIDATION_ERROR', $password);
		like($r->details->[0]{message}, qr/\Q$why\E.*; take several words/, 'and why, and what would be better');
	}
	my $r = $api->post('/auth/register', { username => 'weak', email => 'weak@example.test', password => 'a' x 15 }, headers => { 'Accept-Language' => 'fr' });
	is($r->details->[0]{message}, 'est facile à deviner : il se répète ; prenez plusieurs mots sans rapport entre eux', 'in French, too');
	my $user = register($s);
	is_deeply([ map { $_->{field} } @{ $user->{api}->request('PUT', '/users/me/password', { current_password => $user->{password}, new_password => 'veza' x 4 })->details } ],
		['new_password'], 'nor may it be changed to one');
	$r = $api->post('/auth/register', { username => 'long', email => 'long@example.test', password => 'a' x 128 });
	is_refused($r, '400 VALIDATION_ERROR', '128 letters of one kind');
	is_soon($r->seconds, 5, 'are judged soon');
};

subtest 'guesses at once' => sub {
	my $user = register($s);
	setting($s, login_limit => 5);
	my @r = map { $_->brief } $api->parallel(map { [ POST => '/auth/login', { email => $user->{email}, password => "a guess $_" } ] } 1 .. 30);
	is(scalar(grep { $_ eq '401 AUTH_INVALID_CREDENTIALS' } @r), 5, 'five are judged');
	is(scalar(grep { $_ eq '429 RATE_LIMIT_EXCEEDED' } @r), 25, 'the others have to wait');
};

done_testing;
