#!/usr/bin/perl
# Entity tags and conditions: a tag names one account's answer and no other's, a condition is judged before
# anything is done, by every route that changes something; and answers that are made once.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(time);
use Veza::Test;

my $s = stack();
start_all($s);
my ($x, $y) = (register($s), register($s));

sub put { my ($u, $path, $body, %h) = @_; return $u->{api}->request('PUT', $path, $body, headers => \%h) }

# Every read that two users can ask for by the same address, but streams and what holds a token, which have no tag.
my @reads = grep { !/:/ } map { $_->[0] =~ s/:id/me/r =~ s{^/api/v1}{}r }
  $s->sql(q{select path from veza.route where method = 'GET' and auth in ('user', 'optional') and path like '/api/v1/%'
    and envelope <> 'events' and shape is distinct from 'signed_address_shape' order by 1});
cmp_ok(scalar(grep { m{^/(?:auth|users)/me} } @reads), '>=', 4, 'some addresses are everybody\'s');

subtest 'one address, two users' => sub {
	for my $path (@reads)
	{
		my ($a, $b) = map { $_->{api}->get($path) } $x, $y;
		next if $a->status != 200 || $b->status != 200;
		ok($a->header('ETag'), "$path has a tag");
		isnt($a->header('ETag'), $b->header('ETag'), "$path: each has another one") if $a->body ne $b->body;
		my $again = $y->{api}->get($path, headers => { 'If-None-Match' => $a->header('ETag') });
		is($again->status, $a->header('ETag') eq $b->header('ETag') ? 304 : 200, "$path: the tag of another user's answer");
		like($a->header('Vary'), qr/\bAuthorization\b/, "$path: no cache takes one for the other");
		is($y->{api}->get($path, headers => { 'If-None-Match' => $b->header('ETag') })->status, 304, "$path: the own one is known") if $path !~ /audit|sessions|export/;
	}
	unlike(api($s)->get('/subscriptions/plans')->header('Vary'), qr/Authorization/, 'what is everybody\'s does not vary by caller');
};

subtest 'a tag covers the answer' => sub {
	my $before = $x->{api}->get('/users/me');
	my $tag = $before->header('ETag');
	like($tag, qr/^"[0-9a-f]{32}\.\d+\.[0-9a-f]{32}"$/, 'account, revision, digest');
	$s->sql("update veza_data.users set last_login_at = now() + interval '1 hour' where id = '$x->{id}'");
	my $after = $x->{api}->get('/users/me', headers => { 'If-None-Match' => $tag });
	is($after->status, 200, 'another time of login is another answer');
	isnt($after->header('ETag'), $tag, 'with another tag');
	is(put($x, '/users/me', { bio => 'one' }, 'If-Match' => $tag)->brief, '200', 'but the same version to change');
	is_refused(put($x, '/users/me', { bio => 'two' }, 'If-Match' => $tag), '412 PRECONDITION_FAILED', 'once');
};

