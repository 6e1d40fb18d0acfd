#!/usr/bin/perl
# Looks into the running server: who may, a CPU profile of httpd that google-pprof reads, what PostgreSQL does; and
# nothing secret in any of it.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Socket::INET;
use POSIX qw(_exit);
use Test::More;
use Time::HiRes qw(sleep time);
use Veza::Session;
use Veza::Test;

my $SECRET = 'hunter2-Tr0ub4dor';
my $s = stack(conf => "shared_preload_libraries = 'pg_stat_statements'");
$s->{env}{DATABASE_URL} = $s->connection('veza_httpd') =~ s{veza_httpd\@}{veza_httpd:$SECRET-url\@}r;
$s->start('httpd');
my $admin = administrator($s);
my $api = $admin->{api};
my $user = register($s);
my $base = '/admin/debug/pprof';

# Everything that an administrator is shown in this test, to be looked through at its end.
my @shown;
$Veza::Http::WITNESS = sub { my ($method, $target, $answer) = @_; push @shown, "$target: $answer->{body}" if $target =~ m{/debug/} && $answer->status == 200 };

# Asks in a process of its own, so that others can ask meanwhile; the code returned waits for the answer.
sub meanwhile
{
	my ($path) = @_;
	my $file = "$s->{dir}/meanwhile";
	my $pid = fork() // die "fork: $!";
	if (!$pid)
	{
		my $r = $api->get($path);
		$s->write_file($file, join "\n", $r->brief, $r->header('Content-Type') // '', $r->header('Content-Disposition') // '', $r->body);
		_exit(0);
	}
	return sub {
		waitpid($pid, 0);
		my ($brief, $type, $disposition, $body) = split /\n/, $s->read_file($file), 4;
		return { brief => $brief, type => $type, disposition => $disposition, body => $body };
	};
}

# Sends so many requests at once, which costs the server more than us; returns how many were answered well.
sub press
{
	my ($n) = @_;
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $s->port('httpd')) or die "connect: $!";
	my ($well, $text) = (0, '');
	print $socket "GET /api/v1/subscriptions/plans HTTP/1.1\r\nHost: localhost\r\n\r\n" x ($n - 1),
	  "GET /api/v1/subscriptions/plans HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
	while (sysread($socket, $text, 1 << 16, length $text))
	{
		$well++ while $text =~ s{\A.*?HTTP/1\.1 200 }{}s;
	}
	return $well;
}

# What google-pprof says of a profile.
sub pprof
{
	my ($profile, @options) = @_;
	$s->write_file("$s->{dir}/profile", $profile);
	my $program = $s->program('httpd');
	return scalar `google-pprof @options '$program' '$s->{dir}/profile' 2>&1`;
}

subtest 'who may' => sub {
	my @paths = map { "$base$_" } '', '/', map { "/$_" } qw(profile?seconds=1 cmdline activity statements locks tables memory);
	for my $path (@paths)
	{
		is_refused(api($s)->get($path), '401 AUTH_REQUIRED', "$path: nobody");
		is_refused($user->{api}->get($path), '403 AUTH_INSUFFICIENT_PERMISSIONS', "$path: a user");
		is($api->get($path)->brief, '200', "$path: an administrator");
	}
	for my $path (qw(symbol heap ../pprof profile/x))
	{
		isnt($api->get("$base/$path")->status, 200, "there is no $path");
	}
	is_refused($api->get("$base/heap"), '404 ROUTE_NOT_FOUND', 'and the refusal says so');
	is_refused($api->post("$base/profile", {}), '405 METHOD_NOT_ALLOWED', 'it is asked for by GET');
};

subtest 'the list' => sub {
	my $r = $api->get("$base/");
	is_envelope($r, 'envelope');
	is_deeply([ map { $_->{name} } @{ $r->data } ], [qw(activity cmdline locks memory profile statements tables)], 'names what there is');
	is($api->get($_->{path} =~ s{^/api/v1}{}r . ($_->{name} eq 'profile' ? '?seconds=1' : ''))->brief, '200', "$_->{name}: there it is") for @{ $r->data };
	is($api->get($base)->comparable, $r->comparable, 'with and without the slash');
};

