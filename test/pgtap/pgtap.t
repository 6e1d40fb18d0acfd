#!/usr/bin/perl

# Runs the pgTAP suites NN_name.sql: each in a transaction of its own that is rolled back, each as
# one subtest. What no transaction can hold stands here: procedures that commit, migrations in
# databases of their own, the symbols of the library, and what the server's log says at the end.
#
#   prove test/pgtap/pgtap.t              everything
#   prove test/pgtap/pgtap.t :: gate      only the suites whose name contains the word

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use POSIX qw(_exit);
use Test::More;
use Time::HiRes qw(sleep time);
use Veza::Session;
use Veza::Stack;

my $stack = Veza::Stack->new(conf => "log_line_prefix = '%m [%p] %u %a sqlstate=%e '");
$stack->{tree} = "$stack->{dir}/tree";    # of its own: files are added to it
my $main = $$;
END { local $?; $stack->stop_all if $stack && $$ == $main }
$SIG{INT} = $SIG{TERM} = sub { exit 1 };

$stack->start_postgres;
$stack->create_database;
$stack->sql('create schema pgtap; create extension pgtap schema pgtap');
$stack->psql_file("$FindBin::Bin/helpers.sql");

# wait_for_server waits until the server answers, after a crash too.
sub wait_for_server
{
	my $end = time + 20;
	sleep 0.1 until time > $end || eval { $stack->sql('select 1') };
}

