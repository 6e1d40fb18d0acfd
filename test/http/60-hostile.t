#!/usr/bin/perl
# Bytes that no proper client sends: each has its answer, none is let through,
# none harms the next request. The rows are those of libmicrohttpd's measured
# behaviour, and more. Since 1.0 it refuses by itself much that 0.9 takes or
# hides; where it does, the row says so, and 0.9 is held to our own refusal.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(time);
use Veza::Test;
use version;

my $s = stack();
$s->start('httpd');
my $pid = $s->{pids}{httpd};
my $root = root($s);
my $user = register($s);
my $LOGIN = '/api/v1/auth/login';

# Whether libmicrohttpd is one that refuses by itself; the loaded one is in the log.
my ($library) = $s->read_file($s->{logs}{httpd}) =~ /"libmicrohttpd":"([0-9.]+)"/;
my $IS_STRICT = $library !~ /^0[.]/;
diag "libmicrohttpd $library";

sub lines { return join("\r\n", @_, '', '') }

# Sends bytes on a connection of their own: the first answer is the expected one, the
# connection is closed behind it, nothing follows, and the next good request is fine.
# $expected is "status CODE" of our envelope, or a status alone where libmicrohttpd answers
# (whose own refusals may carry their head twice). since says what libmicrohttpd does with
# them by itself, from the versions on that we have seen.
sub is_answered
{
	my ($bytes, $expected, $name, %o) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $how = by_library(delete $o{since});
	return is_refused_by_library($bytes, $how, $name) if $how;
	my ($c, $r) = $root->say_raw($bytes, timeout => 3, %o);
	if (!$r) { fail("$name: an answer"); diag('left: ' . substr $c->left, 0, 200) }
	else
	{
		is($r->brief, $expected, $name) or diag($r->line_and_body);
		is_envelope($r, "$name: envelope") if $expected =~ / /;
		ok($c->is_closed(2), "$name: closed");
		is($c->left, '', "$name: nothing follows") if $expected =~ / /;
	}
	$c->close;
	my $good = $root->get('/healthz');
	is($good->brief, '200', "$name: the next request is fine");
	return $r;
}

# What the loaded libmicrohttpd does by itself, of { version => what it does since then }; nothing for versions before, and for 'ours'.
sub by_library
{
	my ($since) = @_;
	my ($version) = grep { version->parse($_) <= version->parse($library) } sort { version->parse($b) <=> version->parse($a) } keys %{ $since // {} };
	return $version && $since->{$version} ne 'ours' ? $since->{$version} : undef;
}

# How many requests have been answered by us.
sub answered
{
	my $text = admin($s)->get('/metrics')->body;
	my $n = 0;
	$n += $1 while $text =~ /^veza_http_requests_total\{[^}]*\} (\d+)$/mg;
	return $n;
}

