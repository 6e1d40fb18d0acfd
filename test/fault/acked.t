#!/usr/bin/perl
# No acknowledged write is lost. Clients subscribe, recover, pay and submit
# while backends, veza-relay, veza-httpd and the whole cluster are killed at
# random. Each client keeps a ledger of what it was told, synced to disk before
# it goes on; in the end every line of it must be true, veza.audit empty and
# the provider's ledger ours.
#
#   VEZA_ACKED_SEED=7         replays a fault schedule (printed at the start)
#   VEZA_ACKED_KILLS=200      kills (10), one every VEZA_ACKED_PAUSE (3) seconds or so
#   VEZA_ACKED_CLIENTS=8      clients

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Handle;
use POSIX qw(_exit);
use Test::More;
use Time::HiRes qw(sleep time);
use Veza::Scene;
use Veza::Stack;

my $seed = $ENV{VEZA_ACKED_SEED} // int(time) % 1_000_000;
my $kills = $ENV{VEZA_ACKED_KILLS} // 10;
my $pause = $ENV{VEZA_ACKED_PAUSE} // 3;
my $clients = $ENV{VEZA_ACKED_CLIENTS} // 8;
my $json = $Veza::Scene::json;
diag "VEZA_ACKED_SEED=$seed VEZA_ACKED_KILLS=$kills";
srand($seed);

my $parent = $$;
my $stack = Veza::Stack->new(fsync => 1, env => { HYPERSWITCH_TIMEOUT => '2s' });
my $scene = Veza::Scene->new($stack);
my %client;
END
{
	if ($stack && $$ == $parent)
	{
		kill 'KILL', keys %client;
		$stack->stop_all;
	}
}
$scene->start(settings => { effect_lease => 5, effect_backoff_base => 50 });

# ---- a client

# One operation, tried until there is a final answer; every step of it is in the ledger.
sub operate
{
	my ($c, $kind, $path, $body, $accept) = @_;
	my $id = ++$c->{operations};
	my $end = time + 30;

	note_down($c, { sent => $kind, op => $id, user => $c->{user}{id} });
	while (time < $end && !-e $c->{stop})
	{
		my $answer = eval { $scene->call('POST', $path, body => $body, user => $c->{user}, timeout => 20) } // { status => 0 };
		my $fact = $answer->{status} =~ /^2/ ? $answer->{json}{data} : $accept ? $accept->($answer) : undef;
		if ($fact)
		{
			note_down($c, { acked => $kind, op => $id, user => $c->{user}{id}, track => $c->{user}{track},
				subscription => $fact->{subscription}{id} // $fact->{subscription_id}, payment => $fact->{payment_id},
				id => $fact->{id} });
			return $fact;
		}
		if ($answer->{status} =~ /^4/)
		{
			note_down($c, { refused => $kind, op => $id, status => $answer->{status}, code => $answer->{json}{error}{code} });
			return;
		}
		note_down($c, { unknown => $kind, op => $id, status => $answer->{status} });
		sleep 0.1;
	}
	return;
}

# A line of the ledger is on disk before the client goes on.
sub note_down
{
	my ($c, $line) = @_;
	print { $c->{ledger} } $json->encode($line), "\n";
	$c->{ledger}->flush;
	$c->{ledger}->sync;
}

sub pay
{
	my ($c, $checkout) = @_;
	my $status = $scene->press($checkout->{payment_id}, 'pay', $checkout->{client_secret});
	note_down($c, { acked => 'pay', user => $c->{user}{id}, payment => $checkout->{payment_id} }) if $status == 200;
	return $status == 200;
}

