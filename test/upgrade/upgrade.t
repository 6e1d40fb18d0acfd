#!/usr/bin/perl
# From the state of every release to this build, by the commands of docs/operate.md: a database that
# version 0.1.0 made (0.1.0/state.sql.gz, a dump with users, subscriptions, payments, an audit log and a
# DBA's own objects; 0.1.0/veza--0.1.0.sql.gz, its install script) is updated. Afterwards it is in every
# object what a fresh one is, its users log in, and what the DBA added and granted is there. Then the same
# from another build of this version, and after DROP EXTENSION ... CASCADE.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use HTTP::Tiny;
use IO::Uncompress::Gunzip qw(gunzip $GunzipError);
use Test::More;
use Veza::Scene;
use Veza::Stack;

my $top = $Veza::Stack::TOP;
my $s = Veza::Stack->new;
# A server tree of its own: the script of a release is installed into it.
$s->{tree} = "$s->{dir}/tree";
my $scene = Veza::Scene->new($s);
END { local $?; $s->stop_all if $s }

sub unpacked
{
	my ($path) = @_;
	gunzip("$FindBin::Bin/$path" => \my $text) or die "$path: $GunzipError";
	return $text;
}

# The blocks of SQL in the section of the manual: update, rebuild, check.
my ($section) = $s->read_file("$top/docs/operate.md") =~ /^## Upgrade\n(.*?)^## /ms or die 'docs/operate.md has no section Upgrade';
my ($update, $rebuild, $check) = $section =~ /```sql\n(.*?)```/gs;

# ---- the state of the release

