#!/usr/bin/perl
# Hashing passwords takes a processor for a tenth of a second: never more than two at a time over all
# sessions and programs, a short queue, and everything else stays quick meanwhile.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use List::Util qw(max);
use Test::More;
use Time::HiRes qw(sleep time);
use Veza::Session;
use Veza::Test;

my $s = stack();
my %size = (HTTP_LOOPS => 2, DB_AUTH_CONNECTIONS => 2);
$s->start('httpd', env => \%size);
$s->start('httpd', as => 'second', env => { %size, APP_PORT => $s->port('second'), ADMIN_PORT => $s->port('second_admin') });
my @apis = (api($s), Veza::Http->new('http://127.0.0.1:' . $s->port('second'), prefix => '/api/v1'));
my $user = register($s);

# Looks at the locks until the table stop is there; returns the most places taken at once, and how often it looked.
$s->sql(<<'SQL');
create schema scratch;
create function scratch.most_hashing(out most int, out looks int) language plpgsql as $$
declare
    n int;
begin
    most := 0; looks := 0;
    while not exists (select from pg_stat_activity where application_name = 'stop') loop
        select count(*) into n from pg_locks where locktype = 'advisory' and objsubid = 3 and granted;
        most := greatest(most, n);
        looks := looks + 1;
        perform pg_stat_clear_snapshot();
        perform pg_sleep(0.003);
    end loop;
end $$;
SQL

# Runs the block while the locks are watched and somebody reads the own account; returns the most places taken at
# once, and the times of the reads, the shortest first.
sub watched
{
	my ($block) = @_;
	my $watcher = Veza::Session->new($s)->send('select * from scratch.most_hashing()');
	pipe(my $from, my $to);
	my $child = fork // die "fork: $!";
	if (!$child)
	{
		$SIG{TERM} = 'DEFAULT';
		$to->autoflush(1);
		while (1)
		{
			my $r = $user->{api}->get('/auth/me');
			print $to $r->status == 200 ? $r->seconds : 99, "\n";
			sleep 0.005;
		}
	}
	close $to;
	sleep 0.2;
	$block->();
	kill 'TERM', $child;
	my @reads = sort { $a <=> $b } map { $_ + 0 } <$from>;
	waitpid $child, 0;
	my $stop = Veza::Session->new($s);
	$stop->do("set application_name = 'stop'");
	my ($most, $looks) = split /\|/, $watcher->receive;
	$_->close for $stop, $watcher;
	cmp_ok($looks, '>', 20, "watched $looks times");
	return ($most, @reads);
}

sub ms { return sprintf '%.0f ms', 1000 * $_[0] }

