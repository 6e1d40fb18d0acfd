#!/usr/bin/perl

# What one SQL role can do to the others: with names of its own on its search_path, with NULLs, with
# locks, with another isolation level. Real sessions of the roles, because what a procedure commits,
# and what a session sets before its call, no transaction of a superuser shows.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(sleep time);
use Veza::Session;
use Veza::Stack;

my $stack = Veza::Stack->new(conf => "log_line_prefix = '%m [%p] %u %a sqlstate=%e '");
my $main = $$;
END { local $?; $stack->stop_all if $stack && $$ == $main }
$SIG{INT} = $SIG{TERM} = sub { exit 1 };

$stack->start_postgres;
$stack->create_database;
$stack->sql('create schema pgtap; create extension pgtap schema pgtap');
$stack->psql_file("$FindBin::Bin/helpers.sql");

my $user = $stack->sql_value("select test.user('admin')");
my $subscription = $stack->sql_value("select test.pending('$user')");
my $payment = $stack->sql_value("select psp_payment_id from veza_data.payment where subscription_id = '$subscription'");
$stack->sql("update veza_data.setting set value = '200' where name = 'effect_wait'");

my $relay = Veza::Session->new($stack);

my %FINE = (uuid => "'$subscription'", text => "'x'", integer => '1', bigint => '1', boolean => 'true', json => "'{}'", jsonb => "'{}'",
	'text[]' => "'{x}'", any => "'nobody'", date => 'current_date', 'timestamp with time zone' => 'now()', regprocedure => "'veza.actor_id()'");