subtest 'conditions of a change' => sub {
	my $bio = sub { return $x->{api}->get('/users/me')->data->{bio} };
	my $tag = sub { return $x->{api}->get('/users/me')->header('ETag') };
	put($x, '/users/me', { bio => 'before' });
	my $revision = ($tag->() =~ /\.(\d+)\./)[0];
	my $foreign = $y->{api}->get('/users/me')->header('ETag');
	my $n = 0;
	for my $case ([ 'any' => 'If-None-Match' => '*' ], [ 'the present tag' => 'If-None-Match' => $tag->() ], [ 'no list' => 'If-None-Match' => 'x' ],
		[ 'a number' => 'If-Match' => qq{"$revision"} ], [ 'another account\'s' => 'If-Match' => $foreign ], [ 'Latin-1' => 'If-Match' => "\"caf\xe9\"" ],
		[ 'bytes' => 'If-Match' => "\xff\xfe" ], [ 'nothing' => 'If-Match' => '' ], [ 'two lines' => 'If-Match' => [ '"a"', '"b"' ] ], [ 'and *' => 'If-Match' => [ '"a"', '*' ] ])
	{
		my ($what, $name, $value) = @$case;
		for my $path ('/users/me', "/users/$x->{id}", '/auth/me')
		{
			is_refused(put($x, $path, { bio => 'bad ' . ++$n }, $name => $value), '412 PRECONDITION_FAILED', "$name: $what, $path");
		}
		is_refused(put($x, '/users/me/settings', { theme => 'dark' }, $name => $value), '412 PRECONDITION_FAILED', "$name: $what, settings");
		is_refused($x->{api}->request('DELETE', '/users/me', { password => $x->{password}, confirmation => 'DELETE' }, headers => { $name => $value }), '412 PRECONDITION_FAILED', "$name: $what, the account");
	}
	is($bio->(), 'before', 'nothing was changed');
	is(($tag->() =~ /\.(\d+)\./)[0], $revision, 'nor is there another version');
	my $next = $tag->() =~ s/\.(\d+)\./'.' . ($1 + 1) . '.'/er;
	my $r = put($x, '/users/me', { bio => 'after' }, 'If-None-Match' => $next);
	is($r->brief . ' ' . ($r->data->{bio} // ''), '200 after', 'the tag that the change will have is not that of what is there: done, and said');
	for my $case ([ 'the second line' => sub { [ '"x"', $tag->() ] } ], [ 'behind 400 others' => sub { join(', ', map { "\"tag-$_\"" } 1 .. 400) . ', ' . $tag->() } ])
	{
		is(put($x, '/users/me', { bio => $case->[0] }, 'If-Match' => $case->[1]->())->brief, '200', "If-Match: $case->[0]");
	}
	is(put($x, '/users/me', { bio => 'w' }, 'If-Match' => 'W/' . $tag->())->brief, '200', 'a tag that a proxy has weakened');
	is(put($x, '/users/me', { bio => 'g' }, 'If-Match' => $tag->() =~ s/"$/-gzip"/r)->brief, '200', 'or marked');
	is(put($x, '/users/me', { bio => 's' }, 'If-Match' => $x->{api}->get('/users/me/settings')->header('ETag'))->brief, '200', 'settings and account have one version');
};

subtest 'conditions where there is no version' => sub {
	my @writes = $s->sql(q{select method, path from veza.routes where method <> 'GET' and auth in ('public', 'user') and not 'PRECONDITION_FAILED' = any(errors)});
	cmp_ok(scalar @writes, '>', 10, 'there are such routes');
	my $before = $s->sql_value('select count(*) from veza_data.subscription');
	for my $route (@writes)
	{
		my ($method, $path) = @$route;
		my %body = (plan_id => 'free', email => 'x@veza.example', username => 'whoever', password => 'tortoise-shell-9');
		my $r = root($s)->as($x->{token})->request($method, $path =~ s/:\w+/uuid()/er, \%body, headers => { 'If-Match' => '"stale"' });
		cmp_ok($r->status, '>=', 400, "$method $path: " . $r->brief);
	}
	is($s->sql_value('select count(*) from veza_data.subscription'), $before, 'nothing was made');
	is_refused($x->{api}->post('/subscriptions/subscribe', { plan_id => 'free' }, headers => { 'If-Match' => '"stale"' }), '412 PRECONDITION_FAILED', 'a subscription has no version');
	is_refused($x->{api}->post('/subscriptions/subscribe', { plan_id => 'free' }, headers => { 'If-None-Match' => '*' }), '412 PRECONDITION_FAILED', 'nor is there none');
	is($x->{api}->post('/subscriptions/subscribe', { plan_id => 'free' }, headers => { 'If-Match' => '*', 'If-None-Match' => '"x"' })->brief, '201', 'conditions that hold whatever is there');
};

subtest 'conditions of a read' => sub {
	for my $path ('/users/me', '/subscriptions/plans', '/users/me/settings')
	{
		my $tag = $x->{api}->get($path)->header('ETag');
		is($x->{api}->get($path, headers => { 'If-Match' => $tag })->brief, '200', "$path of this version");
		my $r = $x->{api}->get($path, headers => { 'If-Match' => '"stale"', 'If-None-Match' => $tag });
		is_refused($r, '412 PRECONDITION_FAILED', "$path of another");
		is($x->{api}->head($path, headers => { 'If-Match' => '"stale"' })->status, 412, 'HEAD, too');
		is($x->{api}->get($path, headers => { 'If-None-Match' => [ '"x"', $tag ] })->status, 304, 'a known tag in the second line');
		is($x->{api}->get($path, headers => { 'If-None-Match' => 'no tag' })->status, 200, 'no list: the answer');
	}
	is_refused($x->{api}->get('/subscriptions/' . uuid(), headers => { 'If-None-Match' => '*', 'If-Match' => '"x"' }), '404 SUBSCRIPTION_NOT_FOUND', 'what is refused anyway is refused for that');
};

subtest 'answers that are made once' => sub {
	my $public = root($s);
	my @paths = map { $_->[0] } $s->sql(q{select path from veza.routes where method = 'GET' and auth = 'public' and arguments = '[]'});
	$public->get($_) for @paths;
	for my $path (@paths)
	{
		my $best = 9;
		for (1 .. 5) { my $since = time; $public->get($path); my $took = time - $since; $best = $took if $took < $best }
		is_soon($best, 0.03, sprintf '%s takes %.1f ms', $path, $best * 1000);
	}
	my $r = $public->get('/openapi.json');
	is($r->status, 200, 'the description');
	is($public->get('/openapi.json', headers => { 'If-None-Match' => $r->header('ETag') })->status, 304, 'is sent once');
	is($public->head('/openapi.json')->header('Content-Length'), length $r->body, 'HEAD knows its length');
	$s->sql("select veza.add_route('GET', '/api/v1/scratch/kept', 'veza.auth_me', 'user', 'reads')");
	wait_route($s, '/api/v1/scratch/kept');
	wait_until { $public->get('/openapi.json')->body =~ m{/api/v1/scratch/kept} } 'a new route is described';
	like($public->get('/openapi.json')->body, qr{/api/v1/scratch/kept}, 'other routes make another one');
	isnt($public->get('/openapi.json')->header('ETag'), $r->header('ETag'), 'with another tag');
	my $locked = fork // die;
	if (!$locked) { $s->sql('begin; lock table veza.route in access exclusive mode; select pg_sleep(3); commit'); exit }
	wait_until { $s->sql_value("select count(*) from pg_locks where mode = 'AccessExclusiveLock' and relation = 'veza.route'::regclass and granted") } 'the table is locked';
	my $since = time;
	is($public->get('/openapi.json')->brief, '200', 'no statement is run for it');
	is_soon(time - $since, 2.5, 'not even one that waits');
	waitpid $locked, 0;
};

done_testing;
