#!/usr/bin/perl
# Whatever is killed while a webhook is being taken: the provider's retry, one
# recovery, one reconciliation or the due jobs put everything right, and the
# money is served once.
#
#   VEZA_KILL_ONLY='W2.*httpd' prove ...     only cases whose name matches

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Veza::Kill;

my $only = qr/$ENV{VEZA_KILL_ONLY}/ if $ENV{VEZA_KILL_ONLY};
my ($stack, $scene) = Veza::Kill::start();
my $WEBHOOK = '%veza.psp_webhook(%';

my @STEPS = (
	{ name => 'W1 stored and applied, not committed',
	  before => sub { hold_user($_[0]) },
	  reach => sub { $_[0]{call} = $scene->await_blocked("query like '$WEBHOOK'") } },
	{ name => 'W2 committed, not answered',
	  before => sub { hold_user($_[0]) },
	  reach => sub { my ($c) = @_;
		  $c->{call} = $scene->await_blocked("query like '$WEBHOOK'");
		  stop_process($c, $stack->{pids}{httpd});
		  delete($c->{holder})->close;
		  $scene->await('the event', sub {
			  $scene->value("select count(*) from veza_data.psp_event where psp_payment_id = '$c->{payment_id}'") }) } },
);

for my $step (@STEPS)
{
	for my $victim ('its backend', 'veza-httpd', 'the cluster', "the relay's backend")
	{
		# With and without the provider's own retry.
		for my $has_retry (0, 1)
		{
			my $name = "$step->{name}: kill $victim" . ($has_retry ? '; by the retry' : '');
			next if $only && $name !~ $only;
			my $c = { user => $scene->user };
			my $answer = $scene->insist('/subscriptions/subscribe', { plan_id => 'pro' }, $c->{user});

			is($answer->{status}, 201, "$name: subscribed") or diag $answer->{text};
			$c->{payment_id} = $answer->{json}{data}{payment_id};
			$step->{before}->($c);
			is($scene->press($c->{payment_id}, 'pay'), 200, "$name: paid");
			$step->{reach}->($c);
			$scene->sim('POST', 'webhooks/mode', { hold => JSON::PP::true }) if !$has_retry;
			kill_at($c, $victim);
			put_right($c, $name) if !$has_retry;
			$scene->sim('POST', 'webhooks/mode', { hold => JSON::PP::false });
			$scene->await('the activation', sub { $scene->status_of($c->{user}) eq 'active' });
			$scene->await('the delivery', sub {
				my ($event) = grep { $_->{payment_id} eq $c->{payment_id} } @{ $scene->sim('GET', 'webhooks')->{webhooks} };
				$event->{delivered};
			});
			is($scene->value('select count(*) from veza_data.psp_event where psp_payment_id = '
				. "'$c->{payment_id}' and result in ('applied', 'no_change')"), 1, "$name: one event, active");
		}
	}
}

$scene->settle;
$scene->is_sound('at the end');
done_testing();
