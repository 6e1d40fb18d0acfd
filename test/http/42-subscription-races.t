#!/usr/bin/perl
# One user, fifty hands: whatever comes at the same time makes one subscription
# and one payment, and every hand is answered.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use List::Util qw(shuffle);
use Test::More;
use Time::HiRes qw(time);
use Veza::Test;

my $s = stack();
start_all($s, env => { DB_AUTH_QUEUE => 64 });

# What the answers agree on: how many of each status, and the different ids.
sub summary
{
	my (@r) = @_;
	my %n;
	$n{ $_->brief }++ for @r;
	my %ids = map { my $d = $_->data; ref $d eq 'HASH' && $d->{payment_id} ? ("$d->{subscription}{id} $d->{payment_id} $d->{client_secret}" => 1) : () } @r;
	return (\%n, [ keys %ids ]);
}

sub subscriptions { my ($u) = @_; return $s->sql_value("select count(*) from veza_data.subscription where user_id = '$u->{id}'") }

# Everything of a user that the provider was asked for.
sub known { my ($u) = @_; return map { ledger_payments($s, $_->[0]) } $s->sql("select id from veza_data.subscription where user_id = '$u->{id}'") }

for my $round (1 .. 3)
{
	subtest "fifty subscribe at once, round $round" => sub {
		my $u = creator($s);
		my @r = $u->{api}->parallel(map { [ POST => '/subscriptions/subscribe', { plan_id => 'pro' } ] } 1 .. 50);
		my ($n, $ids) = summary(@r);
		is_deeply($n, { 201 => 1, 200 => 49 }, 'one makes it, the others find it') or diag explain $n;
		is(scalar @$ids, 1, 'all have the same ids');
		is(subscriptions($u), 1, 'one subscription');
		my @known = known($u);
		is(scalar @known, 1, 'one payment at the provider');
		is($known[0]{creates_received}, 1, 'asked for once');
		is_soon((sort { $b <=> $a } map { $_->seconds } @r)[0], 6, 'in a reasonable time');

		my $path = '/subscriptions/complete/' . (split / /, $ids->[0])[0];
		@r = $u->{api}->parallel(map { [ POST => $path, undef ] } 1 .. 50);
		my ($m, $same) = summary(@r);
		is_deeply($m, { 200 => 50 }, 'fifty recover at once') or diag explain $m;
		is_deeply($same, $ids, 'and have the same ids');
		is(scalar(known($u)), 1, 'still one payment at the provider');
	};
}

subtest 'fifty subscribe at once to a free plan' => sub {
	my $u = creator($s);
	my ($n) = summary($u->{api}->parallel(map { [ POST => '/subscriptions/subscribe', { plan_id => 'free' } ] } 1 .. 50));
	is_deeply($n, { 201 => 1, '422 SAME_PLAN' => 49 }, 'one makes it') or diag explain $n;
	is(subscriptions($u), 1, 'one subscription');
};

subtest 'all plans at once' => sub {
	my $u = creator($s);
	my @plans = shuffle map { my $p = $_; map { [ $p, $_ ] } qw(monthly yearly) } qw(basic pro artist);
	my @r = $u->{api}->parallel(map { my $p = $_; map { [ POST => '/subscriptions/subscribe', { plan_id => $p->[0], billing_cycle => $p->[1] } ] } 1 .. 5 } @plans);
	my ($n, $ids) = summary(@r);
	is_deeply($n, { 201 => 6, 200 => 24 }, 'each plan and cycle once') or diag explain $n;
	is(scalar @$ids, 6, 'six payments');
	is(scalar(known($u)), 6, 'which the provider knows');
	# All six are paid at once: one is served, five go back.
	my @pages = psp($s)->parallel(map { my (undef, $id, $secret) = split / /; [ POST => "/checkout/$id/pay", "client_secret=$secret",
		headers => { 'Content-Type' => 'application/x-www-form-urlencoded', Accept => 'application/json' } ] } @$ids);
	my $paid = grep { $_->status == 200 } @pages;
	flush_webhooks($s);
	wait_until { $s->sql_value("select count(*) from veza_data.subscription where user_id = '$u->{id}' and status = 'active'") == 1 } 'one active';
	my $taken = sub { scalar grep { $_->{captured_minor} > $_->{refunded_minor} } known($u) };
	wait_until { $taken->() == 1 } 'the others go back';
	is($taken->(), 1, "of $paid paid ones one is kept");
	is($s->sql_value("select count(*) from veza_data.subscription where user_id = '$u->{id}' and status = 'active'"), 1, 'one is active');
	is($s->sql_value("select p.psp_payment_id from veza_data.subscription x join veza_data.payment p on p.id = x.payment_id where x.user_id = '$u->{id}' and x.status = 'active'"),
		(grep { $_->{captured_minor} > $_->{refunded_minor} } known($u))[0]{payment_id}, 'the one that was kept');
};

