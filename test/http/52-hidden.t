#!/usr/bin/perl
# What is hidden is hidden everywhere, from the next request on: every GET of the table, times every way of hiding a thing.
# Each way has a world of its own, in which all routes first show the thing (or the test would see nothing), and then none does:
# by its address it is answered as one that is not there, and a list has neither its title nor its owner's name.
#
# A route that is new fails here until it has a row, or a reason why it needs none. A domain adds its rows to @ROWS, what they
# ask for to world(), and a way of hiding to %HIDE.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Digest::SHA qw(sha256_hex);
use Test::More;
use Veza::Test;

my $s = stack(env => { ANALYSIS_WORKERS => 0 });
start_all($s);
my $admin = administrator($s);
my $bystander = creator($s);
setting($s, $_ => 1000) for qw(comment_limit comment_hour_limit report_limit follow_limit invitation_limit);
my $stage = ready($bystander, 'Stage');
my $root = $bystander->{api}->post("/tracks/$stage/comments", { content => 'What do you think?' })->data->{id};

# ---- the matrix

# What a row asks, of a world. by: the thing of this name (or that of "of") stands in the address; in: a list in which the word of
# this name (see world) is read; has: whether the answer shows it. of: whose way of hiding hides it (a user's hides whatever is the
# user's). but: ways that do not concern it. What is hidden from lists alone hides no address.
my @ROWS = (
	# tracks by their address
	(map { my $part = $_; { get => "/tracks/:id$part", of => 'track', by => sub { "/tracks/$_[0]$part" } } }
		'', '/likes', '/stats', '/history', '/stream', '/stream-url', '/download', '/waveform', '/cover', '/shares', '/similar', '/versions', '/events', '/events-url'),
	# A link is a right of its own, which the owner's wish to keep the track from others does not end.
	{ get => '/tracks/shared/:token', of => 'track', by => sub { "/tracks/shared/$_[0]" }, named => 'link', absent => 'A' x 43, but => { private => 1, unlisted => 1 } },
	# tracks in lists
	{ get => '/tracks', of => 'track', in => sub { '/tracks?limit=100' }, word => 'title' },
	{ get => '/tracks', of => 'track', in => sub { "/tracks?search=$_[0]{title}" }, word => 'title' },
	{ get => '/tracks', of => 'track', in => sub { "/tracks?uploader_id=$_[0]{owner}{id}&sort=title" }, word => 'title' },
	# users by their address
	(map { my $part = $_; { get => "/users/:id$part", of => 'user', by => sub { "/users/$_[0]$part" }, named => 'user' } }
		'', '/avatar', '/followers', '/following', '/relationship'),
	{ get => '/users/by-username/:username', of => 'user', by => sub { "/users/by-username/$_[0]" }, named => 'name', absent => 'nobody-has-it' },
	# users in lists
	{ get => '/users', of => 'user', in => sub { '/users?limit=100' }, word => 'name' },
	{ get => '/users/search', of => 'user', in => sub { "/users/search?q=$_[0]{name}" }, word => 'name' },
	{ get => '/users/except-me', of => 'user', in => sub { '/users/except-me?limit=100' }, word => 'name' },
	{ get => '/users/:id/followers', of => 'user', in => sub { "/users/$bystander->{id}/followers?limit=100" }, word => 'name' },
	{ get => '/users/:id/following', of => 'user', in => sub { "/users/$bystander->{id}/following?limit=100" }, word => 'name' },
	{ get => '/tracks/:id/likes', of => 'user', in => sub { "/tracks/$stage/likes?limit=100" }, word => 'name' },
	# comments: by their address, in lists, and whatever hangs on a track
	(map { my $part = $_; { get => "/comments/:id$part", of => 'comment', by => sub { "/comments/$_[0]$part" } } } '', '/replies'),
	(map { my $part = $_; { get => "/comments/:id$part", of => 'track', by => sub { "/comments/$_[0]$part" }, named => 'remark' } } '', '/replies'),
	{ get => '/tracks/:id/comments', of => 'track', by => sub { "/tracks/$_[0]/comments" } },
	{ get => '/tracks/:id/comments', of => 'comment', in => sub { "/tracks/$stage/comments?limit=100" }, word => 'said' },
	{ get => '/tracks/:id/comments', of => 'comment', in => sub { "/tracks/$stage/comments?limit=100&sort=position" }, word => 'said' },
	{ get => '/comments/:id', of => 'reply', by => sub { "/comments/$_[0]" } },
	{ get => '/comments/:id/replies', of => 'reply', in => sub { "/comments/$root/replies?limit=100" }, word => 'answer' },
	# the feed
	{ get => '/feed', of => 'track', in => sub { '/feed?limit=100' }, word => 'title' },
	{ get => '/feed', of => 'list', in => sub { '/feed?limit=100' }, word => 'listed' },
	# notifications, of which one is somebody else's: of a comment that mentions, of an answer on a track, of an invitation, of a follower
	{ get => '/notifications', of => 'comment', in => sub { '/notifications?limit=100' }, word => 'said' },
	{ get => '/notifications', of => 'track', in => sub { '/notifications?limit=100' }, word => 'title', but => { unlisted => 1 } },
	{ get => '/notifications', of => 'guests', in => sub { '/notifications?limit=100' }, word => 'invited' },
	{ get => '/notifications', of => 'user', in => sub { '/notifications?limit=100' }, word => 'name' },
	{ get => '/notifications/unread-count', of => 'user', in => sub { '/notifications/unread-count' }, has => sub { $_[0]->data->{unread_count} > 1 }, but => { profile => 1 } },
	# playlists by their address
	(map { my $part = $_; { get => "/playlists/:id$part", of => 'list', by => sub { "/playlists/$_[0]$part" } } }
		'', '/tracks', '/export', '/cover', '/rules', '/changes', '/collaborators'),
	(map { my $part = $_; { get => "/playlists/:id$part", of => 'guests', by => sub { "/playlists/$_[0]$part" } } }
		'', '/tracks', '/export', '/cover', '/rules', '/changes', '/collaborators'),
	# playlists in lists
	{ get => '/playlists', of => 'list', in => sub { '/playlists?limit=100' }, word => 'listed' },
	{ get => '/playlists', of => 'list', in => sub { "/playlists?scope=public&search=$_[0]{listed}" }, word => 'listed' },
	{ get => '/playlists', of => 'list', in => sub { "/playlists?scope=public&user_id=$_[0]{user}&sort=name" }, word => 'listed' },
	(map { my $scope = $_; { get => '/playlists', of => 'list', in => sub { "/playlists?scope=$scope" }, word => 'listed', to => 'reader', but => { list_unlisted => 1 } } } 'followed', 'liked'),
	{ get => '/playlists', of => 'guests', in => sub { '/playlists?scope=invited' }, word => 'invited', to => 'reader' },
	{ get => '/playlists/:id', of => 'list', in => sub { "/playlists/$_[0]{copy}" }, word => 'list', to => 'reader', but => { list_unlisted => 1 } },
	# tracks in playlists that others have made, by hand and by rules, and in the queue
	(map { my ($part, $mix) = @$_; { get => "/playlists/:id$part", of => 'track', in => sub { "/playlists/$_[0]{$mix}$part" }, word => 'title' } }
		map { my $part = $_; map { [ $part, $_ ] } 'mix', 'smart' } '', '/tracks', '/export'),
	{ get => '/playlists/:id', of => 'track', in => sub { "/playlists/$_[0]{mix}" }, word => 'track' },
	{ get => '/me/queue', of => 'track', in => sub { '/me/queue' }, word => 'title', but => { unlisted => 1 } },
	# who takes part in a playlist is known to those who do, whatever the profile says
	(map { my $part = $_; { get => "/playlists/:id$part", of => 'user', in => sub { "/playlists/$_[0]{common}$part" }, word => 'name', to => 'reader', but => { profile => 1 } } }
		'', '/tracks', '/changes', '/collaborators'),
	{ get => '/playlists/:id/tracks', of => 'user', in => sub { "/playlists/$_[0]{open}/tracks" }, word => 'name' },
	# tracks, users and playlists where they are searched for; not by the whole word, which the answer says back
	(map { my ($of, $type, $word) = @$_; ({ get => '/search', of => $of, in => sub { "/search?types=$type&q=" . substr($_[0]{$word}, 0, -1) }, word => $word },
			{ get => '/search/suggestions', of => $of, in => sub { "/search/suggestions?types=$type&q=$_[0]{$word}" }, word => $word }) }
		[ track => 'track', 'title' ], [ user => 'user', 'name' ], [ list => 'playlist', 'listed' ]),
);

