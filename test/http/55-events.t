#!/usr/bin/perl
# Streams of events: what happens to an account reaches its clients within a second, once and in order, also those
# that were away; nobody else hears of it; and a thousand of them cost no connection to PostgreSQL.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(sleep time);
use POSIX ();
use Veza::Scene;
use Veza::Session;
use Veza::Test;

my $s = stack();
start_all($s, env => { EVENT_STREAM_LIFETIME => '5m', MAX_CONNECTIONS_PER_IP => 0, MAX_EVENT_STREAMS => 1100, HTTP_LOOPS => 2 });
my ($x, $y) = (register($s), register($s));
my $connections = "select count(*) from pg_stat_activity where usename = 'veza_httpd'";
my $usual = wait_until { my $n = $s->sql_value($connections); sleep 0.3; $n == $s->sql_value($connections) && $n } 'all connections';
my $number = 0;
my %following;
END { kill 'TERM', values %following if %following }

# A client of a stream: curl, whose output is read as it grows.
sub follow
{
	my ($path, @options) = @_;
	my $file = "$s->{dir}/events." . ++$number;
	my $pid = fork // die "fork: $!";
	if (!$pid)
	{
		open STDOUT, '>', $file;
		exec 'curl', '-sNi', @options, $s->url . $path;
	}
	$following{$pid} = $pid;
	my $c = { file => $file, pid => $pid };
	wait_until { text_of($c) =~ /\r\n\r\n/ } 'an answer';
	return $c;
}
sub text_of { my ($c) = @_; return -e $c->{file} ? $s->read_file($c->{file}) : '' }
sub bearer { my ($u) = @_; return ('-H', "Authorization: Bearer $u->{token}") }
sub leave { my ($c) = @_; kill 'TERM', $c->{pid}; waitpid $c->{pid}, 0; delete $following{ $c->{pid} }; return text_of($c) }

