#!/usr/bin/perl
# What browsers meet: whom we share answers with, cookies, CSRF tokens, headers that protect, and the switches
# that loosen some of it outside production.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Veza::Test;

my $APP = 'https://app.example';
my $s = stack(env => { CORS_ALLOWED_ORIGINS => "$APP,http://localhost:3000" });
start_all($s);
my $u = register($s);
my $root = root($s);

# The CORS headers of an answer.
sub shared { my ($r) = @_; return join ' ', map { $r->header("Access-Control-Allow-$_") // '-' } qw(Origin Credentials) }

subtest 'origins' => sub {
	for my $origin ($APP, 'http://localhost:3000')
	{
		my $r = $u->{api}->get('/auth/me', headers => { Origin => $origin });
		is(shared($r), "$origin true", "$origin may read the answer");
		like($r->header('Vary'), qr/\bOrigin\b/, 'which differs by origin');
		like($r->header('Access-Control-Expose-Headers'), qr/X-Request-ID.*|X-RateLimit-Remaining/, 'with our headers');
	}
	for my $origin ('null', 'https://app.example.evil.test', 'https://evilapp.example', 'http://app.example', "$APP:8443", "$APP/", 'HTTPS://APP.EXAMPLE', 'http://localhost:30000', 'https://evil.test')
	{
		my $r = $u->{api}->get('/auth/me', headers => { Origin => $origin });
		is($r->status . ' ' . shared($r), '200 - -', "$origin may not");
		like($r->header('Vary'), qr/\bOrigin\b/, 'and no cache confuses the two');
	}
	is(shared($u->{api}->get('/auth/me')), '- -', 'without an origin nothing is said');
	for my $bad ([ GET => '/api/v1/nowhere' ], [ GET => '/api/v1/auth/me' ], [ DELETE => '/api/v1/auth/me' ], [ POST => '/api/v1/auth/login', '{' ], [ GET => '/healthz' ])
	{
		my ($method, $path, $body) = @$bad;
		my $r = $root->request($method, $path, $body, headers => { Origin => $APP });
		is(shared($r), "$APP true", "$method $path: " . $r->brief . ' can be read as well');
	}
};

subtest 'the question before' => sub {
	my $ask = sub { my (%h) = @_; return $root->request('OPTIONS', '/api/v1/auth/login', undef, headers => \%h) };
	my $r = $ask->(Origin => $APP, 'Access-Control-Request-Method' => 'POST', 'Access-Control-Request-Headers' => 'content-type,x-csrf-token');
	is($r->status . ' ' . shared($r), "204 $APP true", 'is answered to an allowed origin');
	like($r->header('Access-Control-Allow-Methods'), qr/\bPATCH\b/, 'with the methods');
	like($r->header('Access-Control-Allow-Headers'), qr/\b$_\b/i, "with $_") for qw(Authorization Content-Type X-CSRF-Token Idempotency-Key If-Match);
	is($r->header('Access-Control-Max-Age'), '86400', 'for a day');
	$r = $ask->(Origin => 'https://evil.test', 'Access-Control-Request-Method' => 'POST');
	is($r->status . ' ' . shared($r) . ($r->header('Access-Control-Allow-Methods') // ''), '204 - -', 'another origin gets no permission');
	$r = $ask->(Origin => $APP);
	is($r->header('Access-Control-Allow-Methods'), undef, 'an OPTIONS without the question gets only Allow');
	for my $path ('/api/v1/nowhere', '/healthz', '/%00')
	{
		$r = $root->request('OPTIONS', $path, undef, headers => { Origin => $APP, 'Access-Control-Request-Method' => 'GET', 'Access-Control-Request-Headers' => 'authorization' });
		is($r->status . ' ' . shared($r), "204 $APP true", "$path: else the page could not read what is wrong with it");
	}
};

subtest 'headers that protect' => sub {
	my %want = ('X-Content-Type-Options' => qr/^nosniff$/, 'X-Frame-Options' => qr/^DENY$/, 'Referrer-Policy' => qr/^no-referrer$/,
		'Permissions-Policy' => qr/^geolocation=\(\), microphone=\(\), camera=\(\)$/, 'Cross-Origin-Resource-Policy' => qr/^same-site$/, 'Content-Security-Policy' => qr/default-src 'none'/);
	my @answers = ([ 'an answer', $u->{api}->get('/auth/me') ], [ 'a refusal', api($s)->get('/auth/me') ], [ 'no route', $root->get('/x') ], [ 'a malformed request', $root->get('/%00') ],
		[ 'health', $root->get('/healthz') ], [ 'the second port', admin($s)->get('/healthz') ], [ 'metrics', admin($s)->get('/metrics') ], [ 'the description', $root->get('/openapi.json') ],
		[ 'not modified', $u->{api}->get('/auth/me', headers => { 'If-None-Match' => '*' }) ]);
	for my $one (@answers)
	{
		my ($name, $r) = @$one;
		like($r->header($_) // '', $want{$_}, "$name: $_") for sort keys %want;
		is($r->header('Strict-Transport-Security'), undef, "$name: no HSTS in development");
	}
};

# The cookies of an answer by name: value and attributes.
sub cookies { my ($r) = @_; return map { my ($n, $v, $rest) = /^([^=]+)=([^;]*); (.*)$/; ($n => { value => $v, rest => $rest }) } $r->headers('Set-Cookie') }

my $csrf = api($s)->get('/csrf-token');
subtest 'the CSRF token' => sub {
	is($csrf->brief, '200', 'anybody gets one');
	my $c = { cookies($csrf) }->{csrf_token};
	is($c->{value}, $csrf->data->{csrf_token}, 'the cookie holds it');
	is($csrf->header('X-CSRF-Token'), $csrf->data->{csrf_token}, 'and a header');
	is($c->{rest}, 'Path=/; Max-Age=3600; HttpOnly; SameSite=Strict', 'for an hour, for our own pages');
	is($csrf->data->{expires_in}, 3600, 'as the answer says');
	is($csrf->header('Cache-Control') . ($csrf->header('ETag') // ''), 'no-store', 'and no cache keeps it');
	isnt(api($s)->get('/csrf-token')->data->{csrf_token}, $csrf->data->{csrf_token}, 'each is another one');
};

subtest 'the refresh cookie' => sub {
	my $login = api($s)->post('/auth/login', { email => $u->{email}, password => $u->{password}, remember_me => true() });
	my $c = { cookies($login) }->{veza_refresh};
	is($c->{value}, $login->data->{refresh_token}, 'a login sets it');
	like($c->{rest}, qr{^Path=/api/v1; Max-Age=25\d{5}; HttpOnly; SameSite=Lax$}, 'for the time of the session, unseen by scripts');
	my $token = $login->header('X-CSRF-Token');
	is({ cookies($login) }->{csrf_token}{value}, $token, 'with a CSRF token');
	is_deeply([ grep { m{^veza_refresh=; Path=/api/v1/auth; Max-Age=0} } $login->headers('Set-Cookie') ], [ ($login->headers('Set-Cookie'))[0] ], 'a cookie of an earlier version goes first');
	my $of = sub { my ($cookie) = @_; return api($s)->get('/csrf-token', headers => { Cookie => "veza_refresh=$cookie" })->data->{csrf_token} };
	my $refresh = sub { my ($body, %h) = @_; return api($s)->post('/auth/refresh', $body, headers => { Cookie => "csrf_token=$token; veza_refresh=$c->{value}", 'X-CSRF-Token' => $token, %h }) };

	my $r = $refresh->(undef);
	is($r->brief, '200', 'an empty body: the cookie stands in');
	is({ cookies($r) }->{veza_refresh}{value}, $r->data->{refresh_token}, 'and is replaced');
	is($refresh->({})->brief, '200', 'an empty object, too');
	is($refresh->(undef, Origin => $APP)->brief, '200', 'from an allowed origin');
	is($refresh->(undef, Origin => $s->url =~ s{/$}{}r)->brief, '200', 'from our own');
	is_refused($refresh->(undef, Origin => 'https://evil.test'), '403 CSRF_INVALID', 'from another one');
	is_refused($refresh->(undef, Origin => 'null'), '403 CSRF_INVALID', 'from a page without one');
	is_refused($refresh->(undef, 'X-CSRF-Token' => ''), '403 CSRF_INVALID', 'without the header');
	is_refused($refresh->(undef, 'X-CSRF-Token' => api($s)->get('/csrf-token')->data->{csrf_token}), '403 CSRF_INVALID', 'with another token than the cookie\'s');
	is_refused($refresh->(undef, Cookie => "veza_refresh=$c->{value}"), '403 CSRF_INVALID', 'without the cookie');
	# A token belongs to the session that the other cookie speaks for.
	my $other = api($s)->post('/auth/login', { email => $u->{email}, password => $u->{password} });
	for my $foreign ([ 'another session' => $other->header('X-CSRF-Token') ], [ 'no session' => $csrf->data->{csrf_token} ], [ 'a session that is asked for' => $of->($other->data->{refresh_token}) ],
		[ 'no cookie' => $of->('') ], [ 'the successor' => $r->header('X-CSRF-Token') ])
	{
		my ($whose, $t) = @$foreign;
		is_refused($refresh->(undef, Cookie => "csrf_token=$t; veza_refresh=$c->{value}", 'X-CSRF-Token' => $t), '403 CSRF_INVALID', "with a token of $whose");
	}
	my $asked = $of->($c->{value});
	is($refresh->(undef, Cookie => "csrf_token=$asked; veza_refresh=$c->{value}", 'X-CSRF-Token' => $asked)->brief, '200', 'with one that this session has asked for');
	my $forged = 'A' x length $token;
	is_refused($refresh->(undef, Cookie => "csrf_token=$forged; veza_refresh=$c->{value}", 'X-CSRF-Token' => $forged), '403 CSRF_INVALID', 'with one that is the same in both, but not ours');
	is_refused($refresh->(undef, 'X-CSRF-Token' => undef, Authorization => 'Basic eDp5'), '403 CSRF_INVALID', 'with what browsers send by themselves');
	is($refresh->(undef, 'X-CSRF-Token' => undef, Authorization => 'Bearer x')->brief, '200', 'a scheme that none sends by itself is a proof');
	is(api($s)->post('/auth/refresh', { refresh_token => $u->{refresh_token} }, headers => { Cookie => 'veza_refresh=x' })->brief, '200', 'a token in the body needs no proof');
	is_refused(api($s)->post('/auth/refresh', {}), '400 VALIDATION_ERROR', 'neither body nor cookie');

	my $made = $of->('x' x 43);
	my $bad = $refresh->(undef, Cookie => "csrf_token=$made; veza_refresh=" . 'x' x 43, 'X-CSRF-Token' => $made);
	is_refused($bad, '401 AUTH_REFRESH_TOKEN_INVALID', 'a cookie that is no token');
	like({ cookies($bad) }->{veza_refresh}{rest}, qr/Max-Age=0/, 'is taken away');
	my $out = api($s, $login->data->{access_token})->post('/auth/logout', {});
	is({ cookies($out) }->{veza_refresh}{value} . ' ' . ({ cookies($out) }->{veza_refresh}{rest} =~ /Max-Age=0/ ? 'gone' : 'there'), ' gone', 'so it is by a logout');
	is_refused($refresh->(undef), '401 AUTH_REFRESH_TOKEN_INVALID', 'and its session is over');
	my $gone = register($s);
	$s->sql("update veza_data.users set status = 'suspended' where id = '$gone->{id}'");
	$bad = api($s)->post('/auth/refresh', { refresh_token => $gone->{refresh_token} });
	is_refused($bad, '403 USER_ACCOUNT_DISABLED', 'a suspended account');
	like({ cookies($bad) }->{veza_refresh}{rest}, qr/Max-Age=0/, 'loses its cookie');
};

subtest 'bearer tokens need no proof' => sub {
	is($u->{api}->post('/subscriptions/subscribe', { plan_id => 'free' }, headers => { Origin => 'https://evil.test', Cookie => 'x=1' })->brief, '201', 'a page that has the token is no foreign one');
};

subtest 'when there is trouble' => sub {
	$s->stop('httpd');
	$s->start('httpd', env => { RATE_LIMIT_LIMIT => 5, DISABLE_RATE_LIMIT_FOR_TESTS => 'false' });
	my @r = map { api($s)->get('/subscriptions/plans', headers => { Origin => $APP }) } 1 .. 6;
	is($r[5]->status . ' ' . shared($r[5]), "429 $APP true", 'who asks too much can read that');
	like($r[5]->header('X-Frame-Options'), qr/DENY/, 'and is protected');
	$s->stop('httpd');
	$s->start('httpd');
	$s->stop_postgres('immediate');
	my $r = api($s)->get('/subscriptions/plans', headers => { Origin => $APP });
	is($r->status . ' ' . shared($r), "503 $APP true", 'without a database, too');
	is($r->header('Content-Security-Policy'), "default-src 'none'; frame-ancestors 'none'", 'and is protected');
	$s->start_postgres;
	wait_until { api($s)->get('/subscriptions/plans')->status == 200 } 'the database is back';
};

subtest 'switches of development' => sub {
	$s->stop('httpd');
	$s->start('httpd', env => { CSRF_DISABLED => 'true', BYPASS_CONTENT_CREATOR_ROLE => 'true' });
	my $v = register($s);
	is(api($s)->post('/auth/refresh', undef, headers => { Cookie => "veza_refresh=$v->{refresh_token}" })->brief, '200', 'CSRF_DISABLED');
	$s->sql("select veza.add_route('GET', '/api/v1/scratch/creators', 'veza.auth_me', 'creator', 'reads')");
	wait_route($s, '/api/v1/scratch/creators');
	is($v->{api}->get('/scratch/creators')->brief, '200', 'BYPASS_CONTENT_CREATOR_ROLE: a listener counts as a creator');
	$s->stop('httpd');
	$s->start('httpd');
	is_refused($v->{api}->get('/scratch/creators'), '403 CREATOR_ROLE_REQUIRED', 'without it no more');
	is_refused(api($s)->post('/auth/refresh', undef, headers => { Cookie => "veza_refresh=$v->{refresh_token}" }), '403 CSRF_INVALID', 'nor without proof');
};

subtest 'staging' => sub {
	$s->stop('httpd');
	$s->start('httpd', env => { APP_ENV => 'staging' });
	my $r = api($s)->post('/auth/login', { email => $u->{email}, password => $u->{password} });
	is($r->header('Strict-Transport-Security'), 'max-age=31536000; includeSubDomains', 'browsers come back by TLS only');
	like({ cookies($r) }->{veza_refresh}{rest}, qr/; Secure$/, 'cookies are for TLS only');
	like({ cookies(api($s)->get('/csrf-token')) }->{csrf_token}{rest}, qr/; SameSite=Strict; Secure$/, 'both');
};

done_testing;
