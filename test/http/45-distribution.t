#!/usr/bin/perl
# Submissions behind the gate: what is wrong is said in one answer, what is
# somebody else's cannot be told from what is not there, and a submission ends once.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Veza::Test;

my $s = stack();
start_all($s);

# A creator whose plan can distribute; an administrator activates it.
my $admin = administrator($s);
sub entitled
{
	my $u = creator($s);
	my $id = subscribe($s, $u)->{subscription}{id};
	my $r = $admin->{api}->post("/admin/subscriptions/$id/activate", { reason => 'a test' });
	die 'activate: ' . $r->brief if $r->status != 200;
	return $u;
}

# An answer without what differs between two requests of the same kind.
sub without_ids { my ($r) = @_; return $r->comparable =~ s/[0-9a-f]{8}-[0-9a-f-]{27}/ID/gr }

my ($u, $other) = (entitled(), entitled());
my $theirs = distribute($s, $other)->data->{id};

subtest 'what is wrong is said in one answer' => sub {
	my $submit = sub { $u->{api}->post('/distributions', $_[0]) };
	for my $case (
		[ 'types', { track_id => 'x', platforms => 'spotify', release_date => 'soon' }, [qw(track_id platforms release_date)] ],
		[ 'types of other kinds', { track_id => 1, platforms => [1], release_date => '2030-02-30' }, [qw(track_id platforms release_date)] ],
		[ 'rules', { platforms => [] }, [qw(platforms track_id)] ],
		[ 'names', { platforms => [ 'spotify', 'Not a name' ] }, [qw(platforms track_id)] ],
		[ 'too many', { platforms => [ map { "p$_" } 1 .. 33 ], track_id => $u->{track} }, ['platforms'] ],
		[ 'nothing', {}, ['track_id'] ])
	{
		my ($name, $body, $fields) = @$case;
		my $r = $submit->($body);
		is_refused($r, '400 VALIDATION_ERROR', $name);
		is_deeply([ $r->fields ], $fields, "$name: all fields") or diag $r->body;
	}
	is_deeply([ $u->{api}->get('/distributions?page=x&limit=1.5')->fields ], [qw(page limit)], 'the list: types');
	is_deeply([ $u->{api}->get('/distributions?page=0&limit=101&cursor=x')->fields ], [qw(page limit cursor)], 'the list: rules');
	is($s->sql_value("select count(*) from veza_data.distribution where user_id = '$u->{id}'"), 0, 'nothing was written');
};

subtest 'a submission' => sub {
	my $r = distribute($s, $u, platforms => [ 'Spotify', 'deezer' ], release_date => '2030-12-31');
	is($r->brief, '201', 'is taken');
	my $d = $r->data;
	is_deeply([ @$d{qw(user_id track_id track_title status release_date)}, @{ $d->{platforms} } ],
		[ $u->{id}, $u->{track}, 'First Light', 'submitted', '2030-12-31', 'spotify', 'deezer' ], 'as it was meant');
	my $twice = distribute($s, $u);
	is_refused($twice, '409 DISTRIBUTION_ALREADY_SUBMITTED', 'twice');
	is($twice->details->{distribution_id}, $d->{id}, 'names the first');
	is_deeply($u->{api}->get("/distributions/$d->{id}")->data, $d, 'is shown');
	is_deeply($u->{api}->get('/distributions')->data, [$d], 'and listed');
	is($u->{api}->post("/distributions/$d->{id}/cancel", undef)->data->{status}, 'withdrawn', 'is withdrawn');
	is_refused($u->{api}->post("/distributions/$d->{id}/cancel", undef), '409 INVALID_TRANSITION', 'once');
	is_deeply([ map { "$_->{event} $_->{to_status} $_->{actor}" } @{ $u->{api}->get("/distributions/$d->{id}/history")->data } ],
		[ 'submit submitted user', 'withdraw withdrawn user' ], 'with its history');
	is(distribute($s, $u)->data->{platforms}[0], 'all', 'submitted anew, everywhere');
};

subtest "what is somebody else's is not there" => sub {
	my $before = $s->sql_value("select jsonb_agg(d) from veza_data.distribution d where id = '$theirs'");
	for my $call ([ GET => '/distributions/:id' ], [ GET => '/distributions/:id/history' ], [ POST => '/distributions/:id/cancel' ])
	{
		my ($method, $path) = @$call;
		my ($foreign, $unknown) = map { $u->{api}->request($method, $path =~ s/:id/$_/r) } $theirs, uuid();
		is_refused($foreign, '404 DISTRIBUTION_NOT_FOUND', "$method $path");
		is($foreign->comparable, $unknown->comparable, "$method $path: exactly like an unknown one");
		is_deeply([ sort keys %{ $foreign->{headers} } ], [ sort keys %{ $unknown->{headers} } ], "$method $path: with the same headers");
	}
	my ($foreign, $unknown) = map { distribute($s, $u, track_id => $_) } $other->{track}, uuid();
	is_refused($foreign, '404 TRACK_NOT_FOUND', 'a track');
	is(without_ids($foreign), without_ids($unknown), 'a track: like an unknown one but for the id that was asked for');
	is_deeply($u->{api}->get("/distributions?limit=100&user_id=$other->{id}")->meta->{total}, 2, 'the list is the own one, whatever is asked');
	is($s->sql_value("select jsonb_agg(d) from veza_data.distribution d where id = '$theirs'"), $before, 'nothing was changed');
};

is_deeply([ audit_findings($s) ], [], 'the audit finds nothing');
done_testing;