# A library with the symbols of a release's functions, which is all that PostgreSQL asks for when it makes them; of what
# they did only veza.schema_state() is wanted, which says to a shim that this is a Veza.
sub stand_in
{
	my ($script) = @_;
	my %symbol;
	$symbol{ $2 // $1 } = 1 while $script =~ /^CREATE (?:FUNCTION|PROCEDURE) veza\.(\w+)\((?:(?!^CREATE ).)*?AS 'MODULE_PATHNAME'(?:, '(\w+)')?/gms;
	my $source = "#include \"postgres.h\"\n#include \"fmgr.h\"\n#include \"utils/builtins.h\"\nPG_MODULE_MAGIC;\n" . join '', map {
		my $body = $_ eq 'schema_state' ? 'PG_RETURN_TEXT_P(cstring_to_text("ready"));' : 'elog(ERROR, "the library of the release is not here");';
		"PG_FUNCTION_INFO_V1($_);\nDatum $_(PG_FUNCTION_ARGS) { $body }\n";
	} sort keys %symbol;
	my $file = "$s->{dir}/stand-in.c";
	$s->write_file($file, $source);
	chomp(my $include = `\${PG_CONFIG:-/usr/lib/postgresql/15/bin/pg_config} --includedir-server`);
	system('cc', '-shared', '-fPIC', "-I$include", '-o', "$s->{dir}/veza.so", $file) == 0 or die 'cc failed';
	my ($library) = glob "$s->{tree}/usr/lib/postgresql/*/lib";
	# In the place of one that backends have mapped, never into it: they would crash.
	system('cp', "$s->{dir}/veza.so", "$library/veza.new") == 0 or die 'cp failed';
	rename "$library/veza.new", "$library/veza.so" or die "$library/veza.so: $!";
	return;
}

# Makes a database as the release left it. What adding a route checked in its library was checked when it was made.
sub release_state
{
	my ($version, $database) = @_;
	my $script = unpacked("$version/veza--$version.sql.gz");
	stand_in($script);
	$script =~ s/'MODULE_PATHNAME'/'\$libdir\/veza'/g;
	$script =~ s/FROM unnest\(errors\) e WHERE e NOT IN \(SELECT code FROM veza\.error\)/FROM unnest(errors) e WHERE false/ or die 'veza.add_route checks nothing';
	my ($share) = glob "$s->{tree}/usr/share/postgresql/*/extension";
	$s->write_file("$share/veza--$version.sql", $script);
	my $dump = unpacked("$version/state.sql.gz");
	$dump =~ s/^(CREATE EXTENSION IF NOT EXISTS veza WITH SCHEMA veza);/$1 VERSION '$version';/m or die 'the dump makes no extension';
	$s->sql(qq(create database "$database"), database => 'postgres');
	$s->write_file("$s->{dir}/state.sql", $dump);
	$s->psql_file("$s->{dir}/state.sql", database => $database);
	return;
}

$s->start_postgres;
$s->psql_file("$top/sql/roles.sql", database => 'postgres');
$s->sql('create role ada login in role veza_dba', database => 'postgres');
release_state('0.1.0', 'veza');
is($s->sql_value("select extversion from pg_extension where extname = 'veza'"), '0.1.0', 'a database of version 0.1.0');
is($s->sql_value("select string_agg(username, ' ' order by username) from veza_data.users"), 'paid twice waiting', 'with users');

# What else a DBA may have: objects that depend on functions and views of ours, rights given and taken.
my $DBA = <<'SQL';
create view public.refusals as select code, message from veza.error where http_status = 409;
create view public.addresses as select method, path from veza.routes;
create policy own on veza_data.distribution for select to ada using (user_id = veza.actor_id());
create function public.who() returns uuid language sql begin atomic; select veza.actor_id(); end;
create role bob;
grant execute on function veza.metrics() to ada with grant option;
grant execute on procedure veza.migrate() to bob;
grant usage on schema veza to ada, bob;
grant select on veza.translation to ada;
grant select (code, hint) on veza.error to bob;
revoke execute on function veza.make_admin from veza_dba;
revoke select on veza.mail_template from veza_dba;
grant select on veza_report.subscription_funnel to bob;
alter table veza_data.audit_log disable trigger append_only;
SQL
$s->sql($DBA);
# Rows that come and go by themselves, and tables that an update adds, are not what is compared.
my $newest = 1 + $s->sql_value("select max(oid) from pg_class where relnamespace = 'veza_data'::regnamespace");
my $rows = sub {
	join "\n", map { my ($table) = @$_; "$table " . $s->sql_value("select count(*) from $table") }
	  $s->sql("select oid::regclass from pg_class where relnamespace = 'veza_data'::regnamespace and relkind = 'r'"
		. " and relname not in ('setting', 'applied_migration', 'managed_view', 'guard', 'audit_log', 'limit_counter')"
		. " and oid < $newest order by 1");
};
my $before = $rows->();

# ---- a shim that finds it

$s->{env}{JWT_SECRET} = 'test-jwt-secret-test-jwt-secret-test-jwt';
$s->start('httpd', nowait => 1);
$scene->await('its log', sub { -e $s->{logs}{httpd} && $s->read_file($s->{logs}{httpd}) =~ /"serving"/ });
my $ready = HTTP::Tiny->new->get($s->url . '/readyz');
is($ready->{status}, 503, 'a shim of this build is not ready');
like($ready->{content}, qr/run ALTER EXTENSION veza UPDATE; CALL veza\.migrate\(\);/, 'and names the command');
my $refused = $scene->post('/auth/login', { email => 'paid@veza.example', password => 'correct horse battery' });
is("$refused->{status} $refused->{json}{error}{code}", '503 SCHEMA_NOT_READY', 'a login is answered 503');

# ---- the update

my ($out, $err, $code) = $s->psql("set client_min_messages = notice; $update");
isnt($code, 0, "a DBA's view on the table of routes is in the way");
like($err, qr/table veza\.route is in the way of the update.*DETAIL:.*view public\.addresses depends.*HINT:  Drop what the detail names/s, 'it is named') or diag $err;
is($s->sql_value("select extversion from pg_extension where extname = 'veza'"), '0.1.0', 'and nothing is changed');
$s->sql('drop view public.addresses');
($out, $err, $code) = $s->psql("set client_min_messages = notice; $update");
isnt($code, 0, "a DBA's view on a report is in the way");
like($err, qr/revenue/, 'it is named') or diag $err;
is($s->sql_value("select extversion from pg_extension where extname = 'veza'"), '0.1.0', 'and nothing is changed');
$s->sql('drop view public.revenue');
($out, $err, $code) = $s->psql("set client_min_messages = notice; $update");
is($code, 0, 'without it the commands of docs/operate.md update') or diag $err;
like($err, qr/view veza\.error is replaced where it is, because something of yours depends on it/, 'what depends on members of the extension is named');
like($err, qr/trigger append_only of veza_data\.audit_log was disabled and is there again/, 'and the guard that was off') or diag $err;
is(join(', ', map { "@$_" } $s->sql($check)), '', 'the commands that check find nothing');
is($rows->(), $before, 'every row is there');

# ---- the same as a fresh one

$s->create_database(database => 'fresh');

# Every object of ours, as one line of text each. What a DBA added is not ours.
my $CATALOGUE = <<'SQL';
set search_path = pg_catalog;
with member as (
    select d.classid, d.objid from pg_depend d join pg_extension e on d.refclassid = 'pg_extension'::regclass and d.refobjid = e.oid
     where e.extname = 'veza' and d.deptype = 'e'),
relation as (
    select c.* from pg_class c where c.relnamespace::regnamespace::text in ('veza', 'veza_data', 'veza_report') and c.relname not in ('users_crm')),
rights as (
    select 'pg_class'::regclass as class, c.oid as object, (select string_agg(a::text, ',' order by a::text) from unnest(c.relacl) a where a::text !~ '^(ada|bob)=') as text from pg_class c
    union all select 'pg_proc'::regclass, p.oid, (select string_agg(a::text, ',' order by a::text) from unnest(p.proacl) a where a::text !~ '^(ada|bob)=') from pg_proc p)
select 'extension ' || extversion || ' ' || extrelocatable from pg_extension where extname = 'veza'
union all
select concat_ws(' ', 'function', p.oid::regprocedure, p.prokind, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), p.prolang, p.prosecdef, p.provolatile,
                 p.proisstrict, p.proparallel, p.proconfig, p.probin, md5(p.prosrc), p.proowner::regrole, r.text, obj_description(p.oid, 'pg_proc'), m.objid is not null)
  from pg_proc p left join member m on m.classid = 'pg_proc'::regclass and m.objid = p.oid left join rights r on r.class = 'pg_proc'::regclass and r.object = p.oid
 where p.pronamespace::regnamespace::text in ('veza', 'veza_data', 'veza_report')
