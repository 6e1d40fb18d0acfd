#!/usr/bin/perl
# Our tokens, judged by an implementation of others: jose verifies them, and makes the forgeries that libjwt 1.10.2,
# which verifies a signature and nothing else, would let pass or stumble over.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MIME::Base64 qw(decode_base64url encode_base64url);
use Test::More;
use Veza::Jose;
use Veza::Test;

my $KEY = 'test-jwt-secret-test-jwt-secret-test-jwt';
my $CHAT_KEY = 'test-chat-secret-test-chat-secret-test';
my $HEADER = '{"alg":"HS256","typ":"JWT"}';
my $jose = Veza::Jose->new;
my $s = stack(env => { CHAT_JWT_SECRET => $CHAT_KEY, HTTP_LOOPS => 1 });
$s->start('httpd');
my $alice = register($s);
my $chat = $alice->{api}->post('/chat/token', {})->data;
my $payload = Veza::Http::decode(decode_base64url((split /\./, $alice->{token})[1]));
my $now = int time;

# What jose says of a token.
sub judged { my ($token, $key, %o) = @_; return $jose->ask(verify => $token, key => $key, issuer => 'veza-api', audience => 'veza-app', %o) }

# A token that jose signs; options replace members of the payload, undef removes one.
sub signed
{
	my ($header, %change) = @_;
	my %claims = (%$payload, %change);
	delete @claims{ grep { !defined $claims{$_} } keys %claims };
	return $jose->token(sign => \%claims, header => { alg => 'HS256', typ => 'JWT', %$header }, key => $KEY);
}

# A token of any two texts, rightly signed.
sub raw { my ($header, $text, %o) = @_; return $jose->token(raw => [ $header, $text ], alg => 'HS256', key => $KEY, %o) }

# A rightly signed token whose payload has one member more or other, as text: what JSON::PP could not write.
sub with_text
{
	my ($name, $value) = @_;
	my %claims = %$payload;
	delete $claims{$name};
	return raw($HEADER, Veza::Http::encode(\%claims) =~ s/\}$/,"$name":$value}/r);
}

my $plan = '/subscriptions/current';
my $forged = 0;

