#!/usr/bin/perl
# Backup, restore, upgrade, as docs/operate.md and docs/dba.md promise: a dump
# with data in every table and a DBA's own objects is restored into a fresh
# cluster, nothing is missing, no secret is in it, a pending subscription is
# completed and paid there, and the next version is installed over it.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Copy qw(copy);
use Test::More;
use Veza::Scene;
use Veza::Stack;

my $top = $Veza::Stack::TOP;
my $old = Veza::Stack->new;
# A server tree of its own: a version that does not exist is installed into it.
my $new = Veza::Stack->new(ports => $old->{ports} //= {}, tree => "$old->{dir}/tree");
my $scene = Veza::Scene->new($old);
END
{
	local $?;
	$_->stop_all for grep { $_ } $new, $old;
}
$scene->start;

# ---- a platform in use

my %secret = ('the JWT secret' => { $old->environment }->{JWT_SECRET}, 'the webhook secret' => { $old->environment }->{HYPERSWITCH_WEBHOOK_SECRET},
	'the API key' => { $old->environment }->{HYPERSWITCH_API_KEY}, 'a password' => 'correct horse battery');

# A user who registered and has used a refresh token.
sub registered
{
	my ($name) = @_;
	my $made = $scene->post('/auth/register', { username => $name, email => "$name\@veza.example", password => $secret{'a password'} });
	BAIL_OUT("register: $made->{text}") if $made->{status} != 201;
	my $data = $made->{json}{data};
	my $again = $scene->post('/auth/refresh', { refresh_token => $data->{refresh_token} });
	BAIL_OUT("refresh: $again->{text}") if $again->{status} != 200;
	my $token = $again->{json}{data};
	my $user = { id => $data->{user_id}, token => $token->{access_token} };
	@secret{ "${name}'s access token", "${name}'s first refresh token", "${name}'s refresh token" } = ($token->{access_token}, $data->{refresh_token}, $token->{refresh_token});
	$scene->sql("update veza_data.users set role = 'creator' where id = '$user->{id}'");
	$user->{track} = $scene->value('insert into veza_data.track (uploader_id, title, artist, created_at, updated_at)'
		. " values ('$user->{id}', 'First Light', '$name', now(), now()) returning id");
	return $user;
}

sub subscribed
{
	my ($user, $plan) = @_;
	my $answer = $scene->post('/subscriptions/subscribe', { plan_id => $plan }, $user);
	BAIL_OUT("subscribe: $answer->{text}") if $answer->{status} !~ /^20[01]$/;
	my $data = $answer->{json}{data};
	$secret{"the client secret of $data->{payment_id}"} = $data->{client_secret};
	return $data;
}

my ($paid, $twice, $waiting) = map { registered($_) } qw(paid twice waiting);
my $checkout = subscribed($paid, 'pro');
$scene->press($checkout->{payment_id}, 'pay');
$scene->await('the activation', sub { $scene->status_of($paid) eq 'active' });
is($scene->post('/distributions', { track_id => $paid->{track} }, $paid)->{status}, 201, 'a submission');
$scene->press($_->{payment_id}, 'pay') for map { subscribed($twice, $_) } qw(pro artist);
$scene->await('the refund', sub { $scene->value("select count(*) from veza_data.refund where state = 'succeeded'") });
my $pending = subscribed($waiting, 'pro');
is($scene->post('/distributions', { track_id => $waiting->{track} }, $waiting)->{status}, 403, 'a refusal at the gate');
$scene->sql('select veza.run_audit()');
$scene->setting(reconcile_schedule => '40,130');

# What accounts leave behind.
$scene->sql(<<'SQL');
insert into veza_data.two_factor (user_id, secret, created_at, confirmed_at) select id, '\x000102030405060708090a0b0c0d0e0f10111213', now(), now() from veza_data.users where username = 'paid';
insert into veza_data.recovery_code (code_hash, user_id) select sha256('one'), user_id from veza_data.two_factor;
insert into veza_data.one_time_token (token_hash, user_id, purpose, email, created_at, expires_at) select sha256('two'), id, 'reset_password', email, now(), now() + interval '1 hour' from veza_data.users where username = 'paid';
insert into veza_data.limit_counter (scope, subject_hash, taken_at, let_in, over_at) values ('login', sha256('three'), array[now(), now()], true, now() + interval '1 minute');
insert into veza_data.login_failure (subject_hash, failures, last_at) values (sha256('six'), 3, now());
insert into veza_data.file (hash, size, type, created_at) values (repeat('cd', 32), 1, 'image/gif', now());
update veza_data.users set avatar_file = repeat('cd', 32) where username = 'paid';
select veza.act_as(id, 'before the dump') from veza_data.users where username = 'paid';
select veza.track_create(repeat('ef', 32), 10, 'audio/flac', 'Dumped', 'Somebody') ->> 'id' as t \gset
select veza.track_claim_work('dump', 1) -> 0 as w \gset
select veza.track_report_scan((:'w'::json ->> 'version_id')::uuid, (:'w'::json ->> 'lease')::uuid, 'clean');
select veza.track_claim_work('dump', 1) -> 0 as w \gset
select veza.track_report_analysis((:'w'::json ->> 'version_id')::uuid, (:'w'::json ->> 'lease')::uuid, (select json_build_object('ok', true, 'duration_ms', 60000, 'fingerprint', json_agg(hashint4(n))) from generate_series(1, 100) n));
update veza_data.track set is_downloadable = true where id = :'t';
select veza.track_share(:'t', max_uses => 2) ->> 'token' as token \gset
select veza.act_as(id, 'before the dump') from veza_data.users where username = 'twice';
select veza.track_like(:'t'), veza.track_play(:'t', gen_random_uuid(), 60000), veza.track_download(:'t'), veza.track_shared(:'token');
select veza.comment_create(:'t', 'Heard by @paid and @waiting') ->> 'id' as c \gset
select veza.comment_like(:'c');
select veza.job_unit('fold_counters', '');
select veza.playlist_create('Dumped', visibility => 'public', track_ids => array[:'t']::uuid[]) ->> 'id' as list \gset
select veza.playlist_invite(:'list', username => 'paid'), veza.playlist_like(:'list'), veza.queue_save(array[:'t']::uuid[], 0);
select veza.act_as(id, 'before the dump') from veza_data.users where username = 'paid';
select veza.playlist_accept(:'list'), veza.playlist_follow(:'list'), veza.playlist_like(:'list');
select veza.act_as(id, 'before the dump') from veza_data.users where username = 'waiting';
select veza.report_create('comment', :'c', 'spam');
select veza.track_create(repeat('ef', 32), 10, 'audio/flac', 'The same', 'Somebody else');
select veza.track_claim_work('dump', 1) -> 0 as w \gset
select veza.track_report_scan((:'w'::json ->> 'version_id')::uuid, (:'w'::json ->> 'lease')::uuid, 'clean');
select veza.track_claim_work('dump', 1) -> 0 as w \gset
select veza.track_report_analysis((:'w'::json ->> 'version_id')::uuid, (:'w'::json ->> 'lease')::uuid, '{"ok": true, "duration_ms": 60000}');
select veza.act_as(id, 'before the dump') from veza_data.users where username = 'twice';
select veza.user_follow(id::text), veza.user_block((select w.id::text from veza_data.users w where w.username = 'waiting')) from veza_data.users where username = 'paid';
select veza.job_unit('fold_follows', '');
select veza.stop_acting();
insert into veza_data.idempotency (key_hash, request_hash, route, created_at) values (sha256('four'), sha256('five'), 'POST /x', now());
insert into veza_data.notification_digest (user_id, period, since, until) select user_id, '2026-01-05', created_at, created_at from veza_data.notification limit 1;
insert into veza_data.notification_day (day, kind, notifications, happened, read) values ('2026-01-05', 'like', 1, 2, 0);
SQL

# What a DBA may add.
$scene->sql(<<'SQL');
create role ada login in role veza_dba;
alter table veza_data.users add column crm_id text;
comment on column veza_data.users.crm_id is 'Number in the CRM.';
update veza_data.users set crm_id = 'crm-' || username;
create index users_crm on veza_data.users (crm_id);
create view public.customers as select u.crm_id, s.status from veza_data.users u join veza_data.subscription s on s.user_id = u.id;
create view public.revenue as select plan, count(*) as n from veza_report.subscription_current group by 1;
create table public.crm_change (at timestamptz default now(), user_id uuid references veza_data.users, crm_id text);
create function public.note_crm() returns trigger language plpgsql as
$$ begin insert into public.crm_change (user_id, crm_id) values (new.id, new.crm_id); return null; end $$;
create trigger note_crm after update of crm_id on veza_data.users for each row execute function public.note_crm();
update veza_data.users set crm_id = crm_id || '!';
alter table veza_data.track enable row level security;
create policy ada_sees_dana on veza_data.track for select to ada using (artist = 'paid');
grant execute on function veza.openapi() to ada;
comment on table veza_data.plan is 'Ours, with a note of the DBA.';
SQL
$scene->settle;
# Killed, a relay leaves its row behind.
$old->stop(relay => 'KILL');
$old->stop('httpd');
$scene->is_sound('before the dump');
$old->sql('call veza.run_due_jobs()');
$old->sql("select veza.act_as(id, 'before the dump') from veza_data.users where username = 'waiting'; select veza.track_like(id) from veza_data.track where title = 'Dumped';"
	. " select veza.user_follow(id::text) from veza_data.users where username = 'paid'; insert into veza_data.follow_ending select id from veza_data.users where username = 'waiting';"
	. " select veza.act_as(id, 'before the dump') from veza_data.users where username = 'paid'; select veza.comment_like(id) from veza_data.comment; select veza.playlist_unlike(id) from veza_data.playlist where name = 'Dumped'");
is($old->sql_value('select is_intact and seals > 0 and unsealed > 0 from veza.verify_audit()'), 't', 'the audit log is sealed, but for its end');

my $TABLES = "select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
  . " where c.relkind = 'r' and n.nspname in ('veza_data', 'public') order by 1";
my @tables = map { $_->[0] } $old->sql($TABLES);
for my $table (@tables)
{
	cmp_ok($old->sql_value("select count(*) from $table"), '>', 0, "$table has data");
}

# What is in a database: the rows of every table, and what pg_dump says of its structure (a restored view
# has the names of its columns written out).
sub contents
{
	my ($stack) = @_;
	return { map { $_ => $stack->sql_value("select count(*) || ' ' || md5(string_agg(t::text, e'\\n' order by t::text)) from $_ t") } @tables };
}

sub structure
{
	my ($stack, $database) = @_;
	return $stack->run($stack->bin . '/pg_dump', '-h', $stack->{socket}, '-U', 'postgres', '--schema-only', '-d', $database // $stack->{database})
	  =~ s/^\\(?:un)?restrict .*\n//gmr =~ s/^( +SELECT '[a-z]+'::text) AS text,$/$1,/gmr;
}

# Test: two structures are the same.
sub is_same_structure
{
	my ($got, $expected, $name) = @_;
	my (%in_got, %in_expected);
	$in_got{$_}++ for split /\n/, $got;
	$in_expected{$_}++ for split /\n/, $expected;
	my @differences = ((map { "only now: $_" } grep { !$in_expected{$_} } sort keys %in_got), map { "no longer: $_" } grep { !$in_got{$_} } sort keys %in_expected);
	ok($got eq $expected, $name) or diag map { "$_\n" } @differences ? @differences[ 0 .. ($#differences < 20 ? $#differences : 20) ] : 'only the order differs';
}

# ---- the dump

my $before = contents($old);
my $file = "$old->{dir}/veza.dump";
$old->run($old->bin . '/pg_dump', '-h', $old->{socket}, '-U', 'postgres', '-Fc', '-f', $file, $old->{database});
chmod 0644, $file;
my $text = $old->run($old->bin . '/pg_restore', '-f', '-', $file);
for my $name (sort keys %secret)
{
	my $is_there = index($text, $secret{$name}) >= 0;
	ok(!$is_there, "$name is not in the dump");
}
unlike($text, qr/pay_[a-z2-7]+_secret_/, 'nor is any other client secret');
unlike($text, qr/eyJ[0-9A-Za-z_-]+\.eyJ/, 'nor any token');
my ($users) = $text =~ /^COPY veza_data\.users .*?^\\\.$/ms ? $& : '';
is(scalar(() = $text =~ /\$argon2/g), scalar(() = $users =~ /\$argon2/g), 'password hashes are in the data of their table only');
cmp_ok(scalar(() = $users =~ /\$argon2id\$/g), '>=', 3, 'where they are needed');
unlike($text, qr/^COPY veza\./m, 'members of the extension are not dumped');
is($old->sql_value("select count(*) from veza_data.effect where secret is not null"), 0, 'no client secret is kept once it was fetched');

# ---- the restore

sub restore
{
	my ($stack, $database, @options) = @_;
	$stack->sql(qq(create database "$database"), database => 'postgres');
	my $said = eval { $stack->run($stack->bin . '/pg_restore', '-h', $stack->{socket}, '-U', 'postgres', '-d', $database, '--exit-on-error', @options) };
	return defined $said ? $said : $@;
}

$new->start_postgres;
$new->psql_file("$top/sql/roles.sql", database => 'postgres');
$new->sql('create role ada login in role veza_dba', database => 'postgres');
is(restore($new, 'veza', $file), '', 'restored into another cluster without a word');
is_deeply(contents($new), $before, 'every row of every table is there');
is_same_structure(structure($new), structure($old), 'the structure is the same, to the letter');

is($new->sql_value("select coalesce(string_agg(component || ' ' || state, ', '), 'ok') from veza.version() where state <> 'ok'"), 'ok', 'veza.version(): all fits');
is($new->sql_value('select veza.schema_state()'), 'ready', 'the schema is ready');
is($new->sql_value('select count(*) from veza.audit'), 0, 'the audit finds nothing');
is($new->sql_value('select count(*) from public.customers'), $old->sql_value('select count(*) from public.customers'), "the DBA's view on our tables works");
is_deeply([ $new->sql('select * from public.revenue order by 1') ], [ $old->sql('select * from public.revenue order by 1') ], 'the one on our reports, too');
is($new->sql_value("select count(*) from pg_index where indexrelid = 'veza_data.users_crm'::regclass and indisvalid"), 1, 'and the index');
is($new->sql_value("select col_description('veza_data.users'::regclass, attnum) from pg_attribute where attrelid = 'veza_data.users'::regclass and attname = 'crm_id'"),
	'Number in the CRM.', 'the column with its comment');
is(join(',', map { $_->[0] } $new->sql('select artist from veza_data.track', role => 'ada')), 'paid', 'the policy on rows');
$new->sql("update veza_data.users set crm_id = 'new' where username = 'paid'");
is($new->sql_value("select count(*) from public.crm_change where crm_id = 'new'"), 1, 'the trigger on rows');
is(($new->psql('select length(veza.openapi()::text) > 0', role => 'ada'))[2], 0, 'the right that the DBA gave');
is($new->sql_value("select value from veza_data.setting where name = 'reconcile_schedule'"), '40,130', 'the setting that the DBA changed');
like(($new->psql("update veza_data.subscription set status = 'canceled'"))[1], qr/state/, 'states are guarded');
like(($new->psql('delete from veza_data.state_history'))[1], qr/append/, 'the history is append-only');
is($new->sql_value("select has_table_privilege('veza_httpd', 'veza_data.users', 'select')"), 'f', 'veza-httpd still touches no table');
is(($new->psql('select count(*) from veza_report.subscription_current', role => 'veza_analyst'))[2], 0, 'analysts read');
isnt(($new->psql('select password_hash from veza_data.users', role => 'veza_analyst'))[2], 0, 'reports only');
is($new->sql_value("select has_database_privilege('veza_analyst', current_database(), 'temp') or has_function_privilege('veza_analyst', 'lo_create(oid)', 'execute') or has_function_privilege('veza_analyst', 'pg_advisory_lock(bigint)', 'execute')"), 'f', 'and store and lock nothing');

my $structure = structure($new);
my ($out, $err, $code) = $new->psql('call veza.migrate()', role => 'veza_dba');
is("$code$err", '0', 'veza.migrate() has nothing to do');
is_same_structure(structure($new), $structure, 'and does nothing');

# ---- life goes on

my $here = Veza::Scene->new($new);
$new->{pids}{pspsim} = delete $old->{pids}{pspsim};
$new->{logs}{pspsim} = $old->{logs}{pspsim};
$old->stop_postgres;
$new->start('httpd');
$new->start('relay');
is($here->get('/auth/me', $waiting)->{status}, 200, 'a token from before is good');
my $answer = $here->insist("/subscriptions/complete/$pending->{subscription}{id}", {}, $waiting);
is($answer->{status}, 200, 'the pending subscription is completed') or diag $answer->{text};
is("$answer->{json}{data}{payment_id} $answer->{json}{data}{client_secret}", "$pending->{payment_id} $pending->{client_secret}", 'with the same payment');
is($here->press($pending->{payment_id}, 'pay', $answer->{json}{data}{client_secret}), 200, 'and paid');
$here->await('the activation', sub { $here->status_of($waiting) eq 'active' });
is($here->post('/distributions', { track_id => $waiting->{track} }, $waiting)->{status}, 201, 'and the gate opens');
$here->settle;
$here->is_sound('after the restore');

# Transactions are counted anew here: what the old cluster left unsealed is sealed, as is what was written since.
is($new->sql_value('select is_intact from veza.verify_audit()'), 't', 'the seals fit');
$new->sql("select veza.act_as(id, 'after the restore') from veza_data.users where username = 'waiting'");
$here->setting(audit_seal_interval => 0);
$here->await('the seals', sub {
	$new->sql_value("select unsealed from veza.verify_audit()") == 0;
});
is($new->sql_value('select is_intact from veza.verify_audit()'), 't', 'sealing goes on, and the seals fit');
is($new->sql_value('select count(distinct cluster) from veza_data.audit_seal'), 2, 'over what both clusters have written');
is($new->sql_value('select count(*) from veza_data.audit_log a where not exists (select from veza_data.audit_seal s'
	. ' where s.cluster = a.cluster and a.xact >= s.from_xact and a.xact < s.to_xact)'), 0, 'every row is under a seal');
$new->sql("set session_replication_role = replica; update veza_data.audit_log set reason = 'forged' where id = (select min(id) from veza_data.audit_log where reason is null or reason = 'forged')");
like($new->sql_value("select broken_seal || ' ' || finding from veza.verify_audit()"), qr/^\d+ a row or the seal itself was altered$/, 'a forgery of what was restored is noticed');
$new->sql("set session_replication_role = replica; update veza_data.audit_log set reason = null where id = (select min(id) from veza_data.audit_log where reason is null or reason = 'forged')");
is($new->sql_value('select is_intact from veza.verify_audit()'), 't', 'until it is put right');

# ---- structure alone, and a second copy beside the first

my $schema = "$new->{dir}/schema.dump";
$new->run($new->bin . '/pg_dump', '-h', $new->{socket}, '-U', 'postgres', '-Fc', '--schema-only', '-f', $schema, 'veza');
is(restore($new, 'structure', $schema), '', 'the structure alone is restored');
is_same_structure(structure($new, 'structure'), structure($new), 'the same again');
is($new->sql_value('select count(*) from veza_data.users', database => 'structure'), 0, 'without a row');
is(restore($new, 'beside', '--jobs=2', $file), '', 'a second copy in the same cluster, in parallel');
is($new->sql_value('select count(*) from veza.audit', database => 'beside'), 0, 'and the audit finds nothing');

# ---- without owners

is(restore($new, 'ownerless', '--no-owner', $file), '', 'a copy without owners');
my ($said, $complaint, $failed) = $new->psql('\\set VERBOSITY verbose' . "\ncall veza.migrate()", database => 'ownerless');
isnt($failed, 0, 'in which nothing works');
like($complaint, qr/VZ060: what belongs to veza_owner belongs to somebody else.*veza_data\.users: belongs to postgres.*HINT:  .*SELECT veza\.adopt\(\);/s, 'says so, and what helps') or diag $complaint;
cmp_ok($new->sql_value('select veza.adopt()', database => 'ownerless'), '>', 30, 'veza.adopt() gives everything back');
is(($new->psql('call veza.migrate()', database => 'ownerless', role => 'veza_dba'))[1], '', 'then veza.migrate() has nothing to say');
is($new->sql_value("select coalesce(string_agg(invariant || ' ' || subject, ', '), 'nothing') from veza.audit", database => 'ownerless'), 'nothing', 'nor has the audit');
is(($new->psql('select count(*) from veza_report.subscription_current', role => 'veza_analyst', database => 'ownerless'))[2], 0, 'analysts read');
my ($login, $why, $refused) = $new->psql("select veza.auth_login('twice', 'correct horse battery')", database => 'ownerless');
is($refused, 0, 'a user logs in') or diag $why;

# ---- the next version

# Makes version 0.9.9 of the extension in the tree of the new cluster, with a migration, a function and a report more.
sub install_next
{
	my $next = "$old->{dir}/next";
	# By whoever runs the test: the user of the cluster may not be able to enter the checkout.
	system('cp', '-r', "$top/extension", "$top/sql", $old->{dir}) == 0 or die 'cp failed';
	$old->own(split /\n/, `find '$old->{dir}/extension' '$old->{dir}/sql'`);
	my ($now) = $old->read_file("$top/extension/veza.control") =~ /^default_version = '(.*)'/m;
	my $control = $old->read_file("$top/extension/veza.control") =~ s/^default_version = '.*'/default_version = '0.9.9'/mr;
	$old->write_file("$old->{dir}/extension/veza.control", $control);
	$old->write_file("$old->{dir}/extension/sql/chat.sql", $old->read_file("$old->{dir}/extension/sql/chat.sql")
		. "\nCREATE FUNCTION veza.scratch() RETURNS integer LANGUAGE sql SET search_path = pg_catalog, pg_temp AS 'select 9';\n");
	$old->write_file("$old->{dir}/sql/schema/9999-scratch.sql", "ALTER TABLE veza_data.track ADD COLUMN scratch integer;\nCOMMENT ON COLUMN veza_data.track.scratch IS 'New.';\n");
	my $share = (glob "$new->{tree}/usr/share/postgresql/*/extension")[0];
	# The directory is the tree's own; the control file in it may be a link.
	unlink "$share/veza.control";
	copy("$old->{dir}/extension/veza.control", "$share/veza.control") or die "veza.control: $!";
	# By the build that is here, so that the library is.
	$new->write_file("$share/veza--$now--0.9.9.sql", $old->run('env', 'VEZA_BUILD=' . $new->sql_value('select veza.build()'), "$old->{dir}/extension/bundle.sh", 'update'));
	return $now;
}

my $now = install_next();
my $UPGRADE = 'begin; alter extension veza update; call veza.migrate(); commit;';
my $version = sub { $new->sql_value("select extversion from pg_extension where extname = 'veza'") };
($out, $err, $code) = $new->psql($UPGRADE);
isnt($code, 0, "a DBA's view on a report is in the way of an upgrade that makes the reports anew");
like($err, qr/public\.revenue|revenue/, 'it is named') or diag $err;
is($version->(), $now, 'and nothing is changed');
is($new->sql_value('select veza.schema_state()'), 'ready', 'nor does anything wait');
$new->sql('drop view public.revenue');
($out, $err, $code) = $new->psql($UPGRADE);
is($code, 0, 'without it the upgrade is made') or diag $err;
is($version->(), '0.9.9', 'the new version is there');
is($new->sql_value('select veza.scratch()'), 9, 'with its functions');
is($new->sql_value("select count(*) from pg_attribute where attrelid = 'veza_data.track'::regclass and attname = 'scratch'"), 1, 'and its columns');
is($new->sql_value('select veza.schema_state()'), 'ready', 'the schema is ready');
like($new->sql_value("select state from veza.version() where component = 'sql'"), qr/^skew: install the library of version 0\.9\.9, build [0-9a-f]{8}, and connect again$/,
	'veza.version() says that the library, which was not replaced, does not fit');
is($new->sql_value("select count(*) from pg_proc p join pg_depend d on d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'"
	. " where p.proowner <> 'veza_owner'::regrole and p.pronamespace = 'veza'::regnamespace"), 0, 'every function is still veza_owner\'s');
is($new->sql_value('select count(*) from pg_proc where pronamespace = \'veza\'::regnamespace and proacl is null'), 0, 'and nobody else\'s to call');
$new->sql('create view public.revenue as select plan, count(*) as n from veza_report.subscription_current group by 1');
is($here->get('/auth/me', $waiting)->{status}, 200, 'requests are answered');
is($new->sql_value("select count(*) from veza_data.users where crm_id is not null"), 3, "the DBA's column is there");
is($here->post('/subscriptions/cancel', {}, $waiting)->{status}, 200, 'users cancel');
$here->settle;
$here->is_sound('after the upgrade');
done_testing();
