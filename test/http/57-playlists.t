#!/usr/bin/perl
# Playlists over HTTP: what the interface sends and reads, versions and conditions, pictures, repeated requests, many at once.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Digest::SHA qw(sha256_hex);
use Test::More;
use Veza::Session;
use Veza::Test;

my $s = stack();
$s->start('httpd');
my ($u, $v, $w) = map { register($s) } 1 .. 3;
my @tracks = map { $s->sql_value("insert into veza_data.track (uploader_id, title, artist, created_at, updated_at) values ('$u->{id}', '$_', 'Artist', now(), now()) returning id") } 'A' .. 'E';

sub titles { return join '', map { $_->{track} ? $_->{track}{title} : '-' } @{ $_[0]->get("/playlists/$_[1]/tracks")->data } }

my $p;
subtest 'as the interface does it' => sub {
	my $made = $u->{api}->post('/playlists', { name => 'Mine', tracks => \@tracks });
	is($made->brief, '201', 'a playlist is made');
	$p = $made->data->{id};
	is($made->header('Location'), "/api/v1/playlists/$p", 'and it is told where');
	is($made->data->{visibility}, 'private', 'private');
	my $whole = $u->{api}->get("/playlists/$p");
	is(join('', map { $_->{track}{title} } @{ $whole->data->{tracks} }), 'ABCDE', 'it brings its tracks, in their order');
	is_deeply([ map { $_->{position} } @{ $whole->data->{tracks} } ], [ 0 .. 4 ], 'with their positions');
	is($u->{api}->get("/playlists/$p", headers => { 'If-None-Match' => $whole->header('ETag') })->status, 304, 'which is sent once');
	is_refused($v->{api}->get("/playlists/$p"), '404 PLAYLIST_NOT_FOUND', 'others see nothing of it');
	is_refused(api($s)->get("/playlists/$p"), '404 PLAYLIST_NOT_FOUND', 'nor does nobody');
	is_deeply([ map { $_->{id} } @{ api($s)->get('/playlists')->data } ], [], 'it stands in no list');
	is($u->{api}->request(PUT => "/playlists/$p", { is_public => true }, headers => { 'If-Match' => $whole->header('ETag') })->data->{visibility}, 'public', 'until it is public');
	is_refused($u->{api}->request(PUT => "/playlists/$p", { name => 'x' }, headers => { 'If-Match' => $whole->header('ETag') }), '412 PRECONDITION_FAILED', 'an edit of an older version');
	is_deeply([ map { $_->{name} } @{ api($s)->get('/playlists')->data } ], ['Mine'], 'then it is in the list of all');
	is_deeply([ map { $_->{name} } @{ api($s)->get('/playlists?search=mnie')->data } ], ['Mine'], 'where it is found, also by a wrong letter');
};

subtest 'tracks' => sub {
	my $r = $u->{api}->post("/playlists/$p/tracks", { track_id => $tracks[0], on_duplicate => 'skip' });
	is($r->status . ' ' . $r->data->{duplicates}[0], "201 $tracks[0]", 'what is there already is told');
	$r = $u->{api}->post("/playlists/$p/tracks", { track_ids => [ @tracks[ 0, 1 ] ], position => 1 });
	is($r->status . ' ' . join(',', map { $_->{position} } @{ $r->data->{added} }), '201 1,2', 'or it is added once more');
	is(titles($u->{api}, $p), 'AABBCDE', 'where it was wanted');
	is($u->{api}->request(DELETE => "/playlists/$p/tracks/$tracks[0]?entry_id=" . $r->data->{added}[0]{entry_id})->data->{removed}, 1, 'one entry is removed');
	is($u->{api}->request(DELETE => "/playlists/$p/tracks/$tracks[1]")->data->{removed}, 2, 'or all of a track');
	is(titles($u->{api}, $p), 'ACDE', 'and nothing else');
	is_refused($u->{api}->request(DELETE => "/playlists/$p/tracks/$tracks[1]"), '404 PLAYLIST_ENTRY_NOT_FOUND', 'what is not there is not removed');
	is_refused($u->{api}->post("/playlists/$p/tracks", { track_id => uuid() }), '404 TRACK_NOT_FOUND', 'nor added');
	is_refused($v->{api}->post("/playlists/$p/tracks", { track_id => $tracks[0] }), '403 PLAYLIST_NOT_YOURS', 'others add nothing');
	my $key = { 'Idempotency-Key' => uuid() };
	my @twice = map { $u->{api}->post("/playlists/$p/tracks", { track_id => $tracks[1] }, headers => $key) } 1, 2;
	is($twice[0]->data->{added}[0]{entry_id}, $twice[1]->data->{added}[0]{entry_id}, 'a request that is repeated adds once');
	is(titles($u->{api}, $p), 'ACDEB', 'so it is');
};

