#!/usr/bin/perl
# What veza-httpd answers obeys its own /openapi.json, which is valid OpenAPI itself: every route is called well and
# badly, and every answer is judged by validators of others.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Digest::SHA qw(hmac_sha512_hex);
use MIME::QuotedPrint qw(decode_qp);
use Test::More;
use Veza::Schema;
use Veza::Test;
use Veza::Totp qw(totp_code);

my $validator = Veza::Schema->new;
my $STREAM_KEY = 'stream-key-' . 'x' x 32;
my $s = stack(env => { STREAM_SERVER_INTERNAL_API_KEY => $STREAM_KEY, ANALYSIS_WORKERS => 0 });
$s->start_mail;

# Every answer that veza-httpd gives in this test.
my @answers;
$Veza::Http::WITNESS = sub {
	my ($method, $target, $answer, $http) = @_;
	push @answers, { method => $method, path => $target =~ s/\?.*//r, answer => $answer } if $http->{port} == $s->port('httpd');
};

isnt(scalar($validator->openapi_problems('{"openapi":"3.1.0","info":{"title":"x"},"paths":{}}')), 0, 'a description without version is refused');

start_all($s);
my $admin = administrator($s);

sub pending  { my ($plan) = @_; my $u = creator($s); my $d = subscribe($s, $u, $plan // 'pro'); return ($u, $d->{subscription}{id}, $d->{payment_id}) }
sub activate { my ($plan) = @_; my ($u, $id, $payment) = pending($plan); pay($s, $payment); wait_until { subscription_status($s, $id) eq 'active' } 'activation'; return ($u, $id, $payment) }

# The token in the newest mail of that subject to an address.
sub mailed_token
{
	my ($address, $subject) = @_;
	my $mail = wait_until { (grep { /^To: \Q$address\E\r?$/m && /^Subject: \Q$subject\E\r?$/m } reverse $s->mails)[0] } "a mail to $address: $subject";
	return (decode_qp($mail) =~ /token=([A-Za-z0-9_-]{43})/)[0];
}

subtest 'accounts' => sub {
	my $u = register($s, email => 'walk@veza.example');
	my $api = $u->{api};
	is(api($s)->get($_)->brief, '200', $_) for '/auth/check-username?username=nobody-yet', '/csrf-token';
	is($api->post('/auth/verify-email', { token => mailed_token($u->{email}, 'Confirm your address') })->brief, '200', 'the address is confirmed');
	is(api($s)->post("/auth/$_", { email => $u->{email} })->brief, '200', $_) for qw(resend-verification password/reset-request);
	is(api($s)->post('/auth/password/reset', { token => mailed_token($u->{email}, 'Reset your password'), new_password => 'quite another one' })->brief, '200', 'a new password');
	$u->{password} = 'quite another one';
	my $session = login($s, $u);
	$api = api($s, $session->{access_token});
	is($api->request('PUT', '/users/me/password', { current_password => $u->{password}, new_password => 'and yet another' })->brief, '200', 'changed');
	$u->{password} = 'and yet another';
	$api = api($s, login($s, $u)->{access_token});
	is($api->get($_)->brief, '200', $_) for qw(/auth/sessions /auth/2fa);
	my $gif = "GIF89a" . pack('v v C3', 1, 1, 0, 0, 0) . ';';
	is($api->request($_, '/users/me/avatar', $gif, headers => { 'Content-Type' => 'image/gif' })->brief, '200', "$_ a picture") for qw(POST PUT);
	is(api($s)->get("/users/$u->{id}/avatar")->status, 200, 'which anybody sees');
	is($api->request('DELETE', '/users/me/avatar')->brief, '200', 'and which goes again');
	is(api($s)->get("/users/$u->{id}/avatar")->brief, '404 AVATAR_NOT_FOUND', 'for everybody');
	my $setup = $api->post('/auth/2fa/setup', {})->data;
	is($api->post('/auth/2fa/confirm', { code => totp_code($setup->{secret}) })->brief, '200', 'a second factor');
	is($api->post("/auth/2fa/$_", { password => $u->{password} })->brief, '200', $_) for qw(recovery-codes disable);
	my ($other) = grep { !$_->{is_current} } @{ $api->get('/auth/sessions')->data };
	is($api->request('DELETE', "/auth/sessions/$other->{id}")->brief, '200', 'another session is ended');
};

subtest 'users' => sub {
	my $u = register($s, first_name => 'Uma', password => 'one more battery');
	my $api = $u->{api};
	is($_->get("/users/$u->{id}")->brief, '200', 'a profile') for api($s), $api, $admin->{api};
	is($api->get("/users$_")->brief, '200', "/users$_") for '/me', '/me/settings', '/me/completion', '/me/export', '?limit=2', '/except-me', "/search?q=$u->{username}", "/by-username/$u->{username}";
	is($api->request(PUT => $_, { bio => 'x', social_links => { twitter => 'x' }, skills => ['x'] })->brief, '200', "PUT $_") for '/users/me', '/auth/me';
	is($api->request(PATCH => '/users/me', { location => 'x' })->brief, '200', 'PATCH');
	is($api->request(PUT => '/users/me/settings', { theme => 'dark' })->brief, '200', 'settings');
	is($api->request(PUT => '/users/me', { bio => 'y' }, headers => { 'If-Match' => '"0"' })->brief, '412 PRECONDITION_FAILED', 'an old version');
	is($api->request(PUT => '/users/me', { username => $admin->{username} })->brief, '409 USER_ALREADY_EXISTS', 'a name that is taken');
	my $at = "/users/$admin->{id}";
	is($api->post("$at/$_", {})->brief, '200', "POST $_") for qw(follow block);
	is($admin->{api}->post("/users/$u->{id}/follow", {})->brief, '404 USER_NOT_FOUND', 'who is blocked follows not');
	is($api->post("$at/follow", {})->brief, '409 USER_IS_BLOCKED', 'nor does the blocker');
	is($api->get("/users/me/$_")->brief, '200', $_) for qw(blocks followers following relationship);
	is($api->request(DELETE => "$at/$_")->brief, '200', "DELETE $_") for qw(block follow);
	is($api->request(DELETE => '/users/me', { password => $u->{password}, confirmation => 'DELETE' })->brief, '200', 'the end of an account');
};

subtest 'administration' => sub {
	my $u = register($s);
	my $at = "/admin/users/$u->{id}";
	my $api = $admin->{api};
	is($api->get($_)->brief, '200', $_) for $at, '/admin/users?limit=1', '/admin/dashboard', '/admin/audit/logs?limit=2', '/admin/audit/stats', '/admin/audit/suspicious';
	is($api->request(PUT => $at, { is_verified => true(), reason => 'a test' })->brief, '200', 'a change');
	is($api->request(PUT => "$at/role", { role => 'creator', reason => 'a test' })->brief, '200', 'a role');
	is($api->post("$at/$_", { reason => 'a test' })->brief, '200', $_) for qw(suspend unsuspend logout);
};

subtest 'tracks' => sub {
	my ($u) = activate();
	my $api = $u->{api};
	my $wave = 'RIFF' . pack('V', 36 + 8) . 'WAVEfmt ' . pack('V v v V V v v', 16, 1, 1, 8000, 16000, 2, 16) . 'data' . pack('V', 8) . "\0" x 8;
	my $upload = sub { my ($path, $content) = @_; return $api->post($path, "--X\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nWalk\r\n--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.wav\"\r\n\r\n$content\r\n--X--\r\n",
		headers => { 'Content-Type' => 'multipart/form-data; boundary=X' }) };
	is($upload->($_, $wave . $_)->brief, '201', "POST $_") for '/tracks', '/tracks/upload';
	my $track = $upload->('/tracks', "${wave}w");
	is($track->brief, '201', 'one more');
	my $t = $track->data->{id};
	is($upload->("/tracks/$t/versions", "${wave}v")->brief, '201', 'another version');
	my %tus = ('Tus-Resumable' => '1.0.0');
	my $begun = $api->request(POST => '/tracks', '', headers => { %tus, 'Upload-Length' => length $wave, 'Upload-Metadata' => 'title V2Fsaw==,allow_duplicate dHJ1ZQ==' });
	is($begun->status, 201, 'an upload in several requests');
	my $at = $begun->header('Location') =~ s{^/api/v1}{}r;
	my $ask = sub { my ($method, $body, %o) = @_; return $api->request($method, $at, $body, headers => { %tus, %o }) };
	my $send = sub { my ($offset, $bytes, %o) = @_; return $ask->(PATCH => $bytes, 'Content-Type' => 'application/offset+octet-stream', 'Upload-Offset' => $offset, %o) };
	is($ask->('HEAD')->status, 200, 'how far it is');
	is($ask->('GET')->status, 200, 'in words, too');
	is($ask->('OPTIONS')->status, 204, 'what is spoken');
	is($send->(7, 'x')->brief, '409 UPLOAD_OFFSET_CONFLICT', 'another offset');
	is($send->(0, 'x', 'Upload-Checksum' => 'sha1 AAAAAAAAAAAAAAAAAAAAAAAAAAA=')->brief, '460 UPLOAD_CHECKSUM_MISMATCH', 'another checksum');
	is($send->(0, 'x', 'Content-Type' => 'text/plain')->brief, '415 UNSUPPORTED_MEDIA_TYPE', 'another type');
	is($send->(0, 'x', 'Tus-Resumable' => '9')->brief, '412 TUS_VERSION_UNSUPPORTED', 'another version');
	wait_until { $send->(0, $wave)->status == 204 } 'all of it, when nobody holds it';
	is($ask->('GET')->data->{title}, 'Walk', 'a track');
	is($ask->('DELETE')->status, 204, 'the upload is forgotten');
	is($ask->($_)->status, 404, "and not found: $_") for qw(HEAD GET DELETE);
	is($send->(0, $wave)->status, 404, 'nor sent to');
	my $match = $s->sql_value("insert into veza_data.track_match (track_id, version, other_track_id, other_version, level, distance_mil, state, created_at, updated_at)"
		. " select '$t', 1, id, 1, 'file', 0, 'open', now(), now() from veza_data.track where id <> '$t' limit 1 returning id");
	is($admin->{api}->get('/admin/track-matches')->data->[0]{id}, $match, 'a match');
	is($admin->{api}->post("/admin/track-matches/$_->[0]/resolve", { decision => 'dismiss', reason => 'a test' })->brief, $_->[1], "resolved: $_->[1]")
	  for [ $match, '200' ], [ $match, '409 INVALID_TRANSITION' ], [ uuid(), '404 TRACK_MATCH_NOT_FOUND' ];
	# A worker's part; what would be made of the file is the file itself.
	my ($version, $hash, $size, $type) = map { @$_ } $s->sql("select id, file_hash, file_size, file_type from veza_data.track_version where track_id = '$t' and number = 1");
	$s->sql("select veza.track_claim_work('openapi', 100); select veza.track_report_scan('$version', lease, 'clean') from veza_data.track_version where id = '$version'");
	my $part = "json_build_object('hash', '$hash', 'size', $size, 'type', '$type')";
	$s->sql("select veza.track_claim_work('openapi', 100); select veza.track_report_analysis('$version', lease, json_build_object('ok', true, 'duration_ms', 60000,"
		. " 'loudness', json_build_object('integrated', -14), 'waveform', $part, 'cover', $part)) from veza_data.track_version where id = '$version'");
	is($api->get("/tracks/$t/$_")->status, 200, $_) for qw(stream download waveform cover events);
	is($api->request(@$_)->brief, '404 TRACK_NOT_FOUND', "$_->[0] $_->[1]: nothing there") for [ PUT => '/tracks/' . uuid(), { title => 'x' } ], [ POST => '/tracks/' . uuid() . '/versions/1/restore', {} ];
	is($upload->('/tracks/' . uuid() . '/versions', "${wave}u")->brief, '404 TRACK_NOT_FOUND', 'a version of nothing');
	is($api->get("/tracks$_")->brief, '200', "/tracks$_") for '', '/admission', '?show_private=true', '?search=walked', "/$t", map { "/$t/$_" } qw(history stats likes shares similar versions stream-url events-url);
	is(api($s)->get("/tracks/$t")->brief, '200', 'for everybody');
	is($api->request(PUT => "/tracks/$t", { genre => 'Jazz', tags => ['a'] })->brief, '200', 'an edit');
	is($api->post("/tracks/$t/like", {})->brief, '200', 'a like');
	is($api->request(DELETE => "/tracks/$t/like")->brief, '200', 'and its end');
	is($api->post("/tracks/$t/play", { play_id => uuid(), listened_ms => 60000 })->brief, '200', 'a play');
	my $link = $api->post("/tracks/$t/share", {});
	is($link->brief, '201', 'a link');
	is(api($s)->get('/tracks/shared/' . $link->data->{token})->brief, '200', 'opened');
	is($api->request(DELETE => '/tracks/share/' . $link->data->{id})->brief, '200', 'and taken back');
	is($api->post("/tracks/$t/versions/1/restore", {})->brief, '200', 'a version');
	is($admin->{api}->post("/admin/tracks/$t/$_", { reason => 'a test' })->brief, '200', $_) for qw(take-down reinstate);
	my $notifications = $api->get('/notifications?kind=review_decision');
	is($notifications->brief, '200', 'which is told');
	my $n = $notifications->data->[0]{id};
	is($api->get('/notifications/unread-count')->brief, '200', 'and counted');
	is($api->request(@$_)->brief, '200', "$_->[0] $_->[1]") for [ POST => "/notifications/$n/read", {} ], [ PUT => "/notifications/$n/read", {} ], [ DELETE => "/notifications/$n" ], [ POST => '/notifications/read-all', {} ];
	is($api->request(DELETE => "/tracks/$t")->brief, '200', 'a removal');
	is($api->post("/tracks/$t/restore", {})->brief, '200', 'and back');
	is(api($s)->post("/internal/tracks/$t/stream-ready", { status => 'failed' }, headers => { 'X-Internal-API-Key' => $STREAM_KEY })->brief, '200', 'the stream server');
	is(api($s)->post('/internal/tracks/' . uuid() . '/stream-ready', { status => 'failed' }, headers => { 'X-Internal-API-Key' => $STREAM_KEY })->brief, '404 TRACK_NOT_FOUND', 'which does not know this one');
	is($api->post('/tracks/' . uuid() . '/play', { play_id => uuid(), listened_ms => 60000 })->brief, '404 TRACK_NOT_FOUND', 'nor does anybody');
};

subtest 'a walk through all of playlists' => sub {
	my ($u, $v) = (register($s), register($s));
	my ($api, $other) = ($u->{api}, $v->{api});
	my @tracks = map { $s->sql_value("insert into veza_data.track (uploader_id, title, artist, created_at, updated_at) values ('$u->{id}', '$_', 'Artist', now(), now()) returning id") } 'A' .. 'C';
	my $p = $api->post('/playlists', { name => 'Walk', track_ids => [ @tracks, $tracks[0] ] })->data->{id};
	my $there = "/playlists/$p";
	my $image = sub { return $api->request(PUT => "/playlists/$_[0]/cover", "GIF89a\1\0\1\0\0\0\0;", headers => { 'Content-Type' => 'image/gif' }) };
	is($api->request(PUT => $there, { description => 'Words', is_public => true() })->brief, '200', 'an edit');
	is($image->($p)->brief, '200', 'a picture');
	is($image->(uuid())->brief, '404 PLAYLIST_NOT_FOUND', 'of nothing');
	is($api->get("$there/cover")->status, 200, 'which is shown');
	is($api->get("/playlists?$_")->brief, '200', "playlists, $_") for qw(limit=1 scope=own search=walk sort=name with_total=true);
	is($api->get("$there$_")->brief, '200', "the playlist$_") for '', '/tracks', '/tracks?limit=1', '/changes';
	my $added = $api->post("$there/tracks", { track_id => $tracks[1] });
	is($added->brief, '201', 'a track is added');
	is($api->post("$there/tracks", { track_id => $tracks[1], on_duplicate => 'skip' })->brief, '201', 'or is not');
	my $entry = $added->data->{added}[0]{entry_id};
	is($api->request(PUT => "$there/tracks/reorder", { version => $added->data->{version}, range_start => 0, insert_before => 2 })->brief, '200', 'moved');
	is($api->request(DELETE => "$there/entries/$entry")->brief, '200', 'removed');
	is($api->request(DELETE => "$there/entries/$entry")->brief, '404 PLAYLIST_ENTRY_NOT_FOUND', 'once');
	is($api->request(DELETE => "$there/tracks/$tracks[2]")->brief, '200', 'by its track');
	is($api->request(DELETE => "$there/tracks/$tracks[2]")->brief, '404 PLAYLIST_ENTRY_NOT_FOUND', 'once, too');
	is($other->post("$there/$_", {})->brief, '200', $_) for qw(follow like);
	is($other->request(DELETE => "$there/$_")->brief, '200', "un$_") for qw(follow like);
	my $invite = sub { return $api->post("$there/collaborators", { user_id => $v->{id} })->brief };
	is($invite->(), '201', 'an invitation');
	is($other->request(DELETE => "$there/invitation")->brief, '200', 'declined');
	is($invite->(), '201', 'another one');
	is($other->post("$there/invitation", {})->brief, '200', 'accepted');
	is($api->get("$there/collaborators")->brief, '200', 'who takes part');
	is($api->request(PUT => "$there/collaborators/$v->{id}", { role => 'viewer' })->brief, '200', 'another role');
	is($api->request(PUT => "$there/collaborators/" . uuid(), { role => 'viewer' })->brief, '404 COLLABORATOR_NOT_FOUND', 'of nobody');
	is($other->request(DELETE => "$there/collaborators/me")->brief, '200', 'no more');
	is($other->request(DELETE => "$there/collaborators/me")->brief, '404 COLLABORATOR_NOT_FOUND', 'at all');
	is($other->post("$there/fork", {})->brief, '201', 'a copy');
	is($api->request(DELETE => "$there/cover")->brief, '200', 'the picture goes');
	is($api->request(DELETE => $there)->brief, '200', 'and so does the playlist');
	is($api->post("$there/restore", {})->brief, '200', 'for a while');
	is($api->get('/me/queue')->brief, '200', 'nothing is played');
	is($api->request(PUT => '/me/queue', { track_ids => \@tracks, current_index => 1 })->brief, '200', 'something is');
	is($api->request(@$_)->brief, '404 PLAYLIST_NOT_FOUND', "$_->[0] $_->[1]: nothing there") for [ PUT => '/playlists/' . uuid(), { name => 'x' } ],
	  [ POST => '/playlists/' . uuid() . '/tracks', { track_id => $tracks[0] } ], [ PUT => '/playlists/' . uuid() . '/tracks/reorder', { version => 1, range_start => 0, insert_before => 1 } ],
	  [ POST => '/playlists/' . uuid() . '/collaborators', { user_id => $v->{id} } ];
};

subtest 'the search' => sub {
	my $u = creator($s, username => 'searched');
	$s->sql("insert into veza_data.track (uploader_id, title, artist, status, created_at, updated_at) values ('$u->{id}', 'Searched', 'Searched', 'ready', now(), now())");
	is($u->{api}->post('/playlists', { name => 'Searched', visibility => 'public' })->brief, '201', 'a playlist');
	my $found = $u->{api}->get('/search?q=searched&limit=1');
	is($found->brief . ' ' . $found->data->{total_results}, '200 3', 'one of each type');
	is(scalar @{ $u->{api}->get('/search/suggestions?q=sear')->data }, 4, 'each is suggested, and the artist');
	is($u->{api}->get("/search$_")->brief, '400 VALIDATION_ERROR', "refused: $_") for '?q=a&types=offer', '/suggestions?q=a&types=offer';
};

subtest 'comments, reports, the feed' => sub {
	my ($artist, $fan, $other) = (creator($s), map { register($s) } 1 .. 2);
	my $t = $s->sql_value("insert into veza_data.track (uploader_id, title, artist, created_at, updated_at) values ('$artist->{id}', 'Talked about', 'x', now(), now()) returning id");
	my $note = $artist->{api}->post("/tracks/$t/comments", { content => 'A note' });
	is($note->brief, '201', 'a comment');
	my $c = $note->data->{id};
	is($artist->{api}->post("/tracks/$t/comments", { content => 'An answer', parent_id => $c })->brief, '201', 'an answer');
	is($artist->{api}->post("/tracks/$t/comments", { content => 'A note' })->brief, '409 COMMENT_DUPLICATE', 'the same again');
	is($artist->{api}->post('/tracks/' . uuid() . '/comments', { content => 'x' })->brief, '404 TRACK_NOT_FOUND', 'on nothing');
	is($artist->{api}->get($_)->brief, '200', $_) for "/tracks/$t/comments?with_total=true", "/comments/$c", "/comments/$c/replies", '/feed', '/moderation/decisions';
	is($artist->{api}->request(PUT => "/comments/$c", { content => 'Edited' })->brief, '200', 'an edit');
	is($artist->{api}->request(PUT => '/comments/' . uuid(), { content => 'x' })->brief, '404 COMMENT_NOT_FOUND', 'of nothing');
	is($artist->{api}->request($_ => "/comments/$c/like", $_ eq 'POST' ? {} : undef)->brief, '200', "$_ a like") for qw(POST DELETE);
	my @cases;
	for my $whom ($artist, $other, $admin)
	{
		my $report = $fan->{api}->post('/reports', { subject_type => 'user', subject_id => $whom->{id}, reason => 'spam' });
		is($report->brief, '201', 'a report');
		is($fan->{api}->get('/reports/' . $report->data->{id})->brief, '200', 'which is shown');
		push @cases, $s->sql_value("select id from veza_data.moderation_case where subject_id = '$whom->{id}'");
	}
	is($fan->{api}->get('/reports')->brief, '200', 'in a list');
	is($admin->{api}->get($_)->brief, '200', $_) for '/admin/reports', "/admin/reports/$cases[0]";
	is($admin->{api}->post("/admin/reports/$cases[$_->[0]]/$_->[1]", { reason => 'a test' })->brief, '200', $_->[1]) for [ 0, 'warn' ], [ 1, 'hide' ], [ 1, 'reinstate' ], [ 2, 'close' ];
	is($admin->{api}->post("/admin/reports/$cases[0]/hide", { reason => 'a test' })->brief, '409 CASE_DECIDED', 'once');
	is($artist->{api}->get("/moderation/decisions/$cases[0]")->brief, '200', 'a decision');
	is($artist->{api}->request(DELETE => "/comments/$c")->brief, '200', 'a comment is deleted');
};

# Subscriptions, distributions, and what every route refuses.
subtest 'playlists by rules, and as files' => sub {
	my $w = register($s);
	my $rules = { all => [ { field => 'genre', operator => 'is', value => 'jazz' } ] };
	my $id = $w->{api}->post('/playlists/smart', { name => 'Jazz', rules => $rules })->data->{id};
	is($w->{api}->post('/playlists/smart/preview', { rules => $rules })->brief, '200', 'rules are tried');
	is($w->{api}->get("/playlists/$id/rules")->brief, '200', 'shown');
	is($w->{api}->request(PUT => "/playlists/$id/rules", { rules => { %$rules, limit => 3 } })->brief, '200', 'and changed');
	is($w->{api}->request(PUT => "/playlists/" . uuid() . "/rules", { rules => $rules })->brief, '404 PLAYLIST_NOT_FOUND', 'not of what is not there');
	is($w->{api}->post('/playlists/import', { content => "#EXTM3U\nnothing\n", name => 'Old' })->brief, '201', 'a file is imported');
	is($w->{api}->get("/playlists/$id/export")->status, 200, 'and exported');
};

subtest 'a walk through all routes' => sub {
	my ($u, $id) = activate();
	my $api = $u->{api};
	my $other = register($s);
	login($s, $u);
	is($api->post('/auth/refresh', { refresh_token => $other->{refresh_token} })->brief, '200', 'refresh');
	is($api->get($_)->brief, '200', $_) for qw(/subscriptions/plans /subscriptions/current /subscriptions/pending /subscriptions /subscriptions?limit=1
		/distributions /distributions/eligibility /auth/me), "/subscriptions/$id";
	my $submitted = distribute($s, $u)->data->{id};
	is($api->get($_)->brief, '200', $_) for "/distributions/$submitted", "/distributions/$submitted/history", '/distributions?limit=1';
	is($api->post("/distributions/$submitted/cancel", {})->brief, '200', 'withdraw');
	is($api->post('/subscriptions/cancel', {})->brief, '200', 'cancel');
	is($api->post('/subscriptions/reactivate', {})->brief, '200', 'reactivate');
	my ($v, $waiting) = pending();
	is($v->{api}->post('/subscriptions/change-plan', { plan_id => 'basic' })->brief, '201', 'another plan');
	is($v->{api}->post('/subscriptions/change-plan', { plan_id => 'basic' })->brief, '200', 'again');
	is($v->{api}->get('/distributions/eligibility')->brief, '200', 'not eligible');
	is($v->{api}->post("/subscriptions/complete/$waiting", undef)->brief, '200', 'recover');
	my ($x, $given_up) = pending();
	is($x->{api}->post("/subscriptions/$given_up/abandon", {})->brief, '200', 'give up');
	is($admin->{api}->post("/admin/subscriptions/$waiting/activate", { reason => 'a test' })->brief, '200', 'activate');

	# Refusals: nobody, a wrong token, a foreign id, wrong values, a wrong body, a wrong state.
	# Logging out would end the walk, and comes last.
	for my $route ($s->sql("select method, path from veza.route where path like '/api/%' and path <> '/api/v1/auth/logout'"))
	{
		my ($method, $path) = ($route->[0], $route->[1] =~ s{^/api/v1}{}r);
		# A profile takes the time that it is asked for.
		$path .= '?seconds=1' if $path =~ m{/pprof/profile$};
		my $body = $method eq 'GET' ? undef : { reason => 'a test', role => 'creator' };
		for my $value (uuid(), 'x')
		{
			my $there = $path =~ s/:id/$value/r;
			$_->request($method, $there, $body) for api($s), api($s, 'x.y.z'), $other->{api}, $admin->{api};
			last if $there eq $path;
		}
		my $there = $path =~ s/:id/uuid()/er;
		if ($method eq 'GET')
		{
			$there =~ s/\?.*//;
			$other->{api}->get("$there?page=0&limit=x&cursor=y&id=z");
			$other->{api}->get("$there?unknown=1", headers => { Prefer => 'handling=strict' });
			next;
		}
		$other->{api}->request($method, $there, $_) for '{', '[]', '{"reason":1,"plan_id":2,"email":3,"track_id":4,"at_period_end":5,"all_devices":6}', { plan_id => 'gold', reason => ' ' };
		$other->{api}->request($method, $there, '{}', headers => { 'Content-Type' => 'text/plain' });
	}
	my $hook = '{"event_id":"contract-1","event_type":"payment_succeeded","content":{"type":"other","object":{}}}';
	for my $raw ($hook, '{}', '{')
	{
		api($s)->post('/webhooks/hyperswitch', $raw, headers => { 'X-Webhook-Signature-512' => $_ }) for hmac_sha512_hex($raw, 'test-webhook-secret'), 'f' x 128;
	}
	is($u->{api}->post('/auth/logout', { all_devices => 5 })->brief, '400 VALIDATION_ERROR', 'log out, wrongly');
	is($u->{api}->post('/auth/logout', {})->brief, '200', 'log out');
	$u->{api}->get('/auth/me');
	$api->post('/auth/login', { email => $u->{email}, password => 'wrong password' });
	$api->post('/auth/register', { username => $u->{username}, email => $u->{email}, password => 'tortoise shell' });
	$s->sql("update veza_data.users set status = 'suspended' where id = '$other->{id}'");
	$other->{api}->get('/auth/me');
	$s->stop('relay');
	$v->{api}->post('/subscriptions/subscribe', { plan_id => 'pro' });
};

subtest 'our own description' => sub {
	my $text = root($s)->get('/openapi.json')->body;
	my $api = Veza::Http::decode($text);
	is_deeply([ $validator->openapi_problems($text) ], [], 'is valid');
	is($validator->openapi_version($text), '3.1', 'as OpenAPI 3.1');
	$validator->load('own', '2020-12', $text);

	# Literal segments before those with a name.
	my @paths = map { [ $_, join '/', map { /^\{/ ? '[^/]+' : quotemeta } split m{/}, $_, -1 ] } sort { ($a =~ tr/{//) <=> ($b =~ tr/{//) || $a cmp $b } keys %{ $api->{paths} };
	my %seen;
	for my $one (@answers)
	{
		my ($method, $answer) = (lc $one->{method}, $one->{answer});
		my ($path) = map { $_->[0] } grep { $one->{path} =~ /^$_->[1]$/ && $api->{paths}{ $_->[0] }{$method} } @paths;
		next if !defined $path;
		my $status = $answer->status;
		$seen{"$one->{method} $path"}{ $answer->brief } = 1;
		my $name = "$one->{method} $path: " . $answer->brief;
		if (!$api->{paths}{$path}{$method}{responses}{$status}) { fail("$name: is described"); next }
		my ($type) = keys %{ $api->{paths}{$path}{$method}{responses}{$status}{content} // {} };
		# What is said of an upload itself stands in headers, and all of them are described.
		my @unsaid = grep { $answer->header($_) && !$api->{paths}{$path}{$method}{responses}{$status}{headers}{$_} } $status < 300 ? qw(Tus-Resumable Tus-Version Tus-Max-Size Upload-Offset Upload-Length Upload-Expires) : ();
		is_deeply(\@unsaid, [], "$name: headers");
		next if $answer->body eq '';
		if (($type // '') eq 'application/octet-stream')
		{
			is($answer->header('Content-Type'), $type, "$name: bytes");
			next;
		}
		next if ($answer->header('Content-Type') // '') !~ m{^application/json};
		my $place = join '/', '', 'paths', (map { s/~/~0/gr =~ s{/}{~1}gr =~ s/\{/%7B/gr =~ s/\}/%7D/gr } $path), $method, 'responses', $status, 'content', 'application~1json', 'schema';
		my @problems = $validator->problems('own', $place, $answer->body);
		is_deeply(\@problems, [], $name) or diag $answer->body;
	}
	my ($resumable) = grep { m{/uploads/[^/]+/tracks$} } keys %{ $api->{paths} };
	is(join(' ', sort grep { $_ ne 'parameters' } keys %{ $api->{paths}{$resumable} }), 'delete get head options patch', 'uploads in several requests are described');
	ok(exists $seen{ uc($_) . " $resumable" }, "\U$_\E of them was asked") for qw(delete get head options patch);
	for my $route ($s->sql("select method, regexp_replace(path, ':([a-z_]+)', '{\\1}', 'g'), auth from veza.route"))
	{
		my $seen = $seen{"$route->[0] $route->[1]"} // {};
		ok(scalar(grep { /^2/ } keys %$seen), "$route->[0] $route->[1]: has answered well");
		next if $route->[2] eq 'public';
		ok(scalar(grep { /^4/ } keys %$seen), "$route->[0] $route->[1]: has refused") or diag explain $seen;
		ok(scalar(grep { /^404/ } keys %$seen), "$route->[0] $route->[1]: has not found") or diag explain $seen if $route->[1] =~ /\{id\}/;
	}
};

done_testing;