# Statements that call everything in schema veza the role may call: with NULLs, and with arguments that get past them.
sub calls_of
{
	my ($role) = @_;
	my @calls;
	for my $f ($stack->sql("select p.prokind, p.oid::regproc, coalesce((select string_agg(replace(format_type(t, null), '\"', ''), ',' order by n) from unnest(p.proargtypes::oid[]) with ordinality u(t, n)), '')"
			. " from pg_proc p where p.pronamespace = 'veza'::regnamespace and p.prorettype <> 'trigger'::regtype and has_function_privilege('$role', p.oid, 'execute') order by 2"))
	{
		my ($kind, $name, $types) = @$f;
		my @types = split /,/, $types;
		my @null = map { $_ eq 'any' ? 'NULL' : "NULL::pg_catalog.\"" . internal($_) . '"' . (/\[\]$/ ? '[]' : '') } @types;
		my $call = sub { ($kind eq 'p' ? "CALL $name(" : "SELECT $name(") . join(', ', @_) . ')' };
		push @calls, $call->(@null);
		push @calls, $call->(map { $FINE{$_} // 'NULL' } @types) if @types;
	}
	push @calls, "CALL veza.reconcile_payment('$payment')", "SELECT veza.act_as('$user', 'roles.t')" if $role ne 'veza_httpd' && $role ne 'veza_relay';
	return @calls;
}

# internal is the name in pg_type of what format_type says.
sub internal
{
	my ($type) = @_;
	return { integer => 'int4', bigint => 'int8', boolean => 'bool', 'timestamp with time zone' => 'timestamptz', 'double precision' => 'float8' }
	  ->{ $type =~ s/\[\]$//r } // $type =~ s/\[\]$//r;
}

# Names that hide PostgreSQL's: types, relations, functions and operators that tell as whom they run.
sub trap
{
	my @types = qw(json jsonb text uuid name bytea oid regclass regproc regprocedure regrole regnamespace date timestamptz interval inet numeric int8 int4 int2 float8 bool varchar);
	my $trap = "CREATE FUNCTION pg_temp.evil() RETURNS pg_catalog.bool LANGUAGE plpgsql AS \$\$ BEGIN RAISE NOTICE 'EVIL runs as %', current_user; RETURN true; END \$\$;\n";
	$trap .= "CREATE DOMAIN pg_temp.\"$_\" AS pg_catalog.\"$_\" CHECK (pg_temp.evil());\n" for @types;
	$trap .= "CREATE VIEW pg_temp.$_ AS SELECT r.*, pg_temp.evil() AS evil FROM pg_catalog.$_ r WHERE pg_temp.evil();\n"
	  for qw(pg_class pg_namespace pg_proc pg_depend pg_roles pg_stat_activity pg_locks pg_rewrite);
	return $trap;
}

# A schema with functions and operators, which the role puts before pg_catalog.
sub hostile_schema
{
	my ($role) = @_;
	my $sql = "CREATE SCHEMA hostile AUTHORIZATION $role; SET ROLE $role; SET search_path = pg_catalog;\n";
	my $body = "LANGUAGE plpgsql AS \$\$ BEGIN RAISE NOTICE 'EVIL runs as %', current_user; RETURN";
	my %same = (now => [ '', 'timestamptz', 'pg_catalog.now()' ], clock_timestamp => [ '', 'timestamptz', 'pg_catalog.clock_timestamp()' ],
		lower => [ 'text', 'text', 'pg_catalog.lower($1)' ], to_regclass => [ 'text', 'regclass', 'pg_catalog.to_regclass($1)' ],
		gen_random_uuid => [ '', 'uuid', 'pg_catalog.gen_random_uuid()' ], length => [ 'text', 'int4', 'pg_catalog.length($1)' ]);
	$sql .= "CREATE FUNCTION hostile.$_($same{$_}[0]) RETURNS $same{$_}[1] $body $same{$_}[2]; END \$\$;\n" for sort keys %same;
	for my $type (qw(uuid text timestamptz int8 int4 bytea bool))
	{
		for my $op (qw(= <> < > <= >=))
		{
			my $name = "op_${type}_" . join '', map { ord } split //, $op;
			$sql .= "CREATE FUNCTION hostile.$name($type, $type) RETURNS bool $body \$1 OPERATOR(pg_catalog.$op) \$2; END \$\$;\n"
			  . "CREATE OPERATOR hostile.$op (LEFTARG = $type, RIGHTARG = $type, FUNCTION = hostile.$name);\n";
		}
	}
	return $sql;
}

# Runs statements in one session of the role; returns [statement, SQLSTATE or '', what was said] for each.
sub run_all
{
	my ($role, $before, @statements) = @_;
	my @results;
	my $session;

	# A live relay, which answers nothing: procedures get as far as they can, and wait.
	$relay->do("delete from veza_data.relay; select veza.relay_heartbeat('roles.t', '1', true, 'closed', null)");
	for my $statement (@statements)
	{
		if (!$session)
		{
			$session = Veza::Session->new($stack, role => $role);
			$session->do($_) for @$before, "set statement_timeout = '20s'";
		}
		my $said = $session->do($statement, 30);
		if (!defined $said)
		{
			push @results, [ $statement, 'CRASH', 'the session ended' ];
			$session = undef;
			my $end = time + 20;
			sleep 0.1 until time > $end || eval { $stack->sql('select 1') };
			next;
		}
		push @results, [ $statement, $said =~ /ERROR:  ([0-9A-Z]{5}):/ ? $1 : '', $said ];
	}
	$session->close if $session;
	return @results;
}

my @ROLES = qw(veza_httpd veza_relay veza_dba veza_analyst);

sub hostile_path
{
	$stack->sql("create role stranger login; grant temporary on database $stack->{database} to stranger, " . join ', ', @ROLES);
	for my $role (@ROLES, 'stranger')
	{
		my @calls = calls_of($role);
		if ($role eq 'veza_analyst' || $role eq 'stranger') { is(scalar(grep { !/act_as|reconcile/ } @calls), 0, "$role may call nothing") }
		else                                                  { cmp_ok(scalar @calls, '>', 8, "$role may call functions") }
		push @calls, "SELECT * FROM veza.audit", "SELECT * FROM veza.state_machine", "SELECT * FROM veza.error" if $role eq 'veza_dba';
		$stack->sql(hostile_schema($role));
		for my $path ('', 'set search_path = hostile, pg_catalog', 'set search_path = pg_temp, hostile, pg_catalog')
		{
			my @act = ('set default_transaction_read_only = off', $role eq 'veza_dba' ? "select veza.act_as('$user', 'hostile')" : ());
			my @results = run_all($role, [ @act, trap(), $path ], 'SELECT pg_temp.evil()', @calls);
			like((shift @results)->[2], qr/EVIL runs as $role/, "$role: the trap is set") or diag($path);
			my @sprung = map { my $r = $_; map { "$r->[0]: $_" } grep { $_ ne $role } $r->[2] =~ /EVIL runs as (\w+)/g } @results;
			is_deeply(\@sprung, [], "$role: nothing of its own runs as somebody else, path '$path'");
			is_deeply([ map { "$_->[0]: $_->[2]" } grep { $_->[1] =~ /^(XX|CRASH)/ } @results ], [], "$role: no internal error either");
		}
		$stack->sql('drop schema hostile cascade');
	}
	$stack->sql("revoke temporary on database $stack->{database} from stranger, " . join ', ', @ROLES);
	for my $role (@ROLES, 'stranger')
	{
		my ($result) = run_all($role, ['set default_transaction_read_only = off'], 'CREATE TEMP TABLE t ()');
		is($result->[1], '42501', "$role makes no temporary objects at all");
	}
}

# Whatever an operator calls with NULLs, the answer is data or a refusal of the catalogue.
sub nulls
{
	my @calls = grep { /NULL|\(\)/ } calls_of('veza_dba');
	my @results = run_all('veza_dba', [], @calls);
	cmp_ok(scalar @results, '>', 40, 'veza_dba may call much');
	is_deeply([ map { "$_->[0]: $_->[2]" } grep { $_->[1] !~ /^(VZ...|)$/ } @results ], [], 'as nobody: refusals of the catalogue only');
	@results = run_all('veza_dba', ["select veza.act_as('$user', 'nulls')"], @calls);
	is_deeply([ map { "$_->[0]: $_->[2]" } grep { $_->[1] !~ /^(VZ...|)$/ } @results ], [], 'as an administrator, too');
	my ($result) = run_all('veza_dba', [], 'CALL veza.reconcile_payment(NULL)');
	like($result->[2], qr/VZ001: .*\nDETAIL:  id: is missing/, 'reconcile_payment(NULL) says what is missing');
}

# No role, not even a superuser, can name the locks that our rules use.
sub locks
{
	my $tags = sub {
		map { [@$_] } $stack->sql("select distinct classid, objid, objsubid from pg_locks where locktype = 'advisory' and granted");
	};
	my $worker = Veza::Session->new($stack);
	my $stranger = Veza::Session->new($stack);
	my %kinds;

	for my $work ([ 'jobs', 'select veza.job_order()' ], [ 'migration', 'call veza.migrate()' ],
		[ 'idempotency', "select veza.begin_request('user', false, '$user', test.session_of('$user'), 1, 'r', null, null, idempotency_key => 'k', idempotency_hash => 'h') and veza.idempotency_begin('POST /x', false)" ])
	{
		my ($what, $sql) = @$work;
		$worker->do("begin; $sql");
		my @held = $tags->();
		cmp_ok(scalar @held, '>', 0, "$what: a lock is held");
		$worker->do('rollback');
		for my $t (@held)
		{
			$kinds{ $t->[2] }++;
			my $wide = "(${\ $t->[0]}::bigint << 32) | $t->[1]::bigint";
			$stranger->do("select pg_advisory_lock($wide), pg_advisory_lock($t->[0]::oid::bigint::bit(32)::int, $t->[1]::bigint::bit(32)::int)");
		}
		$stranger->do("select pg_advisory_lock(hashtextextended('veza.run_due_jobs', 0)), pg_advisory_lock(hashtextextended('veza.migrate', 0))");
		cmp_ok(scalar($tags->()), '>', 1, "$what: a stranger holds what can be held");
		my $answer = $worker->do("set lock_timeout = '1s'; $sql", 20);
		unlike($answer, qr/ERROR|^0$/m, "$what: is done all the same") or diag($answer);
		$stranger->do('select pg_advisory_unlock_all()');
	}
	is_deeply([ grep { $_ < 3 } keys %kinds ], [], 'our locks are of classes that no SQL function makes');
	is(scalar keys %kinds, 3, 'each kind of its own');

	my ($second, $first) = map { Veza::Session->new($stack) } 1, 2;
	$first->do('begin; select veza.job_order()');
	is($second->do('call veza.run_due_jobs()'), '{}', 'among us they are locks: jobs run once at a time');
	is($second->do('select veza.job_order() is null'), 't', 'and who comes second is told');
	$_->close for $worker, $stranger, $first, $second;
}

# What locks and looks again refuses to run on an old snapshot.
sub isolation
{
	for my $level ('repeatable read', 'serializable')
	{
		my @before = ("select veza.act_as('$user', 'isolation')", "set default_transaction_isolation = '$level'");
		my @results = run_all('veza_dba', \@before, "CALL veza.subscription_subscribe('pro')",
			'CALL veza.run_due_jobs()', 'CALL veza.migrate()', "SELECT veza.user_update('$user', bio => 'x')",
			"CALL veza.reconcile_payment('$payment')", "SELECT veza.act_as('$user', 'x')");
		is_deeply([ map { "$_->[0]: $_->[2]" } grep { $_->[1] ne 'VZ047' } @results ], [], "under $level, what writes is refused");
		like($results[0][2], qr/DETAIL:  isolation: $level\nHINT:  .*READ COMMITTED/, 'with a hint');
		@results = run_all('veza_dba', [], "begin isolation level $level", "select count(*) from veza.version()", "select veza.schema_state()",
			"select count(*) from veza.subscription_timeline('$subscription')");
		is(join(' ', map { $_->[1] } @results), '   ', "and what reads is not");
	}
	my %pinned = map { $_->[0] => $_->[1] } $stack->sql("select rolname, c from pg_roles, unnest(rolconfig) c where c ~ 'default_transaction_isolation'");
	is_deeply(\%pinned, { map { $_ => 'default_transaction_isolation=read committed' } qw(veza_httpd veza_relay veza_dba) }, 'the roles have it pinned');
}

# What binds an analyst, whatever the session sets.
sub analysts
{
	my @results = run_all('veza_analyst', [ 'set default_transaction_read_only = off', 'set statement_timeout = 0' ],
		'CREATE TEMP TABLE t ()', 'SELECT lo_create(0)', 'SELECT lo_creat(-1)', "SELECT lo_from_bytea(0, 'x')", "SELECT lo_import('/etc/passwd')", 'CREATE SCHEMA s', 'CREATE TABLE public.t ()',
		'SELECT * FROM veza_data.users', 'CREATE VIEW veza_report.x AS SELECT 1');
	is_deeply([ map { "$_->[0]: $_->[1]" } grep { $_->[1] ne '42501' } @results ], [], 'an analyst stores nothing, not even a large object');
	@results = run_all('veza_analyst', [ 'set statement_timeout = 0' ],
		(map { "SELECT count($_(i)) FROM generate_series(1, 1000000) i" } 'pg_advisory_lock', 'pg_advisory_xact_lock_shared', 'pg_try_advisory_lock'),
		'SELECT pg_advisory_xact_lock(1, 2)', 'SELECT pg_try_advisory_xact_lock_shared(1, 2)');
	is_deeply([ map { "$_->[0]: $_->[1]" } grep { $_->[1] ne '42501' } @results ], [], 'and fills no table of locks, which all sessions share');
	is_deeply([ $stack->sql("select p.oid::regprocedure from pg_proc p where proname ~ 'advisory.*lock' and proname !~ 'unlock' and has_function_privilege('veza_analyst', p.oid, 'execute')") ],
		[], 'by no function that this PostgreSQL has');

	# A session that has switched its own limits off.
	$stack->sql("update veza_data.setting set value = '2' where name = 'analyst_time_limit'");
	$stack->sql('create role ada login in role veza_analyst; create role bob login in role veza_analyst, veza_dba');
	my %session = map { $_ => Veza::Session->new($stack, role => $_) } qw(veza_analyst ada bob postgres);
	for my $s (values %session) { $s->do('set statement_timeout = 0; set idle_in_transaction_session_timeout = 0; begin; select 1') }
	my $ended = sub { $stack->sql_value('call veza.run_due_jobs()') =~ /"limit_analysts":(\d+)/ ? $1 : 0 };
	is($ended->(), '0', 'within the limit analysts are left alone');
	sleep 2.5;
	is($ended->(), '2', 'beyond it two sessions are ended');
	is_deeply([ map { ($session{$_}->do('select 2', 10) // '') eq '2' ? 'lives' : 'ended' } qw(veza_analyst ada bob postgres) ],
		[qw(ended ended lives lives)], 'those of the analysts; an operator and a superuser go on');
	like($stack->read_file("$stack->{dir}/postgres.log"), qr/a session of analyst ada was ended/, 'the log names whom');
	is($stack->sql_value("select rolconnlimit from pg_roles where rolname = 'veza_analyst'"), '10', 'their connections are counted');
	$_->close for values %session;
}

my @wanted = @ARGV;
for my $part ([ hostile_path => \&hostile_path ], [ nulls => \&nulls ], [ locks => \&locks ], [ isolation => \&isolation ], [ analysts => \&analysts ])
{
	next if @wanted && !grep { index($part->[0], $_) >= 0 } @wanted;
	subtest $part->[0] => $part->[1];
}
done_testing;
