#!/usr/bin/perl
# veza-probe on bad files: each gets the code that docs/probe.md says, and nothing besides.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Encode ();
use JSON::PP ();
use List::Util qw(max);
use POSIX ();
use Test::More;
use Veza::Probe;

my $dir = sounds();
my %type = (m4a => 'audio/mp4', aac => 'audio/aac');
my @suffixes = qw(wav flac aiff mp3 ogg opus m4a aac);

system("sox -R -n -r 44100 -c 2 -b 16 '$dir/good.wav' synth 5 pinknoise gain -6") == 0 or BAIL_OUT('sox');
sound("$dir/good.$_", "-i $dir/good.wav -metadata title=x") for grep { $_ ne 'wav' } @suffixes;
my %good = map { ($_ => read_bytes("$dir/good.$_")) } @suffixes;

# Probes bytes under a name whose suffix says what they were taken for.
sub probe_bytes
{
	my ($bytes, $suffix, @options) = @_;
	return probe(write_bytes("$dir/bad.$suffix", $bytes), @options, map { ('--type', $_) } grep { defined } $type{$suffix});
}

# A refusal has its code, comes with nothing else, and the program ends well.
sub is_refused
{
	my ($r, $code, $what) = @_;
	my $is = is_deeply([ $r->{status}, $r->{signal}, @{ $r->{answer} }{qw(ok code)}, $r->{waveform}, $r->{cover} ],
		[ 0, 0, JSON::PP::false, $code, '', '' ], "$what: $code");
	diag(substr "$r->{status} $r->{signal} $r->{text}", 0, 200) if !$is;
	return $is;
}

# A WAV file of one channel of 32 bits with a fraction.
sub float_wav { my (@samples) = @_; return 'RIFF' . pack('V', 36 + 4 * @samples) . 'WAVEfmt ' . pack('V v v V V v v', 16, 3, 1, 44100, 176400, 4, 32) . 'data' . pack('V f<*', 4 * @samples, @samples) }

