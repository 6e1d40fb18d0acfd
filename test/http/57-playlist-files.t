#!/usr/bin/perl
# Playlists as files and smart playlists over HTTP: what is sent is read by the readers of others, what they write is
# read here, and what is hostile in a file does nothing.

use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Encode qw(decode_utf8 encode_utf8);
use IPC::Run qw(run);
use Test::More;
use Veza::Http;
use Veza::Schema;
use Veza::Test;

my $s = stack();
$s->start('httpd', env => { HTTP_LOOPS => 1 });
Veza::Schema::install();
my ($u, $v) = map { register($s) } 1 .. 2;

sub a_track
{
	my ($owner, $title, $artist, $ms, $visibility) = @_;
	return $s->sql_value(encode_utf8("insert into veza_data.track (uploader_id, title, artist, duration_ms, status, visibility, genre, created_at, updated_at)"
		. " values ('$owner->{id}', \$t\$$title\$t\$, \$t\$$artist\$t\$, $ms, 'ready', '$visibility', 'Jazz', now(), now()) returning id"));
}
my @songs = ([ 'Été à Paris', 'Françoise', 200_000, 'public' ], [ 'Rock & <Roll> "1"', 'Béla', 61_000, 'public' ], [ '東京物語', 'A - B', 1_000, 'unlisted' ], [ 'Secret', 'Somebody', 90_000, 'private' ]);
my @ids = map { a_track($u, @$_) } @songs;

# What the readers of others say of a file.
sub readers
{
	my ($format, $text) = @_;
	my ($out, $err);
	run([ 'node', "$Veza::Stack::TOP/test/lib/playlist.mjs", $format ], \$text, \$out, \$err) or diag($err);
	return Veza::Http::decode($out || '{}');
}

my $list = $u->{api}->post('/playlists', { name => 'Mix / "été"', is_public => true(), track_ids => \@ids })->data->{id};

subtest 'what is written is read by others' => sub {
	my $base = 'https://veza.example';
	for my $format (qw(m3u8 xspf jspf))
	{
		my $r = $u->{api}->get("/playlists/$list/export?format=$format&base=$base");
		is($r->status, 200, "$format: it is sent");
		my $said = readers($format, $r->body);
		is(scalar keys %$said, $format eq 'm3u8' ? 2 : 1, "$format: readers of others take it");
		for my $reader (sort keys %$said)
		{
			my $tracks = $said->{$reader}{tracks};
			is_deeply([ map { $_->{location} } @$tracks ], [ map { "$base/api/v1/tracks/$_/stream" } @ids ], "$reader finds the addresses");
			is_deeply([ map { $_->{title} } @$tracks ], [ map { $reader eq 'iptv-playlist-parser' ? "$_->[1] - $_->[0]" : $_->[0] } @songs ], "$reader finds the titles");
			is_deeply([ map { $_->{ms} } @$tracks ], [ map { $_->[2] } @songs ], "$reader finds the durations") if defined $tracks->[0]{ms};
			is_deeply([ map { $_->{artist} } @$tracks ], [ map { $_->[1] } @songs ], "$reader finds the artists") if $format ne 'm3u8';
			is($said->{$reader}{title}, 'Mix / "été"', "$reader finds the title") if $format ne 'm3u8';
		}
		my $back = $u->{api}->post('/playlists/import', { content => decode_utf8($r->body), dry_run => true() });
		is($back->status, 200, "$format: a trial is answered");
		is_deeply([ map { $_->{track_id} } @{ $back->data->{matched} } ], \@ids, "$format: and finds the same tracks");
		is_deeply($back->data->{unmatched}, [], "$format: all of them");
		my $foreign = $v->{api}->post('/playlists/import', { content => decode_utf8($r->body), dry_run => true() });
		is_deeply([ map { $_->{track_id} } @{ $foreign->data->{matched} } ], [ @ids[ 0 .. 2 ] ], "$format: another one finds what they may see");
		is(scalar @{ $foreign->data->{unmatched} }, 1, "$format: and is told of the rest");
	}
};

