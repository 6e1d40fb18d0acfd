#!/usr/bin/perl
# The relay and its database: a connection that cannot listen, a server that only reads, and how it finds back.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);
use Veza::Test;

my $s = stack();

# A way to PostgreSQL that spoils the first LISTEN.
my $listener = IO::Socket::INET->new(Listen => 20, LocalAddr => '127.0.0.1', ReuseAddr => 1) or die "listen: $!";
my $port = $listener->sockport;
my $proxy = fork // die "fork: $!";
if (!$proxy)
{
	$SIG{TERM} = 'DEFAULT';
	$SIG{CHLD} = 'IGNORE';
	while (my $c = $listener->accept)
	{
		my $pid = fork;
		if (defined $pid && !$pid) { carry($c); POSIX::_exit(0) }
		close $c;
	}
	POSIX::_exit(0);
}
close $listener;
END { kill 'TERM', $proxy if $proxy }

sub carry
{
	my ($client) = @_;
	my $server = IO::Socket::UNIX->new("$s->{socket}/.s.PGSQL.5432") or return;
	my $select = IO::Select->new($client, $server);
	while (1)
	{
		for my $from ($select->can_read)
		{
			sysread($from, my $bytes, 65536) or return;
			if ($from == $client && $bytes =~ /listen veza_effect/ && !-e "$s->{dir}/spoiled")
			{
				$bytes =~ s/listen veza_effect/lisXen veza_effect/;
				open my $f, '>', "$s->{dir}/spoiled" or return;
			}
			my $to = $from == $client ? $server : $client;
			while (length $bytes) { my $n = syswrite($to, $bytes) or return; substr($bytes, 0, $n, '') }
		}
	}
}

# Only a notification is quick enough for somebody who waits.
my %slow = (RELAY_POLL_INTERVAL => '60s', RELAY_JOB_INTERVAL => '60s');
$s->start('pspsim');
$s->start('httpd');

subtest 'LISTEN fails' => sub {
	$s->start('relay', env => { %slow, RELAY_DATABASE_URL => "postgres://veza_relay\@127.0.0.1:$port/veza?sslmode=disable" });
	wait_until { -e "$s->{dir}/spoiled" } 'it was spoiled';
	wait_until { $s->sql_value(q{select count(*) from pg_stat_activity where usename = 'veza_relay' and query ilike '%relay_heartbeat%' or query ilike '%claim_effects%'}) } 'the relay works';
	like($s->read_file("$s->{dir}/relay.log"), qr/a statement failed.*lisXen/, 'the failure is in the log');
	my $u = creator($s);
	my $r = $u->{api}->post('/subscriptions/subscribe', { plan_id => 'pro' });
	is($r->brief, '201', 'who waits is served');
	is_soon($r->seconds, 5, 'at once: it listens, by another connection');
	$s->stop('relay');
};

sub pids { return $s->sql_value(q{select coalesce(string_agg(pid::text, ' ' order by pid), '') from pg_stat_activity where usename = 'veza_relay'}) // '' }

subtest 'a server that only reads' => sub {
	$s->start('relay', env => { RELAY_POLL_INTERVAL => '50ms', RELAY_JOB_INTERVAL => '50ms' });
	my $u = creator($s);
	is($u->{api}->post('/subscriptions/subscribe', { plan_id => 'pro' })->brief, '201', 'it works');
	my $before = pids();
	my $lines = () = $s->read_file("$s->{dir}/relay.log") =~ /\n/g;
	# As after a failover: the sessions stay, and nothing can be written through them.
	$s->sql('alter role veza_relay set default_transaction_read_only = on');
	$s->sql(q{alter system set default_transaction_read_only = on});
	$s->sql('select pg_reload_conf()');
	wait_until { pids() eq '' } 'the relay gives its connections up', 15;
	sleep 4;
	my $said = (() = $s->read_file("$s->{dir}/relay.log") =~ /\n/g) - $lines;
	cmp_ok($said, '<', 100, "and does not fill the log: $said lines");
	like($s->read_file("$s->{dir}/relay.log"), qr/cannot connect to the database.*read-only/, 'which says why');
	$s->sql_value('set default_transaction_read_only = off; alter system reset default_transaction_read_only');
	$s->sql_value('set default_transaction_read_only = off; alter role veza_relay reset default_transaction_read_only');
	$s->sql('select pg_reload_conf()');
	# veza-httpd's connections are made anew meanwhile, too.
	my $r;
	wait_until { eval { $r = creator($s)->{api}->post('/subscriptions/subscribe', { plan_id => 'pro' }); $r->status == 201 } } 'and comes back by itself', 30;
	isnt(pids(), $before, 'by other connections');
};

is_deeply([ audit_findings($s) ], [], 'the audit finds nothing');
done_testing;
