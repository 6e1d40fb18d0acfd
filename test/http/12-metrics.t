#!/usr/bin/perl
# /metrics: Prometheus text that parses, has the promised names, moves with
# what happens, and names nobody.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(sleep time);
use Veza::Test;

my $s = stack();
start_all($s, env => { HTTP_LOOPS => 2 });

# Parses an exposition strictly; returns samples by name and labels, types by family, problems.
sub parse
{
	my ($text) = @_;
	my (%value, %type, %help, @problems);
	my $family = 'nothing';
	push @problems, 'does not end in a line feed' if $text !~ /\n\z/;
	for my $line (split /\n/, $text)
	{
		if ($line =~ /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/)
		{
			my ($what, $name, $text) = ($1, $2, $3);
			my $table = $what eq 'HELP' ? \%help : \%type;
			push @problems, "two $what lines of $name" if $table->{$name};
			$table->{$name} = $text;
			push @problems, "type $text of $name" if $what eq 'TYPE' && $text !~ /^(?:counter|gauge|histogram)$/;
			push @problems, "TYPE of $name without HELP" if $what eq 'TYPE' && !$help{$name};
			$family = $name;
			next;
		}
		my ($name, $labels, $value) = $line =~ /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\n"])*",?)*)\})? (-?\d+(?:\.\d+)?(?:e[-+]?\d+)?|[+-]Inf|NaN)$/;
		if (!defined $name) { push @problems, "line: $line"; next }
		my $base = ($type{$family} // '') eq 'histogram' ? $name =~ s/_(?:bucket|sum|count)$//r : $name;
		push @problems, "$name stands below $family" if $base ne $family;
		my $key = defined $labels ? "$name\{$labels}" : $name;
		push @problems, "two samples $key" if exists $value{$key};
		push @problems, "$key is negative" if $value =~ /^-/ && ($type{$family} // '') ne 'gauge';
		$value{$key} = $value;
	}
	# Buckets are cumulative, and the last one is the count.
	my %last;
	for my $line (split /\n/, $text)
	{
		next if $line !~ /^(\w+)_bucket\{(.*?),?le="([^"]+)"\} (\d+)$/;
		my ($h, $labels, $le, $n) = ($1, $2, $3, $4);
		push @problems, "buckets of $h\{$labels} fall" if ($last{"$h $labels"} // 0) > $n;
		$last{"$h $labels"} = $n;
		next if $le ne '+Inf';
		my $count = $value{"${h}_count{$labels}"} // 'nothing';
		push @problems, "$h\{$labels}: +Inf is $n, count is $count" if $count ne $n;
	}
	return (\%value, \%type, @problems);
}

sub scrape { my ($values) = parse(admin($s)->get('/metrics')->body); return $values }