# Refused where one reads and where one writes, twice, because verified tokens are remembered; the good one passes after it.
sub is_bad
{
	my ($token, $name, $code) = @_;
	my $expected = '401 ' . ($code // 'AUTH_TOKEN_INVALID');
	my @r = (api($s, $token)->parallel([ GET => $plan ], [ POST => '/subscriptions/cancel', {} ], [ GET => $plan ]), $alice->{api}->get($plan));
	$forged++;
	return is(join(', ', map { $_->brief } @r), "$expected, $expected, $expected, 200", $name);
}

subtest 'jose verifies our tokens' => sub {
	my $r = judged($alice->{token}, $KEY);
	is_deeply($r->{header}, { alg => 'HS256', typ => 'JWT' }, 'an access token: header');
	is("$r->{payload}{sub} $r->{payload}{iss} $r->{payload}{aud} $r->{payload}{token_use}", "$alice->{id} veza-api veza-app access", 'and claims');
	is($r->{payload}{exp} - $r->{payload}{iat}, 900, 'and lifetime');
	my $c = judged($chat->{token}, $CHAT_KEY);
	is_deeply([ sort keys %{ $c->{payload} } ], [ sort qw(sub user_id username role iss aud token_version iat exp jti sid type token_use) ], 'a chat token: claims');
	is(join(' ', @{ $c->{payload} }{qw(sub user_id username role type token_use sid)}),
		"$alice->{id} $alice->{id} $alice->{username} user chat chat $payload->{sid}", 'with these values');
	is($c->{payload}{exp} - $c->{payload}{iat}, 300, 'and lifetime');
	is_deeply([ sort keys %$chat ], [ sort qw(token expires_in expires_at ws_url) ], 'the answer around it');
	is("$chat->{expires_in} $chat->{ws_url}", '300 ws://localhost:8081/ws', 'which leads to CHAT_SERVER_URL');
	is(judged($chat->{token}, $KEY)->{error}, 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED', 'not with the key of access tokens');
	is(judged($alice->{token}, $CHAT_KEY)->{error}, 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED', 'nor the other way round');
	is(judged($alice->{token}, $KEY, audience => 'x')->{error}, 'ERR_JWT_CLAIM_VALIDATION_FAILED', 'for nobody else');
	is(api($s, signed({}))->get($plan)->brief, '200', 'and what jose makes alike is accepted');
};

subtest 'algorithms' => sub {
	is_bad($jose->token(unsecured => $payload), 'alg none, as jose makes it');
	for my $alg (qw(none None NONE nOnE))
	{
		my $text = qq({"alg":"$alg","typ":"JWT"});
		is_bad(raw($text, Veza::Http::encode($payload)) =~ s/[^.]*$//r, "alg $alg without a signature");
		is_bad(raw($text, Veza::Http::encode($payload)), "alg $alg, signed");
	}
	is_bad(signed({ alg => $_ }), "$_ with the same secret") for qw(HS384 HS512);
	is_bad(raw(qq({"alg":"$_","typ":"JWT"}), Veza::Http::encode($payload)), "alg $_, signed by HMAC-SHA256") for qw(hs256 Hs256 RS256 ES256 EdDSA HS384);
	is_bad(raw('{"typ":"JWT"}', Veza::Http::encode($payload)), 'no alg');
	is_bad(raw('{"alg":256,"typ":"JWT"}', Veza::Http::encode($payload)), 'a number as alg');
	is_bad(raw('{"alg":"none","alg":"HS256","typ":"JWT"}', Veza::Http::encode($payload)), 'alg twice, none first');
	is_bad(raw('{"alg":"HS256","alg":"none","typ":"JWT"}', Veza::Http::encode($payload)), 'alg twice, none last');
};

subtest 'headers' => sub {
	is_bad(signed({ crit => ['exp'], exp => 1 }), 'crit');
	is_bad(signed({ kid => '../../dev/null' }), 'an unknown kid');
	is_bad(signed({ jku => 'https://attacker.example/keys' }), 'jku');
	is_bad(signed({ typ => 'at+jwt' }), 'typ at+jwt');
	is_bad(raw('{"alg":"HS256"}', Veza::Http::encode($payload)), 'no typ');
	is_bad(raw('[]', Veza::Http::encode($payload)), 'a list');
	is_bad(raw('', Veza::Http::encode($payload)), 'an empty one');
};

subtest 'payloads' => sub {
	my $json = Veza::Http::encode($payload);
	is_bad(raw($HEADER, $json =~ s/^\{/{"sub":"00000000-0000-4000-8000-000000000001",/r), 'sub twice, the good one last');
	is_bad(raw($HEADER, $json =~ s/\}$/,"sub":"00000000-0000-4000-8000-000000000001"}/r), 'sub twice, the good one first');
	is_bad(raw($HEADER, '[1]'), 'a list');
	is_bad(raw($HEADER, "[$json]"), 'a list of one');
	is_bad(raw($HEADER, ''), 'an empty one');
	is_bad(raw($HEADER, '[' x 2000 . ']' x 2000), 'nested deeply');
	is_bad(raw($HEADER, "$json " x 2), 'two');
	is_bad(raw($HEADER, $json =~ s/"veza-api"/"veza-api\\u0000"/r), 'a NUL in a text');
};

subtest 'claims' => sub {
	is_bad(signed({}, exp => $now - 10), 'exp past', 'AUTH_TOKEN_EXPIRED');
	is_bad(signed({}, exp => undef), 'exp missing');
	is_bad(with_text(exp => '"' . ($now + 900) . '"'), 'exp as text');
	is_bad(with_text(exp => $now + 900 . '.5'), 'exp as a fraction');
	is_bad(with_text(exp => '9223372036854775808'), 'exp of 2^63');
	is_bad(with_text(exp => '-9223372036854775809'), 'exp before all time');
	is_bad(signed({}, iat => $now + 3600), 'iat in the future');
	is_bad(signed({}, nbf => $now + 3600), 'nbf in the future');
	is_bad(signed({}, iss => 'veza-other'), 'iss of another');
	is_bad(signed({}, iss => undef), 'iss missing');
	is_bad(signed({}, aud => 'veza-other'), 'aud of another');
	is_bad(signed({}, aud => ['veza-app']), 'aud as a list');
	is_bad(signed({}, aud => undef), 'aud missing');
	is_bad(with_text(sub => '1'), 'sub as a number');
	is_bad(signed({}, sub => undef), 'sub missing');
	is_bad(signed({}, sid => undef), 'sid missing');
	is_bad(with_text(token_version => qq("$payload->{token_version}")), 'token_version as text');
	is_bad(signed({}, token_version => undef), 'token_version missing');
	is_bad(with_text(token_version => '1e0'), 'token_version as a real number');
	is_bad(signed({}, token_use => $_), 'token_use ' . ($_ // 'missing') . ', signed with JWT_SECRET') for 'chat', 'refresh', 'reset', undef;
};

subtest 'signatures and form' => sub {
	my ($h, $p, $m) = split /\./, $alice->{token};
	is_bad("$h.$p.", 'an empty signature');
	is_bad("$h.$p", 'none');
	is_bad("$h.$p." . substr($m, 0, $_), "$_ characters of it") for 1, 20, 42;
	is_bad("$h.$p.$m=", 'padded');
	is_bad("$h.$p==.$m", 'a padded payload');
	is_bad("$h.$p.${m}A", 'a character behind');
	is_bad("$h.$p.$m.", 'a point behind');
	is_bad("$h.$p.$m.$m", 'a fourth part');
	is_bad(".$p.$m", 'no header');
	is_bad(raw($HEADER, Veza::Http::encode($payload), key => $CHAT_KEY), 'signed with the key of chat tokens');
	is_bad(raw($HEADER, Veza::Http::encode($payload), key => ''), 'signed with an empty key');
	is_bad($chat->{token}, 'a chat token');
	is_bad('', 'nothing');
	is_bad('.', 'a point');
	is_bad('..', 'two points');
};

# Longer than the memory that a connection has for its header, so refused before anybody looks at it.
subtest 'of 64 KB' => sub {
	my $long = raw($HEADER, Veza::Http::encode({ %$payload, x => 'x' x 49000 }));
	cmp_ok(length $long, '>=', 65536, 'so long');
	is(api($s, $long)->get($plan)->status, 431, 'is refused');
	is_bad(raw($HEADER, Veza::Http::encode({ %$payload, x => 'x' x 4000 })), 'one that the header has room for');
	is($alice->{api}->get($plan)->brief, '200', 'and the good one passes');
};

cmp_ok($forged, '>=', 70, "$forged forgeries");

done_testing;
