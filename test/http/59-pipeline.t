#!/usr/bin/perl
# A track from its file to its sound: uploaded, scanned by a real clamd, analysed by veza-probe, and played in parts.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Digest::SHA qw(sha256_hex);
use MIME::Base64 qw(encode_base64);
use Test::More;
use Time::HiRes qw(sleep time);
use Veza::Test;

plan skip_all => 'no ffmpeg here' if system('ffmpeg -v quiet -version >/dev/null 2>&1') != 0;
my $s = stack();
$s->start_clamd;
$s->start('httpd', env => { HTTP_LOOPS => 1, CLAMAV_REQUIRED => 'true', ANALYSIS_WORKERS => 2 });
my $u = creator($s);
$s->sql('update veza_data.plan set uploads_per_month = 1000');
my $files = "$s->{dir}/audio";
mkdir $files;

# Makes a file by ffmpeg: its bytes.
sub made
{
	my ($name, @options) = @_;
	system('ffmpeg', '-v', 'error', '-y', '-f', 'lavfi', '-i', 'sine=frequency=440:duration=4', @options, "$files/$name") == 0 or die "ffmpeg: $name";
	return $s->read_file("$files/$name");
}

sub form
{
	my (%fields) = @_;
	my $file = delete $fields{file};
	return join('', map { "--XYZ\r\nContent-Disposition: form-data; name=\"$_\"\r\n\r\n$fields{$_}\r\n" } sort keys %fields) . "--XYZ\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.bin\"\r\n\r\n$file\r\n--XYZ--\r\n";
}

sub upload { my (%fields) = @_; return $u->{api}->post('/tracks', form(%fields), headers => { 'Content-Type' => 'multipart/form-data; boundary=XYZ' }, timeout => 60) }
sub version { my ($track) = @_; return { %{ Veza::Http::decode($s->sql_value("select row_to_json(v) from veza_data.track_version v where track_id = '$track' order by number desc limit 1")) } } }
sub settle { my ($track, $state) = @_; wait_until { version($track)->{state} =~ /^(?:ready|failed|quarantined)$/ } "$track is settled", 40; my $v = version($track); is($v->{state}, $state, "it is $state") or diag explain $v; return $v }