subtest 'the order' => sub {
	my $version = $u->{api}->get("/playlists/$p")->data->{version};
	my $r = $u->{api}->request(PUT => "/playlists/$p/tracks/reorder", { range_start => 4, insert_before => 1, version => $version });
	is($r->data->{version}, $version + 1, 'a move makes a version');
	is(titles($u->{api}, $p), 'ABCDE', 'in this order');
	$r = $u->{api}->request(PUT => "/playlists/$p/tracks/reorder", { range_start => 0, insert_before => 5, version => $version });
	is_refused($r, '409 PLAYLIST_CHANGED', 'who has not seen it moves nothing');
	is($r->details->{version}, $version + 1, 'and is told the present one');
	is_refused($u->{api}->request(PUT => "/playlists/$p/tracks/reorder", { range_start => 0, insert_before => 6, version => $version + 1 }), '422 PLAYLIST_POSITION_INVALID', 'there is no such place');
	is($u->{api}->request(PUT => "/playlists/$p/tracks/reorder", { track_ids => [ reverse @tracks ], version => $version + 1 })->status, 200, 'an order is set');
	is(titles($u->{api}, $p), 'EDCBA', 'as it was sent');
	is_refused($u->{api}->request(PUT => "/playlists/$p/tracks/reorder", { track_ids => [ @tracks[ 0 .. 3 ] ], version => $version + 2 }), '422 PLAYLIST_ORDER_INVALID', 'but not half of one');
	my $long = $s->sql_value("with p as (insert into veza_data.playlist (owner_id, name, track_count, created_at, updated_at) values ('$u->{id}', 'Long', 10000, now(), now()) returning id)"
		. " , e as (insert into veza_data.playlist_entry (playlist_id, track_id, rank, added_at) select id, '$tracks[0]', n, now() from p, generate_series(1, 10000) n) select id from p");
	my @ids = map { $_->[0] } $s->sql("select id from veza_data.playlist_entry where playlist_id = '$long' order by rank desc");
	is($u->{api}->request(PUT => "/playlists/$long/tracks/reorder", { entry_ids => \@ids, version => 0 })->status, 200, 'also one of ten thousand');
	is($s->sql_value("select id from veza_data.playlist_entry where playlist_id = '$long' order by rank limit 1"), $ids[0], 'which is set');
};

subtest 'a picture' => sub {
	my $png = "\x89PNG\r\n\x1a\n" . pack('N a4 N N C5 N', 13, 'IHDR', 64, 48, 8, 2, 0, 0, 0, 0) . pack('N a4 N', 0, 'IEND', 0xAE426082);
	my $sent = $u->{api}->request(PUT => "/playlists/$p/cover", $png, headers => { 'Content-Type' => 'image/png' });
	is($sent->data->{cover_url}, "/api/v1/playlists/$p/cover?v=" . substr(sha256_hex($png), 0, 12), 'its owner uploads one');
	my $got = root($s)->get($sent->data->{cover_url});
	is($got->body, $png, 'which everybody sees');
	is($got->header('ETag'), '"' . sha256_hex($png) . '"', 'by its content');
	is_refused($v->{api}->request(PUT => "/playlists/$p/cover", $png, headers => { 'Content-Type' => 'image/png' }), '403 PLAYLIST_NOT_YOURS', 'others upload none');
	is_refused($u->{api}->request(PUT => "/playlists/$p/cover", 'words', headers => { 'Content-Type' => 'image/png' }), '415 IMAGE_UNSUPPORTED', 'nor is anything else one');
	is($u->{api}->request(PUT => "/playlists/$p", { visibility => 'private' })->status, 200, 'the playlist becomes private');
	is_refused(api($s)->get("/playlists/$p/cover"), '404 PLAYLIST_NOT_FOUND', 'and with it the picture');
	is($u->{api}->request(DELETE => "/playlists/$p/cover")->data->{cover_url}, undef, 'it is taken away');
	is_refused($u->{api}->get("/playlists/$p/cover"), '404 PLAYLIST_COVER_NOT_FOUND', 'then there is none');
};