subtest 'how it is sent' => sub {
	my $r = api($s)->get("/playlists/$list/export");
	is($r->header('Content-Type'), 'application/vnd.apple.mpegurl', 'with its type');
	like($r->header('Content-Disposition'), qr/^attachment; filename="Mix _ .*\.m3u8"; filename\*=UTF-8''Mix%20_%20.*%C3%A9t%C3%A9.*\.m3u8$/, 'and its name');
	is($r->header('X-Content-Type-Options'), 'nosniff', 'as no other type');
	unlike($r->body, qr/Secret|$ids[3]/, 'without what its reader may not see');
	is(api($s)->get("/playlists/$list/export", headers => { 'If-None-Match' => $r->header('ETag') })->status, 304, 'once');
	my $head = api($s)->request('HEAD', "/playlists/$list/export");
	is($head->header('Content-Length'), length $r->body, 'HEAD knows how long it is');
	is(api($s)->get("/playlists/$list/export?format=xspf")->header('Content-Type'), 'application/xspf+xml', 'each format has its type');
	is_refused(api($s)->get("/playlists/$list/export?format=pls"), '400 VALIDATION_ERROR', 'another format');
	is_refused(api($s)->get('/playlists/' . uuid() . '/export'), '404 PLAYLIST_NOT_FOUND', 'another playlist');
	is(api($s)->get("/playlists/$list/export?format=pls")->header('Content-Type'), 'application/json', 'a refusal is one as always');
};

subtest 'a file becomes a playlist' => sub {
	my $text = "\x{FEFF}#EXTM3U\r\n#EXTINF:200,françoise - ete a paris\r\n..\\Musik\\01.mp3\r\n\r\n#EXTINF:5,Nobody - Nothing\r\n../../../etc/passwd\r\n";
	my $r = $v->{api}->post('/playlists/import', { content => $text, name => 'Old' }, headers => { 'Idempotency-Key' => 'import-one' });
	is($r->status, 201, 'it is made');
	is($r->header('Location'), '/api/v1/playlists/' . $r->data->{playlist_id}, 'and where it is');
	is_deeply($r->data->{matched}, [ { position => 0, line => 3, track_id => $ids[0], matched_by => 'artist_title' } ], 'with what was found, and how');
	is_deeply($r->data->{unmatched}, [ { position => 1, line => 6, text => '../../../etc/passwd', artist => 'Nobody', title => 'Nothing' } ], 'and what was not, with its line');
	is($v->{api}->post('/playlists/import', { content => $text, name => 'Old' }, headers => { 'Idempotency-Key' => 'import-one' })->data->{playlist_id}, $r->data->{playlist_id}, 'once');
	is_deeply([ map { $_->{track_id} } @{ $v->{api}->get('/playlists/' . $r->data->{playlist_id} . '/tracks')->data } ], [ $ids[0] ], 'it reads like any other');
	is_refused(api($s)->post('/playlists/import', { content => $text, name => 'Old' }), '401 AUTH_REQUIRED', 'nobody imports nothing');
};

