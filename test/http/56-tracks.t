#!/usr/bin/perl
# Tracks over HTTP: uploads, versions and conditions, addresses that speak for somebody, the stream server's key, caches,
# and events. The workers' part is done here. Where no bytes matter, files are registered by SQL, as a DBA does with one that is in its place.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Digest::SHA qw(sha256_hex);
use Test::More;
use Veza::Session;
use Veza::Test;

my ($KEY, $FORMER) = ('stream-key-' . 'x' x 32, 'former-key-' . 'x' x 32);
my $s = stack(env => { STREAM_SERVER_INTERNAL_API_KEY => $KEY, STREAM_SERVER_INTERNAL_API_KEY_PREVIOUS => $FORMER, ANALYSIS_WORKERS => 0 });
start_all($s);
my $u = creator($s);
my $v = register($s);
my $admin = administrator($s);

# Registers a file for a user; the last argument says how far its processing is.
sub made
{
	my ($owner, $title, $is_ready) = @_;
	my $hash = sha256_hex($title . rand);
	$s->sql("select veza.act_as('$owner->{id}', '56-tracks'); select veza.track_create('$hash', 10, 'audio/flac', '$title')");
	my $id = $s->sql_value("select track_id from veza_data.track_version where file_hash = '$hash'");
	return $id if !$is_ready;
	process($id);
	return $id;
}

