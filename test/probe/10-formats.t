#!/usr/bin/perl
# veza-probe on good files of every format, compared with what readers of others say: ffprobe
# and ffmpeg, fpcalc, music-metadata, waveform-data.

use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Digest::SHA qw(sha256_hex);
use Encode qw(encode_utf8);
use JSON::PP ();
use MIME::Base64 qw(encode_base64);
use Test::More;
use Veza::Probe;

binmode Test::More->builder->$_, ':utf8' for qw(output failure_output todo_output);
my $dir = sounds();
my $wav = "$dir/base.wav";
my %tags = (title => 'Tïtle “1”', artist => 'Ärtist', album => 'Albüm', genre => 'Trip-Hop', comment => 'a comment, 日本');
my $metadata = encode_utf8(join ' ', (map { "-metadata '$_=$tags{$_}'" } sort keys %tags), '-metadata date=2004-05-06 -metadata track=3/12');

# Chords that change, with noise, so that there is something to be heard.
system("sox -R -n -r 44100 -c 2 -b 16 '$wav' synth 12 sine 220 synth 12 sine mix 331+700 synth 12 pinknoise mix tremolo 0.7 80 gain -6") == 0
  or BAIL_OUT('sox');
sound("$dir/cover.$_", '-f lavfi -i testsrc=s=64x48 -frames:v 1') for qw(png jpg);

# What ffprobe says of the first stream of sound.
sub ffprobe
{
	my ($file) = @_;
	my $r = JSON::PP::decode_json(program_output(qw(ffprobe -v error -of json -show_format -select_streams a:0 -show_streams), $file));
	return ($r->{streams}[0], $r->{format});
}

# Samples, as ffmpeg decodes them.
sub samples { my ($file, $format, @more) = @_; return program_output('ffmpeg', qw(-nostdin -v error -i), $file, @more, '-f', $format, '-c:a', "pcm_$format", '-') }

# The hash that docs/probe.md prescribes.
sub pcm_hash { my ($kind, $rate, $channels, $samples) = @_; return sha256_hex('veza-pcm-1' . pack('a V V', $kind, $rate, $channels) . $samples) }

my %formats = (
	'a.wav' => [ 'wav', 'pcm', '-c:a pcm_s16le' ],
	'24.wav' => [ 'wav', 'pcm', '-c:a pcm_s24le' ],
	'32.wav' => [ 'wav', 'pcm', '-c:a pcm_s32le' ],
	'8.wav' => [ 'wav', 'pcm', '-c:a pcm_u8' ],
	'float.wav' => [ 'wav', 'float', '-c:a pcm_f32le' ],
	'ulaw.wav' => [ 'wav', 'ulaw', '-c:a pcm_mulaw' ],
	'rf64.wav' => [ 'wav', 'pcm', '-rf64 always' ],
	'a.aiff' => [ 'aiff', 'pcm', '-write_id3v2 1' ],
	'a.flac' => [ 'flac', 'flac', '' ],
	'24.flac' => [ 'flac', 'flac', '-c:a flac -sample_fmt s32' ],
	'a.ogg' => [ 'ogg', 'vorbis', '-c:a libvorbis' ],
	'a.opus' => [ 'ogg', 'opus', '' ],
	'a.mp3' => [ 'mp3', 'mp3', '-b:a 192k' ],
	'v23.mp3' => [ 'mp3', 'mp3', '-id3v2_version 3 -write_id3v1 1' ],
	'vbr.mp3' => [ 'mp3', 'mp3', '-q:a 4' ],
	'noxing.mp3' => [ 'mp3', 'mp3', '-write_xing 0' ],
	'low.mp3' => [ 'mp3', 'mp3', '-ar 22050 -ac 1' ],
	'a.m4a' => [ 'mp4', 'aac', '-movflags +faststart' ],
	'end.m4a' => [ 'mp4', 'aac', '' ],
	'alac.m4a' => [ 'mp4', 'alac', '-c:a alac' ],
	'a.aac' => [ 'adts', 'aac', '' ]);
my %type = (m4a => 'audio/mp4', aac => 'audio/aac');
my $lossless = pcm_hash('i', 44100, 2, samples($wav, 's32le'));

