#!/usr/bin/perl
# The search over HTTP: scripts, accents, a letter wrong, beginnings; page after page; what is suggested while somebody types; with whose eyes.

use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Encode qw(encode_utf8);
use Test::More;
use Veza::Test;

my $s = stack();
$s->start('httpd');
my ($owner, $reader) = (register($s, username => 'zhu_xi'), register($s));
is($owner->{api}->request(PUT => '/users/me', { display_name => 'Žižka 朱熹' })->status, 200, 'somebody has a name');
$s->sql(encode_utf8("insert into veza_data.track (uploader_id, title, artist, status, created_at, updated_at) values ('$owner->{id}', '$_->[0]', '$_->[1]', 'ready', now(), now())"))
  for [ 'Été sans fin', 'Zoé' ], [ '夜来香', '李香蘭' ], [ 'Чайка', 'Хор' ], map { [ "Wave $_", 'Zoé' ] } 1 .. 5;
my %list = map { $_ => $owner->{api}->post('/playlists', { name => $_, visibility => 'public' })->data->{id} } 'Été chaud', '夜来', 'Чай с лимоном';
my $hidden = $owner->{api}->post('/playlists', { name => 'Été secret' })->data->{id};

sub escaped { my ($text) = @_; return join '', map { sprintf '%%%02X', ord } split //, encode_utf8($text) }

# What is found, as titles, names of playlists, and usernames.
sub found
{
	my ($words, $api, $more) = @_;
	my $r = ($api // api($s))->get('/search?q=' . escaped($words) . ($more // ''));
	return $r->brief if $r->status != 200;
	my $d = $r->data;
	return join ', ', (map { $_->{title} } @{ $d->{tracks} }), (map { $_->{name} } @{ $d->{playlists} }), map { $_->{username} } @{ $d->{users} };
}

sub suggested
{
	my ($words, $api, $more) = @_;
	my $r = ($api // api($s))->get('/search/suggestions?q=' . escaped($words) . ($more // ''));
	return $r->status == 200 ? join ', ', map { "$_->{type} $_->{text}" } @{ $r->data } : $r->brief;
}

subtest 'words of any script' => sub {
	is(found($_->[0]), $_->[1], encode_utf8($_->[0])) for [ 'été', 'Été sans fin, Été chaud' ], [ 'ETE', 'Été sans fin, Été chaud' ], [ 'cha', 'Été chaud' ], [ 'chuad', 'Été chaud' ], [ '夜来', '夜来香, 夜来' ], [ '来香', '夜来香' ],
	  [ 'чай', 'Чайка, Чай с лимоном' ], [ 'ЧАЙКА', 'Чайка' ], [ 'лимноом', 'Чай с лимоном' ], [ 'zizka', 'zhu_xi' ], [ '朱熹', 'zhu_xi' ], [ 'zhu', 'zhu_xi' ], [ 'secret', '' ], [ 'xyzzy', '' ];
	my $d = api($s)->get('/search?q=' . escaped('Été') . '&limit=1')->data;
	is($d->{query}, 'Été', 'the words are said back');
	is_deeply([ map { scalar @{ $d->{$_} } } qw(tracks playlists users) ], [ 1, 1, 0 ], 'each type has its own list');
	is($d->{playlists}[0]{user_id}, $owner->{id}, 'with what their lists show of it');
};

subtest 'page after page' => sub {
	my ($cursor, @seen) = '';
	do
	{
		my $d = api($s)->get("/search?q=wave&types=track&limit=2$cursor")->data;
		push @seen, map { $_->{title} } @{ $d->{tracks} };
		$cursor = $d->{next_cursors}{tracks} ? "&cursor=$d->{next_cursors}{tracks}" : undef;
	} while defined $cursor && @seen < 20;
	is_deeply([ sort @seen ], [ map { "Wave $_" } 1 .. 5 ], 'each is there once');
	is_refused(api($s)->get('/search?q=wave&types=track&cursor=nonsense'), '400 VALIDATION_ERROR', 'a cursor is one of an answer');
	is_refused(api($s)->get('/search?q=wave&types=offer'), '400 VALIDATION_ERROR', 'a type is one of three');
	is_refused(api($s)->get('/search'), '400 VALIDATION_ERROR', 'words are needed');
	like(api($s)->get('/search?q=!!', headers => { 'Accept-Language' => 'fr' })->body, qr/doit contenir/, 'which is said in French, too');
};

subtest 'while somebody types' => sub {
	is(suggested($_->[0]), $_->[1], encode_utf8($_->[0])) for [ 'ét', 'track Été sans fin, playlist Été chaud' ], [ '夜', 'track 夜来香, playlist 夜来' ], [ 'Ча', 'track Чайка, playlist Чай с лимоном' ], [ 'ziz', 'user Žižka 朱熹' ], [ 'zo', 'artist Zoé' ], [ '!', '' ], [ '%', '' ];
	is(suggested('wave', undef, '&types=track'), join(', ', map { "track Wave $_" } 1 .. 5), 'titles');
	is_refused(api($s)->get('/search/suggestions'), '400 VALIDATION_ERROR', 'nothing is suggested for nothing');
};

subtest 'whose eyes' => sub {
	my ($all, $typed) = (found('ete zhu'), found('zhu', $reader->{api}));
	is($typed, 'zhu_xi', 'a reader sees whom nobody who is logged in may not');
	is($owner->{api}->request(PUT => '/users/me/settings', { privacy => { profile_visibility => 'registered' } })->status, 200, 'a profile for those who are logged in');
	is(found('zhu') . suggested('zhu'), '', 'nobody else finds it');
	is(found('zhu', $reader->{api}) . suggested('zhu', $reader->{api}), 'zhu_xiuser zhu_xi', 'they do');
	is($owner->{api}->request(PUT => '/users/me/settings', { privacy => { profile_visibility => 'private' } })->status, 200, 'a private one');
	is(found('zhu', $reader->{api}) . suggested('zhu', $reader->{api}), '', 'nobody does');
	is($owner->{api}->post("/users/$reader->{id}/block", {})->status, 200, 'a reader is blocked');
	is(found('чай', $reader->{api}) . suggested('чай', $reader->{api}), '', 'who finds nothing of the blocker');
	is(found('чай'), 'Чайка, Чай с лимоном', 'as others still do');
};

# The tracks have no audio.
is_deeply([ grep { !/^track_status_differs/ } audit_findings($s) ], [], 'no promise is broken');
done_testing;