subtest 'a profile of httpd' => sub {
	my $start = time;
	# The less of the machine is ours, the longer it takes to be seen at work.
	my $slowness = Veza::Stack::slowness();
	my $seconds = $slowness < 4 ? 4 : $slowness < 20 ? int $slowness : 20;
	my $wait = meanwhile("$base/profile?seconds=$seconds");
	sleep 0.5;
	is_refused($api->get("$base/profile?seconds=1"), '409 PROFILE_RUNNING', 'another one meanwhile');
	my ($asked, $answered) = (0, 0);
	while (time - $start < $seconds - 0.4)
	{
		$asked += 300;
		$answered += press(300);
	}
	my $r = $wait->();
	my $took = time - $start;
	cmp_ok($asked, '>', 500, 'the server was busy');
	is($answered, $asked, 'every request is answered well while the signal comes');
	is($r->{brief}, '200', 'it is there');
	is($r->{type}, 'application/octet-stream', 'as bytes');
	is($r->{disposition}, 'attachment; filename="veza-httpd.prof"', 'with a name');
	cmp_ok($took, '>', $seconds - 0.1, 'after its time');
	is_soon($took - $seconds, 11, 'and not much later');

	# What reads it is not in every release of Debian.
	SKIP: {
		skip 'google-pprof is not installed', 3 if system('command -v google-pprof >/dev/null');
		my $text = pprof($r->{body}, '--text');
		my ($total) = $text =~ /^Total: (\d+) samples/m;
		cmp_ok($total // 0, '>', 10, 'google-pprof finds samples') or diag $text;
		my $cumulated = pprof($r->{body}, '--text', '--cum');
		like($cumulated, qr/\bloop_turn\b/, 'of the threads of the loops') or diag $cumulated;
		like($cumulated, qr/\b(?:request_handle|dispatch|job_done|reply_result|pipeline_\w+|connection_\w+|lanes_\w+)\b/, 'and names functions of httpd') or diag $cumulated;
	}
	is($api->get("$base/profile?seconds=1")->brief, '200', 'then the next one');
};

subtest 'how long' => sub {
	for my $seconds (0, -1, 61, 'x', '')
	{
		my $r = $api->get("$base/profile?seconds=$seconds");
		is_refused($r, '400 VALIDATION_ERROR', "'$seconds' seconds");
		is_deeply([ $r->fields ], ['seconds'], 'names the field');
	}
	my (undef, $err) = $s->psql("select veza.act_as('$admin->{id}', 'a look'); select veza.debug_profile(1)", role => 'veza_dba');
	like($err, qr/only veza-httpd takes a profile of itself/, 'not in psql');
};

# HANDLER_TIMEOUT is for statements; the end of the process ends a profile with what it has.
subtest 'deadlines' => sub {
	$s->stop('httpd');
	$s->start('httpd', env => { HANDLER_TIMEOUT => '1s' });
	is($api->get("$base/profile?seconds=4")->brief, '200', 'longer than HANDLER_TIMEOUT');
	my $wait = meanwhile("$base/profile?seconds=60");
	sleep 1;
	my $start = time;
	is($s->stop('httpd'), 0, 'httpd ends well');
	is_soon(time - $start, 10, 'without waiting for the minute');
	is($wait->()->{brief}, '200', 'and the profile is answered');
	$s->start('httpd');
};

subtest 'what PostgreSQL does' => sub {
	my $busy = Veza::Session->new($s, role => 'veza_dba');
	my $busy_pid = $busy->backend;
	$busy->send("select 'select $SECRET-a', pg_sleep(8) /* $SECRET-b */, E'$SECRET-c', \$\$$SECRET-d\$\$ as e");
	my $holder = Veza::Session->new($s);
	$holder->do("set application_name = 'holder'; begin; lock table veza_data.plan in access exclusive mode; select '$SECRET-f'");
	my $waiter = Veza::Session->new($s, role => 'veza_dba');
	my $waiter_pid = $waiter->backend;
	$waiter->send('select count(*) from veza_data.plan');
	wait_until { $s->sql_value("select count(*) from pg_stat_activity where wait_event_type = 'Lock'") } 'one waits';

	my @sessions = @{ $api->get("$base/activity")->data };
	my ($waiting) = grep { $_->{pid} == $waiter_pid } @sessions;
	is($waiting->{role}, 'veza_dba', 'a session: its role');
	is($waiting->{state}, 'active', 'its state');
	is($waiting->{wait_event_type}, 'Lock', 'what it waits for');
	like($waiting->{query}, qr/^select count\(\*\) from veza_data\.plan\b/, 'its statement');
	cmp_ok($waiting->{transaction_seconds}, '>=', 0, 'its age');
	my ($sleeping) = grep { $_->{pid} == $busy_pid } @sessions;
	like($sleeping->{query}, qr/^select \?, pg_sleep\(\?\) , E\?, \? as e\b/, 'values are not shown');
	my ($foreign) = grep { $_->{application_name} eq 'holder' } @sessions;
	is($foreign->{role}, 'postgres', 'sessions of others are there');
	is($foreign->{query}, undef, 'without their statements');
	my ($own) = grep { $_->{role} eq 'veza_httpd' && ($_->{query} // '') =~ /debug_activity/ } @sessions;
	like($own->{query}, qr/\$1/, 'our own statements have parameters, not values');

	my @locks = @{ $api->get("$base/locks")->data };
	my ($wait) = grep { !$_->{granted} } @locks;
	is("$wait->{pid} $wait->{relation}", "$waiter_pid veza_data.plan", 'the lock that is waited for, first');
	is_deeply($locks[0], $wait, 'stands first');
	my ($held) = grep { $_->{granted} && ($_->{relation} // '') eq 'veza_data.plan' } @locks;
	is_deeply($wait->{blocked_by}, [ $held->{pid} ], 'and who is in the way');
	is($held->{mode}, 'AccessExclusiveLock', 'by which lock');
	$holder->do('rollback');
	$waiter->receive;

	my ($table) = grep { $_->{name} eq 'veza_data.users' } @{ $api->get("$base/tables")->data };
	cmp_ok($table->{table_bytes}, '>', 0, 'a table has a size');
	ok(exists $table->{$_}, $_) for qw(live_rows dead_rows index_bytes sequential_scans index_scans);
	my $memory = $api->get("$base/memory")->data;
	cmp_ok($memory->{total_bytes}, '>', 100_000, 'the memory of a backend');
	ok((grep { $_->{name} eq 'CacheMemoryContext' } @{ $memory->{contexts} }), 'by context');
	cmp_ok($memory->{httpd}{resident_bytes}, '>', 1_000_000, 'and that of httpd');
	cmp_ok($memory->{httpd}{malloc}{used_bytes}, '>', 1000, 'of its heap, too');
	is($memory->{httpd}{pid}, $s->{pids}{httpd}, 'the very process');
	is($api->get("$base/cmdline")->data->{httpd}{program}, 'veza-httpd', 'which is veza-httpd');
};

subtest 'statistics of statements' => sub {
	my $without = $api->get("$base/statements")->data;
	is_deeply([ $without->{available}, $without->{statements} ], [ false, [] ], 'none without the extension');
	like($without->{message}, qr/CREATE EXTENSION pg_stat_statements/, 'and what to do');
	$s->sql('create schema "Watch it"; create extension pg_stat_statements schema "Watch it"');
	is($api->get("$base/statements")->data->{message}, 'Run GRANT USAGE ON SCHEMA "Watch it" TO veza_owner.', 'nor where we may not go');
	# What a stranger puts into that schema is not used.
	$s->sql('grant usage on schema "Watch it" to veza_owner; create function "Watch it".pg_get_userbyid(oid) returns name language sql as $$ select \'trapped\'::name $$');
	$s->sql('grant temporary on database veza to veza_dba');
	$s->psql("select '$SECRET-g'; create temp table t (a text default '$SECRET-h'); select 5 as n", role => 'veza_dba');
	my $with = $api->get("$base/statements")->data;
	is($with->{available}, true, 'with it there are some') or diag $with->{message};
	is(scalar(grep { $_->{role} eq 'trapped' } @{ $with->{statements} }), 0, 'the server\'s own');
	my ($five) = grep { ($_->{query} // '') =~ /^select \S+ as n\b/ } @{ $with->{statements} };
	cmp_ok($five->{calls}, '>=', 1, 'with their counts');
	ok((grep { ($_->{query} // '') =~ /^create temp table t \(a text default \?\)/ } @{ $with->{statements} }), 'without constants, also where the extension keeps them') or diag explain $with;
};

subtest 'who looked is on record' => sub {
	my %seen = map { @$_ } $s->sql("select action, count(*) from veza_data.audit_log where action like 'debug.%' and actor_kind = 'admin' group by 1");
	is_deeply([ sort keys %seen ], [ map { "debug.$_" } qw(activity locks memory profile statements tables) ], 'every look');
	is($s->sql_value("select details ->> 'seconds' from veza_data.audit_log where action = 'debug.profile' and actor_id = '$admin->{id}' order by id desc limit 1"), 60, 'with its seconds');
	is($s->sql_value("select count(*) from veza_data.audit_log where action like 'debug.%' and actor_id <> '$admin->{id}'"), 0, 'and nobody else has looked');
};

subtest 'nothing secret is shown' => sub {
	cmp_ok(scalar @shown, '>', 20, 'much was shown');
	for my $secret ($SECRET, 'test-jwt-secret', 'test-webhook-secret', 'correct horse', $admin->{token})
	{
		is(scalar(grep { index($_, $secret) >= 0 } @shown), 0, substr($secret, 0, 12) . '...: nowhere') or diag grep { index($_, $secret) >= 0 } @shown;
	}
	like($s->read_file("/proc/$s->{pids}{httpd}/environ"), qr/$SECRET-url/, 'though httpd knows it') if -r "/proc/$s->{pids}{httpd}/environ";
};

done_testing();
