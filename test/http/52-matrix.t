#!/usr/bin/perl
# Who may do what: every route of the table, as anonymous, listener, owner, creator, administrator, suspended.
# The route table says which routes there are; a new one with an id in its path fails here until it says below
# whose things it names.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Veza::Test;

my $s = stack(env => { STREAM_SERVER_INTERNAL_API_KEY => 'x' x 32, MAX_UPLOADS_PER_USER => 100, MAX_UPLOADS_PER_ADDRESS => 100, MAX_CONCURRENT_UPLOADS => 100 });
start_all($s);

my $owner = creator($s, username => 'owner');
my $listener = register($s, username => 'listener');
my $creator = creator($s, username => 'creator');
my $admin = administrator($s, username => 'administrator');
my $suspended = creator($s, username => 'suspended');
$s->sql("update veza_data.users set status = 'suspended' where id = '$suspended->{id}'");

# What the owner has.
my $subscription = subscribe($s, $owner);
pay($s, $subscription->{payment_id});
flush_webhooks($s);
my $distribution = distribute($s, $owner)->data->{id};
my $session = $s->sql_value("select id from veza_data.session where user_id = '$owner->{id}'");
my $track = $s->sql_value("insert into veza_data.track (uploader_id, title, artist, visibility, created_at, updated_at)"
	. " values ('$owner->{id}', 'Private', 'Owner', 'private', now(), now()) returning id");
my $share = $owner->{api}->post("/tracks/$track/share", {})->data->{id};
my $playlist = $owner->{api}->post('/playlists', { name => 'Private' })->data->{id};
my $smart = $owner->{api}->post('/playlists/smart', { name => 'Private', rules => { all => [ { field => 'own', operator => 'is', value => true() } ] } })->data->{id};

my $comment = $owner->{api}->post("/tracks/$track/comments", { content => 'A note to myself' })->data->{id};
my $reported = $owner->{api}->post('/reports', { subject_type => 'user', subject_id => $creator->{id}, reason => 'spam' })->data->{id};
my $warned = $s->sql_value("insert into veza_data.moderation_case (subject_type, subject_id, owner_id, state, note, decided_at, created_at, updated_at)"
	. " values ('track', '$track', '$owner->{id}', 'warned', 'x', now(), now(), now()) returning id");
$s->sql("insert into veza_data.state_history (machine, entity_id, event, to_state, at, actor_kind) values ('moderation_case', '$warned', 'report', 'open', now(), 'system');"
	. "insert into veza_data.state_history (machine, entity_id, from_state, event, to_state, at, actor_kind) values ('moderation_case', '$warned', 'open', 'warn', 'warned', now(), 'system')");
my $notification = $s->sql_value("select id from veza_data.notification where user_id = '$owner->{id}' and kind = 'payment_pending'");

# The things that a path names: the owner's, and how one is named that does not exist. What is public is
# not hidden from anybody; what is the administrators' is hidden by their role.
my @things = (
	[ qr{/subscriptions/},    id => $subscription->{subscription}{id}, absent => uuid() ],
	[ qr{/distributions/},    id => $distribution,                     absent => uuid() ],
	[ qr{/auth/sessions/},    id => $session,                          absent => uuid() ],
	[ qr{/users/by-username}, public => 'profiles are public' ],
	[ qr{^GET .*/users/:id(?:/(?:avatar|followers|following|relationship))?$}, public => 'profiles are public' ],
	[ qr{/users/:id/(?:follow|block)$}, public => 'whom one sees one may follow and block' ],
	[ qr{/users/:id},         id => $owner->{id}, absent => uuid() ],
	[ qr{/tracks/shared/:token}, public => 'whoever has the link is let in' ],
	[ qr{/tracks/share/:id},  id => $share, absent => uuid() ],
	[ qr{^GET .*/tracks/:id/(?:cover|download|stream|stream-url|waveform)$}, id => $track, absent => uuid(), bytes => 1 ],
	[ qr{/tracks/:id},        id => $track, absent => uuid() ],
	[ qr{^GET .*/playlists/:id/cover$}, id => $playlist, absent => uuid(), bytes => 1 ],
	[ qr{/playlists/:id/rules}, id => $smart, absent => uuid() ],
	[ qr{/playlists/:id},     id => $playlist, absent => uuid() ],
	[ qr{/comments/:id},      id => $comment, absent => uuid() ],
	[ qr{/notifications/:id}, id => $notification, absent => uuid() ],
	[ qr{/admin/},            role => 'admin' ],
	[ qr{/reports/:id},       id => $reported, absent => uuid() ],
	[ qr{/moderation/decisions/:id}, id => $warned, absent => uuid() ],
);

# Bodies with which a route gets past the check of its arguments, by the argument's name.
my %value = (email => 'new@veza.example', username => 'chosen', password => 'tortoise-shell-9', new_password => 'tortoise-shell-10', current_password => 'wrong',
	plan_id => 'pro', plan => 'pro', billing_cycle => 'monthly', token => 'x' x 43, refresh_token => 'x' x 43, code => '123456', reason => 'a reason that is one',
	role => 'creator', settings => {}, language => 'en', website => 'https://veza.example');