union all
select concat_ws(' ', 'relation', c.oid::regclass, c.relkind, c.relowner::regrole, c.relpersistence, c.reloptions, c.relforcerowsecurity,
                 r.text, case when c.oid::regclass::text <> 'veza_data.plan' then obj_description(c.oid, 'pg_class') end,
                 case c.relkind when 'v' then pg_get_viewdef(c.oid) end, m.objid is not null)
  from relation c left join member m on m.classid = 'pg_class'::regclass and m.objid = c.oid left join rights r on r.class = 'pg_class'::regclass and r.object = c.oid
union all
select concat_ws(' ', 'column', c.oid::regclass, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, pg_get_expr(d.adbin, d.adrelid),
                 (select string_agg(x::text, ',' order by x::text) from unnest(a.attacl) x where x::text !~ '^(ada|bob)='), col_description(c.oid, a.attnum))
  from relation c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
 where a.attname <> 'crm_id' and c.relkind in ('r', 'v')
union all
select concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(k.oid), convalidated) from pg_constraint k join relation c on c.oid = k.conrelid
union all
select concat_ws(' ', 'index', i.indrelid::regclass, pg_get_indexdef(i.indexrelid), i.indisvalid) from pg_index i join relation c on c.oid = i.indexrelid
union all
select concat_ws(' ', 'trigger', t.tgrelid::regclass, pg_get_triggerdef(t.oid), t.tgenabled) from pg_trigger t join relation c on c.oid = t.tgrelid
 where not t.tgisinternal and t.tgname <> 'note_crm'
union all
select concat_ws(' ', 'schema', nspname, nspowner::regrole, (select string_agg(a::text, ',' order by a::text) from unnest(nspacl) a where a::text !~ '^(ada|bob)='), obj_description(oid, 'pg_namespace'))
  from pg_namespace where nspname in ('veza', 'veza_data', 'veza_report')
union all select 'route ' || r::text from veza.route r
union all select 'migration ' || kind || version || name || checksum || md5(sql) from veza.migration
union all select 'applied ' || kind || version || checksum from veza_data.applied_migration
union all select 'mail ' || t::text from veza.mail_template t
union all select 'translation ' || t::text from veza.translation t
union all select 'view ' || view_schema || '.' || view_name || rights from veza_data.managed_view
union all select 'guard ' || g::text from veza_data.guard g
union all select concat_ws(' ', 'setting', name, unit, description, kind, minimum, maximum, range, default_value) from veza_data.setting
order by 1
SQL

# Test: the database is what a fresh one is; gone: what a DBA has taken from it, as patterns.
sub is_like_fresh
{
	my ($database, $name) = @_;
	my %have = map { $_->[0] => 1 } $s->sql($CATALOGUE, database => $database);
	my %want = map { $_->[0] => 1 } $s->sql($CATALOGUE, database => 'fresh');
	my @differences = ((map { "only here: $_" } grep { !$want{$_} } sort keys %have), map { "only there: $_" } grep { !$have{$_} } sort keys %want);
	cmp_ok(scalar keys %want, '>', 1000, "$name: there is much to compare");
	is(scalar @differences, 0, "$name: every object is the same") or diag map { substr($_, 0, 300) . "\n" } @differences > 20 ? @differences[ 0 .. 19 ] : @differences;
	return;
}