my $flac;
subtest 'each kind' => sub {
	my %kind = ('a.wav' => ['pcm'], 'a.flac' => [ 'flac', '-metadata', 'title=Of the tags', '-metadata', 'genre=Drone' ], 'a.mp3' => ['mp3'], 'a.ogg' => [ 'vorbis', '-c:a', 'libvorbis' ], 'a.opus' => [ 'opus', '-c:a', 'libopus' ], 'a.aiff' => ['pcm'], 'a.m4a' => ['aac'], 'a.aac' => ['aac']);
	for my $name (sort keys %kind)
	{
		my ($codec, @options) = @{ $kind{$name} };
		my $bytes = made($name, @options);
		$flac = $bytes if $name eq 'a.flac';
		my $r = upload(title => "By hand $name", file => $bytes);
		is($r->brief, '201', "$name is taken") or diag $r->body;
		my $since = time;
		my $v = settle($r->data->{id}, 'ready');
		note sprintf '%s: %.1f s', $name, time - $since;
		is("$v->{scan} $v->{codec}", "clean $codec", 'clean, and what it is');
		cmp_ok(abs($v->{duration_ms} - 4000), '<', 120, "$v->{duration_ms} ms");
		ok($v->{waveform_file}, 'has a waveform');
		cmp_ok(abs(($v->{true_peak_mdb} // 0) + 18060), '<', 500, 'a true peak of an eighth');
		ok(defined $v->{loudness_mlu} && defined $v->{loudness_range_mlu}, 'and a loudness');
		is(sha256_hex($s->read_file("$s->{dir}/uploads/waveforms/" . substr($v->{waveform_file}, 0, 2) . "/$v->{waveform_file}")), $v->{waveform_file}, 'which is in its place');
		my ($dat, $json) = map { $u->{api}->get('/tracks/' . $r->data->{id} . "/waveform?format=$_") } qw(dat json);
		is($json->header('Content-Type'), 'application/json', 'and one as JSON');
		is_deeply($json->json->{data}, [ unpack 'x24 c*', $dat->body ], 'with the same points');
		is($u->{api}->get('/tracks/' . $r->data->{id})->data->{title}, "By hand $name", 'the own title stays');
	}
};

subtest 'played in parts' => sub {
	my $id = $s->sql_value("select track_id from veza_data.track_version where file_hash = '" . sha256_hex($flac) . "'");
	for my $way (qw(stream download))
	{
		my $r = $u->{api}->get("/tracks/$id/$way", headers => { Range => 'bytes=100-199' });
		is($r->status . ' ' . ($r->header('Content-Range') // ''), '206 bytes 100-199/' . length $flac, $way);
		ok($r->body eq substr($flac, 100, 100), 'these bytes');
		is($r->header('Content-Type'), 'audio/flac', 'of this type');
	}
};

subtest 'resumed, and removed meanwhile' => sub {
	my $r;
	my $id = $s->sql_value("select track_id from veza_data.track_version where file_hash = '" . sha256_hex($flac) . "'");
	my $part = "$files/part.flac";
	$s->write_file($part, substr($flac, 0, 1000));
	is(system('curl', '-sf', '-C', '-', '-o', $part, '-H', "Authorization: Bearer $u->{token}", $s->url . "/api/v1/tracks/$id/download"), 0, 'curl -C - goes on where it was');
	ok($s->read_file($part) eq $flac, 'and has the whole file');

	# More than the sockets hold, so that it is still on its way when its track is removed.
	system('sox', '-R', '-n', '-r', '44100', '-c', '1', '-b', '16', "$files/long.wav", 'synth', '40', 'whitenoise') == 0 or die 'sox';
	my $wav = $s->read_file("$files/long.wav");
	$r = upload(title => 'Long', file => $wav);
	is($r->brief, '201', 'a file of ' . length($wav) . ' bytes');
	my $long = $r->data->{id};
	settle($long, 'ready');
	my $c = root($s)->connect(small => 4096);
	$c->send(root($s)->bytes('GET', "/api/v1/tracks/$long/stream", undef, token => $u->{token}));
	wait_until { $c->_read; length $c->left > 10_000 } 'it begins to come';
	is($u->{api}->request(DELETE => "/tracks/$long")->status, 200, 'it is removed');
	is_refused(api($s)->get("/tracks/$long/stream"), '404 TRACK_NOT_FOUND', 'from now on it is not there');
	my $answer = $c->answer(timeout => 30);
	ok($answer && $answer->body eq $wav, 'who had begun gets the rest');
};

subtest 'files that are none' => sub {
	my $wav = made('b.wav');
	my $virus = upload(title => 'x', file => $wav . 'this is a virus');
	my $v = settle($virus->data->{id}, 'quarantined');
	is($v->{state_code}, 'virus', 'infected');
	is($v->{waveform_file}, undef, 'and never decoded');
	for my $case ([ 'cut off' => substr($flac, 0, length($flac) / 2) ], [ 'noise in the midst' => substr($flac, 0, 2000) . ("\x00\xff\x13" x 30_000) ], [ 'a head alone' => substr($wav, 0, 44) ])
	{
		my ($name, $bytes) = @$case;
		my $r = upload(title => $name, file => $bytes);
		is($r->brief, '201', $name);
		my $w = settle($r->data->{id}, 'failed');
		like($w->{state_code}, qr/^(?:truncated|undecodable|empty)$/, "$name: $w->{state_code}");
	}
	is(upload(title => 'page', file => '<html>')->brief, '415 AUDIO_UNSUPPORTED', 'a page');
};

subtest 'the same recording by somebody else' => sub {
	# Notes that change, so that it sounds like nothing else.
	my $song = sub { my ($seed) = @_; my $note = sub { my ($n, $k) = @_; "0.2*sin(2*PI*t*110*pow(2,floor(mod(sin(floor(t*$n)*$k+$seed)*43758,1)*24)/12))" };
		return join '+', $note->(4, 12.9), $note->(3, 78.2), $note->(2, 37.7) };
	my $render = sub { my ($name, $seed, @options) = @_; system('ffmpeg', '-v', 'error', '-y', '-f', 'lavfi', '-i', "aevalsrc='" . $song->($seed) . "':d=40:s=44100", @options, "$files/$name") == 0 or die "ffmpeg: $name"; return $s->read_file("$files/$name") };
	my $thief = creator($s);
	my $given = sub { my ($who, $title, $bytes) = @_; my $r = $who->{api}->post('/tracks', form(title => $title, file => $bytes), headers => { 'Content-Type' => 'multipart/form-data; boundary=XYZ' }, timeout => 60); settle($r->data->{id}, 'ready'); return $r->data->{id} };
	my $matches = sub { my ($track) = @_; return $s->sql_value("select coalesce(string_agg(m.level || ' ' || o.title, ', '), 'none') from veza_data.track_match m join veza_data.track o on o.id = m.other_track_id where m.track_id = '$track'") };
	my $wav = $render->('song.flac', 1);
	is($matches->($given->($u, 'Song', $wav)), 'none', 'a song');
	is($matches->($given->($u, 'Another', $render->('another.flac', 2))), 'none', 'another one');
	is($matches->($given->($thief, 'Retagged', $render->('tags.flac', 1, '-metadata', 'title=Mine'))), 'sound Song', 'with other tags it is the same sound');
	my %copy = ('a.mp3' => [ '-b:a', '96k' ], 'b.mp3' => [ '-b:a', '64k', '-ac', '1' ], 'a.ogg' => [ '-c:a', 'libvorbis', '-q:a', '0' ], 'a.opus' => [ '-c:a', 'libopus', '-b:a', '48k' ], 'quiet.m4a' => [ '-af', 'volume=0.3' ], 'late.flac' => [ '-af', 'adelay=3333:all=1' ], 'cut.flac' => [ '-ss', '5.55' ]);
	for my $name (sort keys %copy)
	{
		is($matches->($given->($thief, $name, $render->($name, 1, @{ $copy{$name} }))), 'similar Song', "$name: @{ $copy{$name} }");
		note $s->sql_value("select string_agg(distance_mil::text, ' ') || ' thousandths, items in common: ' || (select count(*) from veza_data.track_print p, veza_data.track_print q, veza_data.track_version v, veza_data.track_version w where p.print = q.print and p.version_id = v.id and q.version_id = w.id and v.track_id = m.track_id and w.track_id = m.other_track_id) from veza_data.track_match m join veza_data.track t on t.id = m.track_id where t.title = '$name' group by m.track_id, m.other_track_id");
	}
	is($matches->($given->($thief, 'Own', $render->('own.flac', 3))), 'none', 'a song of their own');
};

subtest 'in several requests' => sub {
	my $bytes = made('c.flac', '-metadata', 'title=Tags');
	my %tus = ('Tus-Resumable' => '1.0.0');
	my $r = $u->{api}->request(POST => '/tracks', '', headers => { %tus, 'Upload-Length' => length $bytes, 'Upload-Metadata' => 'title ' . encode_base64('Resumed', '') });
	is($r->status, 201, 'begun');
	my $where = $r->header('Location') =~ s{^/api/v1}{}r;
	my $half = int(length($bytes) / 2);
	for my $piece ([ 0, $half ], [ $half, length($bytes) - $half ])
	{
		my $sent;
		# As clients do while the request before still holds the upload.
		wait_until { ($sent = $u->{api}->request(PATCH => $where, substr($bytes, $piece->[0], $piece->[1]),
			headers => { %tus, 'Content-Type' => 'application/offset+octet-stream', 'Upload-Offset' => $piece->[0] }))->status != 423 } 'the upload is free';
		is($sent->status, 204, 'a half');
	}
	my $answer = $u->{api}->get($where);
	is($answer->data->{title}, 'Resumed', 'a track');
	settle($answer->data->{id}, 'ready');
};

my @findings = audit_findings($s);
is_deeply(\@findings, [], 'no promise is broken');
my %all = ($s->environment);
open(my $out, '-|', $s->as_user('env', (map { "$_=$all{$_}" } sort keys %all), 'sh', '-c', 'cd "$1" && exec "$2" --check-files', 'sh', $s->{dir}, $s->program('httpd'))) or die "check: $!";
like(join('', <$out>), qr/; 0 problems$/, 'files and rows fit');

done_testing;
