#!/usr/bin/perl
# Tokens of one class never stand in for another: each is tried wherever a token is taken, and only its own place takes it.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Digest::SHA qw(hmac_sha256 hmac_sha256_hex);
use MIME::Base64 qw(encode_base64url);
use MIME::QuotedPrint qw(decode_qp);
use Test::More;
use Veza::Test;

my $s = stack(env => { CHAT_JWT_SECRET => 'test-chat-secret-test-chat-secret-test' });
$s->start_mail;
start_all($s);

# The token of the mail to an address that matches.
sub mailed
{
	my ($to, $pattern) = @_;
	my $mail = wait_until { (grep { /^To: .*\Q$to\E/mi && decode_qp($_) =~ $pattern } $s->mails)[-1] } "a mail to $to";
	return (decode_qp($mail) =~ /token=([A-Za-z0-9_-]{43})/)[0];
}

# One token of each class, fresh, of one account.
sub tokens
{
	my $u = register($s);
	my %token = (access => $u->{token}, refresh => $u->{refresh_token}, chat => $u->{api}->post('/chat/token', {})->data->{token});
	$token{csrf} = api($s)->get('/csrf-token', headers => { Cookie => "veza_refresh=$token{refresh}" })->data->{csrf_token};
	$token{verify} = mailed($u->{email}, qr/verify-email\?token=/);
	api($s)->post('/auth/password/reset-request', { email => $u->{email} });
	$token{reset} = mailed($u->{email}, qr/reset-password\?token=/);
	return %token;
}

# Where a token is taken: what takes it, whose it is, and what it is answered there.
my %place = (
	'the header Authorization' => { takes => 'access', wrong => '401 AUTH_TOKEN_INVALID', try => sub { api($s, $_[0])->get('/auth/me')->brief } },
	'POST /auth/refresh'        => { takes => 'refresh', wrong => '401 AUTH_REFRESH_TOKEN_INVALID', try => sub { api($s)->post('/auth/refresh', { refresh_token => $_[0] })->brief } },
	'the cookie veza_refresh'   => { takes => 'refresh', wrong => '401 AUTH_REFRESH_TOKEN_INVALID',
		try => sub { my ($t) = @_; my $csrf = api($s)->get('/csrf-token', headers => { Cookie => "veza_refresh=$t" })->data->{csrf_token}; api($s)->post('/auth/refresh', undef, headers => { Cookie => "csrf_token=$csrf; veza_refresh=$t", 'X-CSRF-Token' => $csrf })->brief } },
	'the header X-CSRF-Token'   => { takes => 'csrf', wrong => '403 CSRF_INVALID',
		try => sub { my ($t, %all) = @_; api($s)->post('/auth/refresh', undef, headers => { Cookie => "csrf_token=$t; veza_refresh=$all{refresh}", 'X-CSRF-Token' => $t })->brief } },
	'POST /auth/password/reset' => { takes => 'reset', wrong => '400 AUTH_LINK_INVALID',
		try => sub { api($s)->post('/auth/password/reset', { token => $_[0], new_password => 'another tortoise shell' })->brief } },
	'POST /auth/verify-email'   => { takes => 'verify', wrong => '400 AUTH_LINK_INVALID', try => sub { api($s)->post('/auth/verify-email', { token => $_[0], password => 'correct horse battery' })->brief } });

for my $where (sort keys %place)
{
	my $p = $place{$where};
	subtest $where => sub {
		my %token = tokens();
		is(scalar(grep { defined } values %token), 6, 'a token of each class');
		is($p->{try}->($token{$_}, %token), $p->{wrong}, "a token of class $_ is refused") for grep { $_ ne $p->{takes} } sort keys %token;
		is($p->{try}->($token{ $p->{takes} }, %token), '200', "one of class $p->{takes} is taken, after all the others were tried");
	};
}

subtest 'without a key of its own' => sub {
	$s->stop('httpd');
	$s->start('httpd', env => { CHAT_JWT_SECRET => '' });
	my $u = register($s);
	my $chat = $u->{api}->post('/chat/token', {})->data->{token};
	is($place{'the header Authorization'}{try}->($chat), '401 AUTH_TOKEN_INVALID', 'a chat token is no access token either');
	my ($signed, $mac) = $chat =~ /^(.*)\.([^.]*)$/;
	my $signature = sub { encode_base64url(hmac_sha256($signed, $_[0])) };
	my $key = 'test-jwt-secret-test-jwt-secret-test-jwt';
	isnt($mac, $signature->($key), 'it is not signed with JWT_SECRET');
	is($mac, $signature->(hmac_sha256_hex('chat', $key)), 'but with the key derived from it');
};

done_testing;