# libmicrohttpd refuses the bytes by itself: with this status and a page of its own, or 'closed' without an answer.
# It makes no request of them that we would see, and reads nothing behind them.
sub is_refused_by_library
{
	my ($bytes, $how, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $before = answered();
	my ($c, $r) = $root->say_raw($bytes, timeout => 3);
	is($r ? $r->brief : 'closed', $how, "$name: refused by libmicrohttpd") or diag($r ? $r->line_and_body : 'no answer');
	ok($c->is_closed(2), "$name: closed");
	is($c->left, '', "$name: nothing follows");
	is(answered(), $before, "$name: no request was made of it");
	$c->close;
	is($root->get('/healthz')->brief, '200', "$name: the next request is fine");
	return $r;
}

sub Veza::Http::Answer::line_and_body { my ($r) = @_; return "$r->{line} " . substr $r->body, 0, 300 }

my $bearer = "Authorization: Bearer $user->{token}";
my $get = 'GET /api/v1/auth/me HTTP/1.1';
my $post = "POST $LOGIN HTTP/1.1";
my @json = ('Host: x', 'Content-Type: application/json');
my $smuggled = lines('GET /healthz HTTP/1.1', 'Host: x');

subtest 'how long is the body?' => sub {
	is_answered(lines($post, @json, 'Content-Length: 5', 'Content-Length: 3') . '{"a":' . $smuggled, '400 MALFORMED_REQUEST', 'two lengths', since => { '1.0.10' => 400 });
	is_answered(lines($post, @json, 'Content-Length: 2', 'Content-Length: 2') . '{}' . $smuggled, '400 MALFORMED_REQUEST', 'two equal lengths', since => { '1.0.10' => 400 });
	is_answered(lines($post, @json, 'Content-Length: 4', 'Transfer-Encoding: chunked') . "0\r\n\r\n$smuggled", '400 MALFORMED_REQUEST', 'length and chunks', since => { '1.0.1' => 400 });
	is_answered(lines($post, @json, 'Transfer-Encoding: chunked', 'Content-Length: 4') . "0\r\n\r\n$smuggled", '400 MALFORMED_REQUEST', 'chunks and length', since => { '1.0.1' => 400 });
	is_answered(lines($post, @json, 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked') . "0\r\n\r\n$smuggled", '400 MALFORMED_REQUEST', 'chunks twice', since => { '1.0.10' => 400 });
	for my $coding ('xchunked', 'gzip, chunked', 'chunked, identity', 'chunked, chunked', 'identity', 'gzip', '"chunked"', 'chunked;q=1')
	{
		is_answered(lines($post, @json, "Transfer-Encoding: $coding") . "0\r\n\r\n$smuggled", '501 NOT_IMPLEMENTED', "coding $coding", since => { '1.0.1' => 400, '1.0.10' => 501 });
	}
	is_answered(lines($post, @json, 'Transfer-Encoding : chunked') . "0\r\n\r\n$smuggled", '400 MALFORMED_REQUEST', 'a blank before the colon', since => { '1.0.1' => 400 });
	is_answered(lines("POST $LOGIN HTTP/1.0", @json, 'Transfer-Encoding: chunked') . "0\r\n\r\n", '400 MALFORMED_REQUEST', 'chunks in HTTP/1.0', since => { '1.0.10' => 400 });
	is_answered(lines($post, @json, "Content-Length: $_") . '{}' . $smuggled, 400, "length $_") for '-1', '+5', '5, 5', '0x2', '2a', "2 3";
	is_answered(lines($post, @json, 'Content-Length:') . $smuggled, 400, 'an empty length');
	is_answered(lines($post, @json, "Content-Length: $_"), '413 PAYLOAD_TOO_LARGE', "length $_, before any body") for '1048577', '10737418240', '9223372036854775807';
	is_answered(lines($post, @json, 'Content-Length: ' . '9' x 30), 413, 'a length beyond 64 bits', since => { '1.0.10' => 400 });
	is_answered(lines($post, @json, 'Transfer-Encoding: chunked') . "$_\r\n{}\r\n0\r\n\r\n$smuggled", 400, "chunk size $_") for '-1', '0x2', 'g', '';
	is_answered(lines($post, @json, 'Transfer-Encoding: chunked') . 'f' x 20 . "\r\n{}\r\n0\r\n\r\n", 413, 'a chunk beyond 64 bits');
	is_answered(lines($post, @json, 'Transfer-Encoding: chunked', 'Connection: close') . "2\r\n{}\r\n0\r\n\r\n", '400 VALIDATION_ERROR', 'a proper chunk');
	is_answered(lines($post, @json, 'Transfer-Encoding: Chunked', 'Connection: close') . "2;x=y\r\n{}\r\n0\r\nX-Trailer: y\r\n\r\n", '400 VALIDATION_ERROR', 'an extension and a trailer', since => { '1.0.1' => 400, '1.0.10' => 'ours' });
};

subtest 'headers' => sub {
	is_answered(lines($get, 'Host: x', 'Host: x', $bearer), '400 MALFORMED_REQUEST', 'two Host', since => { '1.0.10' => 400 });
	is_answered(lines($get, 'Host: x', $bearer, $bearer), '400 MALFORMED_REQUEST', 'two Authorization');
	is_answered(lines($get, 'Host: x', $bearer, "$_: a", "$_: b"), '400 MALFORMED_REQUEST', "two $_")
	  for 'Content-Type', 'Idempotency-Key', 'Range', 'X-CSRF-Token', 'Origin', 'origin';
	is_answered(lines($get, $bearer), 400, 'no Host');
	is_answered(lines($get, 'Host:', $bearer), '400 MALFORMED_REQUEST', 'an empty Host');
	is_answered(lines('GET /api/v1/auth/me HTTP/1.0', $bearer), '200', 'HTTP/1.0 needs none');
	is_answered(lines($get, 'Host: x', $bearer, "X-A\x01: x"), '400 MALFORMED_REQUEST', 'a control character in a name', since => { '1.0.10' => 400 });
	is_answered(lines($get, 'Host: x', $bearer, 'X(A): x'), '400 MALFORMED_REQUEST', 'a bracket in a name', since => { '1.0.10' => 400 });
	is_answered(lines($get, 'Host: x', $bearer, "X-\xe9: x"), '400 MALFORMED_REQUEST', 'a letter of Latin-1 in a name', since => { '1.0.10' => 400 });
	is_answered(lines($get, 'Host: x', $bearer, "X-A: a\x07b"), '400 MALFORMED_REQUEST', 'a control character in a value');
	is_answered(lines($get, 'Host: x', $bearer, "X-A: a\x7fb"), '400 MALFORMED_REQUEST', 'DEL in a value');
	is_answered(lines($get, 'Host: x', $bearer, 'no colon'), 400, 'a line without a colon');
	is_answered(lines($get, 'Host: x', $bearer, "X-A: " . 'a' x 65536), 431, 'a header of 64 KiB');
	is_answered(lines($get, 'Host: x', $bearer, map { "X-$_: a" } 1 .. 5000), 431, 'five thousand headers');
	is_answered(lines($get, 'Host: x', $bearer, map { "X-$_: a" } 1 .. 130), '431 HEADERS_TOO_LARGE', 'more headers than are looked at');
	is_answered(lines($get, 'Host: x', $bearer, 'Connection: close', map { "X-$_: a" } 1 .. 120), '200', 'many headers');
	is_answered(lines($get, 'Host: x', $bearer, "Expect: foo"), '417 EXPECTATION_FAILED', 'another expectation');
	is_answered(lines($get, 'Host: x', $bearer, "User-Agent: caf\xe9", 'Connection: close'), '200', 'a user agent that is no UTF-8');
};

# What a strict reader refuses and a lenient one takes, and what libmicrohttpd hides from us:
# either will do, as long as nothing is read as a second request.
subtest 'line ends and what cannot be seen' => sub {
	for my $case ([ 'bare line feeds', "$get\nHost: x\n$bearer\nConnection: close\n\n" ],
		[ 'a folded header', lines($get, 'Host: x', $bearer, "X-A: a\r\n b", 'Connection: close') ],
		[ 'a folded Authorization', lines($get, 'Host: x', "Authorization: Bearer\r\n $user->{token}", 'Connection: close') ],
		[ 'a bare carriage return in a value', lines($get, 'Host: x', $bearer, "X-A: a\rb", 'Connection: close') ],
		[ 'a smuggled header behind a carriage return', lines($get, 'Host: x', "X-A: a\r$bearer", 'Connection: close') ],
		[ 'chunks with bare line feeds', lines($post, @json, 'Transfer-Encoding: chunked', 'Connection: close') . "2\n{}\n0\n\n" ],
		[ 'a header without a name', lines($get, 'Host: x', $bearer, 'Connection: close', ': x', 'X-A: b') ],
		[ 'a request smuggled behind it', lines('GET /healthz HTTP/1.1', 'Host: x', ':', 'GET /healthz HTTP/1.1', 'Host: x', 'Connection: close') ],
		[ 'a blank line before the request', "\r\n" . lines($get, 'Host: x', $bearer, 'Connection: close') ],
		[ 'blank lines before the request', "\r\n\r\n" . lines($get, 'Host: x', $bearer, 'Connection: close'), { '1.0.1' => 'closed' } ])
	{
		my ($name, $bytes, $since) = @$case;
		if (my $how = by_library($since)) { is_refused_by_library($bytes, $how, $name); next }
		my ($c, @r) = $root->say_raw($bytes, timeout => 3, answers => 3);
		is(scalar @r, 1, "$name: one answer") or diag join ', ', map { $_->brief } @r;
		like($r[0] ? $r[0]->status : 0, qr/^(?:200|400|401)$/, "$name: taken or refused");
		ok($c->is_closed(2), "$name: closed");
		is($root->get('/healthz')->brief, '200', "$name: the next request is fine");
	}
};

# What libmicrohttpd makes of such heads is seen in what it leaves of their bytes.
subtest 'bytes that hide others' => sub {
	is_answered(lines($get, 'Host: x', "$bearer\0junk"), '400 MALFORMED_REQUEST', 'a NUL behind a good token', since => { '1.0.1' => 400 });
	is_answered(lines($post, @json, "Content-Length: 2\0 40") . '{}' . $smuggled, '400 MALFORMED_REQUEST', 'a NUL in a length', since => { '1.0.1' => 400 });
	is_answered(lines($get, "Host: x\0y", $bearer), '400 MALFORMED_REQUEST', 'a NUL in Host', since => { '1.0.1' => 400 });
	is_answered(lines($get, "Host: $_", $bearer), '400 MALFORMED_REQUEST', "Host '$_'") for 'x y', 'x/y', 'u@x', 'x:y', 'a, b', '[::1';
	is_answered(lines($get, 'Host: x', $bearer, "X-A: a\r\n b"), '400 MALFORMED_REQUEST', 'a folded line', since => { '1.0.1' => 400 });
	is_answered("$get\nHost: x\n$bearer\n\n", '400 MALFORMED_REQUEST', 'bare line feeds', since => { '1.0.1' => 400 });
	is_answered(lines('GET  /healthz HTTP/1.1', 'Host: x'), '400 MALFORMED_REQUEST', 'two blanks in the request line', since => { '1.0.1' => 400 });

	# Everywhere, in a head that comes whole, in one that comes in two pieces, and in one behind another request.
	my $head = lines('GET /api/v1/auth/me?x=1 HTTP/1.1', 'Host: x', 'X-Empty:', $bearer, 'X-Last: a b');
	my $first = lines('GET /healthz HTTP/1.1', 'Host: x');
	my (%seen, @taken);
	my $try = sub {
		my ($kind, $at, $bad, $pieces) = @_;
		my $c = $root->connect;
		my @r;
		if ($pieces) { $c->send(substr $bad, 0, $pieces); sleep 0.002; $c->send(substr $bad, $pieces); @r = grep { defined } $c->answer(timeout => 3) }
		else
		{
			$c->send($first . $bad);
			@r = ($c->answer(timeout => 3), $c->answer(timeout => 3));
			$seen{'the first is answered'}++ if $r[0] && $r[0]->status == 200;
			shift @r;
		}
		push @taken, "$kind at $at" if $r[0] && $r[0]->status < 400;
		# What is no request line for libmicrohttpd 1.0 has no answer.
		my $is_closed = !$r[0] && $IS_STRICT && $at <= index($head, "\r") && $c->is_closed(2);
		push @taken, "$kind at $at: another answer" if !$r[0] ? !$is_closed : $c->answer(timeout => 0.05);
		$c->close;
	};
	for my $at (0 .. length($head) - 1)
	{
		my $bad = $head;
		substr($bad, $at, 0) = "\0";
		$try->('in two pieces', $at, $bad, 1 + $at * 7 % (length($head) - 1));
		$try->('behind another', $at, $bad);
	}
	is_deeply(\@taken, [], 'a NUL is refused at every place of a head, and nothing is read behind it');
	is($seen{'the first is answered'}, length $head, 'what came before it was answered');
	is($root->get('/healthz')->brief, '200', 'the next request is fine');

	# What frames chunks is out of sight: whatever follows is not read.
	for my $case ([ 'a NUL in an extension', "2;x=\0y\r\n{}\r\n0\r\n\r\n" ], [ 'bare line feeds', "2\n{}\n0\n\n" ], [ 'a NUL in a trailer', "2\r\n{}\r\n0\r\nX: a\0b\r\n\r\n" ], [ 'proper chunks', "2\r\n{}\r\n0\r\n\r\n" ])
	{
		my ($name, $chunks) = @$case;
		my ($c, @r) = $root->say_raw(lines($post, @json, 'Transfer-Encoding: chunked') . $chunks . $smuggled, timeout => 3, answers => 2);
		is(scalar @r, 1, "$name: one answer");
		ok($c->is_closed(2), 'and no more');
		$c->close;
	}
};

# Whichever the library is: what is served has the form of RFC 9112. One byte 0.9 does not let us see: a NUL where CR belongs.
subtest 'only what is well formed is served' => sub {
	my $cr = $IS_STRICT ? qr/\r/ : qr/[\r\0]/;
	my $head = lines('GET /api/v1/auth/me?x=1 HTTP/1.1', 'Host: x', 'X-Empty:', $bearer, 'X-Last: a b');
	my $well_formed = qr{\A(?:\r\n)?GET /[!\x24-\x3b\x3d\x3f-\x5b\x5d-\x7e]* HTTP/1\.[01]$cr\n(?:[-!#\$%&'*+.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*$cr\n)*$cr\n};
	my @bytes = map { chr } 0, 1, 9 .. 13, 28, 32, 34, 35, 40, 58, 127, 128, 255;
	my ($served, $refused, @bad) = (0, 0);
	for my $at (0 .. length($head) - 1)
	{
		for my $i (0 .. $#bytes)
		{
			my $bytes = $head;
			substr($bytes, $at, ($at + $i) % 2) = $bytes[$i];
			my $c = $root->connect;
			$c->send($bytes);
			$c->half_close;
			my $r = $c->answer(timeout => 3);
			my $is_served = $r && ($r->status < 400 || $r->status =~ /^40[1345]$/);
			$is_served ? $served++ : $refused++;
			push @bad, sprintf '%s of \\x%02x at %d: %s', ($at + $i) % 2 ? 'instead' : 'more', ord $bytes[$i], $at, $r->brief if $is_served && $bytes !~ $well_formed;
			$c->close;
		}
	}
	is_deeply(\@bad, [], 'of a byte more or another, everywhere in a head');
	cmp_ok($served, '>', 100, 'some of them are');
	cmp_ok($refused, '>', 500, 'more are not');
	is($root->get('/healthz')->brief, '200', 'the next request is fine');
};

subtest 'what a body is coded in' => sub {
	my $ask = sub { my ($path, $body, %h) = @_; return $root->request('POST', $path, $body, headers => { 'Content-Type' => 'application/json', %h }) };
	for my $coding ('gzip', 'x-gzip', 'deflate', 'br', 'identity, gzip')
	{
		my $r = $ask->($LOGIN, '{}', 'Content-Encoding' => $coding);
		is_refused($r, '415 UNSUPPORTED_MEDIA_TYPE', $coding);
		is($r->header('Accept-Encoding'), 'identity', 'with what is taken');
	}
	is($ask->($LOGIN, '{}', 'Content-Encoding' => $_)->brief, '400 VALIDATION_ERROR', "'$_' is none") for 'identity', '';
	is_refused($ask->('/api/v1/webhooks/hyperswitch', '{}', 'Content-Encoding' => 'gzip'), '415 UNSUPPORTED_MEDIA_TYPE', 'of a webhook');
	is_refused($root->as($user->{token})->request('POST', '/api/v1/users/me/avatar', "\x89PNG", headers => { 'Content-Type' => 'image/png', 'Content-Encoding' => 'gzip' }), '415 UNSUPPORTED_MEDIA_TYPE', 'of a picture');
	is_refused($ask->($LOGIN, '{}', 'Content-Type' => "application/json; charset=$_"), '415 UNSUPPORTED_MEDIA_TYPE', "charset $_") for 'utf-16', 'iso-8859-1', '"latin1"';
	is($ask->($LOGIN, '{}', 'Content-Type' => "application/json; charset=$_")->brief, '400 VALIDATION_ERROR', "charset $_") for 'utf-8', 'UTF-8', '"utf-8"';
};

subtest 'methods and versions' => sub {
	is_answered(lines('GET /healthz HTTP/1.9', 'Host: x'), '505 HTTP_VERSION_NOT_SUPPORTED', 'HTTP/1.9');
	is_answered(lines("GET /healthz $_->[0]", 'Host: x'), $_->[1], $_->[0]) for [ 'HTTP/2.0', 505 ], [ 'HTTP/0.9', 505 ], [ 'HTTP/1.10', 400 ], [ 'http/1.1', 400 ], [ 'HTTX/1.1', 400 ];
	is_answered(lines('A' x 5000 . ' /healthz HTTP/1.1', 'Host: x'), '501 NOT_IMPLEMENTED', 'a method of five thousand letters');
	is_answered(lines("$_ /healthz HTTP/1.1", 'Host: x'), '501 NOT_IMPLEMENTED', "method $_") for 'get', 'BREW', 'TRACE', 'CONNECT', 'PROPFIND', 'GET\\x', 'G(ET';
	is_answered("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" . 'x' x 500 . lines(' /x HTTP/1.1', 'Host: x'), '501 NOT_IMPLEMENTED', 'a TLS handshake', since => { '1.0.1' => 'closed' });
	# Not even a request line: closed without an answer, or refused.
	for my $bytes ("\r\n\r\n\r\n", "\0\0\0\0\r\n\r\n", "GET /healthz\r\n\r\n", "GET\r\n\r\n", " \r\n\r\n", "\xff\xfe\xfd\r\n\r\n")
	{
		my ($c, $r) = $root->say_raw($bytes, timeout => 0.3);
		ok(!$r || $r->status >= 400, 'no request: ' . ($bytes =~ s/([^ -~])/sprintf '\\x%02x', ord $1/ger) . ($r ? ' ' . $r->brief : ''));
		$c->close;
	}
	is($root->get('/healthz')->brief, '200', 'the next request is fine');
};

subtest 'targets' => sub {
	is_answered(lines("GET $_ HTTP/1.1", 'Host: x'), '400 MALFORMED_REQUEST', "target $_") for 'http://evil.example/x', 'evil.example:80', '*', 'healthz', '?x', '\\healthz';
	is_answered(lines('OPTIONS * HTTP/1.1', 'Host: x'), '400 MALFORMED_REQUEST', 'OPTIONS *');
	is_answered(lines("GET /$_ HTTP/1.1", 'Host: x'), '400 MALFORMED_REQUEST', 'raw: ' . $_ =~ s/([^ -~])/sprintf '\\x%02x', ord $1/ger)
	  for 'a<b', 'a>b', 'a"b', 'a#b', 'a\\b', "a\x01b", "a\x7fb", "caf\xc3\xa9", "a\tb";
	is_answered(lines('GET /' . 'a' x 65536 . ' HTTP/1.1', 'Host: x'), 414, 'an address of 64 KiB');
	is_answered(lines('GET /' . 'a' x 9000 . ' HTTP/1.1', 'Host: x'), '414 URI_TOO_LONG', 'an address of 9000 letters');
	my ($c, @r) = $root->say_raw(lines("GET /healthz\0/../secret HTTP/1.1", 'Host: x', 'Connection: close'), timeout => 2, answers => 2);
	cmp_ok(scalar @r, '<=', 1, 'a raw NUL: one answer at most');
	is($root->get('/healthz')->brief, '200', 'and the next request is fine');
};

# Percent-escapes: decoded once, one segment at a time.
subtest 'escapes' => sub {
	my $with = $root->as($user->{token});
	for my $path ('/a%00b', '/a%00b?x=%00y', '/api/v1/auth/me%00', '/a/%2e%2e%2f%2e%2e/etc', '/api/v1/subscriptions/..', '/api/v1/subscriptions/../auth/me',
		'/api/v1/subscriptions/%2e%2e/auth/me', '/api/v1/./auth/me', '/api/v1/%2e/auth/me', '/api/v1/subscriptions/%2Fetc', '/api/v1/subscriptions/a%2fb',
		'/api/v1/subscriptions/a%5Cb', '/api/v1/auth%2fme', '/%', '/%z', '/%zz', '/%2', '/a%0d%0aX-Evil:%20y', '/a%0a', '/a%1f', '/a%7f', '/%c0%af', '/%c0%ae%c0%ae',
		'/%ff', '/%e2%82', '/%ed%a0%80', '/%f5%80%80%80', '/%25%32%65%%32%65', '/api/v1/subscriptions?limit=%00', '/api/v1/subscriptions?limit=%ff', '/api/v1/subscriptions?%00=1',
		'/api/v1/subscriptions?limit=%', '/' . 'a/' x 100, '/api/v1/subscriptions?' . join '&', map { "a$_=1" } 1 .. 100)
	{
		my $r = $with->get($path);
		is_refused($r, '400 MALFORMED_REQUEST', substr $path, 0, 60);
	}
	for my $path ('/api/v1//auth/me', '//api/v1/auth/me', '/api/v1/auth/me/', '/API/v1/auth/me', '/api/v1/auth/Me', '/api/v1/auth/me%20', '/api/v1/auth/me;x', '/api/v1/auth', '/', '/%252e%252e/etc/passwd', '/.env', '/api')
	{
		is_refused($with->get($path), '404 ROUTE_NOT_FOUND', $path);
	}
	is($with->get('/api/v1/%61uth/m%65')->brief, '200', 'harmless escapes are decoded');
	is($with->get('/api/v1/subscriptions?l%69mit=%32')->meta->{per_page}, 2, 'in the query too');
	is($with->get('/api/v1/subscriptions?limit=2&')->meta->{per_page}, 2, 'an empty parameter is none');
	is($with->get('/api/v1/subscriptions/%252e')->brief, '400 VALIDATION_ERROR', 'escapes are decoded once');
	is(scalar(grep { /evil/i } map { keys %{ $_->{headers} } } $with->get('/a%0d%0aX-Evil:%20y')), 0, 'no header is made of them');
};

subtest 'JSON' => sub {
	my $ask = sub { return api($s)->post('/auth/login', $_[0]) };
	for my $case ([ 'a hundred thousand brackets', '[' x 100_000 . ']' x 100_000 ], [ 'a hundred thousand objects', '{"a":' x 100_000 . '1' . '}' x 100_000 ],
		[ 'deep inside a member', '{"email":"a@b.example","password":' . '[' x 50_000 . ']' x 50_000 . '}' ],
		[ 'no UTF-8', "{\"email\":\"\xff\xfe\",\"password\":\"x\"}" ], [ 'overlong UTF-8', "{\"email\":\"\xc0\xaf\"}" ], [ 'half a surrogate', '{"email":"\ud800"}' ],
		[ 'an escaped NUL', '{"email":"a\u0000b"}' ], [ 'a raw NUL', "{\"email\":\"a\0b\"}" ], [ 'a NUL behind', "{}\0" ], [ 'a raw line feed', "{\"email\":\"a\nb\"}" ],
		[ '1e400', '{"x":1e400}' ], [ '-1e400', '{"x":-1e400}' ], [ 'an integer beyond 64 bits', '{"x":99999999999999999999}' ], [ 'a thousand digits', '{"x":' . '9' x 1000 . '}' ],
		[ 'NaN', '{"x":NaN}' ], [ 'Infinity', '{"x":Infinity}' ], [ 'a leading zero', '{"x":01}' ], [ 'a plus', '{"x":+1}' ], [ 'hexadecimal', '{"x":0x1}' ],
		[ 'single quotes', "{'x':1}" ], [ 'a comment', '{/**/}' ], [ 'a comma too many', '{"x":1,}' ], [ 'a bare word', '{x:1}' ])
	{
		is_refused($ask->($case->[1]), '400 MALFORMED_JSON', $case->[0]);
	}
	my $api = $user->{api};
	for my $case ([ 'a real number', '1.0' ], [ 'an exponent', '1e0' ], [ 'a text', '"1"' ], [ 'a list', '[1]' ], [ 'a truth', 'true' ])
	{
		is($api->post('/auth/logout', "{\"all_devices\":$case->[1]}")->brief, $case->[1] eq 'true' ? '200' : '400 VALIDATION_ERROR', "a boolean: $case->[0]");
	}
	my $many = '{' . join(',', map { "\"k$_\":$_" } 1 .. 20_000) . '}';
	my $r = $ask->($many);
	is($r->brief, '400 VALIDATION_ERROR', 'twenty thousand members');
	is_soon($r->seconds, 2, 'are read quickly');
};

subtest 'methods of an address' => sub {
	my $u = register($s);
	my $with = $root->as($u->{token});
	my ($get_answer, $head) = ($with->get('/api/v1/auth/me'), $with->head('/api/v1/auth/me'));
	is($head->brief, '200', 'HEAD of what has a GET');
	is($head->header('Content-Length'), $get_answer->header('Content-Length'), 'with the length of the answer');
	is($head->body, '', 'without a body');
	my $missing = $with->head('/api/v1/nothing');
	is($missing->status . ' ' . $missing->body, '404 ', 'HEAD of nothing');
	for my $case ([ DELETE => '/api/v1/auth/me', 'GET, HEAD, PUT, OPTIONS' ], [ GET => '/api/v1/auth/login', 'POST, OPTIONS' ], [ HEAD => '/api/v1/auth/login', 'POST, OPTIONS' ],
		[ PUT => '/api/v1/distributions', 'GET, HEAD, POST, OPTIONS' ], [ PATCH => '/api/v1/subscriptions/' . uuid(), 'GET, HEAD, OPTIONS' ], [ POST => '/openapi.json', 'GET, HEAD, OPTIONS' ])
	{
		my ($method, $path, $allow) = @$case;
		my $r = $with->request($method, $path);
		is($r->status, 405, "$method $path");
		is($r->header('Allow'), $allow, 'Allow');
		is_refused($r, '405 METHOD_NOT_ALLOWED', 'with the envelope') if $method ne 'HEAD';
		my $o = $root->request('OPTIONS', $path);
		is($o->status . ' ' . $o->header('Allow') . ' ' . $o->body, "204 $allow ", "OPTIONS $path");
	}
	for my $method (qw(GET POST PUT PATCH DELETE OPTIONS))
	{
		is_refused($root->request($method, '/api/v1/nothing'), '404 ROUTE_NOT_FOUND', "$method of nothing");
	}
	is($root->request('POST', '/api/v1/nothing', 'x' x 1000, headers => { 'Content-Type' => 'text/plain' })->code, 'ROUTE_NOT_FOUND', 'whatever body is sent');
};

subtest 'bodies over the limit' => sub {
	my ($c, $r) = $root->say_raw(lines($post, @json, 'Content-Length: 2000000', 'Expect: 100-continue'), timeout => 3);
	is($r->brief, '413 PAYLOAD_TOO_LARGE', 'announced: refused before the body is sent');
	is_deeply($r->{interim}, [], 'without asking for it');
	is($r->details->{limit_bytes}, 1_048_576, 'and the limit is named');
	ok($c->is_closed(2), 'closed');
	($c, $r) = $root->say_raw(lines($post, @json, 'Content-Length: 2', 'Expect: 100-continue'), timeout => 0.5);
	$c->send('{}');
	$r = $c->answer(timeout => 3);
	is_deeply([ $r->{interim}, $r->brief ], [ [100], '400 VALIDATION_ERROR' ], 'a small one is asked for');

	# A client that sends first and reads later.
	for my $size (1_048_577, 3_000_000)
	{
		$c = $root->connect;
		$c->send(lines($post, @json, "Content-Length: $size"));
		$c->send('x' x $size, timeout => 3);
		$r = $c->answer(timeout => 3);
		is($r ? $r->brief : 'nothing: ' . ($c->{problem} // ''), '413 PAYLOAD_TOO_LARGE', "a client that sends $size bytes before it reads learns why");
		$c->close;
	}
	my $chunk = sprintf("%x\r\n", 65536) . 'x' x 65536 . "\r\n";
	$c = $root->connect;
	$c->send(lines($post, @json, 'Transfer-Encoding: chunked') . $chunk x 20 . "0\r\n\r\n", timeout => 5);
	$r = $c->answer(timeout => 3);
	is($r ? $r->brief : 'nothing', '413 PAYLOAD_TOO_LARGE', 'in chunks: refused');
	ok($c->is_closed(2), 'closed');
	$c = $root->connect;
	$c->send(lines($post, @json, 'Transfer-Encoding: chunked'));
	my $sent = 0;
	while ($sent < 64 << 20 && $c->send($chunk, timeout => 2)) { $sent += 65536 }
	cmp_ok($sent, '<', 32 << 20, 'chunks without end are cut off');
	is(api($s)->post('/auth/login', '{"email":"' . 'x' x (1_048_576 - 12) . '"}')->brief, '400 VALIDATION_ERROR', 'exactly the limit is fine');
	is($root->get('/healthz')->brief, '200', 'the next request is fine');
};

is($s->{pids}{httpd}, $pid, 'the same httpd');
ok($s->is_running('httpd'), 'which has not crashed');
my $log = $s->read_file($s->{logs}{httpd});
is(scalar(grep { !ref Veza::Http::decode($_) } split /\n/, $log), 0, 'and whose log is JSON, line by line');
done_testing;
