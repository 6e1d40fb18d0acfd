#!/usr/bin/perl
# Comments, reports and the feed over HTTP: versions, repetitions, many at once, and what is hidden at the next request.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Digest::SHA qw(sha256_hex);
use Test::More;
use Veza::Test;

my $s = stack(env => { ANALYSIS_WORKERS => 0 });
start_all($s);
setting($s, comment_limit => 1000);

my $artist = creator($s, username => 'artist');
my $fan = register($s, username => 'fan');
my $other = register($s, username => 'other');
my $admin = administrator($s, username => 'moderator');

# A public track that is ready, of three minutes: what the workers do is done here.
sub ready
{
	my ($who, $title) = @_;
	my $hash = sha256_hex($title);
	$s->sql("select veza.act_as('$who->{id}', '59-social'); select veza.track_create('$hash', 10, 'audio/flac', '$title')");
	$s->sql("do \$\$ declare w json; begin
		for i in 1 .. 2 loop
			w := veza.track_claim_work('59-social', 1) -> 0;
			if w ->> 'kind' = 'scan' then perform veza.track_report_scan((w ->> 'version_id')::uuid, (w ->> 'lease')::uuid, 'clean');
			else perform veza.track_report_analysis((w ->> 'version_id')::uuid, (w ->> 'lease')::uuid, '{\"ok\": true, \"duration_ms\": 180000}'); end if;
		end loop; end \$\$");
	return $s->sql_value("select track_id from veza_data.track_version where file_hash = '$hash' and state = 'ready'");
}

my $t = ready($artist, 'A song');
my $comment;
subtest 'a comment' => sub {
	my $key = request_id();
	my $made = $fan->{api}->post("/tracks/$t/comments", { content => "Sch\x{f6}n \x{1f3b5}", timestamp_ms => 61_000 }, headers => { 'Idempotency-Key' => $key });
	is($made->brief, '201', 'is written');
	$comment = $made->data;
	is($comment->{content}, "Sch\x{f6}n \x{1f3b5}", 'as it was said');
	my $again = $fan->{api}->post("/tracks/$t/comments", { content => "Sch\x{f6}n \x{1f3b5}", timestamp_ms => 61_000 }, headers => { 'Idempotency-Key' => $key });
	is($again->brief . ' ' . $again->data->{id}, "201 $comment->{id}", 'once, when it is sent again');
	is_refused($fan->{api}->post("/tracks/$t/comments", { content => "schon, \x{1f3b5}!" }), '409 COMMENT_DUPLICATE', 'the same words are no other comment');
	is_refused($fan->{api}->post("/tracks/$t/comments", { content => 'x', timestamp_ms => 'soon' }), '400 VALIDATION_ERROR', 'a place is a number');
	is_refused(api($s)->post("/tracks/$t/comments", { content => 'x' }), '401 AUTH_REQUIRED', 'nobody says nothing');
	is(api($s)->get("/tracks/$t/comments")->data->[0]{id}, $comment->{id}, 'everybody reads it');
	is(api($s)->get("/tracks/$t")->data->{comment_count}, 1, 'it is counted');
};

subtest 'is edited by version' => sub {
	my $tag = $fan->{api}->get("/comments/$comment->{id}")->header('ETag');
	like($tag, qr/^"/, 'it has one');
	my $edited = $fan->{api}->request(PUT => "/comments/$comment->{id}", { content => 'Better words' }, headers => { 'If-Match' => $tag });
	is($edited->brief . ' ' . $edited->data->{is_edited}, '200 1', 'that is edited');
	is_refused($fan->{api}->request(PUT => "/comments/$comment->{id}", { content => 'Other words' }, headers => { 'If-Match' => $tag }), '412 PRECONDITION_FAILED', 'once');
	is_refused($other->{api}->request(PUT => "/comments/$comment->{id}", { content => 'Mine' }), '403 COMMENT_NOT_YOURS', 'by its author alone');
	is(api($s)->get("/comments/$comment->{id}", headers => { 'If-None-Match' => api($s)->get("/comments/$comment->{id}")->header('ETag') })->status, 304, 'and is not sent again to who has it');
};

subtest 'replies, in pages' => sub {
	my @replies = map { $other->{api}->post("/tracks/$t/comments", { content => "Answer number $_", parent_id => $comment->{id} })->data->{id} } 1 .. 5;
	my (@seen, $cursor);
	do
	{
		my $page = api($s)->get("/comments/$comment->{id}/replies?limit=2" . (defined $cursor ? "&cursor=$cursor" : ''));
		push @seen, map { $_->{id} } @{ $page->data };
		$cursor = $page->json->{meta}{next_cursor};
	} while (defined $cursor);
	is_deeply(\@seen, \@replies, 'the oldest first');
	is(api($s)->get("/comments/$comment->{id}/replies?limit=2&with_total=true")->json->{meta}{total}, 5, 'counted when asked for');
};

subtest 'many at once' => sub {
	my @crowd = map { register($s, username => "crowd$_") } 1 .. 8;
	my @pids;
	for my $who (@crowd)
	{
		my $pid = fork // die "fork: $!";
		if (!$pid)
		{
			my $ok = 1;
			for my $n (1 .. 5)
			{
				$ok &&= $who->{api}->post("/comments/$comment->{id}/like", {})->status == 200;
				$ok &&= $who->{api}->post("/tracks/$t/comments", { content => "$who->{username} says $n", parent_id => $comment->{id} })->status == 201;
				$ok &&= $who->{api}->request(DELETE => "/comments/$comment->{id}/like")->status == 200 if $n < 5;
			}
			require POSIX;
			POSIX::_exit($ok ? 0 : 1);
		}
		push @pids, $pid;
	}
	my $failed = 0;
	for (@pids) { waitpid $_, 0; $failed++ if $? }
	is($failed, 0, 'all of them are answered');
	my $seen = api($s)->get("/comments/$comment->{id}")->data;
	is("$seen->{like_count} $seen->{reply_count}", '8 45', 'and counted');
	wait_until { $s->sql_value('select count(*) from veza_data.comment_counter') == 0 } 'also when the job has moved it';
	$seen = api($s)->get("/comments/$comment->{id}")->data;
	is("$seen->{like_count} $seen->{reply_count}", '8 45', 'to the same');
	is_deeply([ audit_findings($s) ], [], 'which is what there is');
};

subtest 'a limit says when' => sub {
	setting($s, comment_limit => 2);
	my $eager = register($s, username => 'eager');
	my @said = map { $eager->{api}->post("/tracks/$t/comments", { content => "Look $_" }) } 1 .. 3;
	is_deeply([ map { $_->status } @said ], [ 201, 201, 429 ], 'so many in a minute');
	like($said[2]->header('Retry-After'), qr/^[1-6]?\d$/, 'and when the next one may come');
	setting($s, comment_limit => 1000);
};

subtest 'what is reported and hidden' => sub {
	my $spam = $other->{api}->post("/tracks/$t/comments", { content => 'Buy cheap plays' })->data->{id};
	my $report = $fan->{api}->post('/reports', { subject_type => 'comment', subject_id => $spam, reason => 'spam', text => 'Again' });
	is($report->brief, '201', 'a report');
	is_refused($fan->{api}->post('/reports', { subject_type => 'comment', subject_id => $spam, reason => 'hate' }), '409 REPORT_EXISTS', 'is made once');
	is_refused($fan->{api}->get('/admin/reports'), '403 AUTH_INSUFFICIENT_PERMISSIONS', 'and is for moderators');
	my $case = $admin->{api}->get('/admin/reports?state=open')->data->[0];
	is("$case->{subject_id} $case->{reports}", "$spam 1", 'who have it before them');
	is($admin->{api}->get("/admin/reports/$case->{id}")->data->{newest_reports}[0]{reporter_username}, 'fan', 'and know whose it is');
	is($admin->{api}->post("/admin/reports/$case->{id}/hide", { reason => 'No advertising' })->brief, '200', 'they hide it');
	is_refused(api($s)->get("/comments/$spam"), '404 COMMENT_NOT_FOUND', 'at the next request it is not there');
	unlike(api($s)->get("/tracks/$t/comments?limit=100")->body, qr/cheap/, 'in no list');
	is_refused($admin->{api}->post("/admin/reports/$case->{id}/warn", { reason => 'x' }), '409 CASE_DECIDED', 'what is decided is decided');
	is($other->{api}->get('/moderation/decisions')->data->[0]{note}, 'No advertising', 'its author reads why');
	unlike($other->{api}->get('/moderation/decisions')->body, qr/$fan->{id}|Again/, 'and nothing of who reported it');
	wait_until { $fan->{api}->get('/reports')->data->[0]{state} eq 'closed'
		  && $s->sql_value("select count(*) from veza_data.notification where user_id = '$fan->{id}' and kind = 'review_decision'") == 1 } 'who reported it is told';
};

subtest 'the feed' => sub {
	is_deeply($fan->{api}->get('/feed')->data, [], 'who follows nobody has none');
	is($fan->{api}->post("/users/$artist->{id}/follow", {})->brief, '200', 'somebody follows');
	my $feed = $fan->{api}->get('/feed');
	is($feed->data->[0]{track}{title} . ' by ' . $feed->data->[0]{username}, 'A song by artist', 'what those have published whom one follows');
	is_refused($fan->{api}->get('/feed?page=100'), '400 VALIDATION_ERROR', 'what is far down is reached by cursor');
	is_refused(api($s)->get('/feed'), '401 AUTH_REQUIRED', 'a feed is somebody\'s');
	$artist->{api}->request(PUT => "/tracks/$t", { visibility => 'private' });
	is_deeply($fan->{api}->get('/feed')->data, [], 'what is private is in none');
	is_refused($fan->{api}->get("/comments/$comment->{id}"), '404 COMMENT_NOT_FOUND', 'nor is what was said of it');
	is($fan->{api}->request(DELETE => "/comments/$comment->{id}")->brief, '200', 'but who said it may take it back');
};

is_deeply([ audit_findings($s) ], [], 'the audit finds nothing');
done_testing;
