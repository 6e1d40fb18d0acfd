#!/usr/bin/perl
# What veza-probe costs: computing time for three minutes, and memory that does not grow with the sound.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Veza::Probe;

my $dir = sounds();
my %type = (m4a => 'audio/mp4');

system("sox -R -n -r 44100 -c 2 -b 16 '$dir/three.wav' synth 180 pinknoise gain -3") == 0 or BAIL_OUT('sox');
sound("$dir/three.$_", "-i $dir/three.wav") for qw(flac mp3 ogg opus m4a);
for my $suffix (qw(flac wav mp3 ogg opus m4a))
{
	# Whoever shares the processor makes computing itself slower; the quickest of three is what it costs.
	my ($r) = sort { $a->{cpu} <=> $b->{cpu} } map { probe("$dir/three.$suffix", map { ('--type', $_) } grep { defined } $type{$suffix}) } 1 .. 3;
	cmp_ok(abs(($r->{answer}{duration_ms} // 0) - 180000), '<', 100, "$suffix: three minutes");
	cmp_ok($r->{cpu}, '<', $suffix eq 'flac' ? 2 : 3, sprintf '%s: analysed in %.2f s of one core, with %d kB', $suffix, $r->{cpu}, $r->{rss});
	# ffmpeg and its libraries count for M4A.
	cmp_ok($r->{rss}, '<', ($suffix eq 'm4a' ? 128 : 48) * 1024, "$suffix: memory");
}

system("sox -R -n -r 8000 -c 1 -b 8 '$dir/short.wav' synth 60 pinknoise; sox -R -n -r 8000 -c 1 -b 8 '$dir/hour.wav' synth 3600 pinknoise");
my ($minute, $hour) = map { probe($_)->{rss} } "$dir/short.wav", "$dir/hour.wav";
cmp_ok($hour, '<', $minute + 2048, "an hour needs as much memory as a minute: $hour kB, $minute kB");
done_testing();