# Routes that show nothing of anybody who could hide it.
my @EXEMPT = (
	[ qr{^/admin/},                                     'administrators see everything' ],
	[ qr{^/auth/check-username$},                       'a name that is taken cannot be had, whoever has it' ],
	[ qr{^/auth/|^/me/events|^/users/me/},              'the own account; events name nothing' ],
	[ qr{^/moderation/decisions|^/reports},             'own ones, which name what they are about by its id' ],
	[ qr{^/users/:id/(?:completion|settings|blocks)$},  'its own user and administrators alone; http/52-matrix.t, pgtap/97_people.sql' ],
	[ qr{^/subscriptions},                              'own ones, and the plans' ],
	[ qr{^/distributions},                              'own ones' ],
	[ qr{^/tracks/admission$},                          'what one may upload' ],
	[ qr{^/csrf-token$|^/openapi\.json$},               'for everybody, and about nobody' ],
);

# What is reported of a world by somebody, and hidden by a moderator.
sub moderate
{
	my ($w, $type, $what) = @_;
	my $reporter = $type eq 'playlist' && $what eq 'guests' ? $w->{reader} : $bystander;
	$reporter->{api}->post('/reports', { subject_type => $type, subject_id => $w->{$what}, reason => 'spam' });
	my $case = $s->sql_value("select id from veza_data.moderation_case where subject_id = '$w->{$what}' and state = 'open'");
	return $admin->{api}->post("/admin/reports/$case/hide", { reason => 'the matrix' });
}