# What one user does.
sub live
{
	my ($c) = @_;
	my $checkout = operate($c, 'subscribe', '/subscriptions/subscribe', { plan_id => 'pro' }) or return;

	if (rand() < 0.4)
	{
		my $again = operate($c, 'complete', "/subscriptions/complete/$checkout->{subscription}{id}", {}) or return;
		$checkout = $again;
	}
	return if rand() < 0.1;
	pay($c, $checkout) or return;
	for my $try (1 .. 20)
	{
		last if -e $c->{stop};
		my $done = operate($c, 'submit', '/distributions', { track_id => $c->{user}{track} }, sub {
			my ($answer) = @_;
			# An earlier try was carried out although its answer was lost.
			my $id = ($answer->{json}{error}{details} // {})->{distribution_id};
			return $id ? { id => $id } : undef;
		});
		last if $done;
		sleep 0.1;
	}
}

sub run_client
{
	my ($n, @users) = @_;
	srand($seed * 1000 + $n);
	my $c = { stop => "$stack->{dir}/stop", operations => 0 };
	open($c->{ledger}, '>>', "$stack->{dir}/ledger-$n") or die "ledger: $!";
	for my $user (@users)
	{
		last if -e $c->{stop};
		$c->{user} = $user;
		live($c);
	}
}

my $per_client = 100 + 60 * $kills;
my @users = $scene->users($clients * $per_client);
for my $n (1 .. $clients)
{
	my @mine = splice @users, 0, $per_client;
	my $pid = fork() // die "fork: $!";
	if (!$pid)
	{
		delete $scene->{monitor};
		eval { run_client($n, @mine); 1 } or print STDERR "client $n: $@";
		_exit($@ ? 1 : 0);
	}
	$client{$pid} = $n;
}

# ---- the faults

my %faults = (
	backend => sub {
		my $pid = $scene->value("select pid from pg_stat_activity where usename in ('veza_httpd', 'veza_relay')"
			. ' order by (state = \'active\') desc, md5(pid::text || ' . int(rand(1e9)) . ') limit 1') or return;
		$scene->kill_backend($pid);
	},
	relay => sub { $stack->stop('relay', 'KILL'); $stack->start('relay', nowait => 1) },
	httpd => sub { $stack->stop('httpd', 'KILL'); $stack->start('httpd', nowait => 1) },
	cluster => sub { $scene->restart_postgres($scene->kill_postmaster) },
);
my @kinds = map { (qw(backend relay httpd cluster backend))[ $_ % 5 ] } 0 .. $kills - 1;
for my $i (reverse 1 .. $#kinds)
{
	my $j = int rand($i + 1);
	@kinds[ $i, $j ] = @kinds[ $j, $i ];
}
my $began = time;
for my $kind (@kinds)
{
	sleep $pause * (0.5 + rand());
	note sprintf '%.1f s: kill %s', time - $began, $kind;
	$faults{$kind}->();
	$stack->is_running($_) or fail("$_ ended by itself: " . $stack->tail($_)) for qw(httpd relay pspsim);
}
$scene->await_health;
sleep $pause;
$stack->write_file("$stack->{dir}/stop", '');
while (%client)
{
	my $pid = waitpid(-1, 0);
	last if $pid < 0;
	next if !exists $client{$pid};
	is($?, 0, "client $client{$pid} came to its end");
	delete $client{$pid};
}

# ---- the reckoning

# Webhooks that were given up are made up for by asking: every open payment's next question is due.
$scene->shift_clock(3600);
$scene->await('the due questions', sub {
	!$scene->value("select count(*) from veza_data.payment where next_check_at <= now() + interval '1 hour'") }, 60);
$scene->settle(60);
$scene->is_sound('after all');

my (%n, %refusals, @lost);
my %subscription = map { $_->[0] => { user => $_->[1], status => $_->[2] } }
  $scene->rows('select id, user_id, status from veza_data.subscription');
my %payment = map { $_->[0] => { subscription => $_->[1], user => $_->[2], state => $_->[3], refunds => $_->[4] } }
  $scene->rows('select p.psp_payment_id, p.subscription_id, p.user_id, p.state,'
	. ' (select count(*) from veza_data.refund r where r.payment_id = p.id) from veza_data.payment p');
my %distribution = map { $_->[0] => { user => $_->[1], track => $_->[2] } }
  $scene->rows('select id, user_id, track_id from veza_data.distribution');

for my $file (glob "$stack->{dir}/ledger-*")
{
	for my $line (split /\n/, $stack->read_file($file))
	{
		my $l = $json->decode($line);
		$n{$_}++ for grep { $l->{$_} } qw(sent acked unknown refused);
		$refusals{"$l->{refused}: $l->{code}"}++ if $l->{refused};
		my $kind = $l->{acked} or next;
		$n{$kind}++;
		if ($kind eq 'subscribe' || $kind eq 'complete')
		{
			my ($s, $p) = ($subscription{ $l->{subscription} }, $payment{ $l->{payment} });
			push @lost, $line if !$s || !$p || $s->{user} ne $l->{user} || $p->{subscription} ne $l->{subscription};
		}
		elsif ($kind eq 'pay')
		{
			my $p = $payment{ $l->{payment} };
			my $is_served = $p && $p->{state} eq 'succeeded' && ($subscription{ $p->{subscription} }{status} eq 'active' || $p->{refunds});
			push @lost, $line if !$is_served;
		}
		elsif ($kind eq 'submit')
		{
			my $d = $distribution{ $l->{id} };
			push @lost, $line if !$d || $d->{user} ne $l->{user} || $d->{track} ne $l->{track};
		}
	}
}
note join ', ', map { "$_ $n{$_}" } sort keys %n;
is(join(' ', sort keys %refusals), 'submit: SUBSCRIPTION_PENDING_PAYMENT', 'the only refusal is the gate, before the webhook has come');
is(scalar @lost, 0, "none of $n{acked} acknowledged writes is lost") or diag map { "$_\n" } @lost[ 0 .. ($#lost < 20 ? $#lost : 20) ];
cmp_ok($n{acked}, '>=', 30 * $kills, 'enough was acknowledged to mean something');
cmp_ok($n{unknown} // 0, '>', 0, 'and some answers were lost on the way');
is($scene->value('select count(*) from (select user_id from veza_data.subscription group by 1 having count(*) > 1) x'), 0,
	'retries made no second subscription');
is($scene->value('select count(*) from (select track_id from veza_data.distribution group by 1 having count(*) > 1) x'), 0,
	'retries made no second submission');
my $log = $stack->read_file("$stack->{dir}/postgres.log");
is(join(' ', $log =~ /(PANIC|XX00\d|signal (?!9\b)\d+)/g), '', 'nothing worse in the server log');
done_testing();
