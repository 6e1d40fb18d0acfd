#!/usr/bin/perl
# A request that takes too long, or whose client has left, ends in PostgreSQL
# too, and leaves nothing behind.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(sleep time);
use Veza::Test;

my $s = stack();
$s->sql(<<'SQL');
create table veza_data.scratch (note text);
alter table veza_data.scratch owner to veza_owner;

create function veza.scratch_read(seconds numeric) returns json language sql stable as
$$ select to_json(pg_sleep($1)::text) $$;
create function veza.scratch_write(seconds numeric, note text) returns json language plpgsql volatile
security definer set search_path = pg_catalog, pg_temp as
$$ begin insert into veza_data.scratch values (note); perform pg_sleep(seconds); return '1'; end $$;
alter function veza.scratch_write owner to veza_owner;
create function veza.scratch_stubborn(seconds numeric) returns json language plpgsql volatile as
$$
declare until timestamptz := clock_timestamp() + seconds * interval '1 second';
begin
    while clock_timestamp() < until loop
        begin
            perform pg_sleep(0.2);
        exception when query_canceled then
            null;
        end;
    end loop;
    return '1';
end
$$;
create procedure veza.scratch_wait(seconds numeric, inout result json default null, inout head json default null, in request boolean default null)
language plpgsql as $$ begin perform pg_sleep(seconds); result := '1'; end $$;
comment on function veza.scratch_read is 'Sleep.';
comment on function veza.scratch_write is 'Write and sleep.';
comment on function veza.scratch_stubborn is 'Sleep, whatever is said.';
comment on procedure veza.scratch_wait is 'Sleep.';
select veza.add_route('GET', '/scratch/reads', 'veza.scratch_read', 'public', 'reads');
select veza.add_route('GET', '/scratch/slow', 'veza.scratch_read', 'public', 'slow');
select veza.add_route('POST', '/scratch/writes', 'veza.scratch_write', 'public', 'writes');
select veza.add_route('POST', '/scratch/auth', 'veza.scratch_write', 'public', 'auth');
select veza.add_route('POST', '/scratch/stubborn', 'veza.scratch_stubborn', 'public', 'writes');
select veza.add_route('POST', '/scratch/wait', 'veza.scratch_wait', 'public', 'wait');
SQL
$s->start('httpd', env => { HANDLER_TIMEOUT => '1s' });
my $root = root($s);
wait_route($s, '/scratch/wait');

# A sleeping request of each lane.
my %sleeping = (
	reads => [ GET => '/scratch/reads?seconds=20', undef ],
	slow => [ GET => '/scratch/slow?seconds=20', undef ],
	writes => [ POST => '/scratch/writes', { seconds => 20, note => 'writes' } ],
	auth => [ POST => '/scratch/auth', { seconds => 20, note => 'auth' } ],
	wait => [ POST => '/scratch/wait', { seconds => 20 } ]);

sub running { return $s->sql_value("select count(*) from pg_stat_activity where state <> 'idle' and query like '%scratch\\_%' and usename = 'veza_httpd'") }
sub notes   { return $s->sql_value('select count(*) from veza_data.scratch') }

subtest 'what takes its time' => sub {
	is($root->post('/scratch/writes', { seconds => '0.6', note => 'kept' })->brief, '200', 'but not too much, is answered');
	is(notes(), 1, 'and kept');
};

