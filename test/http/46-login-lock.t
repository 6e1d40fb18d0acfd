#!/usr/bin/perl
# Too many failed logins in a row: the password is not accepted until it is reset by mail, and nothing of that
# shows to who guesses. Also when the guesses come all at once.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Veza::Mail;
use Veza::Test;

my $s = stack(env => { FRONTEND_URL => 'https://app.example', AUTH_RATE_LIMIT_LOGIN_ATTEMPTS => 10000, DB_AUTH_QUEUE => 200 });
$s->start_mail;
start_all($s);
setting($s, hash_wait_ms => 30000);
my $api = api($s);

sub failures { my ($user) = @_; return $s->sql_value("select failures from veza_data.login_failure where user_id = '$user->{id}'") // 0 }
sub try_login { my ($user, $password, %more) = @_; return $api->post('/auth/login', { email => $user->{email}, password => $password, %more }) }
sub guesses { my ($user, $n, %more) = @_; return $api->parallel(map { [ POST => '/auth/login', { email => $user->{email}, password => "a guess $_", %more } ] } 1 .. $n) }

subtest 'thirty guesses at once' => sub {
	my $user = register($s);
	my $setting = setting($s, login_failures_max => 30);
	is(scalar(grep { $_->brief eq '401 AUTH_INVALID_CREDENTIALS' } guesses($user, 29)), 29, 'all are wrong');
	is(failures($user), 29, 'all are counted');
	is(try_login($user, $user->{password})->brief, '200', 'one less than the limit: the right password is accepted');
	is(failures($user), 0, 'and the count begins anew');
	guesses($user, 30);
	is(failures($user), 30, 'thirty');
	my ($right, $wrong) = map { try_login($user, $_) } $user->{password}, 'a guess';
	is_refused($right, '401 AUTH_INVALID_CREDENTIALS', 'the right password is refused now');
	is($right->comparable, $wrong->comparable, 'like a wrong one, to the letter');
	is(join(' ', sort keys %{ $right->{headers} }), join(' ', sort keys %{ $wrong->{headers} }), 'with the same headers');
	is($user->{api}->get('/auth/me')->brief, '200', 'who is logged in stays so');
	guesses($user, 5);
	like(mail_to($s, $user->{email}, 1, 'Your password is no longer accepted'), qr/account \Q$user->{username}\E have failed/, 'the user is told');
	is($user->{api}->request('PUT', '/users/me/password', { current_password => $user->{password}, new_password => 'another-shell-22' })->brief,
		'403 INVALID_CURRENT_PASSWORD', 'the password is not accepted elsewhere either');

	$api->post('/auth/password/reset-request', { email => $user->{email} });
	my $token = token_of(mail_to($s, $user->{email}, 1, 'Reset your password'));
	is($api->post('/auth/password/reset', { token => $token, new_password => 'another-shell-22' })->brief, '200', 'a reset by mail');
	is(try_login($user, 'another-shell-22')->brief, '200', 'ends it');
	is(scalar(grep { /^Subject: Your password is no longer/m } mails_to($s, $user->{email})), 1, 'one mail was sent about it');
	setting($s, login_failures_max => $setting);
};

subtest 'an operator unlocks' => sub {
	my $user = register($s);
	my $setting = setting($s, login_failures_max => 3);
	guesses($user, 3);
	is_refused(try_login($user, $user->{password}), '401 AUTH_INVALID_CREDENTIALS', 'locked');
	is($s->sql_value("select veza.unlock_account('$user->{id}', 'called us')", role => 'veza_dba'), 't', 'it was locked');
	is(try_login($user, $user->{password})->brief, '200', 'it is not any more');
	is($s->sql_value("select reason from veza_data.audit_log where action = 'dba.unlock_account' and resource_id = '$user->{id}'"), 'called us', 'on record');
	setting($s, login_failures_max => $setting);
};

subtest 'wrong codes count as well' => sub {
	my $user = register($s);
	my $secret = $user->{api}->post('/auth/2fa/setup', {})->data->{secret};
	is($user->{api}->post('/auth/2fa/confirm', { code => totp_code($secret) })->brief, '200', 'a second factor');
	my $setting = setting($s, login_failures_max => 10);
	is(try_login($user, $user->{password})->brief, '401 AUTH_2FA_REQUIRED', 'a login without a code');
	is(failures($user), 0, 'is no failure');
	my @r = $api->parallel(map { [ POST => '/auth/login', { email => $user->{email}, password => $user->{password}, $_ % 2 ? (totp_code => '00000x') : (recovery_code => 'AAAA-AAAA') } ] } 1 .. 10);
	is(scalar(grep { $_->brief eq '401 AUTH_2FA_INVALID' } @r), 10, 'ten wrong codes');
	is(failures($user), 10, 'are ten failures');
	is(try_login($user, $user->{password}, totp_code => totp_code($secret, 1))->brief, '401 AUTH_INVALID_CREDENTIALS', 'and the account is locked');
	mail_to($s, $user->{email}, 1, 'Your password is no longer accepted');
	setting($s, login_failures_max => $setting);
};

subtest 'the limit of a minute holds for codes, too' => sub {
	setting($s, login_limit => 5);
	my $user = register($s);
	my $secret = $user->{api}->post('/auth/2fa/setup', {})->data->{secret};
	is($user->{api}->post('/auth/2fa/confirm', { code => totp_code($secret) })->brief, '200', 'a second factor');
	my @r = map { try_login($user, $user->{password}, totp_code => '12345x')->brief } 1 .. 7;
	is_deeply(\@r, [ ('401 AUTH_2FA_INVALID') x 5, ('429 RATE_LIMIT_EXCEEDED') x 2 ], 'five right passwords with wrong codes, then a pause');
	is(try_login($user, $user->{password}, totp_code => totp_code($secret, 1))->brief, '429 RATE_LIMIT_EXCEEDED', 'for right codes, too');
};

done_testing;
