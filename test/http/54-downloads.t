#!/usr/bin/perl
# Files that are sent: parts of them, conditions, and what they are called.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Digest::SHA qw(sha256_hex);
use Test::More;
use Time::HiRes qw(sleep time);
use Veza::Test;

my $s = stack();
$s->sql(<<'SQL');
create function veza.scratch_take(file_hash text, file_size bigint, file_type text) returns json language sql volatile
security definer set search_path = pg_catalog, pg_temp as
$$ insert into veza_data.file (hash, size, type, created_at) values (file_hash, file_size, file_type, now()) on conflict do nothing; select json_build_object('hash', file_hash) $$;
create function veza.scratch_send(hash text, name text default 'song', how text default null, tag text default null) returns json language plpgsql stable
security definer set search_path = pg_catalog, pg_temp as
$$
begin
    if tag is not null then perform veza.set_header('ETag', tag); end if;
    return json_strip_nulls(json_build_object('file', hash, 'type', (select f.type from veza_data.file f where f.hash = scratch_send.hash), 'name', name, 'disposition', how));
end
$$;
alter function veza.scratch_take owner to veza_owner;
alter function veza.scratch_send owner to veza_owner;
comment on function veza.scratch_take is 'Take a file.';
comment on function veza.scratch_send is 'Send a file.';
select veza.add_route('POST', '/api/v1/scratch/take', 'veza.scratch_take', 'user', 'writes', upload => 'audio');
select veza.add_route('GET', '/api/v1/scratch/send/:hash', 'veza.scratch_send', 'public', 'reads', envelope => 'file');
SQL
$s->start('httpd', env => { HTTP_LOOPS => 1 });
wait_route($s, '/api/v1/scratch/send/:hash');
my $u = register($s);
my $dir = "$s->{dir}/uploads";