subtest 'HANDLER_TIMEOUT' => sub {
	my $before = metric($s, 'veza_requests_cancelled_total');
	my @lanes = sort keys %sleeping;
	my @r = $root->parallel(map { $sleeping{$_} } @lanes);
	for my $i (0 .. $#lanes)
	{
		is_refused($r[$i], '504 REQUEST_TIMEOUT', "lane $lanes[$i]");
		cmp_ok($r[$i]->seconds, '>=', 0.95, "lane $lanes[$i]: has its time");
		is_soon($r[$i]->seconds, 2, "lane $lanes[$i]: and not more");
	}
	wait_until { running() == 0 } 'PostgreSQL stops working', 2;
	is(running(), 0, 'PostgreSQL has stopped working on them');
	is(notes(), 1, 'nothing of the cancelled requests is kept');
	is(metric($s, 'veza_requests_cancelled_total') - $before, 5, 'the cancellations are counted');
	@r = $root->parallel(map { [ $sleeping{$_}[0], $sleeping{$_}[1] =~ s/20/0/r, $sleeping{$_}[2] && { %{ $sleeping{$_}[2] }, seconds => 0 } ] } (@lanes) x 4);
	is_deeply([ grep { $_ ne '200' } map { $_->brief } @r ], [], 'every lane works on');
};

subtest 'a statement that will not end' => sub {
	my $r = $root->post('/scratch/stubborn', { seconds => 6 });
	is_refused($r, '504 REQUEST_TIMEOUT', 'is answered without its end');
	is_soon($r->seconds, 4.5, 'soon');
	is(running(), 1, 'although it still runs');
	my @r = $root->parallel(map { [ POST => '/scratch/writes', { seconds => 0, note => 'beside' } ] } 1 .. 20);
	is_deeply([ grep { $_ ne '200' } map { $_->brief } @r ], [], 'the lane works on beside it');
	wait_until { running() == 0 } 'its end', 10;
	@r = $root->parallel(map { [ POST => '/scratch/writes', { seconds => 0, note => 'after' } ] } 1 .. 20);
	is_deeply([ grep { $_ ne '200' } map { $_->brief } @r ], [], 'and after it');
};

$s->stop('httpd');
$s->start('httpd');

subtest 'a client that leaves' => sub {
	my $before = notes();
	for my $how ('closes', 'resets')
	{
		for my $lane (sort keys %sleeping)
		{
			my $c = $root->connect;
			$c->send($root->bytes(@{ $sleeping{$lane} }));
			wait_until { running() == 1 } "the statement of lane $lane", 3;
			$c->close(reset => $how eq 'resets');
			my $since = time;
			wait_until { running() == 0 } "lane $lane, $how: cancelled", 4;
			is_soon(time - $since, 2, "lane $lane, a client that $how: cancelled within 2 s");
		}
	}
	is(notes(), $before, 'nothing of it is kept');
	is(metric($s, 'veza_http_requests_running'), 0, 'nothing runs');
	my @r = $root->parallel(map { [ $sleeping{$_}[0], $sleeping{$_}[1] =~ s/20/0/r, $sleeping{$_}[2] && { %{ $sleeping{$_}[2] }, seconds => 0 } ] } (sort keys %sleeping) x 4);
	is_deeply([ grep { $_ ne '200' } map { $_->brief } @r ], [], 'every lane works on');
};

subtest 'clients that leave while they wait' => sub {
	my $before = notes();
	# The writes lane has 8 connections here; forty requests wait behind eight.
	my @open = map { my $c = $root->connect; $c->send($root->bytes('POST', '/scratch/writes', { seconds => '1.5', note => 'leaving' })); $c } 1 .. 48;
	wait_until { running() == 8 } 'eight statements', 3;
	my $since = time;
	$_->close for @open;
	wait_until { running() == 0 } 'all are cancelled', 5;
	is_soon(time - $since, 2.5, 'within 2 s, those that waited too');
	is(notes(), $before, 'none of them was carried out');
	is($root->post('/scratch/writes', { seconds => 0, note => 'next' })->brief, '200', 'the next one is');
};

subtest 'a neighbour in the same batch is not cancelled' => sub {
	for my $round (1 .. 5)
	{
		my $c = $root->connect;
		$c->send($root->bytes('GET', '/scratch/reads?seconds=20'));
		wait_until { running() >= 1 } 'a statement', 3;
		my @others = map { my $o = $root->connect; $o->send($root->bytes('GET', '/api/v1/subscriptions/plans')); $o } 1 .. 40;
		$c->close;
		my %n;
		for my $o (@others) { my $r = $o->answer(timeout => 5); $n{ $r ? $r->brief : 'nothing' }++ }
		is_deeply(\%n, { 200 => 40 }, "round $round: those behind it are answered") or diag explain \%n;
	}
};

subtest 'the fuse of a lane' => sub {
	# statement_timeout of the reads lane is 5 s; HANDLER_TIMEOUT is 30 s here.
	my $r = $root->get('/scratch/reads?seconds=20');
	is_refused($r, '504 REQUEST_TIMEOUT', 'a read that HANDLER_TIMEOUT would allow');
	is_soon($r->seconds, 7, 'is ended by the lane');
};

is($s->stop('httpd'), 0, 'clean exit');
done_testing;