# What a call changes: sample => by how much.
sub change
{
	my ($do, @samples) = @_;
	my $before = scrape();
	$do->();
	my $after = scrape();
	return { map { $_ => ($after->{$_} // 0) - ($before->{$_} // 0) } @samples };
}

my $user = register($s);
my $creator = creator($s);
$user->{api}->post('/subscriptions/subscribe', { plan_id => 'free' });

subtest 'the text parses' => sub {
	root($s)->get('/nothing/here');
	$user->{api}->get('/subscriptions/' . uuid());
	my $r = root($s)->get('/metrics');
	my ($values, $type, @problems) = parse($r->body);
	is_deeply(\@problems, [], 'without a problem');
	cmp_ok(scalar keys %$values, '>', 50, 'and says something');
	my (undef, undef, @found) = parse($r->body . "# HELP x y\nx{a=\"b\" 1\n");
	isnt(scalar @found, 0, 'the parser finds a broken line');
};

subtest 'the promised names' => sub {
	wait_until { exists scrape()->{veza_users_registered_total} } 'what the database knows';
	my ($values, $type) = parse(admin($s)->get('/metrics')->body);
	my %promised = (
		veza_http_requests_total => 'counter', veza_http_request_duration_seconds => 'histogram',
		veza_auth_login_attempts_total => 'counter', veza_auth_sessions_active => 'gauge',
		veza_database_query_duration_seconds => 'histogram', veza_database_connections_active => 'gauge',
		veza_users_registered_total => undef,
		veza_payment_webhooks_total => 'counter', veza_refusals_total => 'counter');
	for my $name (sort keys %promised)
	{
		ok($type->{$name}, $name) or next;
		is($type->{$name}, $promised{$name}, "$name is a $promised{$name}") if $promised{$name};
	}
	is($values->{veza_database_up}, 1, 'the database is up');
	is($values->{veza_database_connections_active}, 2 * (2 + 4 + 1 + 1 + 8), 'connections active: two loops of five lanes');
};

subtest 'requests are counted by route, status and time' => sub {
	my $route = 'method="GET",path="/api/v1/subscriptions/:id"';
	my $change = change(sub { $user->{api}->parallel(map { [ GET => '/subscriptions/' . uuid() ] } 1 .. 20) },
		"veza_http_requests_total{$route,status=\"404\"}", "veza_http_request_duration_seconds_count{$route}",
		'veza_refusals_total{code="SUBSCRIPTION_NOT_FOUND"}');
	is_deeply([ values %$change ], [ 20, 20, 20 ], 'twenty of a route') or diag explain $change;
	$change = change(sub { root($s)->parallel(map { [ GET => "/secret-path-$_" ] } 1 .. 5) },
		'veza_http_requests_total{method="other",path="other",status="404"}');
	is_deeply([ values %$change ], [5], 'unknown addresses are one route');
	$change = change(sub { root($s)->say_raw("BREW /pot HTTP/1.1\r\nHost: x\r\n\r\n") },
		'veza_http_requests_total{method="other",path="other",status="501"}');
	is_deeply([ values %$change ], [1], 'so are unknown methods');
	$change = change(sub { $user->{api}->get('/auth/me') for 1 .. 3 }, 'veza_database_query_duration_seconds_count{lane="reads"}');
	is_deeply([ values %$change ], [3], 'statements by lane');
};

subtest 'logins' => sub {
	my @samples = map { "veza_auth_login_attempts_total{result=\"$_\"}" } qw(success failure);
	my $change = change(sub {
		login($s, $user);
		api($s)->post('/auth/login', { email => $user->{email}, password => 'wrong password' }) for 1 .. 2;
	}, @samples);
	is_deeply([ @$change{@samples} ], [ 1, 2 ], 'one good and two bad ones');
};

subtest 'refusals of the gate' => sub {
	my @samples = map { "veza_refusals_total{code=\"$_\"}" } qw(DISTRIBUTION_NOT_ELIGIBLE SUBSCRIPTION_PENDING_PAYMENT);
	my $change = change(sub {
		distribute($s, $creator) for 1 .. 2;
		subscribe($s, $creator);
		distribute($s, $creator) for 1 .. 3;
	}, @samples);
	is_deeply([ @$change{@samples} ], [ 2, 3 ], 'two without a plan, three with a stalled payment');
};

subtest 'webhooks' => sub {
	my @samples = map { "veza_payment_webhooks_total{result=\"$_\"}" } qw(success failure);
	my $change = change(sub {
		sim($s, 'POST', 'webhooks/send', { body => { event_id => "m$_", event_type => 'x' } }) for 1 .. 3;
		sim($s, 'POST', 'webhooks/send', { body => { event_id => 'm4', event_type => 'x' }, sign => false });
	}, @samples);
	is_deeply([ @$change{@samples} ], [ 3, 1 ], 'three taken, one refused');
};

subtest 'clients and running requests return to where they were' => sub {
	my @open = map { root($s)->connect } 1 .. 10;
	wait_until { scrape()->{veza_http_clients} >= 10 } 'ten clients are seen', 5;
	$_->close for @open;
	wait_until { scrape()->{veza_http_clients} <= 1 } 'and gone', 5;
	is(scrape()->{veza_http_requests_running}, 0, 'nothing runs');
};

subtest 'what the database knows follows' => sub {
	# It is read every 15 s.
	wait_until {
		my $v = scrape();
		$v->{veza_users_registered_total} == 2 && $v->{veza_auth_sessions_active} == 3
		  && ($v->{'veza_subscriptions_total{status="pending_payment"}'} // 0) == 1
	} 'accounts, sessions and subscriptions', 20;
	my $v = scrape();
	is($v->{veza_users_registered_total}, 2, 'registered accounts');
	is($v->{veza_auth_sessions_active}, 3, 'active sessions');
	is($v->{'veza_subscriptions_total{status="pending_payment"}'}, 1, 'pending subscriptions');
	is($v->{'veza_subscriptions_total{status="active"}'}, 1, 'active subscriptions');
	is($v->{veza_relays_live}, 1, 'live relays');
	is($v->{veza_audit_findings}, 0, 'no finding of the audit');
};

subtest 'nobody is named' => sub {
	my $text = admin($s)->get('/metrics')->body;
	my ($labels) = join ' ', $text =~ /\{([^}]*)\}/g;
	unlike($labels, qr/[0-9a-f]{8}-[0-9a-f]{4}/, 'no id');
	unlike($labels, qr/secret-path|nothing|BREW|\@|\Q$user->{username}\E/, 'nothing that a client chose');
	my %known = map { $_ => 1 } qw(code kind lane le method path result state status);
	is_deeply([ grep { !$known{$_} } $labels =~ /(\w+)=/g ], [], 'only the known labels');
};

done_testing;
