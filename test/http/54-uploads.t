#!/usr/bin/perl
# Routes that take a file: fields of the form beside it, the database's word before it comes, and what audio is.

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
create table veza_data.scratch_asked (declared bigint, caller uuid);
alter table veza_data.scratch_asked owner to veza_owner;
create function veza.scratch_take(file_hash text, file_size bigint, file_type text, title text, tags text[] default null,
                                  bpm integer default null, is_public boolean default true, more json default null) returns json language sql volatile
security definer set search_path = pg_catalog, pg_temp as
$$ select json_build_object('hash', file_hash, 'size', file_size, 'type', file_type, 'title', title, 'tags', tags, 'bpm', bpm, 'is_public', is_public, 'more', more) $$;
create function veza.scratch_admit(declared_size bigint) returns boolean language plpgsql volatile
security definer set search_path = pg_catalog, pg_temp as
$$
begin
    if declared_size = 777 then raise exception 'no' using errcode = 'VZ007'; end if;
    if declared_size = 778 then perform pg_sleep(2); end if;
    if declared_size = 779 then raise exception 'no' using errcode = 'VZ019'; end if;
    insert into veza_data.scratch_asked values (declared_size, veza.actor_id());
    return true;
end
$$;
alter function veza.scratch_take owner to veza_owner;
alter function veza.scratch_admit owner to veza_owner;
comment on function veza.scratch_take is 'Take a file.';
comment on function veza.scratch_admit is 'Say whether one may come.';
select veza.add_route('POST', '/api/v1/scratch/tracks', 'veza.scratch_take', 'user', 'writes', upload => 'audio', status => 201,
                      aliases => '{"title": ["name"]}');
select veza.add_route('POST', '/api/v1/scratch/admitted', 'veza.scratch_take', 'user', 'writes', upload => 'audio', admit => 'veza.scratch_admit');
select veza.add_route('POST', '/api/v1/scratch/once', 'veza.scratch_take', 'user', 'writes', upload => 'audio', admit => 'veza.scratch_admit', replay => 'stored');
SQL
$s->start('httpd', env => { HTTP_LOOPS => 1, MAX_CONCURRENT_UPLOADS => 100, MAX_UPLOADS_PER_USER => 100, MAX_UPLOADS_PER_ADDRESS => 100, TRACK_LIMIT => 2_000_000, DB_WRITE_CONNECTIONS => 2, DB_LANE_QUEUE => 2 });
wait_route($s, '/api/v1/scratch/tracks');
my $u = register($s);
my $dir = "$s->{dir}/uploads";

sub wav { my ($bytes) = @_; return 'RIFF' . pack('V', 36 + $bytes) . 'WAVEfmt ' . pack('V v v V V v v', 16, 1, 1, 8000, 8000, 1, 8) . 'data' . pack('V', $bytes) . ("\x80" x $bytes) }
my $wav = wav(2000);

# A form of these parts: [name, content] is a field, [name, content, filename, type] a file.
sub form
{
	my (@parts) = @_;
	return join('', map { my ($name, $content, $file, $type) = @$_; "--XYZ\r\nContent-Disposition: form-data; name=\"$name\"" . (defined $file ? "; filename=\"$file\"" : '') . "\r\n" . ($type ? "Content-Type: $type\r\n" : '') . "\r\n$content\r\n" } @parts) . "--XYZ--\r\n";
}

