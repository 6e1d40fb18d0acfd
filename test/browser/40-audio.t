#!/usr/bin/perl
# A browser plays what was uploaded: a page of the web app has an <audio>, whose address is public for a public track and
# signed for a private one; it plays, and seeks to the end.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Veza::Browser;
use Veza::Test;
use Veza::WebApp;

my $app = Veza::WebApp->new;
my $s = stack(env => { CORS_ALLOWED_ORIGINS => $app->origin });
$s->start('httpd', env => { ANALYSIS_WORKERS => 1 });
my $base = $s->url =~ s{/$}{}r =~ s/127\.0\.0\.1/localhost/r;
my $u = creator($s);
my $b = Veza::Browser->new;
is($b->open($app->origin . '/'), 200, 'the web app');

# A minute of stereo noise, as FLAC; and a tone as WAV.
my %file = map { my ($name, @make) = @$_;
	system('sox', '-R', '-n', '-r', '44100', '-c', '2', "$s->{dir}/$name", @make) == 0 or BAIL_OUT('sox');
	($name => $s->read_file("$s->{dir}/$name")) } [ 'noise.flac', 'synth', '60', 'pinknoise', 'vol', '0.5' ], [ 'tone.wav', 'synth', '30', 'sine', '440', 'vol', '0.5' ];

# Uploads a file, and waits until it can be played; returns the track's id.
sub uploaded
{
	my ($name, %fields) = @_;
	my $form = join('', map { "--XYZ\r\nContent-Disposition: form-data; name=\"$_\"\r\n\r\n$fields{$_}\r\n" } sort keys %fields)
	  . "--XYZ\r\nContent-Disposition: form-data; name=\"file\"; filename=\"$name\"\r\n\r\n$file{$name}\r\n--XYZ--\r\n";
	my $r = $u->{api}->post('/tracks', $form, headers => { 'Content-Type' => 'multipart/form-data; boundary=XYZ' }, timeout => 60);
	is($r->brief, '201', "$name is taken") or BAIL_OUT($r->body);
	my $id = $r->data->{id};
	wait_until { $u->{api}->get("/tracks/$id")->data->{status} eq 'ready' } 'it is ready', 40;
	return $id;
}

# Plays an address in the page; returns what came of it.
sub played
{
	my ($address) = @_;
	return $b->evaluate(<<"JS");
(async () => {
	const audio = document.body.appendChild(new Audio());
	const after = (name, ms = 20000) => new Promise((good, bad) => {
		audio.addEventListener(name, good, { once: true });
		audio.addEventListener('error', () => bad(new Error('error ' + audio.error?.code + ' ' + audio.error?.message)), { once: true });
		setTimeout(() => bad(new Error('no ' + name)), ms);
	});
	audio.muted = true;
	const playing = after('playing');
	audio.src = '$address';
	await audio.play();
	await playing;
	const length = audio.duration;
	const seeked = after('seeked'), ended = after('ended');
	audio.currentTime = length - 0.5;
	await seeked;
	await ended;
	audio.remove();
	return 'ended after ' + Math.round(length) + ' s';
})().catch(e => String(e))
JS
}

my $public = uploaded('noise.flac', title => 'Noise', is_public => 'true');
is(played("$base/api/v1/tracks/$public/stream"), 'ended after 60 s', 'a public track plays, seeks and ends, without a token');

my $private = uploaded('tone.wav', title => 'Tone', is_public => 'false');
like(played("$base/api/v1/tracks/$private/stream"), qr/Error/, 'a private one does not');
my $r = $u->{api}->get("/tracks/$private/stream-url");
is($r->brief, '200', 'its owner gets an address') or diag $r->body;
my ($url) = grep { defined } @{ $r->data }{qw(stream_url url)};
is(played("$base$url"), 'ended after 30 s', 'under which it plays');
is($s->sql_value("select sum(plays) from (select play_count as plays from veza_data.track union all select n from veza_data.track_counter where kind = 'play') p"), 0, 'and none of that was a play')
  or diag 'bytes were counted as plays';

done_testing;