sub plausible
{
	my ($argument) = @_;
	my ($name, $type) = @$argument{qw(name type)};
	return $value{$name} if exists $value{$name};
	return $type eq 'boolean' ? true() : $type eq 'uuid' ? uuid() : $type =~ /int|numeric/ ? 1 : $type =~ /\[\]$/ ? [] : $type =~ /json/ ? {}
	  : $type eq 'date' ? '2030-01-01' : $type =~ /time/ ? '2030-01-01T00:00:00Z' : 'x';
}

my @routes = map { my ($method, $path, $auth, $arguments, $signature, $upload) = @$_;
	{ method => $method, path => $path, auth => $auth, arguments => Veza::Http::decode($arguments), signature => $signature, upload => $upload, name => "$method $path" } }
  $s->sql('select method, path, auth, arguments, signature, upload from veza.routes order by path, method');
cmp_ok(scalar @routes, '>', 25, 'there are routes');

sub body_of
{
	my ($route, $all) = @_;
	return if $route->{method} !~ /^(?:POST|PUT|PATCH)$/;
	return { map { ($_->{name} => plausible($_)) } grep { $_->{in} eq 'body' && ($all || $_->{required}) } @{ $route->{arguments} } };
}

# The route's address with this name in it. A profile takes the time that it is asked for.
sub target
{
	my ($route, $name) = @_;
	my $path = $route->{path} =~ s{:number}{1}r =~ s{:[a-z_]+}{$name}gr;
	return "$path?seconds=1" if $path =~ m{/pprof/profile$};
	my @query = map { "$_->{name}=" . (ref plausible($_) ? '' : plausible($_)) } grep { $_->{in} eq 'query' && $_->{required} } @{ $route->{arguments} };
	return @query ? "$path?" . join('&', @query) : $path;
}

