#!/usr/bin/perl
# Whatever is killed at whatever step of subscribing, one recovery, one
# reconciliation or the due jobs put everything right: veza.audit is empty,
# the provider's ledger is ours, and the user can pay.
#
# Every step (the S steps of the payment reference) is frozen by a fault of the
# simulator, by a lock that psql holds or by SIGSTOP; then the victim gets
# SIGKILL.
#
#   VEZA_KILL_ONLY='S4.*relay' prove ...     only cases whose name matches

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Veza::Kill;

my $only = qr/$ENV{VEZA_KILL_ONLY}/ if $ENV{VEZA_KILL_ONLY};
my ($stack, $scene) = Veza::Kill::start();
my $true = JSON::PP::true;
my $CALL = 'CALL veza.subscription_subscribe(%';

# The effect that creates the user's payment at the provider.
sub effect
{
	my ($c) = @_;
	my ($row) = $scene->rows('select e.id, e.state from veza_data.effect e join veza_data.payment p on p.id = e.subject_id'
		. " where p.user_id = '$c->{user}{id}' and e.kind = 'psp_create'");
	return $row ? { id => $row->[0], state => $row->[1] } : { state => 'none' };
}

sub await_effect
{
	my ($c, $state) = @_;
	return $scene->await("an effect in state $state", sub { my $e = effect($c); $e->{state} eq $state && $e });
}

sub at_provider
{
	my ($c) = @_;
	my $ours = ($scene->subscription_of($c->{user}) // return)->{payment_id};
	my $ledger = $scene->sim('GET', 'ledger');
	my ($p) = grep { $_->{payment_id} eq $ours } @{ $ledger->{payments} }, @{ $ledger->{not_created} };
	return $p;
}

sub fault
{
	my (%f) = @_;
	$scene->sim('POST', 'faults', { op => 'create', count => 1, %f });
}

# The steps: how to stop there, and how to know that it is reached.
my @STEPS = (
	{ name => 'S1 before the first phase commits',
	  before => sub { hold_user($_[0]) },
	  reach => sub { $_[0]{call} = $scene->await_blocked("query like '$CALL'") } },
	{ name => 'S1 committed, no relay has claimed it',
	  before => sub { stop_process($_[0], $stack->{pids}{relay}) },
	  reach => sub { await_effect($_[0], 'queued'); $_[0]{call} = backend_of($CALL) } },
	{ name => 'S2 the provider holds the request',
	  before => sub { fault(mode => 'hang') },
	  reach => sub { my ($c) = @_; $scene->await('the request at the provider', sub { at_provider($c) }); $c->{call} = backend_of($CALL) } },
	{ name => 'S2 carried out at the provider, no reply',
	  before => sub { fault(mode => 'delay', delay_ms => 1200, commit => $true) },
	  reach => sub { my ($c) = @_; $scene->await('the payment at the provider', sub { (at_provider($c) // {})->{creates_done} });
		  $c->{call} = backend_of($CALL) } },
	{ name => 'S3 the reply is read, not reported',
	  before => sub { fault(mode => 'delay', delay_ms => 400, commit => $true) },
	  reach => sub { my ($c) = @_; my $e = await_effect($c, 'leased');
		  $c->{call} = backend_of($CALL);
		  $c->{holder} = hold("select 1 from veza_data.effect where id = '$e->{id}' for update");
		  $scene->await_blocked("query like '%finish_effect%'") } },
	{ name => 'S4 reported, the procedure is not awake',
	  before => sub { fault(mode => 'delay', delay_ms => 400, commit => $true) },
	  reach => sub { my ($c) = @_; await_effect($c, 'leased'); $c->{call} = backend_of($CALL);
		  stop_process($c, $c->{call}); await_effect($c, 'done') } },
	{ name => 'S5 answered to veza-httpd, not to the client',
	  before => sub { fault(mode => 'delay', delay_ms => 400, commit => $true) },
	  reach => sub { my ($c) = @_; await_effect($c, 'leased'); $c->{call} = backend_of($CALL);
		  stop_process($c, $stack->{pids}{httpd});
		  $scene->await('the answer', sub { $scene->value("select state from pg_stat_activity where pid = $c->{call}") eq 'idle' }) } },
);

# What the client was told must be true; what it was not told, it is not told wrongly.
sub check_answer
{
	my ($c, $name) = @_;
	my $answer = $scene->answer_of($c->{request});
	my $s = $scene->subscription_of($c->{user});

	if ($answer->{status} == 201)
	{
		my $data = $answer->{json}{data};
		is("$data->{subscription}{id} $data->{payment_id}", "$s->{id} $s->{payment_id}", "$name: acknowledged, and kept");
	}
	else
	{
		like($answer->{status}, qr/^(?:0|502|503|504)$/, "$name: not acknowledged, and not called a failure of the user's")
		  or diag $answer->{text};
	}
}

# The user comes back, gets one secret and pays.
sub pay
{
	my ($c, $name) = @_;
	my $s = $scene->subscription_of($c->{user});
	my $answer = $s ? $scene->insist("/subscriptions/complete/$s->{id}", {}, $c->{user})
	  : $scene->insist('/subscriptions/subscribe', { plan_id => 'pro' }, $c->{user});
	my $data = $answer->{json}{data};

	like($answer->{status}, qr/^20[01]$/, "$name: the user comes back") or diag $answer->{text};
	is($scene->press($data->{payment_id}, 'pay', $data->{client_secret}), 200, "$name: and pays");
	$scene->await('the activation', sub { $scene->status_of($c->{user}) eq 'active' });
	is($scene->value("select count(*) from veza_data.subscription where user_id = '$c->{user}{id}'"), 1, "$name: for one subscription");
}

for my $step (@STEPS)
{
	for my $victim ('its backend', "the relay's backend", 'veza-relay', 'veza-httpd', 'the cluster')
	{
		my $name = "$step->{name}: kill $victim";
		next if $only && $name !~ $only;
		my $c = { user => $scene->user };

		$step->{before}->($c);
		$c->{request} = $scene->request('POST', '/subscriptions/subscribe', body => { plan_id => 'pro' }, user => $c->{user});
		$step->{reach}->($c);
		kill_at($c, $victim);
		check_answer($c, $name);
		put_right($c, $name);
		pay($c, $name);
	}
}

$scene->settle;
$scene->is_sound('at the end');
done_testing();