subtest 'together' => sub {
	my $name = $s->sql_value("select username from veza_data.users where id = '$v->{id}'");
	is($u->{api}->post("/playlists/$p/collaborators", { username => $name, permission => 'write' })->brief, '201', 'somebody is invited');
	is_deeply([ map { $_->{name} } @{ $v->{api}->get('/playlists?scope=invited')->data } ], ['Mine'], 'sees the invitation');
	is($v->{api}->post("/playlists/$p/invitation", {})->data->{role}, 'editor', 'accepts it');
	is($v->{api}->post("/playlists/$p/tracks", { track_id => $s->sql_value("insert into veza_data.track (uploader_id, title, artist, created_at, updated_at) values ('$v->{id}', 'X', 'Artist', now(), now()) returning id") })->status, 201, 'adds a track');
	is(titles($v->{api}, $p), '-----X', 'and sees what is to be seen');
	is(titles($u->{api}, $p), 'EDCBA-', 'each by their own rights');
	is_deeply([ map { "$_->{action} $_->{n}" } @{ $u->{api}->get("/playlists/$p/changes?limit=2")->data } ], [ 'added 1', 'ordered 5' ], 'what was done is known');
	is_refused($v->{api}->request(DELETE => "/playlists/$p"), '403 PLAYLIST_NOT_YOURS', 'an editor does not remove the playlist');
	is($v->{api}->request(DELETE => "/playlists/$p/collaborators/me")->brief, '200', 'but leaves it');
	is_refused($v->{api}->get("/playlists/$p"), '404 PLAYLIST_NOT_FOUND', 'and then sees nothing');
	is_refused($w->{api}->post("/playlists/$p/fork", {}), '404 PLAYLIST_NOT_FOUND', 'nothing can be copied of it');
	my $fork = $u->{api}->post("/playlists/$p/fork", { name => 'Copy' });
	is($fork->status . ' ' . $fork->data->{forked_from_id} . ' ' . $fork->data->{track_count}, "201 $p 5", 'its owner copies it');
};

# Of 30 requests that all have seen the same version, one moves; adds need none, and none is lost.
subtest 'many at once' => sub {
	my $version = $u->{api}->get("/playlists/$p")->data->{version};
	my $before = $u->{api}->get("/playlists/$p")->data->{track_count};
	my %n;
	$n{ $_->brief }++ for $u->{api}->parallel(map { [ PUT => "/playlists/$p/tracks/reorder", { range_start => $_ % 5, insert_before => 6, version => $version } ] } 1 .. 30);
	is_deeply(\%n, { 200 => 1, '409 PLAYLIST_CHANGED' => 29 }, 'of thirty moves of one version, one is made') or diag explain \%n;
	my %m;
	$m{ $_->brief }++ for $u->{api}->parallel(map { [ POST => "/playlists/$p/tracks", { track_id => $tracks[ $_ % 5 ], position => 0 } ] } 1 .. 30);
	is_deeply(\%m, { 201 => 30 }, 'thirty adds are') or diag explain \%m;
	is($u->{api}->get("/playlists/$p")->data->{track_count}, $before + 30, 'and are all there');
};

subtest 'the play queue' => sub {
	is($u->{api}->get('/me/queue')->data->{version}, 0, 'empty');
	my $saved = $u->{api}->request(PUT => '/me/queue', { track_ids => \@tracks, current_index => 2, position_ms => 4200, device => 'Phone' });
	my $taken = $u->{api}->get('/me/queue');
	is(join(' ', @{ $taken->data }{qw(current_index position_ms device)}, $taken->data->{tracks}[2]{title}), '2 4200 Phone C', 'saved here, taken up there');
	is($u->{api}->request(PUT => '/me/queue', { current_index => 3 }, headers => { 'If-Match' => $taken->header('ETag') })->status, 200, 'and played on');
	is_refused($u->{api}->request(PUT => '/me/queue', { current_index => 0 }, headers => { 'If-Match' => $saved->header('ETag') }), '412 PRECONDITION_FAILED', 'the first device has an older one');
	is($v->{api}->get('/me/queue')->data->{version}, 0, 'that of another one is another');
};

is(metric($s, 'veza_playlists_created_total{result="success"}'), 2, 'playlists that were made are counted');
is_deeply([ audit_findings($s) ], [], 'the audit finds nothing');
done_testing();
