#!/usr/bin/perl
# Accounts over HTTP, with the mails that really leave: confirming an address, a forgotten password, the
# second factor, sessions.

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
my $api = api($s);

# Waits for the mail with this subject, for the relay may send several in any order.
sub mail
{
	my ($subject) = @_;
	return wait_until { (grep { /^Subject: \Q$subject\E\r?$/m } $s->mails)[0] } "a mail: $subject";
}

sub token_of
{
	my ($mail) = @_;
	return (decode_qp($mail) =~ /token=([A-Za-z0-9_-]{43})/)[0];
}

my $r = $api->post('/auth/register', { username => 'mina', email => 'mina@veza.example', password => 'tortoise-shell-9' });
is($r->brief, '201', 'registered');
my $user = $r->data;

subtest 'the mail that confirms an address' => sub {
	my $mail = mail('Confirm your address');
	like($mail, qr/^To: mina\@veza\.example\r?$/m, 'to the address');
	like($mail, qr/^From: Veza <no-reply\@veza\.example>\r?$/m, 'from us');
	like($mail, qr/^Subject: Confirm your address\r?$/m, 'with a subject');
	like($mail, qr/^Message-ID: <[0-9a-f-]{36}\@veza\.example>\r?$/mi, 'with an id of its own');
	like($mail, qr{multipart/alternative.*text/plain; charset=utf-8.*text/html; charset=utf-8}s, 'as text and as HTML');
	like(decode_qp($mail), qr{https://app\.example/verify-email\?token=[A-Za-z0-9_-]{43}}, 'with a link into the web app');
	is_refused($api->post('/auth/password/reset', { token => token_of($mail), new_password => 'another-shell-22' }), '400 AUTH_LINK_INVALID', 'which resets no password');
	like(decode_qp($mail), qr/address of your Veza account mina:/, 'for the account that it names');
	my $alone = $api->post('/auth/verify-email', { token => token_of($mail) });
	is_refused($alone, '403 AUTH_ACCOUNT_PROOF_REQUIRED', 'the link alone confirms nothing');
	is_deeply($alone->json->{error}{details}, { username => 'mina' }, 'and says which account it takes');
	is_refused($api->post('/auth/verify-email', { token => token_of($mail), password => 'not-the-one' }), '403 INVALID_CURRENT_PASSWORD', 'a wrong password neither');
	is($api->post('/auth/verify-email', { token => token_of($mail), password => 'tortoise-shell-9' })->brief, '200', 'with the password of the account it confirms the address');
	is_refused($api->post('/auth/verify-email', { token => token_of($mail) }), '400 AUTH_LINK_INVALID', 'once');
	ok(api($s, $user->{access_token})->get('/auth/me')->data->{is_verified}, 'the account says so');
};

subtest 'a forgotten password' => sub {
	my @answers = map { $api->post('/auth/password/reset-request', { email => $_ })->data->{message} } 'mina@veza.example', 'nobody@veza.example';
	is($answers[0], $answers[1], 'the answer is the same for every address');
	my $mail = mail('Reset your password');
	is($api->post('/auth/password/reset', { token => token_of($mail), password => 'another-shell-22' })->brief, '200', 'a new one, also under the old name of the field');
	is_refused(api($s, $user->{access_token})->get('/auth/me'), '401 AUTH_TOKEN_INVALID', 'access tokens end at once');
	is_refused($api->post('/auth/refresh', { refresh_token => $user->{refresh_token} }), '401 AUTH_REFRESH_TOKEN_INVALID', 'refresh tokens, too');
	like(mail('Your password was changed'), qr/^To: mina\@veza\.example\r?$/m, 'the user is told');
	is(scalar($s->mails), 3, 'and nobody else');
};

done_testing();
