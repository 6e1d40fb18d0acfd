#!/usr/bin/perl
# Lanes: a full one refuses at once, a slow one delays no other, and neighbours
# in a batch see nothing of each other: neither errors nor identities.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use List::Util qw(shuffle);
use Test::More;
use Time::HiRes qw(sleep time);
use Veza::Test;

my $s = stack();
$s->sql(<<'SQL');
create function veza.scratch_sleep(seconds numeric) returns json language sql volatile as
$$ select to_json(pg_sleep($1)::text) $$;
create function veza.scratch_nap(seconds numeric) returns json language sql stable as
$$ select to_json(pg_sleep($1)::text) $$;
create function veza.scratch_read(n integer) returns json language plpgsql stable as
$$
begin
    if n % 5 = 1 then raise exception 'scratch failure %', n; end if;
    if n % 5 = 2 then return to_json(1 / (n - n)); end if;
    return to_json(n);
end
$$;
create function veza.scratch_who(n integer) returns json language sql stable
security definer set search_path = pg_catalog, pg_temp as
$$ select json_build_object('n', n, 'id', veza.actor_id()) $$;
alter function veza.scratch_who owner to veza_owner;
comment on function veza.scratch_sleep is 'Sleep.';
comment on function veza.scratch_nap is 'Sleep.';
comment on function veza.scratch_read is 'Answer or fail.';
comment on function veza.scratch_who is 'Say who asks.';
select veza.add_route('POST', '/scratch/slow', 'veza.scratch_sleep', 'public', 'slow');
select veza.add_route('POST', '/scratch/writes', 'veza.scratch_sleep', 'public', 'writes');
select veza.add_route('GET', '/scratch/nap', 'veza.scratch_nap', 'public', 'reads');
select veza.add_route('GET', '/scratch/read/:n', 'veza.scratch_read', 'public', 'reads');
select veza.add_route('GET', '/scratch/who', 'veza.scratch_who', 'optional', 'reads');
select veza.add_route('GET', '/scratch/whom', 'veza.scratch_who', 'user', 'reads');
SQL
# One loop, so that its lanes are known.
$s->start('httpd', env => { HTTP_LOOPS => 1, DB_LANE_QUEUE => 3, DB_WRITE_CONNECTIONS => 2 });
my $root = root($s);
wait_route($s, '/scratch/whom');

sub count { my %n; $n{ $_->brief }++ for @_; return \%n }
sub slowest { return (sort { $b <=> $a } map { $_->seconds } @_)[0] }