sub change_list { my ($w, $visibility) = @_; return $w->{owner}{api}->request(PUT => "/playlists/$w->{list}", { visibility => $visibility }) }

# The ways of hiding: what is done, and whose things it hides. in_lists: they can still be reached by their address.
my %HIDE = (
	blocked   => { hides => 'user track comment reply list guests', from => 'reader', do => sub { $_[0]{owner}{api}->post("/users/$_[0]{reader}{id}/block", {}) } },
	private   => { hides => 'track', do => sub { $_[0]{owner}{api}->request(PUT => "/tracks/$_[0]{track}", { visibility => 'private' }) } },
	unlisted  => { hides => 'track', in_lists => 1, do => sub { $_[0]{owner}{api}->request(PUT => "/tracks/$_[0]{track}", { visibility => 'unlisted' }) } },
	removed   => { hides => 'track', do => sub { $_[0]{owner}{api}->request(DELETE => "/tracks/$_[0]{track}") } },
	taken_down => { hides => 'track', do => sub { $admin->{api}->post("/admin/tracks/$_[0]{track}/take-down", { reason => 'the matrix' }) } },
	profile   => { hides => 'user', do => sub { $_[0]{owner}{api}->request(PUT => '/users/me/settings', { privacy => { profile_visibility => 'private' } }) } },
	suspended => { hides => 'user track comment reply list guests', do => sub { $admin->{api}->post("/admin/users/$_[0]{owner}{id}/suspend", { reason => 'the matrix' }) } },
	deleted   => { hides => 'user track comment reply list guests', do => sub { $_[0]{owner}{api}->request(DELETE => '/users/me', { password => $_[0]{owner}{password}, confirmation => 'DELETE' }) } },
	comment_deleted => { hides => 'comment', do => sub { $_[0]{owner}{api}->request(DELETE => "/comments/$_[0]{comment}") } },
	comment_hidden => { hides => 'comment', do => sub { moderate($_[0], 'comment', 'comment') } },
	reply_hidden => { hides => 'reply', do => sub { moderate($_[0], 'comment', 'reply') } },
	track_hidden => { hides => 'track', do => sub { moderate($_[0], 'track', 'track') } },
	user_hidden => { hides => 'user track comment reply list guests', do => sub { moderate($_[0], 'user', 'user') } },
	list_private => { hides => 'list', do => sub { change_list($_[0], 'private') } },
	list_unlisted => { hides => 'list', in_lists => 1, do => sub { change_list($_[0], 'unlisted') } },
	list_removed => { hides => 'list', do => sub { $_[0]{owner}{api}->request(DELETE => "/playlists/$_[0]{list}") } },
	list_hidden => { hides => 'list', do => sub { moderate($_[0], 'playlist', 'list') } },
	guests_removed => { hides => 'guests', do => sub { $_[0]{owner}{api}->request(DELETE => "/playlists/$_[0]{guests}") } },
	guests_hidden => { hides => 'guests', do => sub { moderate($_[0], 'playlist', 'guests') } },
	uninvited => { hides => 'guests', do => sub { $_[0]{owner}{api}->request(DELETE => "/playlists/$_[0]{guests}/collaborators/$_[0]{reader}{id}") } },
);

