#!/usr/bin/perl
# Whole procedures at the same time, against the whole stack: many clicks make
# one payment, many recoveries get the same payment, and a webhook is never
# held up by a procedure that waits. (isolationtester cannot do this: a wait
# for the provider is no wait for a lock.)

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(time);
use Veza::Scene;
use Veza::Session;
use Veza::Stack;

my $stack = Veza::Stack->new;
my $scene = Veza::Scene->new($stack);
END { $stack->stop_all if $stack }
$scene->start;

# Sends the same request many times at once; returns the answers.
sub many
{
	my ($n, $user, $path, $body) = @_;
	my @requests = map { $scene->request('POST', $path, body => $body, user => $user) } 1 .. $n;
	return map { $scene->answer_of($_) } @requests;
}

sub distinct
{
	my ($member, @answers) = @_;
	my %seen = map { ($_->{json}{data}{$member} // 'none') => 1 } @answers;
	return sort keys %seen;
}

sub n_distinct
{
	my @values = distinct(@_);
	return scalar @values;
}

sub statuses
{
	my (@answers) = @_;
	my %n;
	$n{ $_->{status} }++ for @answers;
	return join ' ', map { "$_:$n{$_}" } sort keys %n;
}

# One slow creation, twenty clicks.
my $user = $scene->user;
$scene->sim('POST', 'faults', { op => 'create', mode => 'delay', delay_ms => 600, commit => JSON::PP::false, count => 1 });
my @answers = many(20, $user, '/subscriptions/subscribe', { plan_id => 'pro' });
is(statuses(@answers), '200:19 201:1', 'twenty clicks: one makes the subscription, nineteen resume it')
  or diag map { "$_->{status} $_->{text}\n" } grep { $_->{status} >= 300 } @answers;
is(n_distinct('payment_id', @answers), 1, 'all get one payment');
is(n_distinct('client_secret', @answers), 1, 'and one secret');
my ($payment_id) = distinct('payment_id', @answers);
my $at_psp = $scene->sim('GET', "payments/$payment_id");
is($at_psp->{creates_received}, 1, 'the provider was asked to create it once');
is($scene->value("select count(*) from veza_data.subscription where user_id = '$user->{id}'"), 1, 'there is one subscription');

# Twenty recoveries.
my $s = $scene->subscription_of($user);
@answers = many(20, $user, "/subscriptions/complete/$s->{id}");
is(statuses(@answers), '200:20', 'twenty recoveries are answered');
is(join(' ', distinct('payment_id', @answers)), $payment_id, 'with the same payment');
is(n_distinct('client_secret', @answers), 1, 'and one secret');
is($scene->sim('GET', "payments/$payment_id")->{creates_received}, 1, 'nothing new was created');

# The payment is declined for good: the next attempt is one, too.
is($scene->press($payment_id, 'decline'), 200, 'the card is declined');
$scene->await('the decline', sub { $scene->subscription_of($user)->{payment_state} eq 'failed' });
@answers = many(20, $user, "/subscriptions/complete/$s->{id}");
is(statuses(@answers), '200:20', 'twenty recoveries after a decline are answered');
my @ids = distinct('payment_id', @answers);
is(scalar @ids, 1, 'with one payment');
isnt($ids[0], $payment_id, 'which is a new one');
is(scalar(grep { ($_->{json}{data}{client_secret} // 'none') !~ /^$ids[0]_secret_/ } @answers), 0, 'and with the secret of that payment')
  or diag map { "$_->{json}{data}{payment_id} $_->{json}{data}{client_secret}\n" } @answers;
is($scene->value("select max(attempt_no) from veza_data.payment where subscription_id = '$s->{id}'"), 2, 'the second attempt');
is($scene->sim('GET', "payments/$ids[0]")->{creates_received}, 1, 'created once');
is($scene->press($ids[0], 'pay', $answers[0]{json}{data}{client_secret}), 200, 'it can be paid with the secret');
$scene->await('the activation', sub { $scene->status_of($user) eq 'active' });
$scene->settle;
$scene->is_sound('after many clicks');

# Subscribing, recovering, changing plan and giving up, all at once, by several users.
my @users = $scene->users(6);
my @mixed;
for my $u (@users)
{
	push @mixed, map { $scene->request('POST', '/subscriptions/subscribe', body => { plan_id => $_ }, user => $u) } qw(pro artist pro artist);
}
$scene->answer_of($_) for @mixed;
@mixed = ();
for my $u (@users)
{
	my $sub = $scene->subscription_of($u);
	push @mixed, $scene->request('POST', "/subscriptions/complete/$sub->{id}", body => {}, user => $u),
	  $scene->request('POST', '/subscriptions/change-plan', body => { plan_id => 'basic' }, user => $u),
	  $scene->request('POST', "/subscriptions/$sub->{id}/abandon", body => {}, user => $u),
	  $scene->request('POST', "/subscriptions/complete/$sub->{id}", body => {}, user => $u);
}
my @got = map { $scene->answer_of($_) } @mixed;
is(scalar(grep { $_->{status} !~ /^(?:200|201|409)$/ } @got), 0, 'every one of them is answered in words of the catalogue')
  or diag statuses(@got);
$scene->settle;
$scene->is_sound('after subscribing, recovering, changing and giving up at once');

# The webhook is there before the reply to the creation.
$user = $scene->user;
$scene->sim('POST', 'faults', { op => 'create', mode => 'delay', delay_ms => 4500, commit => JSON::PP::true, count => 1 });
my $begun = time;
my $request = $scene->request('POST', '/subscriptions/subscribe', body => { plan_id => 'pro' }, user => $user);
my $created = $scene->await('the payment at the provider', sub {
	my ($p) = grep { !$_->{captured_minor} && $_->{metadata}{subscription_id} eq (($scene->subscription_of($user) // {})->{id} // '') }
	  @{ $scene->sim('GET', 'ledger')->{payments} };
	$p;
});
is($scene->press($created->{payment_id}, 'pay'), 200, 'it is paid before its creation is answered');
$scene->await('the activation', sub { $scene->status_of($user) eq 'active' });
cmp_ok(time - $begun, '<', 4.5, 'the webhook was not held up by the waiting procedure');
my $answer = $scene->answer_of($request);
is("$answer->{status} $answer->{json}{error}{code}", '409 SUBSCRIPTION_NOT_PENDING', 'the waiting one learns that it is paid');
is($answer->{json}{error}{details}{status}, 'active', 'and that it is active');
$scene->settle;
$scene->is_sound('webhook before the reply');

# Two psql sessions of a DBA who acts as the user.
$user = $scene->user;
my @sessions = map {
	my $session = Veza::Session->new($stack, role => 'veza_dba');
	$session->do("select veza.act_as('$user->{id}', 'two windows')");
	$session;
} 1 .. 2;
$_->send("call veza.subscription_subscribe('pro')") for @sessions;
my @texts = map { $_->receive } @sessions;
my @psql_ids = map { /"payment_id":"(pay_\w+)","payment_status":"open"/ ? $1 : "none: $_" } @texts;
is($psql_ids[0], $psql_ids[1], 'two windows of psql get the same payment');
is($scene->sim('GET', "payments/$psql_ids[0]")->{creates_received}, 1, 'created once');
$_->close for @sessions;
$scene->settle;
$scene->is_sound('two windows of psql');

done_testing();
