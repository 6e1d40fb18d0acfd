#!/usr/bin/perl
# veza.run_due_jobs() commits unit by unit: who has been worked on is not
# locked while others are, and what fails or takes too long loses only itself.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Veza::Session;
use Veza::Test;

my $s = stack();
start_all($s);

# Subscriptions whose periods are over, in the order in which the job finds them.
sub ended
{
	my ($n) = @_;
	my @ids;
	for my $i (1 .. $n)
	{
		my $u = register($s);
		my $d = subscribe($s, $u);
		pay($s, $d->{payment_id});
		wait_until { subscription_status($s, $d->{subscription}{id}) eq 'active' } 'activation';
		push @ids, $d->{subscription}{id};
	}
	return @ids;
}

sub end_now
{
	my (@ids) = @_;
	$s->sql("update veza_data.subscription set current_period_end = now() - interval '1 second' * " . (@ids - $_) . " where id = '$ids[$_]'") for 0 .. $#ids;
	return;
}

sub states { return join ' ', map { subscription_status($s, $_) } @_ }

my @subscriptions = ended(5);
$s->stop('relay');

subtest 'who has been worked on is free while another one is waited for' => sub {
	my @two = splice @subscriptions, 0, 2;
	end_now(@two);
	my $holder = Veza::Session->new($s);
	$holder->do("begin; select from veza_data.users where id = (select user_id from veza_data.subscription where id = '$two[1]') for update");
	my $jobs = Veza::Session->new($s, role => 'veza_relay');
	$jobs->send('call veza.run_due_jobs()');
	wait_until { $s->sql_value("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like 'call veza.run_due_jobs%'") } 'a unit that waits';
	is(states(@two), 'canceled period_end active', 'the first subscription has ended, for everybody to see');
	is($s->sql_value("select count(*) from (select from veza_data.users where id = (select user_id from veza_data.subscription where id = '$two[0]') for update nowait) u"), 1, 'and its owner is not locked');
	is(($s->psql('call veza.run_due_jobs()', role => 'veza_dba', args => ['-tA']))[0] =~ s/\s+//gr, '{}', 'a second scheduler has nothing to do meanwhile');
	$holder->close;
	like($jobs->receive, qr/"end_periods":2/, 'the waiting unit goes on');
	is(states(@two), 'canceled period_end canceled period_end', 'and ends the second one');
	$jobs->close;
};

subtest 'a job that never comes to its end costs its own turn only' => sub {
	my ($one) = splice @subscriptions, 0, 1;
	end_now($one);
	$s->sql('create function public.dawdle() returns trigger language plpgsql as $$ begin perform pg_sleep(60); return null; end $$;'
		  . ' create trigger dawdle before delete on veza_data.audit_run for each statement execute function public.dawdle()');
	$s->sql("update veza_data.job set started_at = now() + case name when 'sweep_audits' then interval '-2 hours' when 'end_periods' then interval '-1 hour' else interval '0' end");
	my $call = "set statement_timeout = '1s'; call veza.run_due_jobs()";
	like(($s->psql($call, role => 'veza_relay'))[1], qr/statement timeout/, 'the time of the caller is up');
	is(states($one), 'active', 'while it has the first turn');
	unlike(($s->psql($call, role => 'veza_relay'))[1], qr/^ERROR.*end_periods/m, 'the next call');
	is(states($one), 'canceled period_end', 'begins with the others');
	is($s->sql_value("select count(*) from veza_data.job where started_at is not null and name <> 'sweep_audits' and finished_at is null"), 0, 'which all come to their end');
	$s->sql("update veza_data.job set finished_at = now() - interval '1 hour' where name = 'sweep_audits'");
	like(join(' ', audit_findings($s)), qr/job_overdue: sweep_audits/, 'and veza.audit names the one that does not');
	$s->sql('drop trigger dawdle on veza_data.audit_run; drop function public.dawdle()');
	$s->sql('call veza.run_due_jobs()');
	is(join(' ', audit_findings($s)), '', 'until it does');
};

subtest 'a unit that fails keeps nothing else from its turn' => sub {
	my @two = splice @subscriptions, 0, 2;
	end_now(@two);
	$s->sql("alter table veza_data.subscription add constraint broken check (not (end_reason = 'period_end' and id = '$two[0]')) not valid");
	my ($out, $err) = $s->psql('call veza.run_due_jobs()', role => 'veza_relay');
	like($err, qr/WARNING.*job end_periods failed for $two[0]/, 'it is named');
	is(states(@two), 'active canceled period_end', 'the other one ends');
	like($s->sql_value("select failure from veza_data.job where name = 'end_periods'"), qr/check constraint "broken"/, 'why is on record');
	$s->sql('alter table veza_data.subscription drop constraint broken');
	$s->sql('call veza.run_due_jobs()');
	is(states(@two), 'canceled period_end canceled period_end', 'then it ends, too');
};

subtest 'in a transaction it is refused' => sub {
	like(($s->psql('begin; call veza.run_due_jobs()', role => 'veza_dba'))[1], qr/VZ023|cannot run inside a transaction block/, 'with the reason');
};

done_testing;