subtest 'a full lane' => sub {
	my @busy = map { my $c = $root->connect; $c->send($root->bytes('POST', '/scratch/slow', { seconds => 2 })); $c } 1 .. 4;
	wait_until { $s->sql_value("select count(*) from pg_stat_activity where state = 'active' and query like '%scratch\\_sleep%' and usename = 'veza_httpd'") == 1 } 'a busy lane', 3;
	sleep 0.1;
	my $before = metric($s, 'veza_lane_full_total');
	my @r = $root->parallel(map { [ POST => '/scratch/slow', { seconds => 0 } ] } 1 .. 10);
	for my $r (@r)
	{
		is_refused($r, '503 SERVER_BUSY', 'one more');
		like($r->header('Retry-After') // '', qr/^[1-9]\d*$/, 'Retry-After');
		is(($r->details // {})->{lane}, 'slow', 'the lane is named');
	}
	is_soon(slowest(@r), 0.5, 'at once');
	is(metric($s, 'veza_lane_full_total') - $before, 10, 'they are counted');
	my @others = $root->parallel(map { ([ GET => '/api/v1/subscriptions/plans' ], [ GET => "/scratch/read/0" ]) } 1 .. 20);
	push @others, $root->parallel(map { [ POST => '/scratch/writes', { seconds => 0 } ] } 1 .. 3);
	is_deeply(count(@others), { 200 => 43 }, 'other lanes work');
	is_soon(slowest(@others), 0.5, 'and are fast');
	# One runs and three wait: all four are answered, one after the other.
	is_deeply([ map { my $r = $_->answer(timeout => 12); $r ? $r->brief : 'nothing' } @busy ], [ ('200') x 4 ], 'those in the lane are answered');
	is($root->post('/scratch/slow', { seconds => 0 })->brief, '200', 'and then there is room again');
};

subtest 'the writes lane full' => sub {
	my @r = $root->parallel(map { [ POST => '/scratch/writes', { seconds => '0.5' } ] } 1 .. 20);
	is_deeply(count(@r), { 200 => 5, '503 SERVER_BUSY' => 15 }, 'two run, three wait, the others are refused');
	is_deeply([ grep { $_->status == 503 && $_->seconds > 0.4 } @r ], [], 'at once');
};

$s->stop('httpd');
$s->start('httpd', env => { HTTP_LOOPS => 1, DB_READ_CONNECTIONS => 1 });

subtest 'a slow statement delays its own lane only' => sub {
	my @busy = map { my $c = $root->connect; $c->send($root->bytes('POST', "/scratch/$_", { seconds => 1 })); $c } qw(slow slow writes writes writes writes writes);
	sleep 0.1;
	my @r = $root->parallel(map { [ GET => '/api/v1/subscriptions/plans' ] } 1 .. 60);
	is_deeply(count(@r), { 200 => 60 }, 'reads are answered');
	is_soon(slowest(@r), 0.5, 'quickly');
	my $login = $root->post('/api/v1/auth/login', { email => 'nobody@example.test', password => 'some password' });
	is($login->brief, '401 AUTH_INVALID_CREDENTIALS', 'logins too');
	is_soon($login->seconds, 0.7, 'quickly');
	is_deeply([ map { my $r = $_->answer; $r ? $r->brief : 'nothing' } @busy ], [ ('200') x 7 ], 'and the slow ones in the end');
};

subtest 'reads that fail do not touch their neighbours' => sub {
	my $before = metric($s, 'veza_database_retried_total');
	for my $round (1 .. 3)
	{
		my @n = shuffle 1 .. 200;
		my @r = $root->parallel(map { [ GET => "/scratch/read/$_" ] } @n);
		my @wrong;
		for my $i (0 .. $#n)
		{
			my $expected = $n[$i] % 5 == 1 ? '500 INTERNAL_ERROR' : $n[$i] % 5 == 2 ? '400 VALIDATION_ERROR' : "200 $n[$i]";
			my $got = $r[$i]->brief . ($r[$i]->status == 200 ? ' ' . $r[$i]->data : '');
			push @wrong, "$n[$i]: $got" if $got ne $expected && !($n[$i] % 5 == 2 && $r[$i]->status >= 400);
		}
		is_deeply(\@wrong, [], "round $round: of two hundred each has its own answer");
	}
	cmp_ok(metric($s, 'veza_database_retried_total'), '>', $before, 'batches were shared, and neighbours sent again');
};

subtest 'a slow read in the batch' => sub {
	my $c = $root->connect;
	$c->send($root->bytes('GET', '/scratch/nap?seconds=0.5'));
	my @r = $root->parallel(map { [ GET => "/scratch/read/$_" ] } map { $_ * 5 } 1 .. 100);
	is_deeply(count(@r), { 200 => 100 }, 'those behind it are answered after it');
	is($c->answer->brief, '200', 'like itself');
};

subtest 'everybody is who he is' => sub {
	my %who = (alice => register($s), bob => register($s), nobody => { id => undef });
	my %connections = map { $_ => [ map { $root->connect } 1 .. 12 ] } keys %who;
	my @wrong;
	my $n = 0;
	for my $round (1 .. 25)
	{
		# All in one turn of the loop, on connections that are kept, in another order each time.
		my @sent = shuffle map { my $name = $_; map { [ $name, $_, ++$n ] } @{ $connections{$name} } } keys %who;
		for my $q (@sent)
		{
			my ($name, $c, $number) = @$q;
			my $path = $name eq 'nobody' && $number % 4 == 0 ? '/scratch/whom' : '/scratch/who';
			$q->[3] = $path;
			$c->send($root->bytes('GET', "$path?n=$number", undef, token => $who{$name}{token}));
		}
		for my $q (@sent)
		{
			my ($name, $c, $number, $path) = @$q;
			my $r = $c->answer(timeout => 5) // Veza::Http::Answer->none('nothing');
			my $expected = $path eq '/scratch/whom' && $name eq 'nobody' ? '401 AUTH_REQUIRED' : "200 $number " . ($who{$name}{id} // 'nobody');
			my $got = $r->brief . ($r->status == 200 ? ' ' . $r->data->{n} . ' ' . ($r->data->{id} // 'nobody') : '');
			push @wrong, "$name: $got instead of $expected" if $got ne $expected;
		}
	}
	is_deeply(\@wrong, [], "$n answers on kept connections, each to its own caller");
	# The same with what one writes in between.
	my $c = $root->connect;
	@wrong = ();
	for my $round (1 .. 30)
	{
		for my $name (shuffle keys %who)
		{
			my $r = $c->request('GET', '/scratch/who?n=1', undef, token => $who{$name}{token});
			push @wrong, $name if ($r->data->{id} // 'nobody') ne ($who{$name}{id} // 'nobody');
			my $w = $c->request('POST', '/api/v1/subscriptions/cancel', {}, token => $who{$name}{token});
			push @wrong, "$name: " . $w->brief if $w->brief ne ($name eq 'nobody' ? '401 AUTH_REQUIRED' : '404 NO_ACTIVE_SUBSCRIPTION');
		}
	}
	is_deeply(\@wrong, [], 'one connection, three callers, reads and writes');
};

is($s->stop('httpd'), 0, 'clean exit');
done_testing;
