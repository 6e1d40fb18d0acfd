#!/usr/bin/perl
# Uploads in several requests (tus 1.0): what has come stays, whatever breaks, and a client that sees its upload whole has its track.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Digest::SHA qw(sha1_base64 sha256_base64 sha256_hex);
use MIME::Base64 qw(encode_base64);
use Test::More;
use Time::HiRes qw(sleep time);
use Veza::Schema;
use Veza::Test;

my $s = stack();
$s->sql(<<'SQL');
create table veza_data.scratch_track (id serial primary key, hash text, size bigint, type text, title text, tags text[], bpm integer, owner uuid);
create table veza_data.scratch_mood (word text);
insert into veza_data.scratch_mood values ('well');
alter table veza_data.scratch_track owner to veza_owner;
alter table veza_data.scratch_mood owner to veza_owner;
create function veza.scratch_take(file_hash text, file_size bigint, file_type text, title text, tags text[] default null, bpm integer default null) returns json language plpgsql volatile
security definer set search_path = pg_catalog, pg_temp as
$$
declare made integer;
begin
    if (select word from veza_data.scratch_mood) = 'away' then raise exception 'no' using errcode = 'VZ036'; end if;
    if (select word from veza_data.scratch_mood) = 'refuse' then raise exception 'no' using errcode = 'VZ040'; end if;
    insert into veza_data.file (hash, size, type, created_at) values (file_hash, file_size, file_type, now()) on conflict do nothing;
    insert into veza_data.scratch_track (hash, size, type, title, tags, bpm, owner) values (file_hash, file_size, file_type, title, tags, bpm, veza.actor_id()) returning id into made;
    return json_build_object('id', made, 'title', title);
end
$$;
create function veza.scratch_admit(declared_size bigint) returns boolean language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as
$$ begin if declared_size = 777 then raise exception 'no' using errcode = 'VZ007'; end if; return true; end $$;
alter function veza.scratch_take owner to veza_owner;
alter function veza.scratch_admit owner to veza_owner;
comment on function veza.scratch_take is 'Take a file.';
comment on function veza.scratch_admit is 'Say whether one may come.';
select veza.add_route('POST', '/api/v1/scratch/tracks', 'veza.scratch_take', 'user', 'writes', upload => 'audio', status => 201, admit => 'veza.scratch_admit');
SQL
my %env = (HTTP_LOOPS => 2, TRACK_LIMIT => 20_000_000, MAX_UNFINISHED_UPLOADS => 3, MAX_UPLOADS_PER_USER => 50, MAX_UPLOADS_PER_ADDRESS => 50, MAX_CONCURRENT_UPLOADS => 50);
$s->start('httpd', env => \%env);
wait_route($s, '/api/v1/scratch/tracks');
my $u = register($s);
my $v = register($s);
my $dir = "$s->{dir}/uploads";
my $number = 0;

