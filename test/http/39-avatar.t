#!/usr/bin/perl
# Pictures of users: files stream to the disk, are judged by what they are, and are there before they are named.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Digest::SHA qw(sha256_hex);
use Test::More;
use Time::HiRes qw(sleep time);
use Veza::Test;

my $s = stack(env => { HTTP_LOOPS => 1, MAX_UPLOADS_PER_USER => 10, MAX_UPLOADS_PER_ADDRESS => 10 });
start_all($s);
my $u = register($s);
my $v = register($s);
my $dir = "$s->{dir}/uploads";

# The smallest of each kind that has a size.
my %image = (
	'image/png' => "\x89PNG\r\n\x1a\n" . pack('N a4 N N C5 N', 13, 'IHDR', 64, 48, 8, 2, 0, 0, 0, 0) . pack('N a4 N', 0, 'IEND', 0xAE426082),
	'image/gif' => "GIF89a" . pack('v v C3', 64, 48, 0, 0, 0) . ';',
	'image/jpeg' => "\xff\xd8\xff\xe0\x00\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xc0\x00\x11\x08\x00\x30\x00\x40\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01\xff\xd9",
	'image/webp' => 'RIFF' . pack('V', 22) . 'WEBPVP8X' . pack('V C4', 10, 0, 0, 0, 0) . substr(pack('V', 63), 0, 3) . substr(pack('V', 47), 0, 3));
my $png = $image{'image/png'};

# A multipart body with these parts: [name, filename or undef, content].
sub form
{
	my (@parts) = @_;
	return join('', map { "--XYZ\r\nContent-Disposition: form-data; name=\"$_->[0]\"" . (defined $_->[1] ? "; filename=\"$_->[1]\"" : '') . "\r\nContent-Type: text/html\r\n\r\n$_->[2]\r\n" } @parts) . "--XYZ--\r\n";
}