# run_suite reports one file's TAP.
sub run_suite
{
	my ($file) = @_;
	my ($out, $err, $code) = $stack->psql(
		"set search_path = pgtap, public; set client_min_messages = error;\n\\i $file\n", raw => 1, args => [ '-A', '-t' ]);
	my ($plan, $seen) = (undef, 0);

	for my $line (split /\n/, $out)
	{
		if ($line =~ /^(not )?ok (\d+)(?: - (.*))?$/)
		{
			my ($failed, $number, $name) = ($1, $2, $3 // '');
			$seen++;
			ok(!$failed, $name);
			diag("the suite counts $number tests, and these are $seen") if $number != $seen;
		}
		elsif ($line =~ /^1\.\.(\d+)/) { $plan = $1 }
		elsif ($line =~ /^#/)          { diag(substr($line =~ s/^# ?//r, 0, 400)) if $line !~ /^# (?:Failed test \d|Looks like you failed)/ }
	}
	is($code, 0, 'every statement runs') or diag($err);
	is($seen, $plan // 'as many as the suite has', 'every test is reached');
}

# The library and the server share one process: a symbol of both names is bound to the server's.
sub symbols
{
	my $bin = $stack->bin;
	my $build = $stack->sql_value('select veza.build()');
	my $library = $bin =~ s{/bin$}{/lib/veza-$build.so}r;
	my $exported = sub {
		map { /^\S* [A-TV-Z] (\S+)$/ ? ($1 =~ s/@.*//r => 1) : () } split /\n/, $stack->run('nm', '-D', '--defined-only', $_[0]);
	};
	my %ours   = $exported->($library);
	my %theirs = $exported->("$bin/postgres");

	cmp_ok(scalar keys %ours,   '>', 40,   'the library exports its functions');
	cmp_ok(scalar keys %theirs, '>', 5000, 'the server exports its own');
	is_deeply([ grep { $theirs{$_} } sort keys %ours ], [], 'no symbol of the library is one of the server');
	my %wanted = map { $_->[0] => 1 } $stack->sql("select prosrc from pg_proc where pronamespace = 'veza'::regnamespace and prolang ="
			. " (select oid from pg_language where lanname = 'c')");
	is_deeply([ grep { !$wanted{ s/^pg_finfo_//r } && !/^(_PG_init|Pg_magic_func|_init|_fini)$/ } sort keys %ours ], [],
		'it exports the SQL functions and nothing else');
	my @needed = $stack->run('readelf', '-d', $library) =~ /NEEDED.*\[(.*?)\]/g;
	is_deeply([ grep { !/^lib(sodium|zxcvbn|c|m)\.so/ } @needed ], [], 'it is linked with libsodium and libzxcvbn, never with libjwt or jansson');
}

# Nothing that is there already is taken over by the install script.
sub install_script
{
	my ($script) = grep { !/--.*--/ } glob "$Veza::Stack::TOP/extension/veza--*.sql";
	my $text = $stack->read_file($script);

	unlike($text, qr/^\s*CREATE OR REPLACE/mi, 'the install script replaces nothing');
	unlike($text, qr/^\s*CREATE \w+ IF NOT EXISTS/mi, 'nor makes use of what is there');
	my $control = $stack->read_file("$Veza::Stack::TOP/extension/veza.control");
	like($control, qr/^relocatable = false$/m, 'it cannot be relocated');
	like($control, qr/^trusted = false$/m, 'only a superuser installs it');
	like($control, qr/^schema = '?veza'?$/m, 'into schema veza');

	$stack->sql('create role pgtap_attacker login', database => 'postgres');
	for my $trap ([ 'a function', "create function veza.actor_id() returns uuid language sql as 'select null::uuid'" ],
		[ 'a table', 'create table veza.route (method text)' ], [ 'a view', 'create view veza.error as select 1 as code' ])
	{
		my ($what, $sql) = @$trap;
		$stack->sql('create database trap', database => 'postgres');
		$stack->sql('grant create on database trap to pgtap_attacker', database => 'postgres');
		$stack->sql("create schema veza; $sql", database => 'trap', role => 'pgtap_attacker');
		my (undef, $err, $code) = $stack->psql('create extension veza', database => 'trap');
		isnt($code, 0, "$what that waits in schema veza is not taken over") or diag($err);
		$stack->sql('drop database trap', database => 'postgres');
	}
}

# share writes a file into the extension directory of the private installation.
sub share
{
	my ($name, $text) = @_;
	my ($control) = split /\n/, `find '$stack->{tree}' -name veza.control`;
	$stack->write_file($control =~ s{[^/]*$}{$name}r, $text);
}

sub migrations
{
	# Tables made inside an extension script would become its members, which no dump contains.
	share('veza_probe.control', "default_version = '1'\nrequires = 'veza'\n");
	share('veza_probe--1.sql', 'CALL veza.migrate();');
	$stack->create_database(database => 'probe', unmigrated => 1);
	my (undef, $err, $code) = $stack->psql("\\set VERBOSITY verbose\ncreate extension veza_probe", database => 'probe');
	isnt($code, 0, 'an extension script cannot migrate');
	like($err, qr/VZ024: migrations cannot run inside an extension script/, 'it is told so');
	is($stack->sql_value("select count(*) from pg_namespace where nspname = 'veza_data'", database => 'probe'), 0, 'nothing is made');
	is($stack->sql_value('select veza.schema_state()', database => 'probe'), 'empty', 'the schema is empty');

	# The operator's upgrade is one transaction.
	my $from = $stack->sql_value("select extversion from pg_extension where extname = 'veza'");
	my $migration = sub { "INSERT INTO veza.migration VALUES ('schema', 9001, 'probe', '$_[0]', '$_[1]');\n" };
	share("veza--$from--good.sql", $migration->('g', 'CREATE TABLE veza_data.probe (id integer)')
			. "UPDATE veza.migration SET checksum = 'g', sql = sql || ' COMMENT ON VIEW veza_report.gate_refusals IS ''of the new version'';' WHERE kind = 'report' AND version = 1;");
	share("veza--$from--bad.sql", $migration->('b', 'CREATE TABLE veza_data.setting ()'));
	my $state = sub {
		join ' ', map { @$_ } $stack->sql("select extversion, veza.schema_state(), to_regclass('veza_data.probe') is not null,"
				. " (select count(*) from veza_data.applied_migration) from pg_extension where extname = 'veza'", database => 'upgrade');
	};
	$stack->create_database(database => 'upgrade');
	my $before = $state->();
	($code) = ($stack->psql("begin; alter extension veza update to 'bad'; call veza.migrate(); commit;", database => 'upgrade'))[2];
	isnt($code, 0, 'an upgrade whose migration fails');
	is($state->(), $before, 'leaves everything as it was');
	(undef, $err, $code) = $stack->psql("set client_min_messages = warning; begin; alter extension veza update to 'good'; call veza.migrate(); commit;", database => 'upgrade');
	is($code, 0, 'BEGIN; ALTER EXTENSION veza UPDATE; CALL veza.migrate(); COMMIT; upgrades') or diag($err);
	like($state->(), qr/^good ready t /, 'script, tables and views are of the new version');
	is($stack->sql_value("select obj_description('veza_report.gate_refusals'::regclass)", database => 'upgrade'), 'of the new version', 'the views were made anew');
	is($stack->sql_value("select count(*) from pg_depend where objid = 'veza_data.probe'::regclass and deptype = 'e'", database => 'upgrade'), 0, 'the new table is no member');
}

# What a user of psql does for real: each CALL commits its own phases.
sub procedures
{
	my $user = $stack->sql_value('select test.user()');
	my $as = "select veza.act_as('$user', 'pgTAP');";
	my $relay = "select veza.relay_heartbeat('psql', '1', true, 'closed', null);";
	my $subscription = sub { $stack->sql_value("select id || ' ' || status from veza_data.subscription where user_id = '$user' order by created_at desc, id desc limit 1") };
	my ($out, $err, $code) = $stack->psql("$as call veza.subscription_subscribe('free');");

	is($code, 0, 'CALL veza.subscription_subscribe works in psql') or diag($err);
	like($out, qr/"status":"active"/, 'and answers');
	(undef, $err) = $stack->psql("\\set VERBOSITY verbose\n$as call veza.subscription_subscribe('pro');");
	like($err, qr/VZ310/, 'without a relay a paid plan is refused');
	like($subscription->(), qr/ active$/, 'and nothing is written');

	# The heartbeat comes from the waiting session itself, so nobody carries the effect out.
	$stack->sql("update veza_data.setting set value = '300' where name = 'effect_wait'");
	(undef, $err) = $stack->psql("\\set VERBOSITY verbose\n$as $relay call veza.subscription_subscribe('pro');");
	like($err, qr/VZ312/, 'a provider that does not answer in time');
	my ($id, $status) = split / /, $subscription->();
	is($status, 'pending_payment', 'leaves a subscription that can be completed');
	$stack->sql("update veza_data.setting set value = '8000' where name = 'effect_wait'");
	(undef, $err) = $stack->psql("\\set VERBOSITY verbose\n$as $relay set statement_timeout = '300ms'; call veza.subscription_complete('$id');");
	like($err, qr/57014/, 'a statement timeout during the wait');
	is($subscription->(), "$id pending_payment", 'leaves it as it is');

	# While one session waits, the relay's part is played by another one. It waits for so long that noticing and giving up
	# are told apart on a busy machine, too.
	$stack->sql("update veza_data.setting set value = '60000' where name = 'effect_wait'");
	my $answer = "$stack->{dir}/answer";
	my $payment = $stack->sql_value("select test.payment('$id')");
	# Sessions that gave up still stand among those who wait: the one that is meant comes besides.
	my $waiters = sub { $stack->sql_value("select coalesce(sum(cardinality(waiters)), 0) from veza_data.effect where subject_id = '$payment' and state = 'queued'") };
	my $before = $waiters->();
	my $child = fork() // die "fork: $!";
	if (!$child)
	{
		my @result = $stack->psql("$as $relay call veza.subscription_complete('$id');");
		$stack->write_file($answer, join "\n", @result);
		_exit(0);
	}
	my $end = time + 50;
	sleep 0.02 until time > $end || $waiters->() > $before;
	my $asked = time;
	$stack->sql("select test.answers('$payment', kind, 'requires_payment_method', '{}', 'the secret') from veza_data.effect where subject_id = '$payment' and state = 'queued'");
	waitpid $child, 0;
	cmp_ok(time - $asked, '<', 30, 'the waiting session notices long before its time is up');
	my $text = $stack->read_file($answer);
	like($text, qr/"client_secret":"the secret"/, 'and answers with the client secret');
	like($text, qr/"payment_status":"open"/, 'and the state of the payment');
	$stack->sql($_) for "select test.wait('61 seconds')", 'call veza.run_due_jobs()', "select test.wait('-61 seconds')";
	is($stack->sql_value('select count(*) from veza_data.effect where secret is not null'), 0, 'which is stored no longer, also where a waiting session was cancelled');
	is($stack->sql_value("select count(*) from pg_locks where locktype = 'advisory'"), 0, 'no lock is left');
	is($stack->sql_value('select test.audit()'), 'nothing', 'and nothing is wrong');
}

# A backend keeps the settings that it has read; what another session changes reaches it with the commit.
sub kept_settings
{
	my $user = $stack->sql_value('select test.user()');
	my $reader = Veza::Session->new($stack);
	my $writer = Veza::Session->new($stack);
	my $serial = 0;
	my $shift = sub {
		my $reason = 'kept ' . ++$serial;
		my $said = $reader->do("select veza.act_as('$user', '$reason'); select 'shift ' || extract(epoch from at - now())::int from veza_data.audit_log where reason = '$reason'");
		return $said =~ /^shift (-?\d+)$/m ? $1 : $said;
	};
	my $set = "update veza_data.setting set value = '%d' where name = 'clock_offset'";

	is($shift->(), 0, 'the clock is read');
	$writer->do('begin; ' . sprintf $set, 60);
	is($shift->(), 0, 'a change of another session is not seen before its commit');
	$writer->do('commit');
	is($shift->(), 60, 'but in the next transaction');
	$reader->do('begin; select count(*) from veza_data.plan');
	$writer->do(sprintf $set, 90);
	is($shift->(), 90, 'one that is committed meanwhile counts, too');
	$reader->do('commit');
	is($shift->(), 90, 'and is kept');
	$writer->do('begin; ' . sprintf($set, 120) . '; rollback');
	is($shift->(), 90, 'one that is rolled back is not');
	$reader->do('begin; ' . sprintf $set, 150);
	is($shift->(), 150, 'the own one is, at once');
	$reader->do('rollback');
	is($shift->(), 90, 'until it is rolled back');
	$reader->do('begin isolation level repeatable read; select count(*) from veza_data.plan');
	$writer->do(sprintf $set, 0);
	$shift->();
	$reader->do('rollback');
	is($shift->(), 0, 'an old snapshot does not keep an old value');
	$_->close for $reader, $writer;
}

# Every VZ_LOOKUP plans to one scan of an index, though nothing was analyzed; what another session makes of its view is seen.
sub lookups
{
	my $user = $stack->sql_value('select test.user()');
	my $name = $stack->sql_value("select username from veza_data.users where id = '$user'");
	my $reader = Veza::Session->new($stack);
	my $get = sub { $reader->do("select test.http('GET', '/api/v1/users/$_[0]', '{\"id\": \"$user\", \"username\": \"$name\"}'$_[1])") };

	$reader->do('set client_min_messages = debug1');
	my $said = join "\n", $get->(':id', ''), $get->(':id', ", '$user'"), $get->('by-username/:username', '');
	like($said, qr/"$user".*"$user".*"$user"/s, 'a user is read in three ways');
	unlike($said, qr/not one scan of an index/, 'each a lookup');
	$stack->sql('alter view veza_data.public_user_shape rename column bio to biography');
	like($get->(':id', ''), qr/"biography"/, 'a column that another session has renamed');
	$stack->sql('alter view veza_data.public_user_shape rename column biography to bio');
	unlike($get->(':id', ''), qr/"biography"/, 'and back');
	$stack->sql("update veza_data.users set preferences = '{\"privacy\": {\"profile_visibility\": \"private\"}}' where id = '$user'");
	like($get->(':id', ''), qr/USER_NOT_FOUND/, 'a row that another session has changed');
	$reader->close;
}

# A refusal is an answer and no event of the server; an error is.
sub server_log
{
	my $log = sub { $stack->read_file("$stack->{dir}/postgres.log") };

	$stack->psql("select veza.subscription_get(gen_random_uuid())");
	$stack->psql("select 1 / 0 as marker_of_pgtap");
	like($log->(), qr/sqlstate=22012 ERROR/, 'errors are logged');
	unlike($log->(), qr/sqlstate=VZ/, 'refusals are not');
	unlike($log->(), qr/terminated by signal|PANIC/, 'no backend crashed');
	is_deeply([ $log->() =~ /^(.*sqlstate=XX\d\d\d.*)$/mg ], [], 'there was no internal error');
}

# NULL wherever an argument can be NULL: refused or borne, but no backend may crash of it.
sub null_arguments
{
	my %value = (uuid => 'gen_random_uuid()', text => "'x'", integer => '1', bigint => '1', boolean => 'true', json => "'{}'", jsonb => "'{}'",
		date => 'current_date', 'text[]' => "'{x}'");
	my $user = $stack->sql_value("select test.user('admin')");
	my $live = $stack->sql_value("select test.active('$user')");
	my $track = $stack->sql_value("select test.track_of('$user')");
	my @statements;

	for my $f ($stack->sql("select p.prokind, p.oid::regproc, (select json_agg(format_type(t, null) order by n) from unnest(p.proargtypes::oid[]) with ordinality u(t, n))"
			. " from pg_proc p where p.pronamespace = 'veza'::regnamespace and p.prolang = (select oid from pg_language where lanname = 'c') and p.prorettype <> 'trigger'::regtype and p.pronargs > 0 order by 2"))
	{
		my ($kind, $name, $types) = @$f;
		my @types = $types =~ /"(.*?)"/g;
		my @fine = map { ($value{$_} // 'NULL') . "::$_" } @types;
		$fine[0] = "'$track'::uuid" if $name =~ /distribution_submit/;
		my @null = map { "NULL::$_" } @types;
		my $call = sub { ($kind eq 'p' ? "call $name(" : "select $name(") . join(', ', @_) . ')' };
		push @statements, $call->(@null);
		for my $i (0 .. $#types)
		{
			my @arguments = @fine;
			$arguments[$i] = $null[$i];
			push @statements, $call->(@arguments);
			$arguments[$i] = "'{NULL}'::$types[$i]";
			push @statements, $call->(@arguments) if $types[$i] =~ /\[\]$/;
		}
	}
	cmp_ok(scalar @statements, '>', 100, 'there are arguments');

	# All in one session; the statement that the session does not survive is named, and the rest goes on.
	my @crashed;
	while (@statements)
	{
		my $script = "select veza.act_as('$user', 'pgTAP');\n" . join '', map { "\\echo reached $_\n$statements[$_];\n" } 0 .. $#statements;
		my ($out, $err) = $stack->psql("\\set ON_ERROR_STOP off\nset statement_timeout = '5s';\n$script");
		last if $err !~ /connection to server was lost|server closed the connection/;
		my $last = (sort { $b <=> $a } $out =~ /^reached (\d+)$/mg)[0];
		push @crashed, $statements[$last];
		splice @statements, 0, $last + 1;
		wait_for_server();
	}
	is(join("\n", @crashed), '', 'no NULL crashes a backend');
}

my @wanted = @ARGV;
sub part
{
	my ($name, $code) = @_;
	return if @wanted && !grep { index($name, $_) >= 0 } @wanted;
	wait_for_server();
	subtest $name => $code;
}

for my $file (sort glob "$FindBin::Bin/[0-9][0-9]_*.sql")
{
	part($file =~ s{.*/\d\d_(.*)\.sql$}{$1}r, sub { run_suite($file) });
}
part(symbols => \&symbols);
part(install_script => \&install_script);
part(migrations => \&migrations);
part(procedures => \&procedures);
part(lookups => \&lookups);
part(kept_settings => \&kept_settings);
part(server_log => \&server_log);
part(null_arguments => \&null_arguments);

done_testing;