subtest 'a hundred logins at once' => sub {
	my @refused;
	my @answered;
	my ($most, @reads) = watched(sub {
		my @pids;
		# Two clients, one for each program, each with a wave of fifty.
		pipe(my $from, my $to);
		for my $i (0, 1)
		{
			my $pid = fork // die "fork: $!";
			push @pids, $pid and next if $pid;
			my @r = $apis[$i]->parallel(map { [ POST => '/auth/login', { email => "nobody$i-$_\@example.test", password => 'some password' } ] } 1 .. 50);
			print $to join("\t", $_->brief, $_->seconds, $_->header('Retry-After') // ''), "\n" for @r;
			close $to;
			POSIX::_exit(0);
		}
		close $to;
		for my $line (<$from>)
		{
			my ($brief, $seconds, $wait) = split /[\t\n]/, $line;
			push @{ $brief =~ /^503/ && $seconds < 1.5 * Veza::Stack::slowness() ? \@refused : \@answered }, [ $brief, $seconds, $wait ];
		}
		waitpid $_, 0 for @pids;
	});
	is(@refused + @answered, 100, 'all are answered');
	cmp_ok(scalar(grep { $_->[0] =~ /^401/ } @answered), '<=', 8 + 2 * 16, 'those that are served fit into the connections and the queues');
	cmp_ok(@answered, '>=', 2 * 16, 'which are used');
	is_deeply([ grep { $_->[0] ne '401 AUTH_INVALID_CREDENTIALS' && $_->[0] ne '503 SERVER_BUSY' } @answered ], [], 'they are served, or told that it took too long');
	cmp_ok(scalar(grep { $_->[0] =~ /^401/ } @answered), '>', 20, 'most of them are served');
	is_deeply([ grep { $_->[0] ne '503 SERVER_BUSY' || $_->[2] !~ /^[1-9]\d*$/ } @refused ], [], 'the others are busy, with Retry-After');
	my $slowest = max map { $_->[1] } @refused;
	is_soon($slowest, 0.1, 'at once: within ' . ms($slowest));
	is($most, 2, 'never more than two hash at a time, over eight sessions of two programs');
	my $p99 = $reads[ int(0.99 * $#reads) ];
	cmp_ok(scalar @reads, '>', 20, @reads . ' reads meanwhile');
	is_soon($p99, 0.15, sprintf 'which stay quick: median %s, p99 %s', ms($reads[ @reads / 2 ]), ms($p99));
};

subtest 'the wait for a place is bounded, and can be cancelled' => sub {
	my $old = setting($s, hash_wait_ms => 300);
	my @holders = map { Veza::Session->new($s) } 1, 2;
	# Two slow hashes: an account whose hash has larger parameters.
	$s->sql(q{update veza_data.users set password_hash = '$argon2id$v=19$m=262144,t=8,p=1$c29tZXNhbHRzb21lc2FsdA$gGeJXYTtEQ5KQYmWKx0dVnSMoQ4mPoDEcnJRNUwrcPA'}
		. " where id = '$user->{id}'");
	$s->sql("insert into veza_data.users (username, email, password_hash, created_at, updated_at)"
		. " select 'slow-two', 'slow-two\@example.test', password_hash, now(), now() from veza_data.users where id = '$user->{id}'");
	$holders[0]->send("select veza.auth_login('$user->{username}', 'wrong')");
	$holders[1]->send("select veza.auth_login('slow-two', 'wrong')");
	wait_until { $s->sql_value("select count(*) from pg_locks where locktype = 'advisory' and objsubid = 3") == 2 } 'both places taken';
	my $r = $apis[0]->post('/auth/login', { email => 'nobody@example.test', password => 'some password' });
	is_refused($r, '503 SERVER_BUSY', 'no place');
	cmp_ok($r->seconds, '>', 0.25, 'after the wait');
	setting($s, hash_wait_ms => 60000);
	my ($out, $err) = $s->psql("set statement_timeout = 200; select veza.auth_login('nobody', 'wrong')");
	like($err, qr/canceling statement due to statement timeout/, 'a wait is cancelled like anything else');
	$_->receive && $_->close for @holders;
	is($s->sql_value("select count(*) from pg_locks where locktype = 'advisory' and objsubid = 3"), 0, 'all places are given back');
	setting($s, hash_wait_ms => $old);
};

subtest 'an error gives the place back' => sub {
	# An impossible amount of memory: the hash itself fails, in a transaction that stays open.
	my $session = Veza::Session->new($s);
	$s->sql(q{update veza_data.users set password_hash = '$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$gGeJXYTtEQ5KQYmWKx0dVnSMoQ4mPoDEcnJRNUwrcPA' where username = 'slow-two'});
	my $text = $session->do("begin; savepoint a; select veza.auth_login('slow-two', 'wrong'); rollback to a;");
	like($text, qr/VZ014/, 'a hash that cannot be computed is SERVER_BUSY');
	is($s->sql_value("select count(*) from pg_locks where locktype = 'advisory' and objsubid = 3"), 0, 'its place is free although the transaction lives');
	$session->close;
};

subtest 'no queue' => sub {
	$s->stop('second');
	$s->start('httpd', as => 'second', env => { %size, DB_AUTH_QUEUE => 0, APP_PORT => $s->port('second'), ADMIN_PORT => $s->port('second_admin') });
	my @r = $apis[1]->parallel(map { [ POST => '/auth/login', { email => "none$_\@example.test", password => 'some password' } ] } 1 .. 30);
	my $served = grep { $_->status == 401 } @r;
	cmp_ok($served, '<=', 8, 'with DB_AUTH_QUEUE=0 only the connections take something') or diag(join ' ', map { $_->brief } @r);
	cmp_ok($served, '>', 0, "they do: $served");
};

done_testing;
