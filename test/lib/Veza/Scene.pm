package Veza::Scene;

# What the fault, property and dump tests do with a Veza::Stack: users, HTTP
# requests that may be left hanging, the simulator's control routes, waiting
# for conditions, killing what runs, and the checks that end every case.
#
#   my $scene = Veza::Scene->new($stack);
#   my $user = $scene->user;
#   my $answer = $scene->post('/subscriptions/subscribe', { plan_id => 'pro' }, $user);
#   $scene->await('an active subscription', sub { $scene->status_of($user) eq 'active' });

use strict;
use warnings;
use Carp qw(croak);
use Digest::SHA qw(hmac_sha256 hmac_sha512_hex);
use HTTP::Tiny;
use IO::Select;
use IO::Socket::INET;
use JSON::PP ();
use MIME::Base64 qw(encode_base64);
use Test::More ();
use Time::HiRes qw(sleep time);
use Veza::Ledger;
use Veza::Session;

our $json = JSON::PP->new->utf8->canonical->allow_nonref;

my $serial = 0;

# What psql says when the server went away.
my $LOST = qr/^(?:psql: error|FATAL:|WARNING:  57P0|server closed|The connection to the server|connection to server)/m;

sub new
{
	my ($class, $stack, %o) = @_;
	# Interrupted or not, what was started is ended by the test's END block.
	$SIG{$_} //= sub { exit 1 } for qw(INT TERM HUP);
	return bless { stack => $stack, %o }, $class;
}