# What the DBA had and gave is there.
sub is_as_the_dba_left_it
{
	my ($name) = @_;
	my $has = sub { $s->sql_value("select $_[0]") };
	subtest "$name: the DBA's" => sub {
		cmp_ok($s->sql_value('select count(*) from public.refusals'), '>', 10, 'view on a view of ours');
		is($s->sql_value("select count(*) from pg_policy where polname in ('own', 'ada_sees_dana')"), 2, 'policies');
		is($s->sql_value('select public.who() is null'), 't', 'function');
		is($has->("has_function_privilege('ada', 'veza.openapi()', 'execute')"), 't', 'grant on a function');
		is($has->("has_function_privilege('ada', 'veza.metrics()', 'execute with grant option')"), 't', 'with grant option');
		is($has->("has_function_privilege('bob', 'veza.migrate()', 'execute')"), 't', 'on a procedure');
		is($has->("has_table_privilege('ada', 'veza.translation', 'select')"), 't', 'on a table of the extension');
		is($has->("has_column_privilege('bob', 'veza.error', 'hint', 'select') and not has_column_privilege('bob', 'veza.error', 'message', 'select')"), 't', 'on columns of a view');
		is($has->("has_table_privilege('bob', 'veza_report.subscription_funnel', 'select')"), 't', 'on a report');
		is($has->("has_function_privilege('veza_dba', 'veza.make_admin(text, text)', 'execute')"), 'f', 'what was taken stays taken');
		is($has->("has_table_privilege('veza_dba', 'veza.mail_template', 'select')"), 'f', 'of a table, too');
		my $dump = $s->run($s->bin . '/pg_dump', '-h', $s->{socket}, '-U', 'postgres', '--schema-only', '-d', 'veza');
		like(join('', grep { /^(?:GRANT|REVOKE)/ } split /^/, $dump), qr/^GRANT ALL ON FUNCTION veza\.metrics\(.*\) TO ada WITH GRANT OPTION;/m, 'all of it is in a dump');
		like(join('', grep { /^(?:GRANT|REVOKE)/ } split /^/, $dump), qr/^REVOKE ALL ON FUNCTION veza\.make_admin\(account text, reason text\) FROM veza_dba;/m, 'what was taken as well');
	};
	return;
}

is_as_the_dba_left_it('after the update');

# For the comparison the DBA's doings are undone where they are about our own roles, and put back afterwards.
my $UNDO = 'grant execute on function veza.make_admin to veza_dba; grant select on veza.mail_template to veza_dba;';
my $REDO = 'revoke execute on function veza.make_admin from veza_dba; revoke select on veza.mail_template from veza_dba;';
my $compare = sub { $s->sql($UNDO); is_like_fresh('veza', $_[0]); $s->sql($REDO) };
$compare->('after the update');

# ---- life goes on, at the business time at which the dump was made

$s->sql("update veza_data.setting set value = (select extract(epoch from max(at) - now())::bigint from veza_data.audit_log where action <> 'schema.guard_restored') where name = 'clock_offset'");
$s->start('pspsim');
my $serving = $scene->await('a shim that started before the update serves after it', sub { $s->answers($s->port('httpd'), '/readyz') }, 10);
my $log = $s->read_file($s->{logs}{httpd});
like($log, qr/"schema":"older"[^\n]*ALTER EXTENSION veza UPDATE; CALL veza\.migrate\(\);/, 'before, it named the command') or diag $log;
$s->start('relay');
my $login = $scene->post('/auth/login', { email => 'twice@veza.example', password => 'correct horse battery' });
is($login->{status}, 200, 'a user of 0.1.0 logs in') or diag $login->{text};
my $twice = { token => $login->{json}{data}{access_token} };
is($scene->get('/subscriptions/current', $twice)->{json}{data}{status}, 'active', 'and has the subscription that was paid');
is($scene->get('/distributions', $twice)->{status}, 200, 'submissions are listed');
my ($track) = map { @$_ } $s->sql("insert into veza_data.track (uploader_id, title, artist, created_at, updated_at) select id, 'Later', 'x', now(), now() from veza_data.users where username = 'twice' returning id");
is($scene->post('/distributions', { track_id => $track }, $twice)->{status}, 201, 'and made');
is($s->sql_value("select is_intact from veza.verify_audit()"), 't', 'the seals of the audit log fit');
like(($s->psql('delete from veza_data.audit_log'))[1], qr/append/, 'which is append-only');
is(join(', ', map { "@$_" } $s->sql($check)), '', 'nothing is wrong, and all programs fit');
is($s->stop('relay'), 0, 'the relay ends');

