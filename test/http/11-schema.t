#!/usr/bin/perl
# What httpd does about a schema that is empty, behind, or not there, and about
# a database that cannot be reached at start.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use POSIX qw(WNOHANG);
use Test::More;
use Time::HiRes qw(sleep time);
use Veza::Test;

my $s = stack(database => 0);
$s->create_database(database => $_->[0], @{ $_->[1] }) for
  [ empty => [ unmigrated => 1 ] ], [ fresh => [ unmigrated => 1 ] ], [ bare => [ empty => 1 ] ];

# An httpd on one of the databases; returns clients for its API and its health pages.
sub serve
{
	my ($database, %env) = @_;
	my %port = (APP_PORT => Veza::Stack->free_port, ADMIN_PORT => Veza::Stack->free_port);
	$s->start('httpd', as => "httpd-$database", nowait => 1,
		env => { %port, HTTP_LOOPS => 1, DATABASE_URL => $s->connection('veza_httpd', $database), %env });
	return (Veza::Http->new("http://127.0.0.1:$port{APP_PORT}"), Veza::Http->new("http://127.0.0.1:$port{ADMIN_PORT}"));
}

# The exit code of an httpd that gives up.
sub ending
{
	my ($as) = @_;
	my $pid = delete $s->{pids}{$as};
	my $ended = wait_until { waitpid($pid, WNOHANG) == $pid } "$as gives up", 10;
	my $code = $? >> 8;
	kill 'KILL', $pid if !$ended;
	return $code;
}

