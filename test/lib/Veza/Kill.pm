package Veza::Kill;

# Freezing a step, killing a victim at it, and putting things right: what
# test/fault/kill.t and kill-webhook.t share. A case is a hash: user, call
# (the backend at work), holder and stopped (what is frozen).

use strict;
use warnings;
use Exporter qw(import);
use Test::More;
use Veza::Scene;
use Veza::Session;
use Veza::Stack;

our @EXPORT = qw(backend_of hold hold_user kill_at put_right stop_process);

our ($stack, $scene);
my $offset = 0;
my $turn = 0;
my $all_connections;		# of veza-httpd, before anything is killed

# Starts a stack whose timers are short: one loop, so that its connections can be counted.
sub start
{
	$stack = Veza::Stack->new(env => { HYPERSWITCH_TIMEOUT => '2s', HTTP_LOOPS => 1 });
	$scene = Veza::Scene->new($stack);
	$scene->start(settings => { effect_lease => 3, effect_backoff_base => 50 });
	return ($stack, $scene);
}

# ---- freezing

# The backend that runs a statement like this one.
sub backend_of
{
	my ($like) = @_;
	return $scene->await("a backend that runs $like", sub {
		$scene->value("select pid from pg_stat_activity where state = 'active' and usename in ('veza_httpd', 'veza_relay')"
			. " and query ilike '$like' limit 1");
	});
}

# A psql that has done this and not committed.
sub hold
{
	my ($sql) = @_;
	my $holder = Veza::Session->new($stack);
	$holder->do("begin; $sql");
	return $holder;
}

sub hold_user
{
	my ($c) = @_;
	$c->{holder} = hold("select 1 from veza_data.users where id = '$c->{user}{id}' for update");
}

sub stop_process
{
	my ($c, $pid) = @_;
	kill 'STOP', $pid or die "stop $pid: $!";
	push @{ $c->{stopped} }, $pid;
}

sub let_go
{
	my ($c) = @_;
	$c->{holder}->close if $c->{holder};
	kill 'CONT', @{ $c->{stopped} } if $c->{stopped};
}

# ---- killing

# Each kills and returns what has to be done once everything frozen is let go.
my %victims = (
	'its backend' => sub { my ($c) = @_; return kill_backend($c->{call}) },
	"the relay's backend" => sub { return kill_backend($scene->value('select pid from veza_data.relay order by heartbeat_at desc limit 1')) },
	'veza-relay' => sub { $stack->stop('relay', 'KILL'); return sub { $stack->start('relay') } },
	'veza-httpd' => sub { $stack->stop('httpd', 'KILL'); return sub { $stack->start('httpd') } },
	'the cluster' => sub { my @children = $scene->kill_postmaster; return sub { $scene->restart_postgres(@children) } },
);

sub kill_backend
{
	my ($pid) = @_;
	my $before = $scene->recoveries;
	$scene->forget_monitor;
	$scene->kill_process($pid);
	return sub {
		$scene->await('PostgreSQL to notice the crash', sub { $scene->recoveries > $before });
		$scene->await_database;
	};
}

# Kills the victim, lets go what was frozen, repairs, and waits for health.
sub kill_at
{
	my ($c, $victim) = @_;
	my $connections = "select count(*) from pg_stat_activity where usename = 'veza_httpd'";
	$all_connections //= $scene->value($connections);
	my $repair = $victims{$victim}->($c);
	let_go($c);
	$repair->();
	$scene->await_health;
	# veza-httpd is ready before all its connections are back.
	$scene->await('the connections of veza-httpd', sub { $scene->value($connections) >= $all_connections });
	# A fault that nobody met must not meet the recovery.
	$scene->sim('DELETE', 'faults');
}

# ---- putting right

sub by_recovery
{
	my ($c) = @_;
	my $s = $scene->subscription_of($c->{user}) or return;
	my $answer = $scene->insist("/subscriptions/complete/$s->{id}", {}, $c->{user});
	return $answer->{status} == 200 || ($answer->{json}{error}{details}{status} // '') eq 'active'
	  || diag "complete: $answer->{status} $answer->{text}";
}

sub by_reconciliation
{
	my ($c) = @_;
	my $s = $scene->subscription_of($c->{user}) or return;
	my ($out, $err, $code) = $stack->psql("call veza.reconcile_payment('$s->{id}')", role => 'veza_dba');
	return !$code || diag "reconcile_payment: $err";
}

# Makes the next question to the provider due; the clock goes only forward.
sub by_jobs
{
	$offset += 400;
	$scene->shift_clock($offset);
	$scene->await('the due jobs', sub {
		!$scene->value("select count(*) from veza_data.payment where next_check_at <= now() + interval '$offset seconds'") });
}

my @ways = ([ recovery => \&by_recovery ], [ reconciliation => \&by_reconciliation ], [ jobs => \&by_jobs ]);

# One way after the other: recovery, reconciliation, due jobs; each must be enough.
sub put_right
{
	my ($c, $name) = @_;
	my $way = $ways[ $turn++ % @ways ];
	$way->[1]->($c);
	$scene->settle;
	$scene->is_sound("$name; by $way->[0]");
}

END { $stack->stop_all if $stack }

1;