sub upload { my ($who, $body, $type, %o) = @_; return $who->{api}->post('/users/me/avatar', $body, headers => { 'Content-Type' => $type // 'multipart/form-data; boundary=XYZ', %{ $o{headers} // {} } }, %o{timeout}) }

sub spooled { return grep { -f } glob "$dir/spool/*" }
sub stored { return grep { -f } glob "$dir/files/*/*" }

subtest 'each kind of image' => sub {
	for my $type (sort keys %image)
	{
		my $r = upload($u, form([ avatar => 'me.jpg', $image{$type} ]));
		is($r->brief, '200', "$type by a form");
		my $address = $r->data->{avatar};
		is($address, "/api/v1/users/$u->{id}/avatar?v=" . substr(sha256_hex($image{$type}), 0, 12), 'has an address');
		is($u->{api}->get('/auth/me')->data->{avatar_url}, $address, 'which the account shows');
		my $got = root($s)->get($address);
		is($got->body, $image{$type}, 'where anybody finds it');
		is($got->header('Content-Type'), $type, 'as what it is, whatever it was called');
		is($got->header('ETag'), '"' . sha256_hex($image{$type}) . '"', 'with a strong tag');
		is($got->header('Content-Security-Policy'), "default-src 'none'; sandbox", 'and nothing in it is run');
		is($got->header('X-Content-Type-Options'), 'nosniff', 'nor guessed');
		is($got->header('Content-Disposition'), 'inline; filename="avatar.' . ($type =~ s{image/}{}r =~ s/jpeg/jpg/r) . '"', 'under a name of ours');
		is($got->header('Cross-Origin-Resource-Policy'), 'cross-origin', 'on any page');
		is_deeply([ $got->headers('Cache-Control') ], ['public, max-age=31536000, s-maxage=300, immutable'], 'it may be kept: another picture has another address');
		is_deeply([ root($s)->get($address =~ s/\?.*//r)->headers('Cache-Control') ], ['public, no-cache'], 'not under the address of all its pictures');
		is(root($s)->get($address, headers => { 'If-None-Match' => $got->header('ETag') })->status, 304, 'it is sent once');
		my $head = root($s)->head($address);
		is($head->status . ' ' . $head->header('Content-Length'), '200 ' . length $image{$type}, 'HEAD knows its size');
	}
	is(upload($u, $png, 'image/png')->brief, '200', 'the body may be the file itself');
	is($u->{api}->request('PUT', '/users/me/avatar', $png, headers => { 'Content-Type' => 'image/png' })->brief, '200', 'by PUT as well');
	is(upload($u, form([ title => undef, 'x' ], [ file => 'C:\\fakepath\\..\\x.png', $png ], [ more => undef, 'y' ]))->brief, '200', 'other fields do no harm');
};

# The picture of a profile that is not for everybody is not for everybody.
subtest 'a profile that hides' => sub {
	upload($u, $png, 'image/png');
	my $address = $u->{api}->get('/users/me')->data->{avatar_url};
	my $admin = administrator($s);
	for my $case ([ registered => 404, 200 ], [ private => 404, 404 ], [ public => 200, 200 ])
	{
		my ($visibility, @want) = @$case;
		is($u->{api}->request('PUT', '/users/me/settings', { privacy => { profile_visibility => $visibility } })->brief, '200', $visibility);
		my @who = ([ nobody => root($s), $want[0] ], [ another => root($s)->as($v->{token}), $want[1] ], [ owner => root($s)->as($u->{token}), 200 ], [ administrator => root($s)->as($admin->{token}), 200 ]);
		for my $who (@who)
		{
			my ($name, $http, $status) = @$who;
			my $r = $http->get($address);
			is($r->status, $status, "$name: the picture");
			is($http->get($address =~ s/\?.*//r)->status, $status, "$name: without a version");
			is($http->head($address)->status, $status, "$name: HEAD");
			is($http->get("/api/v1/users/$u->{id}")->status, $status, "$name: as the profile");
			my $known = $http->get($address, headers => { 'If-None-Match' => '"' . sha256_hex($png) . '"' });
			is($known->status, $status == 200 ? 304 : 404, "$name: nor is it said that it is the same");
			next if $status != 200;
			is($r->header('Cache-Control'), $visibility eq 'public' ? 'public, max-age=31536000, s-maxage=300, immutable' : 'private, no-cache', "$name: who may keep it");
			is($r->header('Vary') =~ /Authorization/ ? 1 : 0, $visibility eq 'public' ? 0 : 1, "$name: for whom");
		}
	}
	is(root($s)->get('/api/v1/users/' . uuid() . '/avatar')->body =~ s/"(?:request_id|timestamp)":"[^"]*"//gr, do {
		$u->{api}->request('PUT', '/users/me/settings', { privacy => { profile_visibility => 'private' } });
		root($s)->get($address)->body =~ s/"(?:request_id|timestamp)":"[^"]*"//gr }, 'one that is hidden is answered like one that is not there');
	$u->{api}->request('PUT', '/users/me/settings', { privacy => { profile_visibility => 'public' } });
};

subtest 'conditions' => sub {
	upload($u, $png, 'image/png');
	my $old = $u->{api}->get('/users/me')->header('ETag');
	upload($u, $image{'image/gif'}, 'image/gif');
	is_refused($u->{api}->request('DELETE', '/users/me/avatar', undef, headers => { 'If-Match' => $_ }), '412 PRECONDITION_FAILED', "a stale $_") for $old, '"' . sha256_hex($png) . '"', '"x"';
	is_refused(upload($u, $png, 'image/png', headers => { 'If-Match' => $old }), '412 PRECONDITION_FAILED', 'nor is another one set');
	is(api($s)->get("/users/$u->{id}/avatar")->header('Content-Type'), 'image/gif', 'it is still there');
	is($u->{api}->request('DELETE', '/users/me/avatar', undef, headers => { 'If-Match' => '"' . sha256_hex($image{'image/gif'}) . '"' })->brief, '200', 'this one goes');
	wait_until { !spooled() } 'nothing is left in the spool';
};

subtest 'what is no image for us' => sub {
	my %bad = ('SVG' => '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', 'HTML' => '<html><script>alert(1)</script></html>',
		'a page that ends as a picture' => "<html>$png", 'half a PNG' => substr($png, 0, 20), 'a ZIP' => "PK\x03\x04" . "\0" x 40, 'text' => 'GIF88a', 'a PNG wider than PNG allows' => substr($png, 0, 16) . "\xff\xff\xff\xff" . substr($png, 20),
		'a picture of no size' => "GIF89a\0\0\0\0\0\0\0");
	is_refused(upload($u, form([ avatar => 'x.png', $bad{$_} ])), '415 IMAGE_UNSUPPORTED', $_) for sort keys %bad;
	is_refused(upload($u, $bad{SVG}, 'image/svg+xml'), '415 IMAGE_UNSUPPORTED', 'SVG as what it is');
	is_refused(upload($u, "GIF89a" . pack('v v C3', 8193, 1, 0, 0, 0)), '400 UPLOAD_MALFORMED', 'a file that is called a form');
	is_refused(upload($u, "GIF89a" . pack('v v C3', 8193, 1, 0, 0, 0), 'image/gif'), '422 IMAGE_TOO_LARGE', 'too many pixels');
	is_refused(upload($u, form([ avatar => 'x', '' ])), '400 UPLOAD_MALFORMED', 'an empty file');
	is_refused(upload($u, form([ avatar => undef, $png ])), '400 UPLOAD_MALFORMED', 'a field that is no file');
	is_refused(upload($u, form([ a => 'x', $png ], [ b => 'y', $png ])), '400 UPLOAD_MALFORMED', 'two files');
	is_refused(upload($u, substr(form([ a => 'x', $png ]), 0, -8)), '400 UPLOAD_MALFORMED', 'a form that is cut off');
	is_refused(upload($u, form([ avatar => "x\0.png", $png ])), '400 UPLOAD_MALFORMED', 'a NUL in a name');
	is_refused(upload($u, form([ a => 'x', $png ]), 'multipart/form-data'), '415 UNSUPPORTED_MEDIA_TYPE', 'no boundary');
	is_refused(upload($u, form([ a => 'x', $png ]), 'multipart/mixed; boundary=XYZ'), '415 UNSUPPORTED_MEDIA_TYPE', 'another multipart');
	is_refused(upload($u, '{"avatar":"x"}', 'application/json'), '415 UNSUPPORTED_MEDIA_TYPE', 'JSON');
	is(upload($u, form([ avatar => $_, $png ]))->brief, '200', 'a name changes nothing: ' . substr($_, 0, 20) =~ s/[^\x20-\x7e]/?/gr) for '../../../etc/passwd', 'a' x 255, 'CON', 'LPT1.png', "a\0b.png" =~ s/\0/%00/r, '.', "\xc3\xa9", 'x.php';
	wait_until { !spooled() } 'nothing is left in the spool';
	is_deeply([ grep { !m{^\Q$dir\E/files/[0-9a-f]{2}/[0-9a-f]{64}$} } stored() ], [], 'files are named by their content alone');
};

subtest 'before the body' => sub {
	my $big = 6 * 1024 * 1024;
	for my $case ([ 'nobody', undef, '401 AUTH_REQUIRED', 1000 ], [ 'a wrong token', 'x.y.z', '401 AUTH_TOKEN_INVALID', 1000 ], [ '100 MB', $u->{token}, '413 PAYLOAD_TOO_LARGE', 100_000_000 ])
	{
		my ($name, $token, $want, $length) = @$case;
		my $c = root($s)->connect;
		$c->send("POST /api/v1/users/me/avatar HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: $length\r\n" . (defined $token ? "Authorization: Bearer $token\r\n" : '') . "\r\n");
		my $r = $c->answer;
		is($r->brief, $want, "$name is refused at once");
		is($r->details->{limit_bytes}, 5 * 1024 * 1024 + 384 * 1024, 'with the limit of this address') if $r->status == 413;
		$c->close;
	}
	is_refused(upload($u, form([ a => 'x', $png . "\0" x (5 * 1024 * 1024) ])), '413 PAYLOAD_TOO_LARGE', 'a file just over the limit');
	is(upload($u, form([ a => 'x', $png . "\0" x (5 * 1024 * 1024 - length $png) ]))->brief, '200', 'just under it');
	is_refused($u->{api}->post('/distributions', 'x' x 2_000_000, headers => { 'Content-Type' => 'image/png' }), '413 PAYLOAD_TOO_LARGE', 'elsewhere no file is taken');
	wait_until { !spooled() } 'nothing is left in the spool';
};

# The head of an upload whose body the test sends by itself.
sub head_of
{
	my ($who, @headers) = @_;
	return join "\r\n", 'POST /api/v1/users/me/avatar HTTP/1.1', 'Host: x', 'Content-Type: image/png', "Authorization: Bearer $who->{token}", @headers, '', '';
}

subtest 'bodies in chunks' => sub {
	my $c = root($s)->connect;
	$c->send(head_of($u, 'Transfer-Encoding: chunked'));
	$c->send(sprintf "%x\r\n%s\r\n", length $_, $_) for substr($png, 0, 7), substr($png, 7), 'and more';
	$c->send("0\r\n\r\n");
	is($c->answer->brief, '200', 'are put together');
	is(api($s)->get("/users/$u->{id}/avatar")->body, "${png}and more", 'as they came');
	$c->close;
	$c = root($s)->connect;
	$c->send(head_of($u, 'Transfer-Encoding: chunked'));
	my ($sent, $piece) = (0, sprintf "%x\r\n%s\r\n", 1 << 20, "\0" x (1 << 20));
	$sent++ while $sent < 60 && $c->send($piece);
	cmp_ok($sent, '<', 40, 'one that never ends is cut');
	wait_until { !spooled() } 'nothing is left in the spool';
};

subtest 'slow senders' => sub {
	my %c = map { $_ => root($s)->connect } qw(silent dripping steady);
	my ($since, %cut, %left) = (time);
	$c{$_}->send(head_of($u, 'Content-Length: 3000000')) for keys %c;
	while (time < $since + 13)
	{
		$c{steady}->send($png . 'x' x (6000 - length $png));
		$c{dripping}->send('x');
		sleep 0.25;
		for my $name (grep { !$cut{$_} } keys %c) { $cut{$name} = time - $since if $c{$name}->is_closed(0) }
	}
	for my $name (qw(silent dripping))
	{
		cmp_ok($cut{$name} // 99, '>=', 9, "$name: has its time");
		is_soon($cut{$name} // 99, 11.5, "$name: is cut, however much it has declared");
	}
	is($cut{steady}, undef, 'one that sends 24 KiB/s is not');
	is(scalar(spooled()), 1, 'what was cut is gone');
	$c{steady}->close;
	wait_until { !spooled() } 'the last one is gone';
};

subtest 'clients that leave' => sub {
	my @c = map { root($s)->connect } 1 .. 3;
	$_->send("POST /api/v1/users/me/avatar HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: 100000\r\nAuthorization: Bearer $u->{token}\r\n\r\n$png") for @c;
	wait_until { spooled() == 3 } 'three arrive';
	is(scalar(spooled()), 3, 'what arrives is in the spool');
	$_->close(reset => 1) for @c;
	wait_until { !spooled() } 'they are gone';
	is(scalar(spooled()), 0, 'what does not arrive does not stay');
};

subtest 'descriptors' => sub {
	my $fds = sub { my @fd = glob "/proc/$s->{pids}{httpd}/fd/*"; return scalar @fd };
	upload($u, $png, 'image/png');
	my $address = "/users/$u->{id}/avatar";
	my $tag = api($s)->get($address)->header('ETag');
	my $before = $fds->();
	my $c = api($s)->connect;
	for (1 .. 20)
	{
		$c->request(GET => $address, undef);
		$c->request(HEAD => $address, undef);
		$c->request(GET => $address, undef, headers => { 'If-None-Match' => $tag });
		$c->request(POST => '/users/me/avatar', 'no picture', token => $u->{token}, headers => { 'Content-Type' => 'image/png' });
	}
	$c->close;
	wait_until { $fds->() <= $before } 'no descriptor is left over', 5;
	cmp_ok($fds->(), '<=', $before, 'neither answers nor refusals keep files open');
};

subtest 'the same picture twice' => sub {
	my $before = () = stored();
	my $gif = $image{'image/gif'} . 'shared';
	upload($_, $gif, 'image/gif') for $u, $v;
	is(scalar(() = stored()), $before + 1, 'is one file');
	is($v->{api}->request('DELETE', '/users/me/avatar')->data->{avatar}, undef, 'removed by one');
	is_refused(api($s)->get("/users/$v->{id}/avatar"), '404 AVATAR_NOT_FOUND', 'who has none any more');
	is(api($s)->get("/users/$u->{id}/avatar")->body, $gif, 'it is still the other one\'s');
	is_refused(api($s)->get('/users/' . uuid() . '/avatar'), '404 AVATAR_NOT_FOUND', 'who is not there has none');
	is($v->{api}->request('DELETE', '/users/me/avatar')->brief, '200', 'removing it again does no harm');
};

subtest 'many at once' => sub {
	my $rss = sub { return ($s->read_file("/proc/$s->{pids}{httpd}/status") =~ /^VmRSS:\s+(\d+)/m)[0] };
	my $large = $png . "\0" x (5 * 1024 * 1024 - length $png);
	upload($u, $large, 'image/png');
	my $before = $rss->();
	my $peak = sub { return ($s->read_file("/proc/$s->{pids}{httpd}/status") =~ /^VmHWM:\s+(\d+)/m)[0] };
	my @r = $u->{api}->parallel(map { [ POST => '/users/me/avatar', $large, headers => { 'Content-Type' => 'image/png' }, timeout => 60 ] } 1 .. 20);
	my %n;
	$n{ $_->brief }++ for @r;
	cmp_ok($n{200} // 0, '>=', 10, 'ten and more are taken') or diag explain \%n;
	is(($n{200} // 0) + ($n{'503 UPLOAD_BUSY'} // 0), 20, 'the others are told to come again') or diag explain \%n;
	cmp_ok($peak->() - $before, '<', 8 * 1024, 'memory does not follow the size of files, at no time');
	wait_until { !spooled() } 'nothing is left in the spool';
	ok((grep { $_->header('Retry-After') } grep { $_->status == 503 } @r) == ($n{'503 UPLOAD_BUSY'} // 0), 'with the time to wait');
};

# A place is held by who sends slowly; what is left is for others.
subtest 'slow senders hold their own share only' => sub {
	$s->stop('httpd');
	$s->start('httpd', env => { MAX_UPLOADS_PER_USER => 3, MAX_UPLOADS_PER_ADDRESS => 6, TRUSTED_PROXIES => '127.0.0.1' });
	my @held;
	# Begins an upload that stays open; says what came of it.
	my $begin = sub {
		my ($who, $from) = @_;
		my $c = root($s)->connect;
		$c->send(head_of($who, 'Content-Length: 3000000', ($from ? "X-Forwarded-For: $from" : ())) . $png);
		my $r = $c->answer(timeout => 0.5);
		push @held, $c if !$r;
		return $r ? $r->brief : 'taken';
	};
	is_deeply([ map { $begin->($u) } 1 .. 3 ], [ ('taken') x 3 ], 'a user has a share');
	wait_until { spooled() == 3 } 'three arrive';
	is($begin->($u), '503 UPLOAD_BUSY', 'and not more');
	is($begin->($u, '203.0.113.9'), '503 UPLOAD_BUSY', 'from wherever');
	is(upload($v, $png, 'image/png')->brief, '200', 'another user finds a place');
	is_deeply([ map { $begin->($v) } 1 .. 3 ], [ ('taken') x 3 ], 'users of one address');
	my $w = register($s);
	is($begin->($w), '503 UPLOAD_BUSY', 'have a share, too');
	is(upload($w, $png, 'image/png', headers => { 'X-Forwarded-For' => '203.0.113.9' })->brief, '200', 'and another address finds a place');
	my $c = shift @held;
	$c->close(reset => 1);
	wait_until { upload($u, $png, 'image/png')->brief eq '200' } 'who leaves makes room';
	$_->close(reset => 1) for @held;
	wait_until { !spooled() } 'nothing is left in the spool';
};

subtest 'the sweep' => sub {
	$s->stop('httpd');
	my $orphan = (stored())[0] =~ s{[^/]{62}$}{0 x 62}er;
	$s->write_file($orphan, 'orphan');
	my $kept = $image{'image/webp'} . 'kept';
	$s->start('httpd', env => { UPLOAD_SWEEP_INTERVAL => '100ms', UPLOAD_SWEEP_AGE => '0' });
	upload($u, $kept, 'image/webp');
	wait_until { !-e $orphan } 'the orphan goes';
	ok(!-e $orphan, 'a file that nothing names goes');
	sleep 0.5;
	is(api($s)->get("/users/$u->{id}/avatar")->body, $kept, 'one that is named stays');
	$u->{api}->request('DELETE', '/users/me/avatar');
	setting($s, 'file_keep', 0);
	my $hash = sha256_hex($kept);
	wait_until { !-e "$dir/files/" . substr($hash, 0, 2) . "/$hash" } 'the file goes after its row';
	ok(!-e "$dir/files/" . substr($hash, 0, 2) . "/$hash", 'a file whose row has gone follows');
	setting($s, 'file_keep', 86400);
	$s->stop('httpd');
};

subtest 'limits hold before the body' => sub {
	$s->start('httpd', env => { RATE_LIMIT_UPLOAD => 2, DISABLE_RATE_LIMIT_FOR_TESTS => 'false' });
	is(upload($u, $png, 'image/png')->brief, '200', 'two') for 1 .. 2;
	my $c = root($s)->connect;
	$c->send(head_of($u, 'Content-Length: 1000000'));
	is(($c->answer(timeout => 5) // Veza::Http::Answer->none('waits for the body'))->brief, '429 RATE_LIMIT_EXCEEDED', 'the third is refused at once');
	wait_until { !spooled() } 'and takes no room';
	is($c->is_closed(2), 1, 'nothing more is read of it');
	my $r = $v->{api}->post('/users/me/avatar', $png, headers => { 'Content-Type' => 'image/png' });
	is(join(' ', $r->brief, $r->header('X-RateLimit-Limit'), $r->header('X-RateLimit-Remaining')), '200 2 1', 'each is counted once, for each user');
	my $before = api($s)->get('/subscriptions/plans')->header('X-RateLimit-Remaining');
	is_refused(api($s)->post('/users/me/avatar', $png, headers => { 'Content-Type' => 'image/png' }), '401 AUTH_REQUIRED', 'nobody');
	is(api($s)->get('/subscriptions/plans')->header('X-RateLimit-Remaining'), $before - 2, 'is counted as well');
	$s->stop('httpd');
};

subtest 'leftovers of the spool' => sub {
	my ($old, $young) = map { "$dir/spool/" . $_ x 32 } qw(a b);
	$s->write_file($_, 'left') for $old, $young;
	utime time - 7200, time - 7200, $old;
	$s->start('httpd');
	ok(!-e $old, 'what a process that died has left goes');
	ok(-e $young, 'what another process may be writing stays');
	unlink $young;
	$s->stop('httpd');
};

# Needs no mount: the system refuses to write beyond a size.
subtest 'a write that fails' => sub {
	$s->start('httpd');
	$s->run('prlimit', "--pid=$s->{pids}{httpd}", '--fsize=1000000');
	is_refused(upload($u, $png . "\0" x 2_000_000, 'image/png'), '503 UPLOAD_FAILED', 'is refused');
	is_refused(upload($u, form([ a => 'x', $png . "\0" x 2_000_000 ])), '503 UPLOAD_FAILED', 'in a form, too');
	wait_until { !spooled() } 'and nothing is left in the spool';
	is(upload($u, $png, 'image/png')->brief, '200', 'what fits is taken');
	$s->stop('httpd');
};

my $small = "$s->{dir}/small";
my $is_mounted;
END { my $result = $?; system('umount', $small) if $is_mounted; $? = $result }

subtest 'a disk that is full, or not there' => sub {
	my $file = "$s->{dir}/no-directory";
	$s->write_file($file, 'a file');
	$s->start('httpd', env => { UPLOAD_DIR => $file });
	is_deeply(root($s)->get('/status')->json->{services}{uploads}, { status => 'down', error => 'UPLOAD_DIR cannot be written' }, '/status tells');
	is(root($s)->get('/readyz')->brief, '200', 'who can do all else is ready');
	is_refused(upload($u, $png, 'image/png'), '503 UPLOAD_FAILED', 'without a directory');
	is($u->{api}->get('/auth/me')->brief, '200', 'all else works');
	$s->stop('httpd');
	mkdir $small;
	if (system("mount -t tmpfs -o size=64k,mode=1777 tmpfs '$small' 2>/dev/null") == 0)
	{
		$is_mounted = 1;
		$s->start('httpd', env => { UPLOAD_DIR => "$small/up" });
		is_refused(upload($u, $png . "\0" x 100_000, 'image/png'), '503 UPLOAD_FAILED', 'a full disk');
		wait_until { my @left = glob "$small/up/spool/*"; !@left } 'keeps nothing of it';
		is(upload($u, $png, 'image/png')->brief, '200', 'what fits is taken');
		$s->stop('httpd');
		system('umount', $small);
		$is_mounted = 0;
	}
	else { note 'no tmpfs may be mounted here: a full disk is not tried' }
};

done_testing;