subtest 'cut off' => sub {
	for my $suffix (grep { $_ ne 'aac' } @suffixes)
	{
		# Of MP3, 97 % of 5 s are within what encoders add and decoders take away.
		is_refused(probe_bytes(substr($good{$suffix}, 0, length($good{$suffix}) * $_ / 100), $suffix), 'truncated', "$suffix, $_ %")
		  for 5, 50, 90, $suffix eq 'mp3' ? () : 97;
	}
	is_refused(probe_bytes(substr($good{$_}, 0, 40), $_), 'truncated', "$_, 40 bytes") for qw(flac ogg opus m4a);
	# What is missing of these is less than decoders may leave out, but they say where they end.
	for my $suffix (qw(ogg opus m4a))
	{
		sound("$dir/two.$suffix", '-f lavfi -i anoisesrc=d=120:r=48000 -movflags +faststart');
		my $bytes = read_bytes("$dir/two.$suffix");
		is_refused(probe_bytes(substr($bytes, 0, length($bytes) - 10), $suffix), 'truncated', "two minutes of $suffix, and ten bytes less");
	}
	my $tag = "ID3\3\0\0\0\0\0\0";
	for my $suffix (qw(mp3 flac))
	{
		my $r = probe_bytes($tag . ($suffix eq 'mp3' ? "\0" x 1000 : '') . $good{$suffix} =~ s/^ID3.*?(?=\xFF\xFB)//sr, $suffix);
		ok($r->{answer}{ok}, "$suffix behind a tag that is empty, and what else stands before it, is good") or diag($r->{text});
	}
	for my $suffix (qw(wav flac aiff mp3 ogg m4a))
	{
		my $r = probe_bytes($good{$suffix} . "\0" x 100, $suffix);
		ok($r->{answer}{ok}, "$suffix with zeros behind it is good") or diag($r->{text});
	}
};

subtest 'damaged' => sub {
	srand 1;
	my $junk = join '', map { chr int rand 256 } 1 .. 30000;
	my %wanted = (mp3 => 'truncated', flac => 'truncated', ogg => 'truncated', opus => 'truncated', m4a => 'truncated');
	for my $suffix (sort keys %wanted)
	{
		my $bytes = $good{$suffix};
		substr($bytes, length($bytes) / 3, 30000) = $junk;
		is_refused(probe_bytes(substr($bytes, 0, length $good{$suffix}), $suffix), $wanted{$suffix}, "$suffix with junk in the middle");
	}
	is_refused(probe_bytes("\xFF\xF1\x50\x80" . $junk, 'aac'), 'undecodable', 'a head of ADTS before junk');
	is_refused(probe_bytes('OggS' . $junk, 'ogg'), 'truncated', 'a mark of Ogg before junk');
	is_refused(probe_bytes("RIFF\0\0\0\0WAVE" . $junk, 'wav'), 'undecodable', 'a mark of WAV before junk');
	is_refused(probe_bytes("FORM\0\0\0\0AIFFCOMM\0\0\0\1" . $junk, 'aiff'), 'undecodable', 'a mark of AIFF before junk');
	is_refused(probe_bytes("\0\0\0\x10ftypM4A \0\0\0\0" . $junk, 'm4a'), $_, 'a mark of M4A before junk') for 'truncated';
	is_refused(probe_bytes(substr($good{flac}, 0, 42) . $junk, 'flac'), 'truncated', 'a head of FLAC before junk');
};

subtest 'nothing in it' => sub {
	is_refused(probe_bytes('', 'wav'), 'empty', 'no bytes');
	is_refused(probe_bytes(float_wav(), 'wav'), 'empty', 'no samples');
	my $bytes = float_wav(0) =~ s/^(.{22})../$1\0\0/sr;
	is_refused(probe_bytes($bytes, 'wav'), 'empty', 'no channels');
	is_refused(probe_bytes("FORM\0\0\0\x2EAIFFCOMM\0\0\0\x12\0\1\0\0\0\0\0\x10\x40\x0E\xAC\x44\0\0\0\0\0\0SSND\0\0\0\x08" . "\0" x 8, 'aiff'), 'empty', 'AIFF without samples');
};

subtest 'something else' => sub {
	my %others = (html => '<!doctype html><script>alert(1)</script>', png => "\x89PNG\r\n\x1a\n" . "\0" x 100, elf => read_bytes('/bin/true'),
		text => "Hello, World.\n" x 1000, zeros => "\0" x 5000, 'a byte' => "\xFF");
	is_refused(probe_bytes($others{$_}, 'mp3'), 'unsupported', $_) for sort keys %others;
	sound("$dir/film.mp4", "-f lavfi -i testsrc=d=1 -i $dir/good.wav -shortest");
	is_refused(probe("$dir/film.mp4", '--type', 'audio/mp4'), 'unsupported', 'a film');
	sound("$dir/flac.ogg", "-i $dir/good.wav -c:a flac");
	is_refused(probe("$dir/flac.ogg"), 'unsupported', 'FLAC in Ogg');
	sound("$dir/adpcm.wav", "-i $dir/good.wav -c:a adpcm_ms");
	is_refused(probe("$dir/adpcm.wav"), 'unsupported', 'ADPCM');
	sound("$dir/layer2.mp3", "-i $dir/good.wav -c:a mp2 -f mp2");
	is_refused(probe("$dir/layer2.mp3"), 'unsupported', 'MPEG audio, layer 2');
	system("sox -R -n -r 44100 -c 9 '$dir/nine.wav' synth 1 pinknoise");
	is_refused(probe("$dir/nine.wav"), 'unsupported', 'nine channels');
	for my $suffix (@suffixes)
	{
		# The name is not even known to veza-probe.
		my $other = $suffix eq 'wav' ? 'mp3' : 'wav';
		my $r = probe(write_bytes("$dir/renamed.$other", $good{$suffix}), '--type', $type{$suffix} // '');
		is($r->{answer}{container}, { opus => 'ogg', m4a => 'mp4', aac => 'adts' }->{$suffix} // $suffix, "$suffix under another name is what it is");
	}
};

subtest 'two things at once' => sub {
	my $zip = "PK\3\4" . "\0" x 26 . 'a<script>' . "PK\1\2" . "\0" x 42 . 'a' . "PK\5\6" . pack('v4 V2 v', 0, 0, 1, 1, 47, 39, 0);
	is_refused(probe_bytes($good{$_} . $zip, $_), 'polyglot', "$_ and a ZIP archive") for qw(wav flac mp3 ogg m4a aiff);
	is_refused(probe_bytes("ID3\3\0\0\0\0\0\x14TXXX\0\0\0\x0A\0\0\0%PDF-1.4\0" . $good{mp3}, 'mp3'), 'polyglot', 'MP3 and a PDF');
	is_refused(probe_bytes("%PDF-1.4\n" . $good{mp3}, 'mp3'), 'polyglot', 'a PDF before MP3');
	is_refused(probe_bytes('<html>' . $good{mp3}, 'mp3'), 'unsupported', 'HTML before MP3');
	is_refused(probe_bytes("MZ" . $good{wav}, 'wav'), 'unsupported', 'a program before WAV');
};

subtest 'no numbers' => sub {
	my %samples = (nan => 'nan', inf => 'inf', '-inf' => '-inf');
	is_refused(probe_bytes(float_wav((0.5) x 1000, 9**9**9 * ($_ eq '-inf' ? -1 : 1) * ($_ eq 'nan' ? 0 : 1), 0.5), 'wav'), 'not_finite', $_) for sort keys %samples;
	my $r = probe_bytes(float_wav(map { $_ % 2 ? 1e30 : -1e30 } 1 .. 100000), 'wav');
	ok($r->{answer}{ok} && $r->{answer}{true_peak_dbtp} > 590, 'samples that are far beyond full scale are samples') or diag($r->{text});
};

subtest 'too long' => sub {
	my $day = 'RIFF' . pack('V', 0) . 'WAVEfmt ' . pack('V v v V V v v', 16, 1, 1, 8000, 8000, 1, 8) . 'data' . pack('V', 8000 * 86400) . "\x80" x 100000;
	is_refused(probe_bytes($day, 'wav'), 'too_long', 'a head that says 24 hours');
	# A bomb: a few hundred kB that unpack to three hours.
	system("sox -D -n -r 8000 -c 1 -b 16 '$dir/bomb.flac' trim 0 3:00:00") == 0 or sound("$dir/bomb.flac", '-f lavfi -i anullsrc=r=8000:cl=mono -t 10800');
	cmp_ok(-s "$dir/bomb.flac", '<', 1e6, 'a bomb is small');
	my $r = probe("$dir/bomb.flac", '--max-seconds', 600);
	is_refused($r, 'too_long', 'one that says how long it is');
	cmp_ok($r->{cpu}, '<', 0.3, 'it is not decoded');
	my $silent = read_bytes("$dir/bomb.flac");
	# The length is the last 36 bits of these.
	substr($silent, 21, 5) = chr(ord(substr $silent, 21, 1) & 0xF0) . "\0\0\0\0";
	$r = probe_bytes($silent, 'flac', '--max-seconds', 600);
	is_refused($r, 'too_long', 'one that does not');
	cmp_ok($r->{cpu}, '<', 3, 'it is decoded as far as is allowed');
	sound("$dir/long.m4a", '-f lavfi -i anullsrc=r=8000:cl=mono -t 1000');
	is_refused(probe("$dir/long.m4a", '--max-seconds', 600, '--type', 'audio/mp4'), 'too_long', 'M4A');
	sound("$dir/long.aac", '-f lavfi -i anullsrc=r=8000:cl=mono -t 1000');
	is_refused(probe("$dir/long.aac", '--max-seconds', 600, '--type', 'audio/aac'), 'too_long', 'ADTS, which does not say it');
	ok(probe("$dir/good.wav", '--max-seconds', 5)->{answer}{ok}, 'five seconds are not longer than five seconds');
	is_refused(probe("$dir/good.wav", '--max-seconds', 4), 'too_long', 'five are longer than four');
};

subtest 'too much work' => sub {
	system("sox -R -n -r 48000 -c 8 -b 16 '$dir/heavy.wav' synth 120 pinknoise");
	my $r = probe("$dir/heavy.wav", '--cpu-seconds', 1);
	is_refused($r, 'too_complex', 'computing time');
	cmp_ok($r->{cpu}, '<', 2, 'it ends in time');
	is_refused(probe("$dir/heavy.wav", '--seconds', 1), 'too_complex', 'time');
	is_refused(probe("$dir/good.m4a"), 'no_decoder', 'M4A that was not announced');
	is_refused(probe("$dir/good.$_", '--type', $type{$_}, '--ffmpeg', "$dir/none"), 'no_decoder', "$_ where there is no ffmpeg") for qw(m4a aac);
};

# Writes bytes that another process makes: what is measured of a program counts what this one had when it was started.
sub write_bytes_aside
{
	my ($file, $make) = @_;
	my $pid = fork // die "fork: $!";
	if (!$pid)
	{
		write_bytes($file, $make->());
		POSIX::_exit(0);
	}
	waitpid $pid, 0;
	return $file;
}

# A frame of ID3v2.3.
sub frame { my ($id, $data) = @_; return $id . pack('N n', length $data, 0) . $data }
sub id3 { my ($frames) = @_; my $n = length $frames; return "ID3\3\0\0" . pack('C4', $n >> 21 & 127, $n >> 14 & 127, $n >> 7 & 127, $n & 127) . $frames }

subtest 'bombs of tags' => sub {
	my $sound = substr $good{mp3}, index($good{mp3}, "\xFF\xFB");
	my %bombs = (
		'many' => sub { join '', map { frame('TXXX', "\0k$_\0v$_") } 1 .. 100000 },
		'large' => sub { frame('TIT2', "\0" . 'x' x 15_000_000) },
		'large, in UTF-16' => sub { frame('TIT2', "\1\xFF\xFE" . "\x34\x12" x 400_000) },
		'quotes' => sub { join '', map { frame('TXXX', "\0k$_\0" . '"\\' x 4000) } 1 .. 100 },
		'a large name' => sub { frame('TXXX', "\0" . 'n' x 100_000 . "\0v") },
		'many pictures' => sub { join '', map { frame('APIC', "\0image/png\0\3\0\x89PNG\r\n\x1a\n" . 'p' x 9000) } 1 .. 500 });
	for my $name (sort keys %bombs)
	{
		my $r = probe(write_bytes_aside("$dir/bomb.mp3", sub { id3($bombs{$name}->()) . $sound }));
		my $raw = $r->{answer}{raw_tags} // [];
		ok($r->{answer}{ok} && length $r->{text} < 512 * 1024 && @$raw <= 64 && max(0, map { length Encode::encode_utf8($_->[1]) } @$raw) <= 2048
			&& max(0, map { length $_->[0] } @$raw) <= 127, "$name: " . length($r->{text}) . ' bytes, ' . @$raw . ' pairs') or diag(substr $r->{text}, 0, 300);
		cmp_ok($r->{rss}, '<', 64 * 1024, "$name: memory");
	}
	my $r = probe_bytes("ID3\3\0\0\x7F\x7F\x7F\x7F" . frame('TIT2', "\0x") . $sound, 'mp3');
	is_refused($r, 'truncated', 'a tag that is longer than the file');
	my $comments = pack('V/a V', 'me', 0xFFFFFFFF) . join '', map { pack 'V/a', "K$_=" . 'v' x 3000 } 1 .. 300;
	my $flac = substr($good{flac}, 0, 42) . "\4" . substr(pack('N', length $comments), 1) . $comments . ("\x01\0\0\0" x 2000);
	ok(defined probe_bytes($flac, 'flac')->{answer}{code}, 'comments and blocks without end');
};

# Bytes with a few of them changed, taken out or put in, most of them where the heads are.
sub mutated
{
	my ($bytes) = @_;
	for (1 .. (1, 3, 10, 50)[ rand 4 ])
	{
		my $at = int rand(rand() < 0.6 ? 400 : length $bytes);
		my $what = rand;
		if ($what < 0.5) { substr($bytes, $at, 1) = chr int rand 256 }
		elsif ($what < 0.7) { substr($bytes, $at, 4) = ("\xFF\xFF\xFF\xFF", "\0\0\0\0", "\x7F\xFF\xFF\xFF", "\0\0\0\1")[ rand 4 ] }
		elsif ($what < 0.85) { substr($bytes, $at, 1 + rand 200) = '' }
		else { substr($bytes, $at, 0) = join '', map { chr int rand 256 } 0 .. rand 100 }
	}
	return $bytes;
}

subtest 'mutated' => sub {
	srand 7;
	sound("$dir/brief.$_", "-i $dir/good.wav -t 0.5 -metadata title=x") for @suffixes;
	for my $suffix (@suffixes)
	{
		my $bytes = read_bytes("$dir/brief.$suffix");
		my @crashes = grep { $_->{status} || $_->{signal} || !defined $_->{answer}{ok} } map { probe_bytes(mutated($bytes), $suffix) } 1 .. 40;
		is(@crashes, 0, "$suffix: forty of them are answered") or diag(join ' ', map { "status $_->{status} signal $_->{signal}" } @crashes);
	}
};

subtest 'called otherwise' => sub {
	for my $closed ('3>&- 4>&-', '3>&-', '4>/dev/null 3>/dev/null')
	{
		my $said = `'$Veza::Probe::program' <'$dir/good.wav' 2>'$dir/said' $closed | cat`;
		is(JSON::PP::decode_json($said)->{duration_ms}, 5000, "with $closed it answers");
		is(-s "$dir/said", 0, 'and says nothing else');
	}
};

subtest 'called wrongly' => sub {
	is(probe('/dev/null')->{status}, 2, 'no file');
	is(probe("$dir/good.wav", '--max-seconds', $_)->{status}, 2, "--max-seconds $_") for '', 0, -1, '1x', '99999999999';
	is(probe("$dir/good.wav", '--what')->{status}, 2, 'an option that there is not');
};
done_testing();