# Starts the whole stack. Options: settings (rows of veza_data.setting), relay (0: none).
sub start
{
	my ($self, %o) = @_;
	my $s = $self->{stack};

	$s->start_postgres;
	$s->create_database;
	$self->setting(effect_secret_keep => 1, %{ $o{settings} // {} });
	$s->start('pspsim');
	$s->start('httpd');
	$s->start('relay') if $o{relay} // 1;
	return $self;
}

# ---- the database

# Rows of a statement, columns by position; through a session that stays open.
sub rows
{
	my ($self, $sql) = @_;

	for my $try (1 .. 2)
	{
		$self->{monitor} //= Veza::Session->new($self->{stack});
		my $text = $self->{monitor}->do($sql);
		if (defined $text && $text !~ $LOST)
		{
			croak "$sql\n$text" if $text =~ /^ERROR:/m;
			return map { [ split /\|/, $_, -1 ] } split /\n/, $text;
		}
		# The server was killed; a new session finds the new one, if it is there yet.
		$self->forget_monitor;
		$self->await_database if $try == 1;
	}
	croak "no answer from the database: $sql";
}

sub value
{
	my ($self, $sql) = @_;
	my ($row) = $self->rows($sql);
	return $row ? $row->[0] : undef;
}

# Runs statements whose results do not matter.
sub sql
{
	my ($self, $sql) = @_;
	$self->rows($sql);
	return;
}

sub forget_monitor
{
	my ($self) = @_;
	my $monitor = delete $self->{monitor};
	$monitor->close if $monitor;
}

sub await_database
{
	my ($self) = @_;
	$self->forget_monitor;
	return $self->await('the database', sub {
		my $session = Veza::Session->new($self->{stack});
		my $text = $session->do('select 1') // '';
		$session->close;
		$text eq '1';
	}, 40);
}

# Changes settings of the business rules.
sub setting
{
	my ($self, %values) = @_;
	for my $name (sort keys %values)
	{
		my $n = $self->value("with u as (update veza_data.setting set value = '$values{$name}' where name = '$name' returning 1)"
			. " select count(*) from u");
		croak "there is no setting $name" if !$n;
	}
}

# Moves the business clock, and the provider's with it unless told otherwise.
sub shift_clock
{
	my ($self, $seconds, %o) = @_;
	$self->setting(clock_offset => $seconds);
	$self->sim('POST', 'clock', { offset_seconds => $seconds }) if $o{psp} // 1;
}

# ---- users

sub base64url
{
	my ($bytes) = @_;
	return encode_base64($bytes, '') =~ tr{+/}{-_}r =~ s/=+$//r;
}

# An access token such as veza-httpd seals.
sub token
{
	my ($self, $user) = @_;
	my $head = base64url('{"alg":"HS256","typ":"JWT"}');
	my $body = base64url($json->encode({
		sub => $user->{id}, sid => $user->{session}, role => 'creator', token_version => 1, token_use => 'access',
		iss => 'veza-api', aud => 'veza-app', iat => int(time), exp => int(time) + 7200 }));
	my %env = $self->{stack}->environment;
	return "$head.$body." . base64url(hmac_sha256("$head.$body", $env{JWT_SECRET}));
}

# Makes users with a login session and a track each, without the cost of hashing passwords.
# Options: role (creator), name (u), with which their usernames begin.
sub users
{
	my ($self, $n, %o) = @_;
	my $role = $o{role} // 'creator';
	my $name = $o{name} // 'u';
	my $from = $serial + 1;

	$serial += $n;
	my @rows = $self->rows(<<"SQL");
with u as (insert into veza_data.users (username, email, password_hash, role, created_at, updated_at)
           select '$name$$-' || i, '$name$$-' || i || '\@veza.example', 'none', '$role', now(), now()
             from generate_series($from, $serial) i returning id, username),
     s as (insert into veza_data.session (user_id, created_at, last_used_at, expires_at)
           select id, now(), now(), now() + interval '30 days' from u returning id, user_id),
     t as (insert into veza_data.track (uploader_id, title, artist, created_at, updated_at)
           select id, 'Track of ' || username, username, now(), now() from u returning id, uploader_id)
select u.id, s.id, t.id from u join s on s.user_id = u.id join t on t.uploader_id = u.id
SQL
	croak "made " . @rows . " users instead of $n" if @rows != $n;
	return map { my $u = { id => $_->[0], session => $_->[1], track => $_->[2] }; $u->{token} = $self->token($u); $u } @rows;
}

sub user
{
	my ($self, %o) = @_;
	my ($user) = $self->users(1, %o);
	return $user;
}

# The user's newest subscription.
sub subscription_of
{
	my ($self, $user) = @_;
	my ($row) = $self->rows('select s.id, s.status, s.end_reason, p.psp_payment_id, p.state, p.attempt_no, p.id'
		. ' from veza_data.subscription s left join lateral (select * from veza_data.payment p'
		. ' where p.subscription_id = s.id order by attempt_no desc limit 1) p on true'
		. " where s.user_id = '$user->{id}' order by s.created_at desc, s.id desc limit 1");
	return if !$row;
	my %s;
	@s{qw(id status end_reason payment_id payment_state attempt_no payment)} = @$row;
	return \%s;
}

sub status_of
{
	my ($self, $user) = @_;
	my $s = $self->subscription_of($user);
	return $s ? $s->{status} : 'none';
}

# ---- HTTP

# Sends a request and returns without the answer; see answer_of.
# Options: user, body, headers, base (/api/v1).
sub request
{
	my ($self, $method, $path, %o) = @_;
	my $body = defined $o{body} ? (ref $o{body} ? $json->encode($o{body}) : $o{body}) : undef;
	my %headers = (Host => 'localhost', Connection => 'close', %{ $o{headers} // {} });

	$headers{'Content-Type'} //= 'application/json' if defined $body;
	$headers{'Content-Length'} = length($body // '') if defined $body || $method ne 'GET';
	$headers{Authorization} = "Bearer $o{user}{token}" if $o{user};
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
		PeerPort => $self->{stack}->port('httpd'), Timeout => 2)
	  or return { buffer => '', is_over => 1, problem => "connect: $!" };
	local $SIG{PIPE} = 'IGNORE';
	my $text = "$method " . ($o{base} // '/api/v1') . "$path HTTP/1.1\r\n"
	  . join('', map { "$_: $headers{$_}\r\n" } sort keys %headers) . "\r\n" . ($body // '');
	syswrite($socket, $text);
	return { socket => $socket, buffer => '' };
}

# Waits for the answer: { status, json, text, headers }; status 0: the connection ended without one.
sub answer_of
{
	my ($self, $request, $timeout) = @_;
	my $end = time + ($timeout // 30);
	my $select = $request->{socket} ? IO::Select->new($request->{socket}) : undef;

	while (!$request->{is_over})
	{
		my $left = $end - time;
		croak 'no answer in time' if $left <= 0 || !$select->can_read($left);
		my $n = sysread($request->{socket}, $request->{buffer}, 65536, length $request->{buffer});
		$request->{is_over} = 1 if !$n;
	}
	my ($head, $text) = split /\r\n\r\n/, $request->{buffer}, 2;
	my ($status) = ($head // '') =~ m{^HTTP/1\.1 (\d+)};
	my %headers = map { /^([^:]+):\s*(.*)$/ ? (lc $1, $2) : () } split /\r\n/, $head // '';
	# Half an answer is none.
	$status = 0 if defined $headers{'content-length'} && length($text // '') < $headers{'content-length'};
	return { status => $status // 0, headers => \%headers, text => $text // '',
		json => scalar eval { $json->decode($text) } };
}

sub call
{
	my ($self, $method, $path, %o) = @_;
	return $self->answer_of($self->request($method, $path, %o), $o{timeout});
}

sub post
{
	my ($self, $path, $body, $user) = @_;
	return $self->call('POST', $path, body => $body // {}, user => $user);
}

# The same as a client that heeds Retry-After: again while the answer is 503, for at most ten seconds.
sub insist
{
	my ($self, $path, $body, $user) = @_;
	my $end = time + 10;

	for (;;)
	{
		my $answer = $self->post($path, $body, $user);
		return $answer if $answer->{status} != 503 || !$answer->{headers}{'retry-after'} || time > $end;
		sleep 0.1;
	}
}

sub get
{
	my ($self, $path, $user) = @_;
	return $self->call('GET', $path, user => $user);
}

# Delivers a webhook signed like the provider's, or with another signature.
sub webhook
{
	my ($self, $body, %o) = @_;
	my %env = $self->{stack}->environment;
	my $text = ref $body ? $json->encode($body) : $body;
	my $signature = exists $o{signature} ? $o{signature} : hmac_sha512_hex($text, $env{HYPERSWITCH_WEBHOOK_SECRET});
	return $self->call('POST', '/webhooks/hyperswitch', body => $text,
		headers => { defined $signature ? ('X-Webhook-Signature-512' => $signature) : () });
}

# ---- the provider

# Calls a control route of the simulator and returns the parsed answer.
sub sim
{
	my ($self, $method, $path, $body) = @_;
	my $http = $self->{sim} //= HTTP::Tiny->new(timeout => 30);
	my $answer = $http->request($method, $self->{stack}->sim_url . "/$path",
		{ headers => { 'Content-Type' => 'application/json' },
		  ($method eq 'GET' ? () : (content => $json->encode($body // {}))) });
	my $parsed = eval { $json->decode($answer->{content}) };
	croak "$method $path: $answer->{status} $answer->{content}" if $answer->{status} != 200;
	return $parsed;
}

# Presses a button of the provider's payment page: pay, decline, processing, authenticate, cancel.
sub press
{
	my ($self, $payment_id, $button, $secret) = @_;
	my $http = $self->{sim} //= HTTP::Tiny->new(timeout => 30);
	$secret //= $self->sim('GET', "payments/$payment_id")->{client_secret};
	my $answer = $http->request('POST', $self->{stack}->psp_url . "/checkout/$payment_id/$button",
		{ headers => { 'Content-Type' => 'application/x-www-form-urlencoded', Accept => 'application/json' },
		  content => "client_secret=$secret" });
	return $answer->{status};
}

# ---- waiting

# Waits until the condition holds; returns its value; dies with what the stack says when it does not.
sub await
{
	my ($self, $what, $condition, $timeout) = @_;
	my $end = time + 3 * ($timeout // 30);
	my $pause = 0.005;

	for (;;)
	{
		my $value = $condition->();
		return $value if $value;
		if (time > $end)
		{
			my $s = $self->{stack};
			croak "waited in vain for $what\n" . join('', map { "---- $_\n" . $s->tail($_) . "\n" } qw(relay httpd));
		}
		sleep $pause;
		$pause *= 1.5 if $pause < 0.05;
	}
}

# Waits until nothing is left to be carried out, applied or swept; dead effects count as settled.
sub settle
{
	my ($self, $timeout) = @_;
	return $self->await('all effects and webhooks to be finished', sub {
		!$self->value("select (select count(*) from veza_data.effect where state in ('queued', 'leased'))"
			. ' + (select count(*) from veza_data.effect where secret is not null)'
			. " + (select count(*) from veza_data.psp_event where result = 'failed')"
			. " + (select count(*) from veza_data.psp_event where next_try_at < now())");
	}, $timeout // 30);
}

# Waits until a statement of a program's backend waits for a lock; returns the backend's process id.
sub await_blocked
{
	my ($self, $condition) = @_;
	return $self->await("a backend that waits for a lock ($condition)", sub {
		$self->value("select pid from pg_stat_activity where wait_event_type = 'Lock' and ($condition) limit 1");
	});
}

# ---- ending what runs

sub kill_process
{
	my ($self, $pid) = @_;
	kill 'KILL', $pid or croak "kill $pid: $!";
}

# Kills a backend; PostgreSQL ends all sessions and starts anew by itself.
sub kill_backend
{
	my ($self, $pid) = @_;
	my $starts = $self->recoveries;
	$self->forget_monitor;
	$self->kill_process($pid);
	# The postmaster notices a little later; until then the old sessions still answer.
	$self->await('PostgreSQL to notice the crash', sub { $self->recoveries > $starts });
	return $self->await_database;
}

sub recoveries
{
	my ($self) = @_;
	my $log = $self->{stack}->read_file("$self->{stack}{dir}/postgres.log");
	return scalar(() = $log =~ /terminating any other active server processes/g);
}

# Kills the postmaster; backends without it end by themselves.
sub kill_postmaster
{
	my ($self) = @_;
	my $pid = $self->{stack}->postmaster_pid;
	$self->forget_monitor;
	my @children = split ' ', (-e "/proc/$pid/task/$pid/children" ? $self->{stack}->read_file("/proc/$pid/task/$pid/children") : '');
	$self->kill_process($pid);
	return @children;
}

# Starts the cluster again after kill_postmaster.
sub restart_postgres
{
	my ($self, @children) = @_;
	$self->await('the orphaned backends to end', sub { !grep { -e "/proc/$_" && !is_zombie($_) } @children }, 40);
	$self->await('PostgreSQL to start', sub { eval { $self->{stack}->start_postgres; 1 } }, 40);
	return $self->await_database;
}

sub is_zombie
{
	my ($pid) = @_;
	open(my $f, '<', "/proc/$pid/stat") or return 1;
	return (<$f> // '') =~ /\) Z /;
}

# Sends a signal to a program of the stack by its name.
sub signal
{
	my ($self, $signal, $as) = @_;
	kill $signal, $self->{stack}{pids}{$as} // croak "$as does not run";
}

# Kills a program of the stack and starts it again.
sub kill_and_start
{
	my ($self, $program, %o) = @_;
	my $as = $o{as} // $program;
	$self->{stack}->stop($as, 'KILL');
	return $self->{stack}->start($program, %o);
}

# Does veza-httpd say within a second that it is ready?
sub is_ready
{
	my ($self) = @_;
	my $answer = eval { $self->call('GET', '/readyz', base => '', timeout => 1) };
	return $answer && $answer->{status} == 200;
}

# Waits until veza-httpd serves and a relay reports itself.
sub await_health
{
	my ($self) = @_;
	my $s = $self->{stack};
	# Its loops share the port: several answers in a row, or one of them may be missing.
	$self->await('veza-httpd to be ready', sub { 8 == grep { $self->is_ready } 1 .. 8 });
	$self->await('a live relay', sub {
		$self->value("select count(*) from veza_data.relay r join pg_stat_activity a on a.pid = r.pid"
			. " and a.usename = 'veza_relay'"
			. " where r.provider_enabled and r.circuit = 'closed'");
	});
}

# ---- checks

# The broken promises, judged without patience.
sub audit
{
	my ($self) = @_;
	my $session = Veza::Session->new($self->{stack});
	my $text = $session->do("begin; update veza_data.setting set value = '0' where name = 'unserved_alert';"
		. " select invariant, subject, finding from veza.audit; rollback;");
	$session->close;
	return split /\n/, $text // 'no answer';
}

# Test: veza.audit is empty and the provider's ledger is ours.
sub is_sound
{
	my ($self, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my @audit = $self->audit;
	my @ledger = Veza::Ledger::differences($self);
	Test::More::ok(!@audit && !@ledger, "$name: audit empty, ledgers equal");
	Test::More::diag(join "\n", "$name:", (map { "audit: $_" } @audit), (map { "ledger: $_" } @ledger)) if @audit || @ledger;
	return !@audit && !@ledger;
}

1;