sub upload { my ($path, $body, %o) = @_; return $u->{api}->post("/scratch/$path", $body, headers => { 'Content-Type' => 'multipart/form-data; boundary=XYZ', %{ $o{headers} // {} } }, %o{timeout}) }
sub wrong { my ($r) = @_; return join ', ', map { "$_->{field}: $_->{message}" } @{ $r->details } }
sub spooled { return grep { -f } glob "$dir/spool/*" }
sub stored { my @f = grep { -f } glob "$dir/tracks/*/*"; return scalar @f }

subtest 'fields beside the file' => sub {
	my @file = (file => $wav, 'x.wav', 'text/html');
	my %want = (hash => sha256_hex($wav), size => length $wav, type => 'audio/wav', title => "Caf\xe9", tags => [ 'a', 'b c' ], bpm => 120, is_public => JSON::PP::false(), more => undef);
	my @fields = ([ title => "Caf\xc3\xa9" ], [ tags => 'a,b c' ], [ bpm => '120' ], [ is_public => 'false' ]);
	for my $case ([ before => @fields, [ @file ] ], [ behind => [ @file ], @fields ], [ around => @fields[ 0, 1 ], [ @file ], @fields[ 2, 3 ] ],
		[ 'a list by repeating' => [ title => "Caf\xc3\xa9" ], [ tags => 'a' ], [ tags => 'b c' ], @fields[ 2, 3 ], [ @file ] ],
		[ 'a list as JSON' => [ title => "Caf\xc3\xa9" ], [ tags => '["a","b c"]' ], @fields[ 2, 3 ], [ @file ] ],
		[ 'another name of one' => [ name => "Caf\xc3\xa9" ], @fields[ 1 .. 3 ], [ @file ] ],
		[ 'one part of JSON' => [ @file ], [ metadata => '{"title":"Caf\u00e9","tags":["a","b c"],"bpm":120,"is_public":false}' ] ],
		[ 'one part of JSON, as browsers send it' => [ metadata => '{"title":"Caf\u00e9","tags":["a","b c"],"bpm":120,"is_public":false}', 'blob', 'application/json' ], [ @file ] ],
		[ 'both, the field stronger' => [ metadata => '{"title":"x","tags":["a","b c"],"bpm":1}' ], @fields[ 0, 2, 3 ], [ @file ] ])
	{
		my ($name, @parts) = @$case;
		my $r = upload('tracks', form(@parts));
		is($r->brief, '201', $name) or diag $r->body;
		is_deeply($r->data, \%want, "$name: bound");
	}
	is(upload('tracks', form([ title => 'x' ], [ $_ => $wav, 'x' ]))->brief, '201', "the file is the part $_") for qw(file track audio anything);
	my $r = $u->{api}->post('/scratch/tracks?title=One&bpm=7', $wav, headers => { 'Content-Type' => 'audio/wav' });
	is($r->brief . ' ' . $r->data->{title} . ' ' . $r->data->{bpm}, '201 One 7', 'a bare file has its arguments in the query');
	is(upload('tracks', form([ title => 'x' ], [ file_hash => '0' x 64 ], [ @file ]))->data->{hash}, sha256_hex($wav), 'nobody says what the file is but the file');
};

subtest 'what is wrong with fields' => sub {
	my @file = (file => wav(3000), 'x.wav');
	my $before = stored();
	my $r = upload('tracks', form([ @file ], [ bpm => 'fast' ], [ is_public => 'maybe' ], [ title => "\xff" ]));
	is_refused($r, '400 VALIDATION_ERROR', 'all of it at once');
	is(wrong($r), 'title: must be UTF-8 without NUL, bpm: must be a whole number of 32 bits, is_public: must be true or false', 'in the order of the arguments');
	is_refused($r = upload('tracks', form([ @file ])), '400 VALIDATION_ERROR', 'one is missing');
	is(wrong($r), 'title: is missing', 'which');
	is_refused(upload('tracks', form([ title => 'x' ], [ title => 'y' ], [ @file ])), '400 VALIDATION_ERROR', 'one too many');
	is_refused($r = upload('tracks', form([ title => 'x' ], [ colour => 'red' ], [ @file ]), headers => { Prefer => 'handling=strict' }), '400 VALIDATION_ERROR', 'strictly, an unknown one');
	is(wrong($r), 'colour: is not known here', 'is named');
	is(upload('tracks', form([ title => 'x' ], [ colour => 'red' ], [ file => $wav, 'x' ]))->brief, '201', 'which does no harm otherwise');
	for my $case ([ 'a field too long', [ title => 'x' x (64 * 1024 + 1) ] ], [ 'too many fields', map { [ "f$_" => 'x' ] } 1 .. 65 ], [ 'too much of them', map { [ "f$_" => 'x' x 60000 ] } 1 .. 5 ],
		[ 'JSON that is none', [ metadata => '{' ] ], [ 'a list', [ metadata => '[]' ] ], [ 'two parts of JSON', [ metadata => '{}' ], [ metadata => '{}' ] ])
	{
		my ($name, @parts) = @$case;
		is_refused(upload('tracks', form(@parts, [ @file ])), '400 UPLOAD_MALFORMED', $name);
		is_refused(upload('tracks', form([ @file ], @parts)), '400 UPLOAD_MALFORMED', "$name, behind the file");
	}
	is_refused(upload('tracks', form([ title => 'x' ])), '400 UPLOAD_MALFORMED', 'fields without a file');
	is(stored(), $before, 'a file whose fields are refused is not stored');
	wait_until { !spooled() } 'nor left in the spool';
};

subtest 'forms in pieces of every size' => sub {
	my $body = form([ title => "One\r\n--XY" ], [ file => substr($wav, 0, 60), 'x' ], [ tags => 'a' ], [ tags => 'b' ]);
	my @bad;
	for my $cut (1 .. length($body) - 1)
	{
		my $c = root($s)->connect;
		$c->send("POST /api/v1/scratch/tracks HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=XYZ\r\nConnection: close\r\nContent-Length: " . length($body) . "\r\nAuthorization: Bearer $u->{token}\r\n\r\n" . substr($body, 0, $cut));
		sleep 0.002;
		$c->send(substr($body, $cut));
		my $r = $c->answer;
		push @bad, $cut if !$r || $r->status != 201 || $r->data->{title} ne "One\r\n--XY" || "@{ $r->data->{tags} }" ne 'a b' || $r->data->{hash} ne sha256_hex(substr($wav, 0, 60));
		$c->close;
	}
	is_deeply(\@bad, [], length($body) . ' cuts come to the same');
};

subtest 'what is no audio for us' => sub {
	my $before = stored();
	my %bad = (page => "<html><script>alert(1)</script></html>", ELF => "\x7fELF\x02\x01\x01" . "\0" x 100, ZIP => "PK\x03\x04" . "\0" x 100 . $wav, picture => "GIF89a" . pack('v v C3', 64, 48, 0, 0, 0) . ';' . "\0" x 20,
		'WAV without channels' => substr($wav, 0, 22) . "\0\0" . substr($wav, 24), 'half a head' => substr($wav, 0, 30), 'RIFF of a film' => substr($wav, 0, 8) . 'AVI ' . substr($wav, 12), 'a page before audio' => "<html>$wav", text => 'ID3');
	is_refused(upload('tracks', form([ title => 'x' ], [ file => $bad{$_}, 'x.mp3', 'audio/mpeg' ])), '415 AUDIO_UNSUPPORTED', $_) for sort keys %bad;
	is_refused($u->{api}->post('/scratch/tracks?title=x', $bad{page}, headers => { 'Content-Type' => 'audio/mpeg' }), '415 AUDIO_UNSUPPORTED', 'bare');
	is_refused(upload('tracks', form([ title => 'x' ], [ file => '', 'x.mp3' ])), '400 UPLOAD_MALFORMED', 'nothing at all');
	is_refused(upload('tracks', form([ title => 'x' ], [ file => wav(2_000_000), 'x' ])), '413 PAYLOAD_TOO_LARGE', 'too much');
	is(upload('tracks', form([ title => 'x' ], [ file => wav(2_000_000 - 44), 'x' ]))->brief, '201', 'not a byte too much');
	is(stored(), $before + 1, 'what is refused is not stored');
	wait_until { !spooled() } 'nor left in the spool';
};

subtest 'each kind of audio' => sub {
	plan skip_all => 'no ffmpeg here' if system('ffmpeg -v quiet -version >/dev/null 2>&1') != 0;
	my $files = "$s->{dir}/audio";
	mkdir $files;
	my %made = ('a.wav' => 'audio/wav', 'b.wav -rf64 always' => 'audio/wav', 'a.aiff' => 'audio/aiff', 'a.flac' => 'audio/flac', 'a.mp3' => 'audio/mpeg', 'a.ogg -c:a libvorbis' => 'audio/ogg',
		'a.opus -c:a libopus' => 'audio/ogg', 'a.oga -c:a flac' => 'audio/ogg', 'a.m4a' => 'audio/mp4', 'a.mp4' => 'audio/mp4', 'a.aac' => 'audio/aac');
	for my $how (sort keys %made)
	{
		my ($name, @options) = split / /, $how;
		system('ffmpeg', '-v', 'error', '-y', '-f', 'lavfi', '-i', 'sine=duration=1', @options, "$files/$name") == 0 or next;
		my $r = upload('tracks', form([ title => $name ], [ file => $s->read_file("$files/$name"), 'x.bin' ]));
		is($r->brief . ' ' . ($r->data ? $r->data->{type} : ''), "201 $made{$how}", $how);
	}
	system('ffmpeg', '-v', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc=duration=1', '-f', 'lavfi', '-i', 'sine=duration=1', '-shortest', "$files/film.mp4");
	is_refused(upload('tracks', form([ title => 'film' ], [ file => $s->read_file("$files/film.mp4"), 'x.m4a', 'audio/mp4' ])), '415 AUDIO_UNSUPPORTED', 'a film');
};

# The head of a request whose body the test sends by itself, or not.
sub head_of
{
	my ($path, $length, @headers) = @_;
	return join "\r\n", "POST /api/v1/scratch/$path HTTP/1.1", 'Host: x', 'Content-Type: audio/wav', "Authorization: Bearer $u->{token}", ($length eq 'chunked' ? 'Transfer-Encoding: chunked' : "Content-Length: $length"), @headers, '', '';
}

sub asked { return $s->sql_value("select string_agg(coalesce(declared::text, '-') || case when caller = '$u->{id}' then '' else '?' end, ' ') from veza_data.scratch_asked") // '' }
sub forget { $s->sql('delete from veza_data.scratch_asked'); return }

subtest 'the database is asked before the body' => sub {
	forget();
	my $before = stored();
	for my $expect (0, 1)
	{
		my $c = root($s)->connect;
		$c->send(head_of('admitted?title=x', 777, $expect ? 'Expect: 100-continue' : ()));
		my $r = $c->answer(timeout => 5);
		is($r->brief, '413 PAYLOAD_TOO_LARGE', 'what it refuses is refused at once');
		is($r->header('Connection'), 'close', 'and nothing is read behind it');
		is($c->is_closed(2), 1, 'the connection ends');
		$c->close;
	}
	is_refused($u->{api}->post('/scratch/admitted?title=x', wav(779 - 44), headers => { 'Content-Type' => 'audio/wav' }), '429 RATE_LIMIT_EXCEEDED', 'with whatever status');
	is(asked(), '', 'it was only asked');
	is($u->{api}->post('/scratch/admitted?title=x', $wav, headers => { 'Content-Type' => 'audio/wav' })->brief, '200', 'what it admits comes');
	is(asked(), length $wav, 'it was told the size and the caller');
	forget();
	my $c = root($s)->connect;
	$c->send(head_of('admitted?title=x', length $wav, 'Expect: 100-continue'));
	wait_until { $c->answer(timeout => 0.1); ($c->{interim} // [])->[0] } 'leave comes';
	is_deeply($c->{interim}, [100], 'who waits for leave gets it');
	is(asked(), length $wav, 'after the database was asked');
	$c->send($wav);
	is($c->answer->brief, '200', 'and sends the file');
	$c->close;
	forget();
	$c = root($s)->connect;
	$c->send(head_of('admitted?title=x', 'chunked'));
	$c->send(sprintf "%x\r\n%s\r\n0\r\n\r\n", length $wav, $wav);
	is($c->answer->brief . ' ' . asked(), '200 -', 'a size that is not declared is not known');
	$c->close;
	forget();
	is(upload('admitted', form([ title => 'x' ], [ file => $wav, 'x' ]))->brief . ' ' . asked(), '200 0', 'what a form adds is not held against the file');
	forget();
	is_refused($u->{api}->post('/scratch/admitted?title=x', wav(2_500_000), headers => { 'Content-Type' => 'audio/wav' }), '413 PAYLOAD_TOO_LARGE', 'what is too large for anybody');
	is_refused(root($s)->post('/api/v1/scratch/admitted?title=x', $wav, headers => { 'Content-Type' => 'audio/wav' }), '401 AUTH_REQUIRED', 'nobody');
	is(asked(), '', 'is refused without asking');
	wait_until { !spooled() } 'nothing is left in the spool';
};

subtest 'while the database is asked' => sub {
	forget();
	my @c = map { root($s)->connect } 1 .. 5;
	$_->send(head_of('admitted?title=x', 778)) for @c;
	sleep 0.5;
	is(root($s)->get('/healthz')->brief, '200', 'others are answered');
	is(scalar(spooled()), 0, 'nothing has been taken yet');
	my @busy = grep { $_ } map { $_->answer(timeout => 0.2) } @c;
	is(join(' ', map { $_->brief } @busy), '503 SERVER_BUSY', 'two are asked about, two wait, and one is told to come again');
	$c[0]->close(reset => 1);
	for my $c (@c[ 1 .. 3 ])
	{
		my $r = $c->answer(timeout => 0.1);
		$c->send(wav(778 - 44)) if !$r;
	}
	is_deeply([ map { my $r = $_->answer(timeout => 10); $r ? $r->brief : 'none' } @c[ 1 .. 3 ] ], [ ('200') x 3 ], 'who has waited goes on');
	$_->close for @c;
	wait_until { !spooled() } 'nothing is left in the spool';
};

subtest 'the same upload again' => sub {
	forget();
	my %key = ('Idempotency-Key' => 'upload-1');
	my @parts = ([ title => 'x' ], [ file => $wav, 'x' ]);
	my $r = upload('once', form(@parts), headers => \%key);
	is($r->brief, '200', 'once');
	my $again = upload('once', form(reverse @parts), headers => \%key);
	is($again->brief . ' ' . ($again->header('Idempotency-Replayed') // ''), '200 true', 'and again');
	is(asked(), '0', 'for which no leave is needed');
	is_refused(upload('once', form([ title => 'x' ], [ file => wav(100), 'x' ]), headers => \%key), '422 IDEMPOTENCY_KEY_REUSED', 'another file is another request');
	is_refused(upload('once', form([ title => 'y' ], [ file => $wav, 'x' ]), headers => \%key), '422 IDEMPOTENCY_KEY_REUSED', 'so are other fields');
};

# A file of 300 MB, of which only the head is anything.
subtest 'memory does not follow the size of files' => sub {
	$s->stop('httpd');
	$s->start('httpd', env => { HTTP_LOOPS => 1, TRACK_LIMIT => 400_000_000 });
	my $bytes = 300_000_000;
	my $file = "$s->{dir}/large.wav";
	$s->write_file($file, substr(wav($bytes - 44), 0, 44));
	truncate $file, $bytes;
	my $memory = sub { return ($s->read_file("/proc/$s->{pids}{httpd}/status") =~ /^VmHWM:\s+(\d+)/m)[0] };
	is(upload('tracks', form([ title => 'x' ], [ file => $wav, 'x' ]))->brief, '201', 'a small one first');
	my $before = $memory->();
	open(my $curl, '-|', 'curl', '-s', '-F', 'title=x', '-F', "file=\@$file", '-H', "Authorization: Bearer $u->{token}", $s->url . '/api/v1/scratch/tracks') or die "curl: $!";
	my $answer = Veza::Http::decode(do { local $/; <$curl> });
	is($answer->{data}{size}, $bytes, 'a large one');
	cmp_ok($memory->() - $before, '<', 4096, 'takes no more memory') or diag $memory->() - $before;
	unlink $file;
};

done_testing;
