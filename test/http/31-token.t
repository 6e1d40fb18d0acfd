#!/usr/bin/perl
# Access tokens: what a stranger can make of them, and that all of it is refused.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Digest::SHA qw(hmac_sha256 hmac_sha384 hmac_sha512);
use MIME::Base64 qw(encode_base64url decode_base64url);
use Test::More;
use Time::HiRes qw(time);
use Veza::Test;

my $KEY = 'test-jwt-secret-test-jwt-secret-test-jwt';
my $s = stack();
$s->start('httpd');
my $alice = register($s);
my $bob = register($s);
my ($header, $payload) = map { Veza::Http::decode(decode_base64url($_)) } (split /\./, $alice->{token})[ 0, 1 ];
my $header_text = decode_base64url((split /\./, $alice->{token})[0]);
my $bobs = Veza::Http::decode(decode_base64url((split /\./, $bob->{token})[1]));

# A token of these texts. Options: key, mac.
sub token
{
	my ($head, $body, %o) = @_;
	my $signed = join '.', map { encode_base64url(ref $_ ? Veza::Http::encode($_) : $_) } $head, $body;
	my $mac = $o{mac} // \&hmac_sha256;
	return "$signed." . encode_base64url($mac->($signed, $o{key} // $KEY));
}

# A token whose claims differ; undef removes a claim.
sub claims
{
	my (%change) = @_;
	my %c = (%$payload, %change);
	delete @c{ grep { !defined $c{$_} } keys %c };
	return token($header_text, \%c);
}

my $plan = '/subscriptions/current';

# Refused on a reading route, a writing route and a procedure, twice, because verified tokens are remembered.
sub is_bad
{
	my ($token, $name, $code) = @_;
	my $bad = api($s, $token);
	my @r = $bad->parallel([ GET => $plan ], [ POST => '/subscriptions/cancel', {} ], [ POST => '/subscriptions/subscribe', { plan_id => 'free' } ], [ GET => $plan ]);
	return is(join(', ', map { $_->brief } @r), join(', ', ('401 ' . ($code // 'AUTH_TOKEN_INVALID')) x 4), $name);
}

subtest 'what a token says' => sub {
	is_deeply([ sort keys %$payload ], [ sort qw(sub iss aud exp iat token_version role sid token_use) ], 'claims');
	is("$payload->{sub} $payload->{iss} $payload->{aud}", "$alice->{id} veza-api veza-app", 'subject, issuer, audience');
	is("$payload->{token_use} $payload->{role}", 'access user', 'use and role');
	is($payload->{exp} - $payload->{iat}, 900, 'lifetime');
	cmp_ok(abs($payload->{iat} - time), '<', 10, 'now');
	is("$header->{alg} $header->{typ}", 'HS256 JWT', 'header');
	is(api($s, token($header_text, $payload))->get('/auth/me')->brief, '200', 'the test makes good tokens');
};

subtest 'signatures' => sub {
	my ($h, $p, $m) = split /\./, $alice->{token};
	is_bad(token($header_text, $payload, key => 'another-secret-another-secret-another'), 'another key');
	is_bad(token($header_text, $payload, key => ''), 'an empty key');
	is_bad("$h.$p.", 'no signature');
	is_bad("$h.$p", 'two parts');
	is_bad("$h.$p.$m.$m", 'four parts');
	is_bad("$h.$p.$m" . 'A', 'a longer signature');
	is_bad("$h.$p.$m=", 'a padded one');
	is_bad(substr($alice->{token}, 0, -1), 'a shorter one');
	is_bad("$h.$p." . ($m =~ s/^(.)/$1 eq 'A' ? 'B' : 'A'/er), 'one changed bit');
	is_bad("$h." . encode_base64url(Veza::Http::encode({ %$payload, role => 'admin' })) . ".$m", 'a changed payload');
	is_bad("$h." . (split /\./, $bob->{token})[1] . ".$m", "somebody else's payload");
	is_bad('', 'nothing');
	is_bad('x', 'a letter');
	is_bad('..', 'dots');
	is_bad('A' x 5000, 'something long');
	is_bad($alice->{refresh_token}, 'the refresh token');
};

subtest 'headers' => sub {
	my $none = sub { encode_base64url(shift) . '.' . encode_base64url(Veza::Http::encode($payload)) . '.' };
	for my $alg (qw(none None NONE))
	{
		is_bad($none->("{\"alg\":\"$alg\",\"typ\":\"JWT\"}"), "alg $alg without a signature");
		is_bad(token("{\"alg\":\"$alg\",\"typ\":\"JWT\"}", $payload), "alg $alg, signed");
	}
	is_bad(token('{"alg":"none","alg":"HS256","typ":"JWT"}', $payload), 'two algorithms');
	is_bad(token('{"alg":"HS384","typ":"JWT"}', $payload, mac => \&hmac_sha384), 'HS384 with the same key');
	is_bad(token('{"alg":"HS512","typ":"JWT"}', $payload, mac => \&hmac_sha512), 'HS512 with the same key');
	is_bad(token('{"alg":"RS256","typ":"JWT"}', $payload), 'RS256');
	is_bad(token('{"alg":"hs256","typ":"JWT"}', $payload), 'in lower case');
	is_bad(token('{"alg":256,"typ":"JWT"}', $payload), 'a number');
	is_bad(token('{"typ":"JWT"}', $payload), 'none at all');
	my ($first, $second) = $header_text =~ /^\{("[^,]*"),("[^,]*")\}$/;
	is_bad(token("{$second,$first}", $payload), 'the same members in another order');
	is_bad(token("{ $first,$second}", $payload), 'a blank more');
	is_bad(token("{$first,$second,\"kid\":\"../../dev/null\"}", $payload), 'a key id');
	is_bad(token("{$first,$second,\"crit\":[\"exp\"]}", $payload), 'crit');
	is_bad(token("{$first,$second,\"jwk\":{}}", $payload), 'a key of its own');
};

subtest 'claims' => sub {
	my $now = int time;
	is_bad(claims(exp => $now - 1), 'expired', 'AUTH_TOKEN_EXPIRED');
	is_bad(claims(exp => $now - 86400), 'long expired', 'AUTH_TOKEN_EXPIRED');
	my @bad = ([ iss => 'veza-api2' ], [ iss => undef ], [ iss => ['veza-api'] ], [ aud => 'veza-app ' ], [ aud => undef ], [ aud => ['veza-app'] ],
		[ token_use => 'chat' ], [ token_use => 'refresh' ], [ token_use => undef ], [ exp => '' . ($now + 900) ], [ exp => $now + 900.5 ],
		[ exp => undef ], [ exp => true ], [ iat => undef ], [ iat => $now + 3600 ], [ iat => "$now" ], [ nbf => $now + 3600 ], [ nbf => 'x' ],
		[ sid => undef ], [ sid => '' ], [ sid => 'x' ], [ sid => uc $payload->{sid} ], [ sid => uuid() ], [ sid => $bobs->{sid} ],
		[ sub => undef ], [ sub => '' ], [ sub => 1 ], [ sub => uuid() ], [ sub => $bob->{id} ], [ sub => "$alice->{id} " ], [ sub => "{$alice->{id}}" ],
		[ token_version => undef ], [ token_version => '1' ], [ token_version => 1.0001 ], [ token_version => 2 ], [ token_version => 0 ],
		[ token_version => -1 ], [ token_version => 2147483648 ], [ token_version => 4294967297 ]);
	for my $case (@bad)
	{
		my ($name, $value) = @$case;
		my $text = !defined $value ? 'missing' : ref $value ? Veza::Http::encode($value) : $value;
		is_bad(claims($name => $value), "$name $text");
	}
	my $json = Veza::Http::encode($payload);
	is_bad(token($header_text, $json =~ s/^\{/{"sub":"$bob->{id}",/r), 'two subjects');
	is_bad(token($header_text, $json =~ s/\}$/,"exp":99999999999}/r), 'two expiries');
	is_bad(token($header_text, '[' . $json . ']'), 'a list');
	is_bad(token($header_text, '"x"'), 'a text');
	is_bad(token($header_text, $json . ' x'), 'something behind');
	is_bad(token($header_text, $json =~ s/"veza-api"/"veza-api\\u0000"/r), 'a NUL');
	is_bad(token($header_text, '[' x 1000 . ']' x 1000), 'deep nesting');
	is(api($s, claims(nbf => $now - 5, iat => $now + 20, jti => 'x'))->get('/auth/me')->brief, '200', 'clocks may differ a little, and more claims do no harm');
};

subtest 'the role of a token is no authority' => sub {
	my $route = '/admin/subscriptions/' . uuid() . '/activate';
	is(api($s, claims(role => 'admin'))->post($route, { reason => 'x' })->brief, '403 AUTH_INSUFFICIENT_PERMISSIONS', 'a forged role');
	is(api($s, claims(role => 'admin'))->get('/auth/me')->data->{role}, 'user', 'the table decides');
	is(api($s, claims(role => undef))->get('/auth/me')->brief, '200', 'it is not even needed');
};

subtest 'the header Authorization' => sub {
	my $with = sub { api($s)->get('/auth/me', headers => { Authorization => $_[0] })->brief };
	is($with->("Bearer $alice->{token}"), '200', 'Bearer');
	is($with->("bearer $alice->{token}"), '200', 'in any case');
	is($with->($alice->{token}), '401 AUTH_TOKEN_INVALID', 'without Bearer');
	is($with->("Basic $alice->{token}"), '401 AUTH_TOKEN_INVALID', 'another scheme');
	is($with->('Bearer'), '401 AUTH_TOKEN_INVALID', 'Bearer alone');
	is($with->("Bearer $alice->{token}, Bearer $bob->{token}"), '401 AUTH_TOKEN_INVALID', 'two in one');
	is($with->([ "Bearer $alice->{token}", "Bearer $bob->{token}" ]), '400 MALFORMED_REQUEST', 'two headers');
	is(api($s)->get("/auth/me?access_token=$alice->{token}")->brief, '401 AUTH_REQUIRED', 'a token in the address is none');
	is(api($s, 'rubbish')->get('/subscriptions/plans')->brief, '200', 'a public route looks at none');
};

subtest 'a token is forgotten as it expires' => sub {
	my $t = claims(exp => int(time) + 2);
	is(api($s, $t)->get('/auth/me')->brief, '200', 'good');
	wait_until { api($s, $t)->get('/auth/me')->status == 401 } 'expired', 5;
	is_bad($t, 'although it was remembered', 'AUTH_TOKEN_EXPIRED');
};

subtest 'issuer, audience, key and lifetime are configuration' => sub {
	$s->stop('httpd');
	$s->start('httpd', env => { JWT_ISSUER => 'me', JWT_AUDIENCE => 'you', JWT_SECRET => 'k' x 40, JWT_ACCESS_TTL => '2m', JWT_REFRESH_TTL => '1h' });
	is_bad($alice->{token}, 'a token of another key');
	is_bad(token($header_text, $payload, key => 'k' x 40), 'of another issuer');
	my $d = login($s, $alice);
	my $p = Veza::Http::decode(decode_base64url((split /\./, $d->{access_token})[1]));
	is("$p->{iss} $p->{aud} " . ($p->{exp} - $p->{iat}) . " $d->{expires_in}", 'me you 120 120', 'as configured');
	is(api($s, $d->{access_token})->get('/auth/me')->brief, '200', 'and accepted');
	is($s->sql_value('select round(extract(epoch from expires_at - created_at)) from veza_data.session order by created_at desc limit 1'), 3600, 'sessions too');
};

done_testing;