# The events of a stream so far, each as [ id, kind, data ].
sub events
{
	my ($c) = @_;
	my @events;
	for my $block (split /\n\n/, (split /\r\n\r\n/, text_of($c), 2)[1] // '')
	{
		my %field = $block =~ /^(id|event|data): (.*)$/mg;
		push @events, [ $field{id}, $field{event}, Veza::Http::decode($field{data}) ] if $field{data};
	}
	return @events;
}

# Publishes events on somebody's channel, as a rule does; each statement is a transaction.
$s->sql(<<'SQL');
create function veza.scratch_publish(user_id uuid, n integer) returns bigint language sql volatile
security definer set search_path = pg_catalog, pg_temp as
$$ with e as (insert into veza_data.live_event (channel, kind, data, created_at)
              values ('user:' || $1, 'scratch', jsonb_build_object('n', $2), now()) returning id),
        told as (select id, pg_notify('veza_live_event', id::text) from e)
   select id from told $$;
SQL
sub publish { my ($u, @n) = @_; $s->sql("select veza.scratch_publish('$u->{id}', $_)") for @n; return }
sub numbers { return map { $_->[2]{n} } grep { $_->[1] eq 'scratch' } events($_[0]) }

subtest 'the answer' => sub {
	is_refused(api($s)->get('/me/events'), '401 AUTH_REQUIRED', 'nobody hears anything');
	my $c = follow('/api/v1/me/events', bearer($x));
	my $head = (split /\r\n\r\n/, text_of($c))[0];
	like($head, qr{^HTTP/1.1 200 .*^Content-Type: text/event-stream\r$}ms, 'a stream');
	like($head, qr/^Cache-Control: no-store\r?$/m, 'that no cache keeps');
	like($head, qr/^X-Accel-Buffering: no\r?$/m, 'and no proxy holds back');
	unlike($head, qr/^(?:Content-Length|ETag)/m, 'without an end');
	like(text_of($c), qr/^retry: 2000$/m, 'that says when to come back');
	is($x->{api}->head('/me/events')->status, 200, 'HEAD');
	leave($c);
};

subtest 'a payment that lands' => sub {
	my $u = creator($s);
	my $c = follow('/api/v1/me/events', bearer($u));
	my $started = subscribe($s, $u);
	pay($s, $started->{payment}{payment_id} // $started->{payment_id});
	wait_until { grep { $_->[1] eq 'subscription' && $_->[2]{status} eq 'active' } events($c) } 'the payment has landed';
	my ($event) = grep { $_->[1] eq 'subscription' && $_->[2]{status} eq 'active' } events($c);
	is($event->[2]{subscription_id}, $started->{subscription}{id}, 'it names the subscription');
	my ($delay) = $s->sql_value("select extract(epoch from clock_timestamp() - created_at) from veza_data.live_event where id = $event->[0]");
	is_soon($delay, 1, sprintf 'within a second: %.2f s', $delay);
	leave($c);
};

subtest 'a notification' => sub {
	my $u = creator($s);
	my $admin = administrator($s);
	my $c = follow('/api/v1/me/events', bearer($u));
	my $started = subscribe($s, $u);
	wait_until { grep { $_->[1] eq 'notification' } events($c) } 'a payment waits';
	my ($event) = grep { $_->[1] eq 'notification' } events($c);
	my ($delay) = $s->sql_value("select extract(epoch from clock_timestamp() - created_at) from veza_data.live_event where id = $event->[0]");
	is_soon($delay, 1, sprintf 'within a second: %.2f s', $delay);
	my $list = $u->{api}->get('/notifications?unread=true')->data;
	is_deeply([ map { [ @$_{qw(id kind actor)}, @{ $_->{subject} }{qw(id url)} ] } @$list ],
		[ [ $event->[2]{id}, 'payment_pending', undef, $started->{subscription}{id}, "/api/v1/subscriptions/$started->{subscription}{id}" ] ],
		'it names the one that the list has, which leads back');
	pay($s, $started->{payment}{payment_id} // $started->{payment_id});
	wait_until { grep { $_->[1] eq 'subscription' && $_->[2]{status} eq 'active' } events($c) } 'the payment has landed';
	is($u->{api}->get('/notifications/unread-count')->data->{unread_count}, 0, 'then there is nothing left to read');
	my $last = (events($c))[-1][0];
	leave($c);
	my $track = $s->sql_value("insert into veza_data.track (uploader_id, title, artist, created_at, updated_at)"
		. " values ('$u->{id}', 'T', 'A', now(), now()) returning id");
	is($admin->{api}->post("/admin/tracks/$track/take-down", { reason => 'a complaint' })->status, 200, 'a decision while nobody listens');
	my $again = follow('/api/v1/me/events', bearer($u), '-H', "Last-Event-ID: $last");
	wait_until { grep { $_->[1] eq 'notification' } events($again) } 'who comes back hears of it';
	is_deeply([ map { [ $_->[1], $_->[2]{kind} ] } events($again) ], [ [ 'notification', 'review_decision' ] ], 'once, and of nothing else');
	leave($again);
};

subtest 'to whom it happens, and to nobody else' => sub {
	my @x = map { follow('/api/v1/me/events', bearer($x)) } 1 .. 3;
	my $of_y = follow('/api/v1/me/events', bearer($y));
	publish($x, 1 .. 20);
	publish($y, 99);
	for my $c (@x)
	{
		wait_until { (numbers($c)) == 20 } 'twenty events';
		is_deeply([ numbers($c) ], [ 1 .. 20 ], 'each once, in order');
	}
	wait_until { numbers($of_y) } 'the other one\'s';
	is_deeply([ numbers($of_y) ], [99], 'the other hears of the own only');
	leave($_) for @x, $of_y;
};

subtest 'coming back' => sub {
	my $c = follow('/api/v1/me/events', bearer($x));
	publish($x, 100);
	wait_until { numbers($c) } 'an event';
	my $last = (events($c))[-1][0];
	leave($c);
	publish($x, 101 .. 110);
	my $again = follow('/api/v1/me/events', bearer($x), '-H', "Last-Event-ID: $last");
	publish($x, 111);
	wait_until { (numbers($again)) >= 11 } 'what was missed, and what comes';
	is_deeply([ numbers($again) ], [ 101 .. 111 ], 'all of it, once, in order');
	leave($again);
	my $query = follow("/api/v1/me/events?last_event=$last", bearer($x));
	wait_until { (numbers($query)) >= 11 } 'by the query';
	leave($query);
	my $lost = follow('/api/v1/me/events', bearer($x), '-H', 'Last-Event-ID: 999999999');
	wait_until { grep { $_->[1] eq 'reset' } events($lost) } 'a client whose last event is forgotten is told to look anew';
	leave($lost);
	my $odd = follow('/api/v1/me/events', bearer($x), '-H', 'Last-Event-ID: rubbish');
	like(text_of($odd), qr{^HTTP/1.1 200}, 'what is no id of ours counts as none');
	is_deeply([ events($odd) ], [], 'nothing is repeated');
	leave($odd);
};

subtest 'an address for EventSource' => sub {
	my $r = $x->{api}->get('/me/events-url');
	is($r->status, 200, 'is given');
	my $url = $r->data->{url};
	like($url, qr{^/api/v1/me/events\?signature=[\w.-]+$}, 'path and signature');
	my $c = follow($url);
	publish($x, 200);
	wait_until { numbers($c) } 'events without a token';
	leave($c);
	is_refused(root($s)->get($url =~ s/signature=.*/signature=$x->{token}/r), '401 AUTH_TOKEN_INVALID', 'an access token is no signature');
	is_refused(root($s)->get($url =~ s/\?/?x=1&/r), '401 AUTH_TOKEN_INVALID', 'of another address it is none');
	is_refused(root($s)->get($url =~ s/(.)$/$1 eq 'A' ? 'B' : 'A'/er), '401 AUTH_TOKEN_INVALID', 'nor is it when a letter is another');
	is_refused(root($s)->get("/api/v1/me/settings?signature=" . ($url =~ /signature=(.*)/)[0]), '404 ROUTE_NOT_FOUND', 'nor elsewhere');
	is_refused(root($s)->get("/api/v1/users/me?signature=" . ($url =~ /signature=(.*)/)[0]), '401 AUTH_REQUIRED', 'a route that takes none asks for a token');
	is_refused(root($s)->get('/api/v1/auth/me', headers => { Authorization => 'Bearer ' . ($url =~ /signature=(.*)/)[0] }), '401 AUTH_TOKEN_INVALID', 'and it is no access token');
	my $z = register($s);
	my $theirs = $z->{api}->get('/me/events-url')->data->{url};
	$z->{api}->post('/auth/logout', {});
	is_refused(root($s)->get($theirs), '401 AUTH_TOKEN_INVALID', 'it ends with its session');
};

subtest 'notifications that anybody may send' => sub {
	my $c = follow('/api/v1/me/events', bearer($x));
	my $id = $s->sql_value("select max(id) from veza_data.live_event where channel = 'user:$x->{id}'");
	my $analyst = Veza::Session->new($s, role => 'veza_analyst');
	$analyst->do("notify veza_live_event, '$_'") for 'rubbish', '-1', '99999999999999999999', '1; drop table x', '{}', '0', $id;
	like($analyst->do('select * from veza.live_events(array[1])'), qr/permission denied/, 'what is in an event only veza-httpd reads');
	$analyst->close;
	publish($x, 300);
	wait_until { (numbers($c))[-1] // 0 == 300 } 'streams go on';
	is_deeply([ numbers($c) ], [300], 'without what was sent again');
	leave($c);
};

subtest 'the database goes and comes back' => sub {
	my $c = follow('/api/v1/me/events', bearer($x));
	publish($x, 400);
	wait_until { numbers($c) } 'an event';
	my $last = (events($c))[-1][0];
	$s->sql("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'veza_httpd'");
	publish($x, 401);
	wait_until { !kill(0, $c->{pid}) || waitpid($c->{pid}, POSIX::WNOHANG()) == $c->{pid} } 'the stream ends, because something may have been missed';
	delete $following{ $c->{pid} };
	publish($x, 402);
	# As EventSource does: again and again, until a stream stays.
	my @heard;
	wait_until {
		my $again = follow('/api/v1/me/events', bearer($x), '-H', "Last-Event-ID: $last");
		sleep 0.5;
		@heard = numbers($again);
		leave($again);
		@heard >= 2
	} 'and nothing is lost';
	is_deeply(\@heard, [ 401, 402 ], 'for who comes back');
};

subtest 'a thousand users, each with a client' => sub {
	my $root = root($s);
	my @users = Veza::Scene->new($s)->users(1000, role => 'user', name => 'listener');
	my @clients = map { my $c = $root->connect; $c->send($root->bytes('GET', '/api/v1/me/events', undef, token => $_->{token})); $c } @users;
	wait_until { metric($s, 'veza_event_streams') == 1000 } 'all are there', 30;
	cmp_ok($s->sql_value($connections), '<=', $usual, 'no connection to PostgreSQL more');
	my $asked = time;
	is($x->{api}->get('/users/me')->status, 200, 'others are served');
	is_soon(time - $asked, 0.5, 'at once');
	# Somebody follows all of them.
	$s->sql("insert into veza_data.notification (user_id, kind, actor_id, created_at) select user_id, 'follow', '$x->{id}', now()"
		. " from veza_data.session s where s.user_id = any ('{" . join(',', map { $_->{id} } @users) . "}')");
	my $since = time;
	wait_until {
		$s->sql("select veza.job_unit('tell_notifications', user_id::text) from (select user_id from veza_data.notification where not is_told) n");
		$s->sql_value('select count(*) from veza_data.notification where not is_told') == 0
	} 'the job has told all of them', 60;
	my %missing = map { $_ => $clients[$_] } 0 .. $#clients;
	while (%missing && time - $since < 30)
	{
		for my $i (keys %missing) { $clients[$i]->_read(0); delete $missing{$i} if $clients[$i]->left =~ /"kind": "follow"/ }
	}
	is(scalar(keys %missing), 0, sprintf 'all hear of it: %.2f s', time - $since);
	my %id = map { $_->[0] => $_->[1] } $s->sql("select user_id, id from veza_data.notification where kind = 'follow'");
	is(scalar(grep { my @heard = $clients[$_]->left =~ /"id": "([-0-9a-f]{36})"/g; "@heard" ne $id{ $users[$_]{id} } } 0 .. $#clients), 0, 'each of the own one, once');
	$_->close for @clients;
	wait_until { metric($s, 'veza_event_streams') == 0 } 'they leave', 40;
};

subtest 'how many, and how long' => sub {
	is($s->stop('httpd'), 0, 'another configuration');
	$s->start('httpd', env => { MAX_EVENT_STREAMS => 2, HTTP_LOOPS => 1 });
	# When it begins to listen it ends the streams that were there before.
	wait_until { $s->sql_value("select count(*) from pg_stat_activity where query ~* '^listen' and state = 'idle'") } 'it listens';
	my @streams = map { follow('/api/v1/me/events', bearer($x)) } 1, 2;
	is_refused($x->{api}->get('/me/events'), '503 SERVER_BUSY', 'one more than there may be');
	leave($_) for @streams;
	is($s->stop('httpd'), 0, 'and another one');
	$s->start('httpd', env => { EVENT_STREAM_LIFETIME => '3s' });
	for my $c (map { follow('/api/v1/me/events', bearer($x)) } 1, 2)
	{
		wait_until { waitpid($c->{pid}, POSIX::WNOHANG()) == $c->{pid} } 'it ends by itself';
		delete $following{ $c->{pid} };
		is($?, 0, 'whole, not cut');
	}
	leave(follow('/api/v1/me/events', bearer($x)));
};

subtest 'the end' => sub {
	my $c = follow('/api/v1/me/events', bearer($x));
	my $since = time;
	is($s->stop('httpd'), 0, 'the program ends');
	is_soon(time - $since, 4, 'without waiting for those who listen');
	leave($c);
};

done_testing;