# ---- worlds

# A track of that title whose audio is ready, of this content.
sub ready
{
	my ($owner, $title, $content) = @_;
	my $hash = sha256_hex($content // $title);
	$s->sql("select veza.act_as('$owner->{id}', '52-hidden'); select veza.track_create('$hash', 10, 'audio/flac', '$title')");
	my $id = $s->sql_value("select track_id from veza_data.track_version where file_hash = '$hash' and owner_id = '$owner->{id}'");
	$s->sql("do \$\$ declare w json; begin
		for i in 1 .. 2 loop
			select x into w from json_array_elements(veza.track_claim_work('52-hidden', 100)) x where (x ->> 'version_id')::uuid in (select v.id from veza_data.track_version v where track_id = '$id');
			if w ->> 'kind' = 'scan' then perform veza.track_report_scan((w ->> 'version_id')::uuid, (w ->> 'lease')::uuid, 'clean');
			else perform veza.track_report_analysis((w ->> 'version_id')::uuid, (w ->> 'lease')::uuid, '{\"ok\": true, \"duration_ms\": 180000}'); end if;
		end loop; end \$\$");
	return $id;
}

# What a request of a world answers, which must be done.
sub made
{
	my ($who, $path, $body, $method) = @_;
	my $r = $who->{api}->request($method // 'POST', $path, $body // {});
	die "$path: " . $r->brief . ' ' . $r->body if $r->status !~ /^20[01]$/;
	return $r->data;
}

# An owner with a track, playlists and comments, and whoever else stands in a list; a reader, and what others have made of the owner's.
sub world
{
	my ($way) = @_;
	my $word = 'zeb' . $way =~ tr/_//dr;
	my %w = map { ($_ => "$word-$_") } qw(name title said answer listed invited);
	my $owner = $w{owner} = creator($s, username => $w{name});
	my $reader = $w{reader} = creator($s, username => "r-$word");
	$w{track} = ready($owner, $w{title});
	$w{user} = $owner->{id};
	$w{link} = made($owner, "/tracks/$w{track}/share")->{token};
	$owner->{api}->post('/users/me/avatar', "GIF89a\1\0\1\0\0\0\0;", headers => { 'Content-Type' => 'image/gif' });
	made($owner, "/users/$bystander->{id}/follow");
	made($bystander, "/users/$owner->{id}/follow");
	made($owner, "/tracks/$stage/like");
	# comments, and what the reader is told of
	$w{comment} = made($owner, "/tracks/$stage/comments", { content => "\@r-$word $w{said}", timestamp_ms => 1000 })->{id};
	$w{reply} = made($owner, "/tracks/$stage/comments", { content => $w{answer}, parent_id => $root })->{id};
	$w{remark} = made($bystander, "/tracks/$w{track}/comments", { content => "$word, well done" })->{id};
	my $asked = made($reader, "/tracks/$w{track}/comments", { content => "$word, which one?" })->{id};
	made($owner, "/tracks/$w{track}/comments", { content => "it is $w{title}", parent_id => $asked });
	made($owner, "/users/$reader->{id}/follow");
	made($reader, "/users/$owner->{id}/follow");
	# the owner's playlists, and those of others
	my $list = sub { my ($who, $name, $visibility, @tracks) = @_; return made($who, '/playlists', { name => $name, visibility => $visibility, track_ids => \@tracks })->{id} };
	$w{list} = $list->($owner, $w{listed}, 'public', $w{track});
	made($reader, "/playlists/$w{list}/$_") for 'follow', 'like';
	$w{copy} = made($reader, "/playlists/$w{list}/fork", { name => 'A copy' })->{id};
	$w{guests} = $list->($owner, $w{invited}, 'private', $w{track});
	made($owner, "/playlists/$w{guests}/collaborators", { user_id => $reader->{id} });
	$w{mix} = $list->($bystander, 'A mix', 'public', $w{track});
	$w{smart} = made($bystander, '/playlists/smart', { name => 'Found', visibility => 'public', rules => { all => [ { field => 'title', operator => 'is', value => $w{title} } ] } })->{id};
	made($reader, '/me/queue', { track_ids => [ $w{track} ] }, 'PUT');
	# one in which both take part, and one that everybody sees
	for my $open (0, 1)
	{
		my $common = $w{ ('common', 'open')[$open] } = $list->($bystander, 'In common', $open ? 'public' : 'private');
		for my $who ($owner, $open ? () : $reader)
		{
			made($bystander, "/playlists/$common/collaborators", { user_id => $who->{id} });
			made($who, "/playlists/$common/invitation");
		}
		made($owner, "/playlists/$common/tracks", { track_id => $stage });
	}
	return \%w;
}

my @routes = map { { get => $_->[0] =~ s{^/api/v1}{}r, auth => $_->[1] } } $s->sql("select path, auth from veza.routes where method = 'GET' order by path");
my %auth = map { ($_->{get} => $_->{auth}) } @routes;

subtest 'every route is in the matrix, or known not to belong there' => sub {
	cmp_ok(scalar @routes, '>', 50, 'there are routes');
	my %row = map { ($_->{get} => 1) } @ROWS;
	ok($row{ $_->{get} } || exempt($_->{get}), "GET $_->{get}: a row of \@ROWS, or a reason in \@EXEMPT") for @routes;
	is_deeply([ grep { !defined $auth{$_} } sort keys %row ], [], 'and every row is a route');
	is_deeply([ map { "$_->[0]" } grep { my $reason = $_; !grep { $_->{get} =~ $reason->[0] } @routes } @EXEMPT ], [], 'and every reason about one');
};

sub exempt { my ($path) = @_; return scalar grep { $path =~ $_->[0] } @EXEMPT }

# How a row is answered: for an address, whether it is told from one of what is not there; for a list, whether the word is in it.
sub shows
{
	my ($row, $w, $api) = @_;
	if (my $by = $row->{by})
	{
		my $name = $w->{ $row->{named} // $row->{of} };
		my $absent = $row->{absent} // uuid();
		my ($there, $not) = map { $api->get($by->($_)) } $name, $absent;
		return $there->status != $not->status || $there->comparable =~ s/\Q$name\E/-/gr ne $not->comparable =~ s/\Q$absent\E/-/gr;
	}
	my $r = $api->get($row->{in}->($w));
	return 'refused with ' . $r->brief if $r->status != 200;
	return ($row->{has} ? $row->{has}->($r) : $r->body =~ /\Q$w->{ $row->{word} }\E/) ? 1 : 0;
}

for my $way (sort keys %HIDE)
{
	my $hide = $HIDE{$way};
	subtest $way => sub {
		my $w = world($way);
		my %readers = (reader => $w->{reader}{api}, $hide->{from} ? () : (anybody => api($s)));
		my @cases;
		for my $row (@ROWS)
		{
			next if $hide->{hides} !~ /\b$row->{of}\b/ || $row->{but}{$way} || $hide->{in_lists} && $row->{by};
			push @cases, [ $row, $_, "GET $row->{get}" . ($row->{by} ? '' : ' as a list') . " to $_" ] for grep { $_ ne 'anybody' || $auth{ $row->{get} } eq 'optional' && !$row->{to} && $row->{of} ne 'guests' } sort keys %readers;
		}
		is(shows($_->[0], $w, $readers{ $_->[1] }), 1, "$_->[2]: shows it") for @cases;
		my $done = $hide->{do}->($w);
		is($done->status, 200, 'it is hidden') or diag $done->body;
		is(shows($_->[0], $w, $readers{ $_->[1] }) || 0, 0, "$_->[2]: shows it no more") for @cases;
		cmp_ok(scalar @cases, '>', 2, 'there are cases');
	};
}

is_deeply([ grep { !/^(?:effect|track_work)_overdue/ } audit_findings($s) ], [], 'no promise is broken');
done_testing;
