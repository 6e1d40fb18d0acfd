#!/usr/bin/perl
# Many follow and block at once: nobody waits for long, nothing is miscounted, and no follow survives a block.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Veza::Session;
use Veza::Test;

my $s = stack();
start_all($s);
my $star = register($s);
my @fans = map { register($s) } 1 .. 10;

sub rows { my ($of) = @_; return $s->sql_value("select count(*) from veza_data.user_follow where followed_id = '$of->{id}'") }
sub number { my ($of) = @_; return api($s)->get("/users/$of->{id}/relationship")->data->{follower_count} }

subtest 'many at once' => sub {
	my @answers = map { $_->{api}->parallel(map { [ POST => "/users/$star->{id}/follow", {} ] } 1 .. 5) } @fans;
	is(scalar(grep { $_->brief eq '200' } @answers), 50, '50 follows of 10');
	is(number($star), 10, 'are 10 followers');
	my @mixed = map { $_->{api}->parallel(map { [ $_ % 2 ? 'POST' : 'DELETE', "/users/$star->{id}/follow", $_ % 2 ? {} : undef ] } 1 .. 6) } @fans;
	is(scalar(grep { $_->brief eq '200' } @mixed), 60, 'follows and their end');
	is(number($star), rows($star), 'what is shown is what there is');
	wait_until { $s->sql_value('select count(*) from veza_data.follow_counter') == 0 } 'the job moves what was counted';
	is(number($star), rows($star), 'and nothing changes');
};

subtest 'who follows waits for nobody else' => sub {
	my ($first, $second) = (register($s), register($s));
	# Two sessions share a slot when their processes' numbers are equal modulo 64: one that shares it with none.
	my $held;
	do { $held = Veza::Session->new($s) } until $held->do('select count(*) from pg_stat_activity where pid <> pg_backend_pid() and pid % 64 = pg_backend_pid() % 64') =~ /^0/;
	$held->do("begin; select veza.act_as('$first->{id}', '57-people'); select veza.user_follow('$star->{id}')");
	is($second->{api}->post("/users/$star->{id}/follow", {})->brief, '200', 'while another follow of the same user has not committed');
	is(api($s)->get("/users/$star->{id}/relationship")->brief, '200', 'which nobody who reads waits for either');
	$held->do('rollback');
	is(number($star), rows($star), 'what is rolled back counts not');
};

subtest 'follows and blocks at once' => sub {
	my ($a, $b) = (register($s), register($s));
	for my $round (1 .. 6)
	{
		# Two clients, so that they are not answered one after the other.
		my @said = $a->{api}->parallel([ POST => "/users/$b->{id}/follow", {} ], map { [ POST => "/users/$b->{id}/block", {} ] } 1 .. 2);
		is(scalar(grep { $_->brief !~ /^(?:200|409 USER_IS_BLOCKED)$/ } @said), 0, 'whatever comes first') or diag map { $_->brief } @said;
		is($a->{api}->get("/users/$b->{id}/relationship")->data->{is_following}, Veza::Http::decode('[false]')->[0], 'nothing is followed then');
		is($b->{api}->post("/users/$a->{id}/follow", {})->brief, '404 USER_NOT_FOUND', 'and the next request sees it');
		is($a->{api}->request(DELETE => "/users/$b->{id}/block")->brief, '200', 'until it is taken back');
		is($b->{api}->post("/users/$a->{id}/follow", {})->brief, '200', 'then the next one sees that');
	}
};

subtest 'what others are told' => sub {
	my ($a, $b) = (register($s), register($s));
	$a->{api}->post("/users/$b->{id}/follow", {});
	is($s->sql_value("select count(*) from veza_data.notification where user_id = '$b->{id}' and actor_id = '$a->{id}' and kind = 'follow'"), 1, 'a follow is told');
	$b->{api}->post("/users/$a->{id}/block", {});
	is($s->sql_value("select count(*) from veza_data.notification where user_id = '$a->{id}'"), 0, 'a block is not');
	is_deeply($a->{api}->get('/users/me/export')->data->{blocks}, [], 'nor exported');
	is($a->{api}->get("/users/$b->{id}/relationship", headers => { 'Accept-Language' => 'fr' })->brief, '404 USER_NOT_FOUND', 'who is blocked sees nobody');
};

is_deeply([ audit_findings($s) ], [], 'no promise is broken');
done_testing;