subtest 'paying, giving up, cancelling and recovering at once' => sub {
	for my $round (1 .. 4)
	{
		my $u = creator($s);
		my $d = subscribe($s, $u);
		my $id = $d->{subscription}{id};
		my @kinds = ([ POST => "/subscriptions/$id/abandon", undef ], [ POST => "/subscriptions/complete/$id", undef ], [ POST => '/subscriptions/cancel', { at_period_end => false } ],
			[ POST => '/subscriptions/subscribe', { plan_id => 'pro' } ], [ POST => '/distributions', { track_id => $u->{track} } ]);
		press_form($s, $d->{payment_id}, 'pay') if $round % 2;
		my @r = $u->{api}->parallel(shuffle((@kinds) x 4));
		my @odd = grep { $_->status == 0 || $_->status >= 500 } @r;
		is_deeply([ map { $_->brief } @odd ], [], "round $round: every answer is a proper one");
		eval { press_form($s, $d->{payment_id}, 'pay') } if !($round % 2);
		flush_webhooks($s);
		wait_until { !$s->sql_value("select count(*) from veza_data.effect where state in ('queued', 'leased')") } 'all effects are carried out';
		my ($kept) = map { $_->{captured_minor} - $_->{refunded_minor} } grep { $_->{payment_id} eq $d->{payment_id} } known($u);
		my $served = $s->sql_value("select count(*) from veza_data.subscription x join veza_data.payment p on p.id = x.payment_id where p.psp_payment_id = '$d->{payment_id}'");
		is($kept > 0 ? 1 : 0, $served, "round $round: kept money has served, and nothing else");
	}
};

subtest 'fifty accounts at once' => sub {
	my @r = api($s)->parallel(map { [ POST => '/auth/register', { username => "race$_", email => "race$_\@example.test", password => 'correct horse' } ] } 1 .. 50);
	my ($n) = summary(@r);
	is_deeply($n, { 201 => 50 }, 'fifty names') or diag explain $n;
	@r = api($s)->parallel(map { [ POST => '/auth/register', { username => 'samename', email => "same$_\@example.test", password => 'correct horse' } ] } 1 .. 20);
	($n) = summary(@r);
	is_deeply($n, { 201 => 1, '409 USER_ALREADY_EXISTS' => 19 }, 'one name') or diag explain $n;
};

# A DBA sets another isolation level for the roles: our sessions keep the one that the rules need.
subtest 'under another default isolation level' => sub {
	for my $level ('repeatable read', 'serializable')
	{
		$s->sql("alter database $s->{database} set default_transaction_isolation = '$level'");
		$s->sql("alter role $_ in database $s->{database} set default_transaction_isolation = '$level'") for qw(veza_httpd veza_relay);
		$s->sql("select pg_terminate_backend(pid) from pg_stat_activity where usename in ('veza_httpd', 'veza_relay')");
		wait_until { api($s)->get('/subscriptions/plans')->status == 200 && $s->sql_value("select count(*) from veza_data.relay where heartbeat_at > now() - interval '2 seconds'") } 'connected anew';
		my $u;
		wait_until { $u = eval { creator($s) } } 'an account';
		my @r;
		wait_until { @r = $u->{api}->parallel(map { [ POST => '/subscriptions/subscribe', { plan_id => 'pro' } ] } 1 .. 12); !grep { $_->status == 503 } @r } 'all are answered';
		my ($n, $ids) = summary(@r);
		is(scalar @$ids, 1, "$level: twelve at once have the same ids") or diag explain $n;
		is($s->sql_value("select count(*) from veza_data.payment where user_id = '$u->{id}'"), 1, "$level: one payment");
		is($s->sql_value("select count(*) from pg_stat_activity where usename = 'veza_httpd'") > 0, 1, 'over sessions that began after the change');
	}
	$s->sql("alter database $s->{database} reset default_transaction_isolation");
	$s->sql("alter role $_ in database $s->{database} reset default_transaction_isolation") for qw(veza_httpd veza_relay);
	$s->sql("select pg_terminate_backend(pid) from pg_stat_activity where usename in ('veza_httpd', 'veza_relay')");
};

is_deeply([ audit_findings($s) ], [], 'the audit finds nothing');
unlike($s->read_file("$s->{dir}/postgres.log"), qr/deadlock detected/, 'no deadlock');
done_testing;