sub call
{
	my ($user, $route, $name, $all) = @_;
	my $http = Veza::Http->new($s->url, token => $user ? $user->{token} : undef);
	my ($type, $file) = ($route->{upload} // '') eq 'audio' ? ('audio/wav', "RIFF\x26\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0data\2\0\0\0\0\0")
	  : ('image/gif', "GIF89a\1\0\1\0\0\0\0;");
	return $http->request($route->{method}, target($route, $name // uuid()), $file, headers => { 'Content-Type' => $type }) if $route->{upload};
	return $http->request($route->{method}, target($route, $name // uuid()), body_of($route, $all));
}

# What a role gets to hear at the door, or undef when it is let in.
sub at_the_door
{
	my ($who, $route) = @_;
	# The function of these refuses, because it has more to say.
	my $auth = $route->{name} =~ m{^POST /api/v1/tracks(?:/upload|/:id/versions)?$|/tracks/admission$} ? 'creator' : $route->{auth};
	return '401 WEBHOOK_SIGNATURE_INVALID' if $auth eq 'webhook';
	return if $auth eq 'public';
	return '403 USER_ACCOUNT_DISABLED' if $who eq 'suspended';
	return if $auth eq 'optional';
	return '401 AUTH_REQUIRED' if $who eq 'anonymous';
	return '403 CREATOR_ROLE_REQUIRED' if $auth eq 'creator' && $who eq 'listener';
	return '403 AUTH_INSUFFICIENT_PERMISSIONS' if $auth eq 'admin' && $who ne 'admin';
	return;
}

# Everything that is the owner's, as one number.
sub state_of_owner
{
	return join ' ', map { $s->sql_value($_) } "select md5(string_agg(t::text, ';' order by t::text)) from (select id, role, status, email, username, password_hash, token_version, revision from veza_data.users where id = '$owner->{id}') t",
	  map { "select md5(string_agg(t::text, ';' order by t::text)) from veza_data.$_ t where user_id = '$owner->{id}'" } qw(subscription session);
}

subtest 'every route tells at the door who may come in' => sub {
	for my $route (@routes)
	{
		next if $route->{path} =~ m{/auth/logout|/users/me$} && $route->{method} =~ /POST|DELETE/;
		for my $who ([ anonymous => undef ], [ listener => $listener ], [ creator => $creator ], [ admin => $admin ], [ suspended => $suspended ])
		{
			my ($name, $user) = @$who;
			my $want = at_the_door($name, $route);
			my $r = call($user, $route);
			if (defined $want) { is($r->brief, $want, "$route->{name}: $name") or diag($r->body) }
			else
			{
				unlike($r->brief, qr/^(?:0|5\d\d) |AUTH_REQUIRED|AUTH_TOKEN|AUTH_INSUFFICIENT|CREATOR_ROLE|DISABLED/, "$route->{name}: $name is let in")
				  or diag($r->body);
			}
		}
	}
};

subtest 'what is mine is there' => sub {
	for my $route (grep { $_->{path} =~ /:/ && $_->{method} eq 'GET' && $_->{auth} !~ /^(?:admin|webhook)$/ } @routes)
	{
		my ($thing) = grep { "$route->{method} $route->{path}" =~ $_->[0] } @things;
		my (undef, %o) = @{ $thing // [] };
		next if !$o{id} || $o{bytes};
		is(call($owner, $route, $o{id})->status, 200, "$route->{name}: its owner is let in");
	}
};

subtest 'a bad token opens nothing that a good one opens' => sub {
	for my $route (grep { $_->{auth} !~ /^(?:public|webhook)$/ } @routes)
	{
		my $r = Veza::Http->new($s->url, token => 'eyJhbGciOiJIUzI1NiJ9.e30.x')->request($route->{method}, target($route, uuid()), body_of($route));
		is($r->brief, '401 AUTH_TOKEN_INVALID', $route->{name});
	}
};

subtest 'what is not mine is not there' => sub {
	my $before = state_of_owner();
	for my $route (grep { $_->{path} =~ /:/ && $_->{auth} ne 'webhook' } @routes)
	{
		my ($thing) = grep { "$route->{method} $route->{path}" =~ $_->[0] } @things;
		ok($thing, "$route->{name}: it is known whose things it names") or next;
		my (undef, %o) = @$thing;
		next if $o{public};
		if ($o{role}) { is($route->{auth}, $o{role}, "$route->{name} is for the role alone"); next }
		for my $user ($listener, $creator)
		{
			my ($foreign, $absent) = map { call($user, $route, $_, 1) } $o{id}, $o{absent};
			is($foreign->comparable =~ s/\Q$o{id}\E/-/gr, $absent->comparable =~ s/\Q$o{absent}\E/-/gr, "$route->{name}: foreign and absent are the same to $user->{username}");
			is($foreign->status, $absent->status, "$route->{name}: with the same status");
			cmp_ok($foreign->status, '>=', 400, "$route->{name}: and are refused");
		}
	}
	is(state_of_owner(), $before, 'nothing of the owner has changed');
};

# ---- nothing is assigned that no argument asks for

my @columns = map { $_->[0] } $s->sql("select distinct attname from pg_attribute a join pg_class c on c.oid = a.attrelid where c.relnamespace = 'veza_data'::regnamespace and c.relkind = 'r' and attnum > 0 and not attisdropped order by 1");
my @writes = grep { $_->{method} =~ /^(?:POST|PUT|PATCH)$/ && !$_->{signature} && !$_->{upload} } @routes;

subtest 'columns that are no arguments are refused where the client wants to know' => sub {
	cmp_ok(scalar @columns, '>', 100, 'there are columns');
	for my $route (@writes)
	{
		my %known = map { ($_ => 1) } map { ($_->{name}, @{ $_->{aliases} // [] }) } grep { $_->{in} eq 'body' } @{ $route->{arguments} };
		next if !%known;
		my @extra = grep { !$known{$_} } @columns;
		my $http = Veza::Http->new($s->url, token => $admin->{token});
		my $r = $http->request($route->{method}, target($route, uuid()), { %{ body_of($route) }, map { ($_ => 'planted') } @extra }, headers => { Prefer => 'handling=strict' });
		is($r->brief, '400 VALIDATION_ERROR', "$route->{name} refuses them");
		my %told = map { ($_ => 1) } $r->fields;
		is_deeply([ grep { !$told{$_} } @extra ], [], "$route->{name} names each of them");
	}
};

subtest 'and are never written' => sub {
	my $victim = creator($s, username => 'victim');
	my %tempting = (role => 'admin', status => 'active', is_verified => true(), email_verified => true(), is_admin => true(), token_version => 77, user_id => $admin->{id},
		id => uuid(), plan_role => 'label', revision => 77, price => 0, amount_minor => 0, balance => 77, created_at => '2001-01-01T00:00:00Z');
	my $row = sub { return ($s->sql("select role, status, is_verified, token_version, plan_role, created_at from veza_data.users where id = '$victim->{id}'"))[0] };
	my $before = $row->();
	for my $route (grep { $_->{path} !~ m{/auth/logout} } @writes)
	{
		my %known = map { ($_ => 1) } map { ($_->{name}, @{ $_->{aliases} // [] }) } grep { $_->{in} eq 'body' } @{ $route->{arguments} };
		my %extra = map { ($_ => $tempting{$_} // 'planted-column') } grep { !$known{$_} } @columns, keys %tempting;
		Veza::Http->new($s->url, token => $victim->{token})->request($route->{method}, target($route, $victim->{id}), { %{ body_of($route, 1) // {} }, %extra });
	}
	is_deeply($row->(), $before, 'the account is what it was');
	my $planted = 0;
	for my $table (map { $_->[0] } $s->sql("select relname from pg_class where relnamespace = 'veza_data'::regnamespace and relkind = 'r'"))
	{
		my $n = $s->sql_value("select count(*) from veza_data.$table t where t::text like '%planted-column%'");
		is($n, 0, "$table holds none of it") if $n;
		$planted += $n;
	}
	is($planted, 0, 'no table holds any of it');
};

is_deeply([ audit_findings($s) ], [], 'the audit finds nothing');
done_testing;