sub wav { my ($bytes) = @_; return 'RIFF' . pack('V', 36 + $bytes) . 'WAVEfmt ' . pack('V v v V V v v', 16, 1, 1, 8000, 8000, 1, 8) . 'data' . pack('V', $bytes) . join('', map { pack 'N', $_ * 2654435761 % 2**32 } 1 .. $bytes / 4) }
sub take { my ($body) = @_; my $r = $u->{api}->post('/scratch/take', $body, headers => { 'Content-Type' => 'audio/wav' }, timeout => 60); is($r->brief, '200', length($body) . ' bytes are taken'); return $r->data->{hash} }
sub fetch { my ($hash, %o) = @_; my $method = delete $o{method} // 'GET'; my $query = delete $o{query} // ''; return api($s)->request($method, "/scratch/send/$hash$query", undef, headers => \%o) }

my $file = wav(300_000);
my $hash = take($file);
my $size = length $file;
my $tag = "\"$hash\"";

subtest 'parts' => sub {
	my $r = fetch($hash);
	is($r->status . ' ' . ($r->body eq $file ? 'all' : 'other'), '200 all', 'without Range all of it');
	is($r->header('Accept-Ranges'), 'bytes', 'which tells that parts may be asked for');
	is($r->header('Content-Range'), undef, 'and is none');
	is($r->header('ETag'), $tag, 'a file is its own tag');
	my $last = $size - 1;
	my %part = ('0-0' => [ 0, 0 ], '0-99' => [ 0, 99 ], '100-' => [ 100, $last ], '-100' => [ $size - 100, $last ], "$last-" => [ $last, $last ], "0-$last" => [ 0, $last ], '0-999999999999999999999999' => [ 0, $last ], '-999999999' => [ 0, $last ],
		'32767-32768' => [ 32767, 32768 ], '40000-250000' => [ 40000, 250000 ], '65536-65536' => [ 65536, 65536 ]);
	for my $range (sort keys %part)
	{
		my ($first, $end) = @{ $part{$range} };
		$r = fetch($hash, Range => "bytes=$range");
		is($r->status, 206, "$range is a part");
		is($r->header('Content-Range'), "bytes $first-$end/$size", "$range: says which");
		is($r->header('Content-Length'), $end - $first + 1, "$range: and how long");
		ok($r->body eq substr($file, $first, $end - $first + 1), "$range: has these bytes");
		is($r->header('ETag'), $tag, "$range: of this file");
		is($r->header('Content-Type'), 'audio/wav', "$range: of this type");
	}
	for my $range ('bytes=0-1,3-4', 'bytes=5-3', 'bytes=a-b', 'lines=0-5', 'bytes=', 'bytes=1-2,')
	{
		$r = fetch($hash, Range => $range);
		is($r->status . ' ' . ($r->body eq $file ? 'all' : 'other'), '200 all', "'$range' is answered in full");
	}
	for my $range ("$size-", "$size-" . ($size + 5), '-0', '99999999999999999999999999-')
	{
		$r = fetch($hash, Range => "bytes=$range");
		is_refused($r, '416 RANGE_NOT_SATISFIABLE', $range);
		is($r->header('Content-Range'), "bytes */$size", "$range: says how much there is");
		is($r->header('Content-Type'), 'application/json', "$range: in words");
	}
	$r = fetch($hash, method => 'HEAD', Range => 'bytes=0-5');
	is($r->status . ' ' . $r->header('Content-Length'), "200 $size", 'HEAD knows no parts');
	is(root($s)->get('/healthz', headers => { Range => 'bytes=0-1' })->status, 200, 'nor does what is no file');
};

subtest 'conditions' => sub {
	my $part = [ 206, substr($file, 5, 3) ];
	my $all = [ 200, $file ];
	my @matrix = ([ { 'If-Range' => $tag } => $part ], [ { 'If-Range' => '"other"' } => $all ], [ { 'If-Range' => "W/$tag" } => $all ], [ { 'If-Range' => 'Sun, 29 Nov 2026 07:00:00 GMT' } => $all ],
		[ { 'If-None-Match' => $tag } => [ 304, '' ] ], [ { 'If-None-Match' => '"other"' } => $part ], [ { 'If-None-Match' => '*' } => [ 304, '' ] ], [ { 'If-Match' => $tag } => $part ], [ { 'If-Match' => '"other"' } => [ 412 ] ],
		[ { 'If-Match' => $tag, 'If-Range' => '"other"' } => $all ], [ { 'If-None-Match' => $tag, 'If-Range' => $tag } => [ 304, '' ] ], [ { 'If-None-Match' => $tag, 'If-Range' => '"other"' } => [ 304, '' ] ]);
	for my $case (@matrix)
	{
		my ($headers, $want) = @$case;
		my $name = join ', ', map { "$_: $headers->{$_}" } sort keys %$headers;
		my $r = fetch($hash, Range => 'bytes=5-7', %$headers);
		is($r->status, $want->[0], $name);
		ok(!defined $want->[1] || $r->body eq $want->[1], "$name: these bytes");
		$r = fetch($hash, Range => "bytes=$size-", %$headers);
		is($r->status, $want->[0] == 206 ? 416 : $want->[0], "$name: the same beyond the end");
	}
	my $r = fetch($hash, query => '?tag=W/%22weak%22', Range => 'bytes=5-7', 'If-Range' => 'W/"weak"');
	is($r->status, 200, 'a weak tag of the function does not tell that bytes are the same');
};

subtest 'names' => sub {
	my %name = ('My Song' => 'inline; filename="My Song.wav"', 'Caf%C3%A9' => "inline; filename=\"Caf_.wav\"; filename*=UTF-8''Caf%C3%A9.wav", '..%2F..%2Fetc%2Fpasswd' => 'inline; filename="_._.._etc_passwd.wav"', 'a%22%3B%20x=y' => 'inline; filename="a_; x=y.wav"',
		'%E6%97%A5%E6%9C%AC' => "inline; filename=\"__.wav\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC.wav");
	is(fetch($hash, query => '?name=' . s/ /%20/gr)->header('Content-Disposition'), $name{$_}, $_) for sort keys %name;
	is(fetch($hash, query => '?how=attachment')->header('Content-Disposition'), 'attachment; filename="song.wav"', 'a function says whether it is stored');
};

subtest 'from the disk and from memory' => sub {
	my $large = wav(8_000_000);
	my $id = take($large);
	my $path = "$dir/tracks/" . substr($id, 0, 2) . "/$id";
	for my $round (1 .. 3)
	{
		# What the system does not hold in memory comes through the disk's threads.
		system('dd', "of=$path", 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0', 'status=none') if $round < 3;
		my @ranges = map { my $at = int rand(7_000_000); [ $at, $at + int rand(900_000) ] } 1 .. 12;
		my @r = api($s)->parallel(map { [ GET => "/scratch/send/$id", undef, headers => { Range => "bytes=$_->[0]-$_->[1]" }, timeout => 60 ] } @ranges);
		is_deeply([ grep { $r[$_]->status != 206 || sha256_hex($r[$_]->body) ne sha256_hex(substr($large, $ranges[$_][0], $ranges[$_][1] - $ranges[$_][0] + 1)) } 0 .. $#r ], [], "round $round: each part is right");
	}
	my $half = "$s->{dir}/half.wav";
	$s->write_file($half, substr($large, 0, 3_000_001));
	is(system('curl', '-s', '-f', '-C', '-', '-o', $half, $s->url . "/api/v1/scratch/send/$id"), 0, 'curl goes on where it was');
	is(sha256_hex($s->read_file($half)), $id, 'and has all of it');
};

subtest 'a file that is gone' => sub {
	is_refused(fetch('0' x 64, Range => 'bytes=0-5'), '500 INTERNAL_ERROR', 'is an error of ours, not of the range');
};

done_testing;