subtest 'an empty schema that httpd must not migrate' => sub {
	my ($http, $admin) = serve('empty', DB_AUTO_MIGRATE => 'false');
	my $r;
	wait_until { ($r = $http->get('/readyz'))->status } 'an answer', 10;
	for my $one ($http, $admin)
	{
		$r = $one->get('/readyz');
		is($r->status, 503, 'readyz is 503');
		is($r->json->{status}, 'not_ready', 'not ready');
		like($r->json->{checks}{database}, qr/CALL veza\.migrate\(\);/, 'the command is named');
		like($r->header('Retry-After') // '', qr/^[1-9]\d*$/, 'Retry-After');
		is($one->get('/healthz')->brief, '200', 'healthz is 200');
		is($one->get('/health')->brief, '200', 'health is 200: the database answers');
		my $st = $one->get('/status')->json;
		is("$st->{status} $st->{services}{database}{schema}", 'degraded empty', 'status says so');
	}
	for my $call ([ GET => '/api/v1/subscriptions/plans' ], [ POST => '/api/v1/auth/login', { email => 'a@b.example', password => 'tortoise shell' } ])
	{
		my $a = $http->request(@$call);
		is_refused($a, '503 SCHEMA_NOT_READY', "$call->[0] $call->[1]");
		like($a->header('Retry-After') // '', qr/^[1-9]\d*$/, 'with Retry-After');
	}
	is($s->sql_value("select to_regclass('veza_data.users') is null", database => 'empty'), 't', 'nothing was migrated');
	like($s->read_file($s->{logs}{'httpd-empty'}), qr/"level":"WARN"[^\n]*CALL veza\.migrate\(\);/, 'the log names the command');

	$s->sql('set client_min_messages = warning; call veza.migrate()', database => 'empty');
	my $done = time;
	wait_until { $http->get('/readyz')->status == 200 } 'ready after CALL veza.migrate()', 5;
	is_soon(time - $done, 3, 'in less than 3 s, without a restart');
	is($http->get('/api/v1/subscriptions/plans')->brief, '200', 'and serves');
	is($http->post('/api/v1/auth/register', { username => 'first', email => 'first@example.test', password => 'tortoise shell' })->brief, '201', 'writes too');
	is($s->stop('httpd-empty'), 0, 'clean exit');
};

# A schema that is behind, made by the statement: refused, or brought up to date.
sub is_behind
{
	my ($sql, $check) = @_;
	$s->sql($sql, database => 'empty');
	is($s->sql_value('select veza.schema_state()', database => 'empty'), 'behind', 'the schema is behind');
	my ($http) = serve('empty', DB_AUTO_MIGRATE => 'false');
	wait_until { $http->get('/readyz')->status } 'an answer', 10;
	my $r = $http->get('/readyz');
	is($r->status, 503, 'readyz is 503');
	like($r->json->{checks}{database}, qr/CALL veza\.migrate\(\);/, 'the command is named');
	is($http->get('/status')->json->{services}{database}{schema}, 'behind', 'status says so');
	$s->stop('httpd-empty');

	($http) = serve('empty');
	wait_until { $http->get('/readyz')->status == 200 } 'ready', 10;
	is($s->sql_value('select veza.schema_state()', database => 'empty'), 'ready', 'DB_AUTO_MIGRATE brings it up to date');
	is($s->sql_value($check, database => 'empty'), 't', 'really');
	$s->stop('httpd-empty');
}

subtest 'a schema with a migration to come' => sub {
	is_behind("insert into veza.migration values ('schema', 9999, 'later', 'x', 'create table veza_data.later ()')",
		"select to_regclass('veza_data.later') is not null");
};

subtest 'a schema whose views are of an earlier version' => sub {
	is_behind("update veza.migration set checksum = 'y', sql = sql || '; create view veza_data.later_shape as select 1 as one'"
		. " where kind = 'shape' and version = 1", "select to_regclass('veza_data.later_shape') is not null");
};

subtest 'a migration has the time that it takes' => sub {
	$s->sql("insert into veza.migration values ('schema', 9997, 'slow', 'z',"
		. " 'create table veza_data.slow as select current_setting(''statement_timeout'') as timeout from pg_sleep(2)')", database => 'empty');
	my ($http, $admin) = serve('empty');
	my $r;
	wait_until { ($r = $admin->get('/readyz'))->status && $r->json->{checks}{database} ne 'down' } 'an answer while it runs', 10;
	is($r->status, 503, 'meanwhile the second port says that it is not ready');
	is($r->json->{checks}{database}, 'the schema is not ready: migrating', 'and why');
	is($admin->get('/healthz')->brief, '200', 'and that the process lives');
	wait_until { $http->get('/readyz')->status == 200 } 'ready', 20;
	is($s->sql_value('select timeout from veza_data.slow', database => 'empty'), '0', 'no timeout ended it');
	is($s->sql_value("select count(*) from pg_stat_activity where application_name like 'veza-httpd%' and state = 'active' and datname = 'empty' and pid <> pg_backend_pid()",
		database => 'empty') < 5 ? 'ok' : 'busy', 'ok', 'and nothing is left of it');
	$s->stop('httpd-empty');

	# Asked to stop, httpd does not wait for it.
	$s->sql("insert into veza.migration values ('schema', 9998, 'endless', 'z', 'select pg_sleep(600)')", database => 'empty');
	(undef, $admin) = serve('empty');
	wait_until { $admin->get('/healthz')->status } 'an answer', 10;
	my $since = time;
	$s->stop('httpd-empty');
	is_soon(time - $since, 20, 'SIGTERM ends httpd during a migration');
	wait_until { !$s->sql_value("select count(*) from pg_stat_activity where query = 'call veza.migrate()' and state = 'active'", database => 'postgres') } 'the migration was cancelled', 10;
	$s->sql("delete from veza.migration where version = 9998", database => 'empty');
};

subtest 'a setting that cannot be used' => sub {
	my ($http) = serve('empty');
	wait_until { $http->get('/readyz')->status == 200 } 'ready', 10;
	is($http->post('/api/v1/auth/register', { username => 'second', email => 'second@example.test', password => 'x7-quiet-harbour' })->brief, '201', 'an account');
	$s->sql("alter table veza_data.setting disable trigger guard_setting; update veza_data.setting set value = '15 min' where name = 'access_token_ttl'", database => 'empty');
	my $r = $http->post('/api/v1/auth/login', { email => 'second', password => 'x7-quiet-harbour' });
	is_refused($r, '503 SERVICE_MISCONFIGURED', 'a login');
	unlike($r->{body}, qr/access_token_ttl|15 min|setting/i, 'tells a stranger nothing about it');
	like($s->read_file($s->{logs}{'httpd-empty'}), qr/"level":"ERROR"[^\n]*setting access_token_ttl has an unusable value/, "httpd's log names it");
	like($s->read_file("$s->{dir}/postgres.log"), qr/ERROR:  setting access_token_ttl has an unusable value\n.*DETAIL:  "15 min" must be a whole number/, "PostgreSQL's, too");
	$s->sql("select veza.set_setting('access_token_ttl', null, 'repair')", database => 'empty', role => 'veza_dba');
	is($http->post('/api/v1/auth/login', { email => 'second', password => 'x7-quiet-harbour' })->brief, '200', 'an operator repairs it without a restart');
	$s->sql('set client_min_messages = warning; call veza.migrate()', database => 'empty');
	$s->stop('httpd-empty');
};

subtest 'a database of another interface' => sub {
	for my $case ([ older => -1, 'ALTER EXTENSION veza UPDATE' ], [ newer => 1, 'install the programs' ])
	{
		my ($state, $difference, $command) = @$case;
		# What a build of that interface would answer to this one.
		$s->sql("alter function veza.readiness rename to readiness_of_this; create function veza.readiness(interface integer, out state text, out command text, out build text)"
			. " language sql security definer as 'select r.* from veza.readiness_of_this(interface - ($difference)) r'; grant execute on function veza.readiness, veza.readiness_of_this to veza_httpd", database => 'empty');
		my ($http) = serve('empty');
		my $r;
		wait_until { ($r = $http->get('/readyz'))->status } 'an answer', 10;
		is($r->status, 503, "$state: not ready");
		like($r->json->{checks}{database}, qr/run (?:BEGIN; )?\Q$command\E/, 'what helps is named');
		is_refused($http->get('/api/v1/subscriptions/plans'), '503 SCHEMA_NOT_READY', 'requests are answered so');
		$s->sql('drop function veza.readiness; alter function veza.readiness_of_this rename to readiness', database => 'empty');
		wait_until { $http->get('/readyz')->status == 200 } 'ready once it fits', 10;
		ok((wait_until { $http->get('/api/v1/subscriptions/plans')->brief eq '200' } 'it serves', 5), 'and serves, without a restart');
		$s->stop('httpd-empty');
	}
};

subtest 'a database of another build' => sub {
	$s->sql("insert into veza_data.audit_run values (now(), 0, 0)", database => 'empty');
	my $build = $s->sql_value('select veza.build()', database => 'empty');
	my $other = sub { $s->sql("alter extension veza drop function veza.readiness; alter function veza.readiness rename to readiness_of_this;"
		. " create function veza.readiness(interface integer, out state text, out command text, out build text) language sql security definer as"
		. " 'select state, command, ''0ther000'' from veza.readiness_of_this(interface)'; grant execute on function veza.readiness, veza.readiness_of_this to veza_httpd", database => 'empty') };
	$other->();
	my ($http) = serve('empty');
	wait_until { $http->get('/readyz')->status == 200 } 'ready all the same', 10;
	is($http->get('/api/v1/subscriptions/plans')->brief, '200', 'it serves');
	my @said = $s->read_file($s->{logs}{'httpd-empty'}) =~ /("level":"WARN"[^\n]*of another build[^\n]*"database":"0ther000"[^\n]*)/g;
	is(scalar @said, 1, 'and says so once');
	$s->sql('drop function veza.readiness; alter function veza.readiness_of_this rename to readiness; alter extension veza add function veza.readiness', database => 'empty');
	$s->stop('httpd-empty');
};

subtest 'an empty schema that httpd migrates by itself' => sub {
	my ($http) = serve('fresh');
	wait_until { $http->get('/readyz')->status == 200 } 'ready', 10;
	is($s->sql_value('select veza.schema_state()', database => 'fresh'), 'ready', 'the schema is ready');
	is($http->get('/api/v1/subscriptions/plans')->brief, '200', 'and serves');
	$s->stop('httpd-fresh');
};

subtest 'a database without the extension' => sub {
	serve('bare', DB_MAX_RETRIES => 1, DB_RETRY_INTERVAL => '10ms');
	is(ending('httpd-bare'), 1, 'httpd gives up after DB_MAX_RETRIES');
	my $log = $s->read_file($s->{logs}{'httpd-bare'});
	like($log, qr/CREATE EXTENSION veza/, 'the log says what to do');
	is(scalar(() = $log =~ /did not say its schema's state/g), 2, 'one attempt and one retry');
};

subtest 'no database at all' => sub {
	my $absent = $s->connection('veza_httpd', 'absent') =~ s/host=.*/host=127.0.0.1&port=1/r;
	my $since = time;
	serve('absent', DATABASE_URL => $absent, DB_MAX_RETRIES => 3, DB_RETRY_INTERVAL => '100ms');
	is(ending('httpd-absent'), 1, 'httpd gives up after DB_MAX_RETRIES');
	cmp_ok(time - $since, '>=', 0.3, 'with pauses');
	my $log = $s->read_file($s->{logs}{'httpd-absent'});
	is(scalar(() = $log =~ /cannot connect to the database/g), 4, 'one attempt and three retries');

	# A database that comes up while httpd still tries.
	$s->stop_postgres('fast');
	my ($http) = serve('fresh', DB_MAX_RETRIES => 200, DB_RETRY_INTERVAL => '50ms');
	sleep 0.3;
	ok($s->is_running('httpd-fresh'), 'httpd goes on trying');
	$s->start_postgres;
	wait_until { $http->get('/readyz')->status == 200 } 'ready once the database is there', 10;
	is($s->stop('httpd-fresh'), 0, 'clean exit');
};

done_testing;