for my $name (sort keys %formats)
{
	my ($container, $codec, $options) = @{ $formats{$name} };
	subtest $name => sub {
		my $file = sound("$dir/$name", "-i $wav", $metadata, $options);
		my $r = probe($file, map { ('--type', $_) } grep { defined } $type{ $name =~ s/.*\.//r });
		my $a = $r->{answer};
		my ($stream, $format) = ffprobe($file);
		my ($rate, $channels) = ($name eq 'low.mp3' ? 22050 : $codec eq 'opus' ? 48000 : 44100, $name eq 'low.mp3' ? 1 : 2);
		is($r->{status}, 0, 'it answers') or diag("signal $r->{signal}: $r->{text}");
		is_deeply([ @$a{qw(ok container codec)} ], [ JSON::PP::true, $container, $codec ], 'what it is') or diag($r->{text});
		is_deeply([ @$a{qw(sample_rate channels)} ], [ $stream->{sample_rate} + 0, $stream->{channels} + 0 ], 'rate and channels, as ffprobe says');
		is_deeply([ @$a{qw(sample_rate channels)} ], [ $rate, $channels ], 'rate and channels, as it was made');
		# What ffprobe says of ADTS is a guess by the bit rate.
		cmp_ok(abs($a->{duration_ms} / 1000 - ($container eq 'adts' ? 12 : $format->{duration})), '<', 0.08, 'duration');
		is($a->{frames}, length(samples($file, 's16le')) / 2 / $channels, 'as many frames as ffmpeg decodes') if $name =~ /wav|aiff|flac|m4a|aac/;
		is($a->{pcm_sha256}, $lossless, 'the hash of the samples, whatever they are stored in') if $name =~ /^(?:a|24|32|rf64)\.wav|aiff|flac|alac/;
		isnt($a->{pcm_sha256}, $lossless, 'another hash') if $codec =~ /aac|mp3|opus|vorbis|float|ulaw/ || $name eq '8.wav';
		is($a->{pcm_sha256}, pcm_hash('f', 44100, 2, samples($file, 'f32le')), 'the hash of samples with a fraction') if $name =~ /float|ulaw|m4a$/ && $codec ne 'alac';
		my ($summary) = `ffmpeg -nostdin -hide_banner -i '$file' -map 0:a:0 -af ebur128=peak=true -f null - 2>&1` =~ /Summary:(.*)/s;
		my %said = (I => $summary =~ /I:\s+(-?[\d.]+) LUFS/, LRA => $summary =~ /LRA:\s+(-?[\d.]+) LU\n/, Peak => $summary =~ /Peak:\s+(-?[\d.]+) dBFS/);
		cmp_ok(abs($a->{loudness_lufs} - $said{I}), '<', 0.15, "loudness: $a->{loudness_lufs}, ffmpeg $said{I}");
		cmp_ok(abs($a->{loudness_range_lu} - $said{LRA}), '<', 0.3, "range: $a->{loudness_range_lu}, ffmpeg $said{LRA}");
		cmp_ok(abs($a->{true_peak_dbtp} - $said{Peak}), '<', 0.3, "true peak: $a->{true_peak_dbtp}, ffmpeg $said{Peak}");
		is(length $r->{waveform}, $a->{waveform}{bytes}, 'the waveform has come');
		is($r->{cover}, '', 'no cover');
		return if $name eq 'a.aac';
		my $others = reader('tags', $file);
		# It reads RIFF INFO and texts of AIFF as ASCII, and ID3v1 as ISO 8859-1.
		is($a->{tags}{$_}, $others->{$_}, "$_, as music-metadata reads it")
		  for grep { defined $others->{$_} && ($container !~ /wav|aiff/ || ($tags{$_} // '') !~ /[^ -~]/) && ($name ne 'v23.mp3' || $_ ne 'comment') } qw(title artist album genre year track comment);
		is($a->{tags}{$_}, $tags{$_}, "$_, as it was written") for sort keys %tags;
		is_deeply([ @{ $a->{tags} }{qw(year track)} ], [ 2004, 3 ], 'year and number of the track');
		cmp_ok(scalar @{ $a->{raw_tags} }, '>=', 7, 'and all of them as they are');
	};
}

subtest 'MP3 without tags' => sub {
	for my $name (qw(a noxing))
	{
		my $bare = read_bytes("$dir/$name.mp3") =~ s/^ID3.*?(?=\xFF\xFB)//sr;
		is(substr($bare, 0, 2), "\xFF\xFB", "$name: it begins with a frame");
		my ($one, $other) = map { $_->{answer} } probe("$dir/$name.mp3"), probe(write_bytes("$dir/bare-$name.mp3", $bare));
		is($other->{pcm_sha256}, $one->{pcm_sha256}, "$name: is the same sound");
	}
};

subtest 'the same sound under other tags' => sub {
	for my $name (qw(a.mp3 a.ogg a.flac a.m4a))
	{
		my @type = $name =~ /m4a/ ? ('--type', 'audio/mp4') : ();
		my $file = sound("$dir/other.$name", "-i $dir/$name", '-c copy -map_metadata -1 -metadata title=another');
		my ($one, $other) = map { probe($_, @type)->{answer} } "$dir/$name", $file;
		isnt(read_bytes("$dir/$name"), read_bytes($file), "$name: another file");
		is($other->{pcm_sha256}, $one->{pcm_sha256}, "$name: the same hash of the samples");
		is($other->{tags}{title}, 'another', "$name: another title");
	}
};

# In how many of their bits two fingerprints differ.
sub difference
{
	my ($one, $other) = @_;
	my $n = @$one < @$other ? @$one : @$other;
	my $bits = 0;
	$bits += (unpack '%32b*', pack 'L', ($one->[$_] ^ $other->[$_]) & 0xFFFFFFFF) for 0 .. $n - 1;
	return $n ? $bits / 32 / $n : 1;
}

# The fingerprint of fpcalc, as signed numbers. It calls the end of some files an error, after it has read them.
sub fpcalc { my ($file) = @_; return [ map { unpack 'l', pack 'L', $_ } split /,/, `fpcalc -raw -length 120 '$file' 2>/dev/null` =~ s/.*FINGERPRINT=//sr ] }

subtest 'fingerprints' => sub {
	my %of = map { ($_ => probe("$dir/$_", $_ =~ /m4a/ ? ('--type', 'audio/mp4') : ())->{answer}{fingerprint}) } qw(a.wav a.mp3 a.opus a.m4a low.mp3 a.ogg);
	for my $name (sort keys %of)
	{
		my $theirs = fpcalc("$dir/$name");
		is(@{ $of{$name} }, @$theirs, "$name: as long as fpcalc's");
		# Of what is lossy, another decoder makes other samples.
		cmp_ok(difference($of{$name}, $theirs), '<', $name eq 'a.wav' ? 0.0005 : 0.005, "$name: and the same, bit by bit");
		cmp_ok(difference($of{$name}, $of{'a.wav'}), '<', 0.15, "$name: sounds like the original");
	}
	system("sox -R -n -r 44100 -c 2 '$dir/else.wav' synth 12 sawtooth 150:900 tremolo 3 60 gain -9");
	my $else = probe("$dir/else.wav")->{answer}{fingerprint};
	cmp_ok(difference($else, $of{'a.wav'}), '>', 0.25, 'something else sounds like something else');
	cmp_ok(difference($else, fpcalc("$dir/else.wav")), '<', 0.0005, 'and is as fpcalc has it');
	system("sox -n -r 44100 -c 1 '$dir/silence.wav' trim 0 5; sox -R -n -r 44100 '$dir/short.wav' synth 2 pinknoise");
	my $silence = probe("$dir/silence.wav")->{answer};
	is_deeply([ @$silence{qw(ok fingerprint loudness_lufs loudness_range_lu true_peak_dbtp)} ], [ JSON::PP::true, (undef) x 4 ], 'silence has neither fingerprint nor loudness');
	my $short = probe("$dir/short.wav")->{answer};
	is_deeply([ @$short{qw(ok fingerprint loudness_range_lu)} ], [ JSON::PP::true, (undef) x 2 ], 'two seconds have no fingerprint and no range');
	ok(defined $short->{loudness_lufs}, 'but a loudness');
};

subtest 'waveforms' => sub {
	for my $seconds (1, 12, 100)
	{
		my $file = "$dir/wave$seconds.wav";
		system("sox -R -n -r 44100 -c 1 -b 16 '$file' synth $seconds pinknoise vol 0.9");
		my $r = probe($file);
		my $w = reader('waveform', write_bytes("$dir/w.dat", $r->{waveform}));
		my @samples = unpack 's<*', samples($file, 's16le');
		my $scale = $w->{scale};
		my (@min, @max);
		for (my $at = 0; $at < @samples; $at += $scale)
		{
			my $end = $at + $scale > @samples ? $#samples : $at + $scale - 1;
			my ($min, $max) = (32767, -32768);
			for my $v (@samples[ $at .. $end ])
			{
				$min = $v if $v < $min;
				$max = $v if $v > $max;
			}
			push @min, int($min / 256);
			push @max, int($max / 256);
		}
		is_deeply([ @$w{qw(rate bits channels length)} ], [ 44100, 8, 1, scalar @min ], "$seconds s: the head, as waveform-data reads it");
		is_deeply([ @{ $r->{answer}{waveform} }{qw(points samples_per_point)} ], [ $w->{length}, $scale ], "$seconds s: the answer says the same");
		is_deeply($w->{min}, \@min, "$seconds s: the lowest value of each stretch");
		is_deeply($w->{max}, \@max, "$seconds s: the highest");
		cmp_ok($w->{length}, '<=', 4096, "$seconds s: not too many");
	}
};

subtest 'covers' => sub {
	my %bytes = map { ($_ => read_bytes("$dir/cover.$_")) } qw(png jpg);
	my %mime = (png => 'image/png', jpg => 'image/jpeg');
	for my $case (map { my $kind = $_; map { [ $_, $kind ] } qw(mp3 flac m4a aiff ogg opus) } qw(png jpg))
	{
		my ($suffix, $kind) = @$case;
		my $file = "$dir/cover-$kind.$suffix";
		if ($suffix =~ /^(?:ogg|opus)$/)
		{
			my $picture = pack 'N N/a N/a N4 N/a', 3, $mime{$kind}, '', 64, 48, 24, 0, $bytes{$kind};
			write_bytes("$dir/comments", ";FFMETADATA1\nMETADATA_BLOCK_PICTURE=" . encode_base64($picture, '') =~ s/=/\\=/gr . "\n");
			sound($file, "-i $wav -i $dir/comments -map 0:a -map_metadata 1", $suffix eq 'ogg' ? '-c:a libvorbis' : '');
		}
		else { sound($file, "-i $wav -i $dir/cover.$kind -map 0:a -map 1:v -c:v copy -disposition:v attached_pic", $suffix eq 'aiff' ? '-write_id3v2 1' : '') }
		my $r = probe($file, map { ('--type', $_) } grep { defined } $type{$suffix});
		is_deeply($r->{answer}{cover}, { type => $mime{$kind}, bytes => length $bytes{$kind} }, "$suffix: a cover, $kind") or diag($r->{text});
		ok($r->{cover} eq $bytes{$kind}, "$suffix: byte by byte");
		my $less = probe($file, '--max-cover', length($bytes{$kind}) - 1, map { ('--type', $_) } grep { defined } $type{$suffix});
		is_deeply([ $less->{answer}{ok}, $less->{answer}{cover}, $less->{cover} ], [ JSON::PP::true, undef, '' ], "$suffix: one that is too large is none");
	}
};

subtest 'codes of recordings and beats' => sub {
	sound("$dir/i.mp3", "-i $wav -metadata TSRC=FR-Z03-98-00212 -metadata TBPM=128");
	sound("$dir/i.flac", "-i $wav -metadata isrc=frz039800212 -metadata BPM=97.5");
	sound("$dir/i.wav", "-i $wav");
	my $bytes = read_bytes("$dir/i.wav");
	write_bytes("$dir/i.wav", $bytes . 'LIST' . pack('V', 26) . 'INFOISRC' . pack('V', 14) . "FRZ039800212\0\0");
	my %tags = map { ($_ => probe("$dir/i.$_")->{answer}) } qw(mp3 flac wav);
	is_deeply([ @{ $tags{mp3}{tags} }{qw(isrc bpm)} ], [ 'FRZ039800212', 128 ], 'of ID3');
	is_deeply([ @{ $tags{flac}{tags} }{qw(isrc bpm)} ], [ 'FRZ039800212', 97.5 ], 'of Vorbis comments');
	is($tags{wav}{tags}{isrc}, undef, 'the source that RIFF INFO names is no code');
	is_deeply([ grep { $_->[0] eq 'INFO:ISRC' } @{ $tags{wav}{raw_tags} } ], [ [ 'INFO:ISRC', 'FRZ039800212' ] ], 'but it is kept as it is');
	is(reader('tags', "$dir/i.mp3")->{isrc}, 'FR-Z03-98-00212', 'music-metadata reads the same of ID3');
};

subtest 'real sounds' => sub {
	my @files = (glob('/usr/share/puredata/doc/sound/*.{wav,aiff}'), glob('/usr/share/sounds/freedesktop/stereo/*.oga'));
	cmp_ok(scalar @files, '>', 30, 'there are some');
	for my $file (@files)
	{
		my $a = probe($file)->{answer};
		my ($stream, $format) = ffprobe($file);
		ok($a->{ok} && abs($a->{duration_ms} - 1000 * $format->{duration}) <= 60 && $a->{channels} == $stream->{channels}
			&& $a->{sample_rate} == $stream->{sample_rate}, $file) or diag(substr JSON::PP::encode_json($a), 0, 300);
	}
};
done_testing();