sub wav { my ($bytes) = @_; return 'RIFF' . pack('V', 36 + $bytes) . 'WAVEfmt ' . pack('V v v V V v v', 16, 1, 1, 8000, 8000, 1, 8) . 'data' . pack('V', $bytes) . pack('N', $number++) . join('', map { chr } map { $_ % 251 } 5 .. $bytes) }
sub metadata { my (%m) = @_; return join ',', map { "$_ " . encode_base64($m{$_}, '') } sort keys %m }
# Options: who, metadata, body, and headers.
sub create
{
	my ($length, %o) = @_;
	my $who = delete $o{who} // $u;
	my $body = delete $o{body};
	my %headers = ('Tus-Resumable' => '1.0.0', 'Upload-Length' => $length, 'Upload-Metadata' => metadata(%{ delete $o{metadata} // { title => 'One' } }), (defined $body ? ('Content-Type' => 'application/offset+octet-stream') : ()), %o);
	return $who->{api}->request('POST', '/scratch/tracks', $body // '', headers => { map { defined $headers{$_} ? ($_ => $headers{$_}) : () } keys %headers });
}
sub ask { my ($method, $where, %o) = @_; my $who = delete $o{who} // $u; my $body = delete $o{body}; return root($s)->as($who->{token})->request($method, $where, $body, headers => { 'Tus-Resumable' => '1.0.0', %o }, timeout => 60) }
sub append { my ($where, $offset, $bytes, %o) = @_; return ask('PATCH', $where, 'Content-Type' => 'application/offset+octet-stream', 'Upload-Offset' => $offset, body => $bytes, %o) }
sub offset { my ($where, %o) = @_; my $r = ask('HEAD', $where, %o); return $r->status == 200 ? $r->header('Upload-Offset') : $r->status }
sub tracks { return $s->sql_value('select count(*) from veza_data.scratch_track') }
sub mood { my ($word) = @_; $s->sql("update veza_data.scratch_mood set word = '$word'"); return }
sub place { my ($hash) = @_; return "$dir/tracks/" . substr($hash, 0, 2) . "/$hash" }
sub parts { return map { s{.*/}{}r } grep { -f } glob "$dir/partial/*/*" }

subtest 'in pieces' => sub {
	my $file = wav(100_000);
	my $r = create(length $file, metadata => { title => "Caf\xc3\xa9", tags => 'a,b', bpm => '120', filename => 'x.wav' });
	is($r->status, 201, 'an upload is made');
	my $where = $r->header('Location');
	like($where, qr{^/api/v1/uploads/[0-9a-f]{32}/scratch/tracks$}, 'it has an address');
	is($r->header('Tus-Resumable') . ' ' . $r->header('Upload-Offset'), '1.0.0 0', 'nothing of it is there');
	like($r->header('Upload-Expires'), qr/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/, 'it expires');
	my $at = 0;
	for my $size (1, 43, 65536, 7, 20000)
	{
		$r = append($where, $at, substr($file, $at, $size));
		$at += $size;
		is($r->status . ' ' . $r->header('Upload-Offset') . ' ' . $r->body, "204 $at ", "$size bytes more");
		my $head = ask('HEAD', $where);
		is(join(' ', $head->status, map { $head->header($_) } 'Upload-Offset', 'Upload-Length', 'Cache-Control'), "200 $at " . length($file) . ' no-store', 'are known');
	}
	is(root($s)->as($u->{token})->get($where)->data->{upload_offset}, $at, 'GET tells, too');
	is(tracks(), 0, 'the function has not run');
	$r = append($where, $at, substr($file, $at));
	is($r->status . ' ' . $r->header('Upload-Offset'), '204 ' . length $file, 'the last ones');
	is($s->sql_value("select hash || ' ' || size || ' ' || type || ' ' || title || ' ' || tags::text || ' ' || bpm || ' ' || (owner = '$u->{id}') from veza_data.scratch_track"), sha256_hex($file) . ' ' . length($file) . " audio/wav Caf\xc3\xa9 {a,b} 120 true", 'make a track of it');
	is($s->read_file(place(sha256_hex($file))), $file, 'the file is in its place');
	is(offset($where), length $file, 'the upload is whole');
	is(root($s)->as($u->{token})->get($where)->data->{id}, 1, 'and at its address is what was answered');
	is_refused(append($where, length($file), 'x'), '409 UPLOAD_OFFSET_CONFLICT', 'nothing more is taken');
	is_deeply([ grep { !/\.done$/ } parts() ], [], 'its bytes have one name only');
	is(ask('DELETE', $where)->status, 204, 'it may be forgotten');
	is(offset($where), 404, 'and is');
	is($s->read_file(place(sha256_hex($file))), $file, 'the track is not');
};

subtest 'in one request' => sub {
	my $file = wav(5000);
	my $before = tracks();
	my $r = create(length $file, body => $file);
	is($r->status . ' ' . $r->header('Upload-Offset'), '201 ' . length $file, 'all of it with the first');
	is(tracks(), $before + 1, 'is a track');
	$r = create(length $file, body => substr($file, 0, 1000));
	is($r->status . ' ' . $r->header('Upload-Offset'), '201 1000', 'or some of it');
	is(append($r->header('Location'), 1000, substr($file, 1000))->status, 204, 'and the rest');
	is(tracks(), $before + 2, 'is one, too');
};

subtest 'what is refused' => sub {
	is_refused(create(10, 'Tus-Resumable' => '0.2.2'), '412 TUS_VERSION_UNSUPPORTED', 'another version');
	is(create(10, 'Tus-Resumable' => '0.2.2')->header('Tus-Version'), '1.0.0', 'with ours');
	is_refused(create($_), '400 UPLOAD_MALFORMED', "a length of '$_'") for '0', '-1', 'many', '99999999999999999999';
	is_refused(create(undef, 'Upload-Defer-Length' => 1), '400 UPLOAD_MALFORMED', 'no length');
	is_refused(create(10, 'Upload-Metadata' => 'title ***'), '400 UPLOAD_MALFORMED', 'metadata that is no base64');
	is_refused(create(20_000_001), '413 PAYLOAD_TOO_LARGE', 'too much');
	is_refused(create(777), '413 PAYLOAD_TOO_LARGE', 'what the database refuses');
	is_refused(create(10, metadata => { bpm => 'fast' }), '400 VALIDATION_ERROR', 'fields that are wrong, before the file comes');
	is_refused(create(10, who => { api => api($s) }), '401 AUTH_REQUIRED', 'nobody');
	is_refused(create(10, body => 'x', 'Content-Type' => 'audio/wav'), '415 UNSUPPORTED_MEDIA_TYPE', 'a body of another type');
	my $file = wav(2000);
	my $where = create(length $file)->header('Location');
	is_refused(append($where, 5, 'x'), '409 UPLOAD_OFFSET_CONFLICT', 'another offset');
	is_refused(append($where, 'x', 'x'), '400 UPLOAD_MALFORMED', 'one that is no number');
	is_refused(ask('PATCH', $where, 'Upload-Offset' => 0, 'Content-Type' => 'audio/wav', body => 'x'), '415 UNSUPPORTED_MEDIA_TYPE', 'another type');
	is_refused(append($where, 0, $file, who => $v), '404 UPLOAD_NOT_FOUND', 'somebody else\'s');
	is(offset($where, who => $v), 404, 'who does not see it either');
	is(root($s)->head($where, headers => { 'Tus-Resumable' => '1.0.0' })->status, 401, 'nor does nobody');
	is_refused(append($where, 0, "${file}x"), '413 PAYLOAD_TOO_LARGE', 'more than there should be');
	is(ask('DELETE', $where)->status, 204, 'it is given up');
	is_refused(append($where, 0, $file), '404 UPLOAD_NOT_FOUND', 'and gone');
	is_refused(ask('PUT', $where), '405 METHOD_NOT_ALLOWED', 'another method');
	is_refused(append($where =~ s/tracks$/nowhere/r, 0, $file), '404 ROUTE_NOT_FOUND', 'another route');
	is_refused(append($where =~ s/[0-9a-f]{32}/'0' x 32/er, 0, $file), '404 UPLOAD_NOT_FOUND', 'another number');
	my $text = '<html>' . 'x' x 1000;
	$where = create(length $text)->header('Location');
	is_refused(append($where, 0, $text), '415 AUDIO_UNSUPPORTED', 'what is no audio');
	is(offset($where), 404, 'is not kept');
};

subtest 'OPTIONS' => sub {
	my $r = root($s)->request('OPTIONS', '/api/v1/uploads/' . '0' x 32 . '/scratch/tracks');
	is(join(' ', $r->status, map { $r->header($_) } qw(Tus-Version Tus-Extension Tus-Checksum-Algorithm Tus-Max-Size)), '204 1.0.0 creation,creation-with-upload,termination,checksum,expiration sha1,sha256 20000000', 'says what is spoken');
};

subtest 'checksums' => sub {
	my $file = wav(3000);
	my $where = create(length $file)->header('Location');
	my ($one, $two) = (substr($file, 0, 1000), substr($file, 1000));
	my $pad = sub { return $_[0] . '=' x (-length($_[0]) % 4) };
	is_refused(append($where, 0, $one, 'Upload-Checksum' => 'sha1 ' . $pad->(sha1_base64('other'))), '460 UPLOAD_CHECKSUM_MISMATCH', 'bytes that are not those that were sent');
	is(offset($where), 0, 'are cut off again');
	is_refused(append($where, 0, $one, 'Upload-Checksum' => 'md5 AAAA'), '400 UPLOAD_MALFORMED', 'an unknown one');
	is(append($where, 0, $one, 'Upload-Checksum' => 'sha1 ' . $pad->(sha1_base64($one)))->status, 204, 'SHA-1');
	my $c = root($s)->connect;
	$c->send(join "\r\n", "PATCH $where HTTP/1.1", 'Host: x', "Authorization: Bearer $u->{token}", 'Tus-Resumable: 1.0.0', 'Content-Type: application/offset+octet-stream', 'Upload-Offset: 1000', 'Upload-Checksum: sha1 ' . $pad->(sha1_base64($two)), 'Content-Length: ' . length $two, '', substr($two, 0, 500));
	sleep 0.3;
	$c->close(reset => 1);
	wait_until { append($where, 999_999, 'x')->status == 409 } 'the lock is given back';
	is(offset($where), 1000, 'a piece with a checksum that breaks off does not stay');
	is(append($where, 1000, $two, 'Upload-Checksum' => 'sha256 ' . $pad->(sha256_base64($two)))->status, 204, 'SHA-256');
	is($s->read_file(place(sha256_hex($file))), $file, 'the file is right');
};

# A piece whose sender leaves in the midst.
sub send_half
{
	my ($where, $offset, $bytes, $length) = @_;
	my $c = root($s)->connect;
	$c->send(join "\r\n", "PATCH $where HTTP/1.1", 'Host: x', "Authorization: Bearer $u->{token}", 'Tus-Resumable: 1.0.0', 'Content-Type: application/offset+octet-stream', "Upload-Offset: $offset", "Content-Length: $length", '', $bytes);
	return $c;
}

# The lock is given back before the answer goes.
subtest 'one piece right after the other' => sub {
	my $file = wav(100_000);
	my $where = create(length $file)->header('Location');
	my $piece = int(length($file) / 200);
	my %n;
	for my $i (0 .. 199)
	{
		my $c = root($s)->connect;
		my $bytes = substr $file, $i * $piece, $i < 199 ? $piece : length $file;
		$c->send(join("\r\n", "PATCH $where HTTP/1.1", 'Host: x', "Authorization: Bearer $u->{token}", 'Tus-Resumable: 1.0.0', 'Content-Type: application/offset+octet-stream', 'Upload-Offset: ' . $i * $piece, 'Content-Length: ' . length $bytes, '', '') . $bytes);
		my $r = $c->answer(timeout => 20);
		$n{ $r ? $r->brief : 'nothing' }++;
	}
	is_deeply(\%n, { 204 => 200 }, 'is never locked out by the one before') or diag explain \%n;
};

subtest 'connections that break' => sub {
	my $file = wav(400_000);
	my $where = create(length $file)->header('Location');
	my $c = send_half($where, 0, substr($file, 0, 200_000), length $file);
	wait_until { append($where, 999_999, 'x')->status == 423 } 'it is locked';
	is_refused(append($where, 0, 'x'), '423 UPLOAD_LOCKED', 'while somebody sends, nobody else does');
	is_refused(ask('DELETE', $where), '423 UPLOAD_LOCKED', 'nor ends it');
	$c->close(reset => 1);
	wait_until { append($where, 999_999, 'x')->status == 409 } 'the lock is given back';
	my $at = offset($where);
	cmp_ok($at, '>', 100_000, "what has come stays: $at of 200000");
	is(append($where, $at, substr($file, $at))->status, 204, 'and it goes on from there');
	is($s->read_file(place(sha256_hex($file))), $file, 'the file is right');
};

subtest 'processes that are killed' => sub {
	# More than what is sent before the process is killed.
	my $file = wav(5_000_000);
	my $where = create(length $file)->header('Location');
	for (1 .. 8)
	{
		my $at = offset($where);
		my $c = send_half($where, $at, substr($file, $at, 300_000 + int rand 200_000), length($file) - $at);
		sleep rand 0.2;
		$s->stop('httpd', 'KILL');
		$c->close;
		$s->start('httpd', env => \%env);
		cmp_ok(offset($where), '>=', $at, 'nothing that was acknowledged is lost');
	}
	my $at = offset($where);
	cmp_ok($at, '>', 0, "$at bytes are there");
	my $r = append($where, $at, substr($file, $at));
	is($r->brief, '204', 'it is ended') or diag $r->problem // $r->body;
	is($s->read_file(place(sha256_hex($file))), $file, 'the file is right');
};

subtest 'a function that does not run' => sub {
	my $file = wav(1000);
	my $last = length($file) - 1;
	my $where = create(length $file)->header('Location');
	my $before = tracks();
	mood('away');
	is(append($where, 0, $file)->status, 503, 'is told');
	is(offset($where), $last, 'and the last byte is not acknowledged');
	is(append($where, $last, substr($file, $last))->status, 503, 'again');
	mood('well');
	is(append($where, $last, 'X')->status, 204, 'until it runs');
	is(tracks(), $before + 1, 'once');
	is($s->read_file(place(sha256_hex($file))), $file, 'the byte that came again was not written');
	$file = wav(1001);
	$where = create(length $file)->header('Location');
	mood('refuse');
	is(append($where, 0, $file)->status, 422, 'what it refuses');
	is(offset($where), 404, 'is forgotten');
	mood('well');
};

subtest 'many that nobody ends' => sub {
	my @where = map { my $w = create(1000)->header('Location'); sleep 1.1; $w } 1 .. 4;
	is_deeply([ map { offset($_) } @where ], [ 404, 0, 0, 0 ], 'the oldest makes room');
	is(offset(create(1000, who => $v)->header('Location'), who => $v), 0, 'each user has a share');
	$s->stop('httpd');
	$s->start('httpd', env => { %env, UPLOAD_EXPIRY => '2s', UPLOAD_SWEEP_INTERVAL => '100ms' });
	wait_until { !parts() } 'what has expired goes';
	is_deeply([ map { offset($_) } @where ], [ (404) x 4 ], 'all of it');
	is_deeply([ glob "$dir/partial/*" ], [], 'and leaves nothing behind');
	$s->stop('httpd');
	$s->start('httpd', env => \%env);
};

subtest 'another method for those who have no PATCH' => sub {
	my $file = wav(700);
	my $where = create(length $file)->header('Location');
	is(ask('POST', $where, 'X-HTTP-Method-Override' => 'PATCH', 'Content-Type' => 'application/offset+octet-stream', 'Upload-Offset' => 0, body => $file)->status, 204, 'is POST with a header');
};

# A client that others have written: killed in the midst, and the server, too.
subtest 'tus-js-client' => sub {
	Veza::Schema::install();
	my $bytes = wav(3_000_000);
	my $file = "$s->{dir}/song.wav";
	$s->write_file($file, $bytes);
	my @command = ('node', "$Veza::Stack::TOP/test/lib/tus.mjs", $s->url . '/api/v1/scratch/tracks', $u->{token}, $file, "$s->{dir}/store.json");
	my $run = sub { open(my $out, '-|', @command, @_) or die "node: $!"; my $said = do { local $/; <$out> }; close $out; return ($said ? Veza::Http::decode($said) : undef, $?) };
	my $before = tracks();
	my ($said, $status) = $run->('Once', 1_000_000);
	is($status, 9, 'is killed');
	($said, $status) = $run->('Once');
	is($status, 0, 'goes on');
	cmp_ok($said->{resumed_at}, '>=', 900_000, "where it was: at $said->{resumed_at}");
	is(tracks(), $before + 1, 'and ends');
	is($s->read_file(place(sha256_hex($bytes))) eq $bytes, 1, 'the file is right');
	like(root($s)->as($u->{token})->get($said->{url} =~ s{^\w+://[^/]+}{}r)->data->{title}, qr/^Once$/, 'what was answered is at its address');
	my $child = fork // die "fork: $!";
	if (!$child)
	{
		open STDOUT, '>', "$s->{dir}/said.json";
		exec @command, 'Twice' or die "node: $!";
	}
	for (1 .. 3)
	{
		sleep 0.4;
		$s->stop('httpd', 'KILL');
		$s->start('httpd', env => \%env);
	}
	waitpid $child, 0;
	is($?, 0, 'whoever is killed');
	is(tracks(), $before + 2, 'there is one track more');
};

done_testing;