# Does a worker's part for the newest version of a track.
sub process
{
	my ($id) = @_;
	$s->sql("do \$\$ declare w json; begin
		for i in 1 .. 2 loop
			select x into w from json_array_elements(veza.track_claim_work('56-tracks', 100)) x where (x ->> 'version_id')::uuid in (select v.id from veza_data.track_version v where track_id = '$id');
			if w ->> 'kind' = 'scan' then perform veza.track_report_scan((w ->> 'version_id')::uuid, (w ->> 'lease')::uuid, 'clean');
			else perform veza.track_report_analysis((w ->> 'version_id')::uuid, (w ->> 'lease')::uuid, '{\"ok\": true, \"duration_ms\": 180000}'); end if;
		end loop; end \$\$");
}

my $t = made($u, 'Ready', 1);

subtest 'versions and conditions' => sub {
	my $first = $u->{api}->get("/tracks/$t");
	is($first->brief, '200', 'a track');
	is($first->data->{title}, 'Ready', 'by its title');
	my $tag = $first->header('ETag');
	like($tag, qr/^"[0-9a-f]{32}\.\d+\./, 'with a strong tag of its revision');
	is($u->{api}->get("/tracks/$t", headers => { 'If-None-Match' => $tag })->status, 304, 'which is sent once');
	like(api($s)->get("/tracks/$t")->header('Vary') // '', qr/Authorization/, 'others get another answer');
	is($u->{api}->request(PUT => "/tracks/$t", { title => 'Edited' }, headers => { 'If-Match' => $tag })->brief, '200', 'an edit of this version');
	is_refused($u->{api}->request(PUT => "/tracks/$t", { title => 'Lost' }, headers => { 'If-Match' => $tag }), '412 PRECONDITION_FAILED', 'one of the version before');
	is_refused($u->{api}->request(DELETE => "/tracks/$t", undef, headers => { 'If-Match' => $tag }), '412 PRECONDITION_FAILED', 'nor is that removed');
	is_refused($v->{api}->request(PUT => "/tracks/$t", { title => 'Theirs' }), '403 TRACK_NOT_YOURS', 'that of somebody else');
	is_refused($u->{api}->request(PUT => "/tracks/$t", { bpm => 'fast', key => 'H' }), '400 VALIDATION_ERROR', 'what is no field');
	is_refused($u->{api}->get("/tracks/" . uuid()), '404 TRACK_NOT_FOUND', 'what is not there');
	is($u->{api}->get("/tracks/$t", headers => { 'Accept-Language' => 'fr' })->brief, '200', 'in French');
	is($u->{api}->get('/tracks/' . uuid(), headers => { 'Accept-Language' => 'fr' })->json->{message}, "Ce morceau n'existe pas.", 'a refusal, too');
	is($u->{api}->get("/tracks/$t/history")->data->[0]{field}, 'title', 'the history says what was changed');
};

subtest 'lists' => sub {
	made($u, "Listed $_", 1) for 1 .. 3;
	my $page = api($s)->get('/tracks?limit=2&sort=title');
	is(join(',', map { $_->{title} } @{ $page->data }), 'Edited,Listed 1', 'a page for everybody');
	my $next = api($s)->get('/tracks?limit=2&sort=title&cursor=' . $page->meta->{next_cursor});
	is(join(',', map { $_->{title} } @{ $next->data }), 'Listed 2,Listed 3', 'the next one by its cursor');
	is($next->meta->{next_cursor}, undef, 'which is the last');
	is_refused(api($s)->get('/tracks?page=1000&limit=100'), '400 VALIDATION_ERROR', 'too deep for pages');
	is_refused(api($s)->get('/tracks?sort=title&cursor=MTIz'), '400 VALIDATION_ERROR', 'a cursor that was made up');
	is(scalar @{ api($s)->get('/tracks?search=listde')->data }, 3, 'a search forgives a letter');
	is(scalar @{ api($s)->get('/tracks?tags=none,other')->data }, 0, 'tags with commas');
};

subtest 'likes and plays by many at once' => sub {
	my @users = map { register($s) } 1 .. 10;
	my @answers = map { $_->{api}->parallel(map { [ POST => "/tracks/$t/like", {} ] } 1 .. 5) } @users;
	is(scalar(grep { $_->brief eq '200' } @answers), 50, '50 likes of 10');
	is(api($s)->get("/tracks/$t")->data->{like_count}, 10, 'are 10');
	my @mixed = map { $_->{api}->parallel(map { [ $_ % 2 ? 'POST' : 'DELETE', "/tracks/$t/like", $_ % 2 ? {} : undef ] } 1 .. 6) } @users;
	is(scalar(grep { $_->brief eq '200' } @mixed), 60, 'likes and their end');
	is(api($s)->get("/tracks/$t")->data->{like_count}, $s->sql_value("select count(*) from veza_data.track_like where track_id = '$t'"), 'what is shown is what there is');
	my $play = uuid();
	is($_->brief, '200', 'a report of a play') for $v->{api}->parallel(map { [ POST => "/tracks/$t/play", { play_id => $play, listened_ms => 60000, source => 'list' } ] } 1 .. 8);
	is(api($s)->get("/tracks/$t")->data->{play_count}, 1, 'eight times is once');
	my @anew = $v->{api}->parallel(map { [ POST => "/tracks/$t/play", { play_id => uuid(), listened_ms => 60000 } ] } 1 .. 8);
	is(scalar(grep { $_->data->{counted} } @anew), 0, 'and others at the same time are the same');
	wait_until { $s->sql_value("select count(*) from veza_data.track_counter where track_id = '$t'") == 0 } 'the job moves what was counted';
	is(api($s)->get("/tracks/$t")->data->{play_count}, 1, 'and nothing changes');
	is_deeply([ grep { !/^(?:effect|track_work)_overdue/ } audit_findings($s) ], [], 'no promise is broken');
};

subtest 'what is private' => sub {
	my $secret = made($u, 'Secret', 1);
	$u->{api}->request(PUT => "/tracks/$secret", { visibility => 'private' });
	for my $path ('', '/stats', '/history', '/likes', '/stream', '/download', '/waveform', '/cover', '/stream-url', '/events', '/shares', '/similar', '/versions')
	{
		is_refused($v->{api}->get("/tracks/$secret$path"), '404 TRACK_NOT_FOUND', "to another it is not there: $path");
	}
	my $link = $u->{api}->post("/tracks/$secret/share", { expires_in => 3600 });
	is($link->brief, '201', 'a link');
	my $shared = api($s)->get('/tracks/shared/' . $link->data->{token});
	is($shared->data->{title}, 'Secret', 'shows it to whoever has it');
	is($shared->header('Cache-Control'), 'private, no-store', 'and to no cache');
	is_refused(api($s)->get('/tracks/shared/' . 'A' x 43), '404 SHARE_NOT_FOUND', 'another token nothing');
	is($u->{api}->request(DELETE => '/tracks/share/' . $link->data->{id})->brief, '200', 'it is taken back');
	is_refused(api($s)->get('/tracks/shared/' . $link->data->{token}), '404 SHARE_NOT_FOUND', 'and gone');
	my $address = $u->{api}->get("/tracks/$secret/stream-url");
	is($address->brief, '200', 'an address for a player');
	my $player = root($s)->get($address->data->{stream_url});
	isnt($player->status, 404, 'which sends no token') or diag $player->body;
	is_refused(root($s)->get($address->data->{stream_url} =~ s/$secret/$t/r), '401 AUTH_TOKEN_INVALID', 'and is good for this track alone');
};

subtest 'the stream server' => sub {
	my $at = "/internal/tracks/$t/stream-ready";
	my $report = { status => 'ready', manifest_url => 'https://stream.example/1.m3u8' };
	is_refused(api($s)->post($at, $report), '401 WEBHOOK_SIGNATURE_INVALID', 'without a key');
	is_refused(api($s)->post($at, $report, headers => { 'X-Internal-API-Key' => $_ }), '401 WEBHOOK_SIGNATURE_INVALID', 'with a wrong one') for 'x', substr($KEY, 0, -1), "${KEY}x";
	is_refused($admin->{api}->post($at, $report), '401 WEBHOOK_SIGNATURE_INVALID', 'the token of an administrator is none');
	is(api($s)->post($at, $report, headers => { 'X-Internal-API-Key' => $KEY })->brief, '200', 'with the key');
	is(api($s)->post($at, { hls_url => 'https://stream.example/2.m3u8', status => 'ready' }, headers => { 'X-Internal-API-Key' => $FORMER })->brief, '200', 'with the former one, while it counts');
	is(api($s, $KEY)->post($at, $report)->brief, '200', 'or as a bearer');
	is(api($s)->get("/tracks/$t")->data->{manifest_url}, 'https://stream.example/1.m3u8', 'the first report stays');
	is_refused(api($s)->post($at, { status => 'ready' }, headers => { 'X-Internal-API-Key' => $KEY }), '400 VALIDATION_ERROR', 'ready without anything to show');
	is_refused(api($s)->post('/internal/tracks/' . uuid() . '/stream-ready', $report, headers => { 'X-Internal-API-Key' => $KEY }), '404 TRACK_NOT_FOUND', 'a track that is not there');
};

subtest 'following the processing' => sub {
	my $new = made($u, 'New');
	my $address = $u->{api}->get("/tracks/$new/events-url")->data->{url};
	my $file = "$s->{dir}/events";
	my $pid = fork // die "fork: $!";
	if (!$pid) { open STDOUT, '>', $file; exec 'curl', '-sN', '--max-time', '20', $s->url . $address }
	my $text = sub { -e $file ? $s->read_file($file) : '' };
	wait_until { scalar($text->() =~ /"status": ?"received"/) } 'it begins with how things stand';
	process($new);
	wait_until { scalar($text->() =~ /"status": ?"ready"/) } 'and says when it is ready';
	like($text->(), qr/"received".*"scanning".*"analysing".*"ready"/s, 'through all states');
	kill TERM => $pid;
	waitpid $pid, 0;
};

subtest 'audio in, audio out' => sub {
	my $wave = sub { my ($text) = @_; return 'RIFF' . pack('V', 36 + length $text) . 'WAVEfmt ' . pack('V v v V V v v', 16, 1, 1, 8000, 16000, 2, 16) . 'data' . pack('V', length $text) . $text };
	my $form = sub { return join('', map { "--X\r\nContent-Disposition: form-data; name=\"$_->[0]\"" . (@$_ > 2 ? "; filename=\"$_->[2]\"" : '') . "\r\n\r\n$_->[1]\r\n" } @_) . "--X--\r\n" };
	my $send = sub { my ($who, @parts) = @_; return $who->{api}->post('/tracks', $form->(@parts), headers => { 'Content-Type' => 'multipart/form-data; boundary=X' }) };
	my $song = $wave->(join '', map { pack 'v', $_ } 1 .. 20000);
	my $made = $send->($u, [ title => 'Été' ], [ file => $song, 'C:\\x.mp3' ], [ tags => 'piano, night' ], [ is_public => 'false' ], [ bpm => 90 ]);
	is($made->brief, '201', 'an upload');
	my $track = $made->data;
	is_deeply([ @$track{qw(title tags visibility bpm file_type file_size)} ], [ "\x{c9}t\x{e9}", [ 'piano', 'night' ], 'private', 90, 'audio/wav', length $song ], 'with fields before and behind the file, of a type that its content says');
	is($made->header('Location'), "/api/v1/tracks/$track->{id}", 'and an address');
	my $again = $send->($u, [ title => 'again' ], [ audio => $song, 'y.wav' ]);
	is_refused($again, '409 TRACK_DUPLICATE', 'the same file');
	is($again->details->{track_id}, $track->{id}, 'which names the track that has it');
	is($send->($u, [ title => 'again' ], [ track => $song, 'y.wav' ], [ allow_duplicate => 'true' ])->brief, '201', 'unless it is wanted');
	is_refused($send->($u, [ bpm => 'fast' ], [ file => $wave->('other!'), 'z.wav' ]), '400 VALIDATION_ERROR', 'fields that are wrong');
	is_refused($send->($v, [ title => 'x' ], [ file => $wave->('third!'), 'z.wav' ]), '403 CREATOR_ROLE_REQUIRED', 'a listener uploads nothing');
	is_refused($send->($u, [ title => 'x' ], [ file => 'GIF89a......', 'z.wav' ]), '415 AUDIO_UNSUPPORTED', 'a picture is no track');
	my $head = "POST /api/v1/tracks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $u->{token}\r\nContent-Type: audio/wav\r\nContent-Length: 60000000\r\n\r\n";
	is_refused(($u->{api}->say_raw($head))[1], '413 TRACK_FILE_TOO_LARGE', 'what the plan does not allow is refused before it comes');
	is_refused($u->{api}->get("/tracks/$track->{id}/stream"), '422 TRACK_PROCESSING', 'nothing is sent that was not scanned');
	process($track->{id});
	is(api($s)->get("/tracks/$track->{id}/stream")->status, 404, 'a private one is not for everybody');
	my $got = $u->{api}->get("/tracks/$track->{id}/stream");
	is($got->body, $song, 'its owner hears it, byte for byte');
	is($got->header('ETag'), '"' . sha256_hex($song) . '"', 'under a strong tag');
	like($got->header('Content-Type'), qr{^audio/}, 'as audio');
	is($u->{api}->head("/tracks/$track->{id}/stream")->header('Content-Length'), length $song, 'HEAD says how long it is');
	my $part = $u->{api}->get("/tracks/$track->{id}/stream", headers => { Range => 'bytes=1000-1999' });
	is($part->status . ' ' . $part->header('Content-Range'), '206 bytes 1000-1999/' . length $song, 'in parts');
	is($part->body, substr($song, 1000, 1000), 'the part that was asked for');
	is(root($s)->get($u->{api}->get("/tracks/$track->{id}/stream-url")->data->{stream_url})->body, $song, 'a player hears it by its address');
	my $token = $u->{api}->post("/tracks/$track->{id}/share", { permissions => 'download' })->data->{token};
	my $stored = api($s)->get("/tracks/$track->{id}/download?share=$token");
	is($stored->body, $song, 'whoever has a link may store it');
	like($stored->header('Content-Disposition'), qr/filename/, 'under its name');
	api($s)->get("/tracks/$track->{id}/download?share=$token", headers => { Range => 'bytes=0-9' }) for 1 .. 5;
	is($u->{api}->get("/tracks/$track->{id}")->data->{download_count}, 1, 'which is counted once, however often it is resumed');
	is($u->{api}->get("/tracks/$track->{id}")->data->{play_count}, 0, 'and is no play');
};

subtest 'the same file of somebody else' => sub {
	my ($first_owner, $w) = map { creator($s) } 1 .. 2;
	my @version = map {
		my $hash = $_->[1];
		$s->sql("select veza.act_as('$_->[0]{id}', '56-tracks'); select veza.track_create('$hash', 10, 'audio/flac', '$_->[2]')");
		my $id = $s->sql_value("select v.id from veza_data.track_version v join veza_data.track t on t.id = track_id where file_hash = '$hash' and title = '$_->[2]'");
		my $claim = sub { $s->sql_value("select x ->> 'lease' from json_array_elements(veza.track_claim_work('56-tracks', 100)) x where x ->> 'version_id' = '$id'") };
		$s->sql("select veza.track_report_scan('$id', '" . $claim->() . "', 'clean')");
		{ id => $id, report => "select veza.track_report_analysis('$id', '" . $claim->() . "', '{\"ok\": true, \"duration_ms\": 1000}')", track => $s->sql_value("select track_id from veza_data.track_version where id = '$id'") };
	} ([ $first_owner, 'a' x 64, 'First' ], [ $w, 'a' x 64, 'Second' ]);
	my @at_once = map { Veza::Session->new($s) } 1 .. 2;
	is($at_once[0]->do("begin; $version[0]{report}"), 'ready', 'a track is ready, and not committed');
	$at_once[1]->send($version[1]{report});
	wait_until { $s->sql_value("select count(*) from pg_locks where locktype = 'advisory' and not granted") } 'another one that is the same waits';
	$at_once[0]->do('commit');
	is($at_once[1]->receive, 'ready', 'and is ready, too');
	$_->close for @at_once;
	my ($first, $second) = map { $_->{track} } @version;
	is(api($s)->get("/tracks/$first")->brief, '200', 'the first is seen');
	is_refused(api($s)->get("/tracks/$second"), '404 TRACK_NOT_FOUND', 'the other one is held, though both came at once');
	is_refused(root($s)->get("/api/v1/tracks/$second/stream"), '404 TRACK_NOT_FOUND', 'nor heard');
	my $held = $w->{api}->get("/tracks/$second", headers => { 'Accept-Language' => 'fr' })->data->{hold};
	is($held->{message}, "Ce morceau est compar\x{e9} \x{e0} un autre.", 'its owner is told, in French');
	is_refused($w->{api}->post("/tracks/$second/share", {}), '409 TRACK_HELD', 'and refused what makes it public');
	is_refused($w->{api}->get('/admin/track-matches'), '403 AUTH_INSUFFICIENT_PERMISSIONS', 'others do not see the list');
	my $list = $admin->{api}->get('/admin/track-matches?limit=1');
	is(join(' ', @{ $list->data->[0] }{qw(title level other_title)}), 'Second file First', 'administrators do');
	is($list->meta->{total}, 1, 'all of it');
	is_refused($admin->{api}->get('/admin/track-matches?cursor=MTIz'), '400 VALIDATION_ERROR', 'a cursor that was made up');
	my $resolve = '/admin/track-matches/' . $list->data->[0]{id} . '/resolve';
	is_refused($w->{api}->post($resolve, { decision => 'dismiss', reason => 'mine' }), '403 AUTH_INSUFFICIENT_PERMISSIONS', 'nobody else decides');
	my @decided = $admin->{api}->parallel(map { [ POST => $resolve, { decision => 'dismiss', reason => 'both are in the band' } ] } 1 .. 4);
	is(join(', ', sort map { $_->brief } @decided), '200, 409 INVALID_TRANSITION, 409 INVALID_TRANSITION, 409 INVALID_TRANSITION', 'four at once are one decision');
	is(api($s)->get("/tracks/$second")->brief, '200', 'the track is released');
	is_deeply([ grep { !/^(?:effect|track_work)_overdue/ } audit_findings($s) ], [], 'no promise is broken');
};

subtest 'workers are told' => sub {
	my $listener = Veza::Session->new($s);
	$listener->do('listen veza_work');
	my $told = sub { my ($what, $is) = @_; my $text = $listener->do('select 1') // ''; is($text =~ /notification "veza_work"/ ? 'told' : 'not told', $is // 'told', $what) };
	$told->('nothing has happened', 'not told');
	my $song = "RIFF\x28\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0data\4\0\0\0" . 'told';
	my $track = $u->{api}->post('/tracks?title=told', $song, headers => { 'Content-Type' => 'audio/wav' })->data->{id};
	$told->('of an upload');
	my $version = sub { $s->sql_value("select id from veza_data.track_version where track_id = '$track' order by number desc limit 1") };
	my $claimed = sub { $s->sql_value("select x ->> 'lease' from json_array_elements(veza.track_claim_work('56-tracks', 100)) x where x ->> 'version_id' = '" . $version->() . "'") };
	my $lease = $claimed->();
	$told->('a claim makes no work', 'not told');
	$s->sql("select veza.track_report_scan('" . $version->() . "', '$lease', 'clean')");
	$told->('of what is to be analysed now');
	$lease = $claimed->();
	$s->sql("select veza.track_report_analysis('" . $version->() . "', '$lease', '{\"ok\": false, \"code\": \"empty\"}')");
	$told->('what failed is no work', 'not told');
	$s->sql("select veza.act_as('$admin->{id}', '56-tracks'); select veza.track_reprocess('" . $version->() . "', 'told')");
	$told->('of what begins anew');
	is($u->{api}->post("/tracks/$track/versions", $song . 'x', headers => { 'Content-Type' => 'audio/wav' })->brief, '201', 'a version');
	$told->('of new audio');
	$s->sql("update veza_data.track_version set scan = 'unscanned' where state = 'ready' and track_id = '$t'; select veza.act_as('$admin->{id}', '56-tracks'); select veza.track_rescan()");
	$told->('of what is scanned once more');
	$s->sql("update veza_data.track_version set scan = 'clean', due_at = null where state = 'ready'");
	$listener->close;
};

subtest 'removing' => sub {
	is($u->{api}->request(DELETE => "/tracks/$t")->brief, '200', 'a track is removed');
	is_refused(api($s)->get("/tracks/$t"), '404 TRACK_NOT_FOUND', 'and not there');
	is_refused($u->{api}->get("/tracks/$t"), '404 TRACK_NOT_FOUND', 'for its owner neither');
	is($admin->{api}->get("/tracks/$t")->brief, '200', 'but for administrators');
	is($u->{api}->post("/tracks/$t/restore", {})->brief, '200', 'it comes back');
	is(api($s)->get("/tracks/$t")->data->{like_count}, $s->sql_value("select count(*) from veza_data.track_like where track_id = '$t'"), 'with what there was');
};
done_testing;