# ---- another build of the same version, while the shim serves

$s->sql(<<'SQL');
alter extension veza drop function veza.build();
drop function veza.build();
create function veza.build() returns integer language sql as 'select 7';
alter extension veza add function veza.build();
create function veza.of_that_build() returns integer language sql as 'select 1';
alter extension veza add function veza.of_that_build();
SQL
($out, $err, $code) = $s->psql('alter extension veza update');
is($code, 0, 'PostgreSQL sees no path between builds of one version');
is($s->sql_value("select to_regproc('veza.of_that_build') is not null"), 't', 'and does nothing');
$s->sql("set client_min_messages = warning; $rebuild");
is($s->sql_value("select to_regproc('veza.of_that_build') is null"), 't', 'by way of the version rebuild there is one');
$compare->('after the rebuild');
is_as_the_dba_left_it('after the rebuild');
is($scene->get('/auth/me', $twice)->{status}, 200, 'the shim goes on, without a restart');
is(join(', ', map { "@$_" } $s->sql($check)), '', 'nothing is wrong');
ok(!$s->update_database, 'sql/update.sql, which make run runs, has nothing to do then');

# ---- the same by sql/update.sql, which finds out by itself

release_state('0.1.0', 'other');
$s->sql('drop view public.revenue', database => 'other');
ok($s->update_database(database => 'other'), 'sql/update.sql updates a database of version 0.1.0');
is(join(', ', map { "@$_" } $s->sql($check, database => 'other')), '', 'nothing is wrong');
my ($library) = glob "$s->{tree}/usr/lib/postgresql/*/lib";
my $build = $s->sql_value('select veza.build()');
system('cp', "$library/veza-$build.so", "$library/veza-0123abcd.so") == 0 or die 'cp failed';
$s->sql("update pg_proc set probin = replace(probin, '$build', '0123abcd') where probin is not null and pronamespace = 'veza'::regnamespace", database => 'other');
unlink "$library/veza-0123abcd.so";
like(($s->psql('select veza.schema_state()', database => 'other'))[1], qr/could not access file/, 'one whose library was taken away');
my %apart = (APP_PORT => Veza::Stack->free_port, ADMIN_PORT => Veza::Stack->free_port);
$s->start('httpd', as => 'other', nowait => 1, env => { %apart, HTTP_LOOPS => 1, DATABASE_URL => $s->connection('veza_httpd', 'other') });
my $answer;
$scene->await('an answer', sub { ($answer = HTTP::Tiny->new->get("http://127.0.0.1:$apart{APP_PORT}/readyz"))->{status} == 503 });
like($answer->{content}, qr/ALTER EXTENSION veza UPDATE/, 'a shim names what helps');
ok($s->update_database(database => 'other'), 'sql/update.sql updates it, too');
$scene->await('the shim', sub { HTTP::Tiny->new->get("http://127.0.0.1:$apart{APP_PORT}/readyz")->{status} == 200 });
is($s->stop('other'), 0, 'which then serves');

# ---- without the extension, and with it again

$s->sql('set client_min_messages = warning; drop extension veza cascade');
is($s->sql_value('select count(*) from pg_trigger where tgname in (' . "'append_only', 'no_truncate', 'guard_state', 'guard_setting'" . ')'), 0, 'DROP EXTENSION ... CASCADE takes the guards along');
$s->sql('create extension veza');
is($s->sql_value("select count(*) from veza.audit where invariant = 'guard_missing'"), $s->sql_value("select count(*) from veza_data.guard where kind = 'trigger'"), 'which veza.audit reports');
$s->sql('set client_min_messages = warning; call veza.migrate()');
is_like_fresh('veza', 'after DROP EXTENSION, CREATE EXTENSION and veza.migrate()');
is(join(', ', map { "@$_" } $s->sql($check)), '', 'nothing is wrong');
like(($s->psql('delete from veza_data.audit_log'))[1], qr/append/, 'the audit log is append-only again');
is($scene->get('/auth/me', $twice)->{status}, 200, 'and the shim goes on');
is($s->stop('httpd'), 0, 'the shim ends');
done_testing;