subtest 'what is hostile' => sub {
	my $bomb = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "' . 'ha' x 50 . '">' . join('', map { "<!ENTITY a$_ \"" . ("&a" . ($_ - 1 || '') . ';') x 10 . '">' } 1 .. 9) . ']><playlist><title>&a9;</title></playlist>';
	my $r = $v->{api}->post('/playlists/import', { content => $bomb });
	is_refused($r, '422 PLAYLIST_FILE_UNREADABLE', 'a bomb of entities');
	is_deeply($r->json->{error}{details}, { format => 'xspf', problem => 'doctype', line => 1 }, 'which is told');
	is_refused($v->{api}->post('/playlists/import', { content => '<!DOCTYPE p SYSTEM "file:///etc/passwd"><playlist/>' }), '422 PLAYLIST_FILE_UNREADABLE', 'a file as an entity');
	is_refused($v->{api}->post('/playlists/import', { content => '<playlist><trackList>' . '<track>' x 100_000 }), '422 PLAYLIST_FILE_UNREADABLE', 'depth');
	is_refused($v->{api}->post('/playlists/import', { content => '{"playlist":' . '[' x 100_000 }), '422 PLAYLIST_FILE_UNREADABLE', 'depth of the other kind');
	is_refused($v->{api}->post('/playlists/import', { content => "x\n" x 10_001, name => 'x' }), '422 PLAYLIST_FILE_UNREADABLE', 'too many lines');
	is_refused($v->{api}->post('/playlists/import', { content => 'x' x 1_100_000, name => 'x' }), '413 PAYLOAD_TOO_LARGE', 'too many bytes');
	my $jspf = $v->{api}->post('/playlists/import', { content => '{"playlist":{"title":"\u0000","track":[{"title":"a\u0000b\ud800","location":["' . 'y' x 5000 . '"]}]}}', dry_run => true() });
	is($jspf->status, 200, 'characters that are none');
	cmp_ok(length $jspf->data->{unmatched}[0]{text}, '<=', 500, 'and a line without end are told shortly');
};

subtest 'smart playlists' => sub {
	my $rules = { all => [ { field => 'genre', operator => 'is', value => 'jazz' } ], sort => 'title' };
	my $seen = $v->{api}->post('/playlists/smart/preview', { rules => $rules });
	is_deeply([ map { $_->{track}{id} } @{ $seen->data } ], [ @ids[ 0, 1 ] ], 'rules are tried');
	my $wrong = $v->{api}->post('/playlists/smart/preview', { rules => { all => [ { any => [ { field => 'genre', operator => 'gt', value => 1 } ] } ] } }, headers => { 'Accept-Language' => 'fr' });
	is_refused($wrong, '400 VALIDATION_ERROR', 'wrong ones');
	is_deeply($wrong->json->{error}{details}, [ { field => 'rules.all[0].any[0].operator', message => 'doit être is, is_not, contains, not_contains, starts_with ou ends_with' } ], 'are told by their path');
	is_refused($v->{api}->post('/playlists/smart/preview', { rules => 'x' }), '400 VALIDATION_ERROR', 'what are none');
	my $made = $u->{api}->post('/playlists/smart', { name => 'Jazz', is_public => true(), rules => $rules });
	is($made->brief, '201', 'a smart playlist is made');
	my $id = $made->data->{id};
	is_deeply([ map { $_->{track}{id} } @{ api($s)->get("/playlists/$id")->data->{tracks} } ], [ @ids[ 0, 1 ] ], 'it reads like a playlist');
	is(scalar @{ $u->{api}->get("/playlists/$id/tracks")->data }, 4, 'its owner finds more in it');
	is_refused($u->{api}->post("/playlists/$id/tracks", { track_id => $ids[0] }), '409 PLAYLIST_IS_SMART', 'adding to it');
	my $first = $u->{api}->get("/playlists/$id/tracks?limit=1");
	is($first->meta->{total_is_exact}, false(), 'what it finds is not counted');
	is_deeply([ map { $_->{position} } @{ $u->{api}->get("/playlists/$id/tracks?limit=2&cursor=" . $first->meta->{next_cursor})->data } ], [ 1, 2 ], 'it pages by cursor');
	my $tag = $u->{api}->get("/playlists/$id/rules")->header('ETag');
	is($u->{api}->request(PUT => "/playlists/$id/rules", { rules => { %$rules, limit => 1 } }, headers => { 'If-Match' => $tag })->status, 200, 'its rules are changed');
	is_refused($u->{api}->request(PUT => "/playlists/$id/rules", { rules => $rules }, headers => { 'If-Match' => $tag }), '412 PRECONDITION_FAILED', 'but not an older version of them');
	is(scalar @{ $u->{api}->get("/playlists/$id/tracks")->data }, 1, 'and count at once');
	is(scalar(() = $u->{api}->get("/playlists/$id/export")->body =~ /#EXTINF/g), 1, 'also when it becomes a file');
};

done_testing();
