package Veza::Test;

# What the black-box tests share: a stack that always ends with its test, the
# API of that stack, accounts, payments at the stand-in provider, waiting.
#
#   my $s = stack(); start_all($s);
#   my $u = creator($s);                      # { id, token, email, password, refresh_token, api }
#   my $r = $u->{api}->post('/subscriptions/subscribe', { plan_id => 'pro' });
#   pay($s, $r->data->{payment_id});          # by the form of the hosted page
#   wait_until { is_active($s, $u) } 'active';

use strict;
use warnings;
use Exporter qw(import);
use Test::More;
use Time::HiRes qw(sleep time);
use Veza::Http;
use Veza::Stack;

our @EXPORT = qw(stack start_all api root admin psp sim wait_until is_refused is_envelope
	register creator administrator login track press_form pay pay_by_script subscribe distribute
	subscription_status setting ledger_payment ledger_payments flush_webhooks metric audit_findings
	request_id wait_route is_soon true false uuid);

sub true  { return JSON::PP::true }
sub false { return JSON::PP::false }

my @stacks;
my $owner = $$;
my $number = 0;

# What a test has started ends with it, however it ends.
$SIG{TERM} = $SIG{INT} = $SIG{HUP} = sub { exit 1 };

END
{
	my $result = $?;
	if ($$ == $owner)
	{
		for my $s (@stacks)
		{
			diag(complaints($s)) if $result;
			eval { $s->stop_all };
		}
	}
	$? = $result;
}

# What the programs of a stack have complained of last.
sub complaints
{
	my ($s) = @_;
	my @lines = map { my $as = $_; map { "$as: $_" } grep { /"level":"(?:WARN|ERROR)"/ } split /\n/, $s->read_file($s->{logs}{$as}) }
	  grep { -e $s->{logs}{$_} } sort keys %{ $s->{logs} // {} };
	return join "\n", @lines > 12 ? ('...', @lines[ -12 .. -1 ]) : @lines;
}

# A stack with a running PostgreSQL and a database; options are Veza::Stack's, and
# database (0: no database).
sub stack
{
	my (%o) = @_;
	my $make = delete $o{database};
	my $s = Veza::Stack->new(%o);
	push @stacks, $s;
	$s->start_postgres(database => $make // 1);
	return $s;
}

# httpd, and with payments relay and stand-in provider.
sub start_all
{
	my ($s, %o) = @_;
	$s->start('pspsim');
	$s->start('httpd', %o);
	$s->start('relay', %o);
	return;
}

sub root  { my ($s) = @_; return Veza::Http->new($s->url) }
sub api   { my ($s, $token) = @_; return Veza::Http->new($s->url, prefix => '/api/v1', token => $token) }
sub admin { my ($s) = @_; return Veza::Http->new($s->admin_url) }
sub psp   { my ($s) = @_; return Veza::Http->new($s->psp_url) }

# Calls the control port of the stand-in provider; returns the parsed answer, dies on an error.
sub sim
{
	my ($s, $method, $path, $body) = @_;
	my $r = Veza::Http->new($s->sim_url, prefix => '/_sim')->request($method, "/$path", $method eq 'GET' ? undef : $body // {});
	die "pspsim: $method $path: " . $r->brief . ' ' . $r->body if $r->status != 200;
	return $r->json;
}

# Something took less than so many seconds (or milliseconds), longer by what the machine is busy with besides.
sub is_soon
{
	my ($took, $limit, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return cmp_ok($took, '<', $limit * Veza::Stack::slowness(), $name);
}

# Runs the block until it is true, at most so many seconds (20 unless given) of a machine that is not busy; fails the test
# otherwise.
sub wait_until (&;$$)
{
	my ($block, $what, $seconds) = @_;
	my $since = time;
	my $value;
	while (1)
	{
		return $value if $value = $block->();
		last if time - $since > ($seconds // 20) * Veza::Stack::slowness();
		sleep 0.02;
	}
	fail('waited in vain: ' . ($what // 'a condition'));
	return;
}

# Waits until every loop of httpd knows the address, or none does.
sub wait_route
{
	my ($s, $path, $is_there) = @_;
	return wait_until {
		my @r = root($s)->parallel(map { [ OPTIONS => $path, undef ] } 1 .. 16);
		my $known = grep { $_->status == 204 } @r;
		$known == (($is_there // 1) ? @r : 0)
	} "route $path", 5;
}

# A fresh name for this test run.
sub request_id { return sprintf 'test.%d.%d', $$, ++$number }

sub uuid { return sprintf '%08x-%04x-4%03x-a%03x-%012x', rand 2**32, rand 2**16, rand 2**12, rand 2**12, rand 2**48 }

# A refusal: status, code, and the envelope of a failure.
sub is_refused
{
	my ($r, $expected, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $ok = is($r->brief, $expected, $name) && is_envelope($r, "$name: envelope");
	diag($r->body) if !$ok;
	return $ok;
}

# The envelope of D14, success and failure alike.
sub is_envelope
{
	my ($r, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $j = $r->json;
	my $problem = sub {
		return 'no JSON object' if ref $j ne 'HASH';
		my $type = $r->header('Content-Type') // '';
		return "content type $type" if $type !~ m{^application/json(?:;|$)};
		if ($r->status < 400)
		{
			return 'members ' . join(' ', sort keys %$j) if join(' ', sort keys %$j) ne 'data meta success';
			return 'success is not true' if !JSON::PP::is_bool($j->{success}) || !$j->{success};
			return;
		}
		return 'members ' . join(' ', sort keys %$j) if join(' ', sort keys %$j) ne 'data error message success';
		return 'success is not false' if !JSON::PP::is_bool($j->{success}) || $j->{success};
		return 'data is not null' if defined $j->{data};
		my $e = $j->{error};
		return 'error is no object' if ref $e ne 'HASH';
		return 'members of error ' . join(' ', sort keys %$e)
		  if join(' ', sort keys %$e) ne 'code details hint message request_id timestamp';
		return 'two messages' if $e->{message} ne $j->{message} || $j->{message} eq '';
		return "timestamp $e->{timestamp}" if $e->{timestamp} !~ /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;
		return 'request ids differ' if $e->{request_id} ne ($r->header('X-Request-ID') // '');
		return;
	}->();
	return ok(!defined $problem, $name) || diag($problem, "\n", $r->body);
}

# Registers an account over HTTP.
sub register
{
	my ($s, %o) = @_;
	my $name = $o{username} // sprintf 'u%d-%d', $$ % 100000, ++$number;
	my %user = (username => $name, email => "$name\@example.test", password => 'correct horse battery', %o);
	my $r = api($s)->post('/auth/register', \%user);
	die 'register: ' . $r->brief . ' ' . $r->body if $r->status != 201;
	return { %user, id => $r->data->{user_id}, token => $r->data->{access_token},
		refresh_token => $r->data->{refresh_token}, api => api($s, $r->data->{access_token}) };
}

# Logs in; returns the data of the answer.
sub login
{
	my ($s, $user, %more) = @_;
	my $r = api($s)->post('/auth/login', { email => $user->{email}, password => $user->{password}, %more });
	die 'login: ' . $r->brief . ' ' . $r->body if $r->status != 200;
	return $r->data;
}

# Gives a registered account a role, as an operator would.
sub with_role
{
	my ($s, $role, $user) = @_;
	$s->sql("update veza_data.users set role = '$role' where id = '$user->{id}'");
	return $user;
}

# An account with the creator role and a track.
sub creator
{
	my ($s, %o) = @_;
	my $user = with_role($s, 'creator', register($s, %o));
	$user->{track} = track($s, $user);
	return $user;
}

sub administrator { my ($s, %o) = @_; return with_role($s, 'admin', register($s, %o)) }

# A track of an account; there is no route for uploads yet.
sub track
{
	my ($s, $user) = @_;
	return $s->sql_value('insert into veza_data.track (uploader_id, title, artist, created_at, updated_at)'
		. " values ('$user->{id}', 'First Light', 'Dana', now(), now()) returning id");
}

# Subscribes; dies unless the answer is 200 or 201.
sub subscribe
{
	my ($s, $user, $plan, %o) = @_;
	my $r = $user->{api}->post('/subscriptions/subscribe', { plan_id => $plan // 'pro', %o });
	die 'subscribe: ' . $r->brief . ' ' . $r->body if $r->status !~ /^20[01]$/;
	return $r->data;
}

sub distribute
{
	my ($s, $user, %o) = @_;
	return $user->{api}->post('/distributions', { track_id => $user->{track}, %o });
}

# Opens the hosted page of a payment as a browser would and presses one of its buttons;
# returns the answer to the form. It dies when the page has no such button.
sub press_form
{
	my ($s, $payment_id, $button) = @_;
	my $page = psp($s)->get("/checkout/$payment_id");
	die 'checkout page: ' . $page->brief if $page->status != 200;
	for my $form ($page->body =~ m{(<form.*?</form>)}gs)
	{
		my ($action) = $form =~ /action="([^"]+)"/;
		next if $action !~ m{/\Q$button\E$};
		my %field = $form =~ /name="([^"]+)" value="([^"]*)"/g;
		my $content = join '&', map { "$_=" . $field{$_} =~ s/([^A-Za-z0-9_.-])/sprintf '%%%02X', ord $1/ger } sort keys %field;
		return psp($s)->post($action, $content, headers => { 'Content-Type' => 'application/x-www-form-urlencoded' });
	}
	die "the page has no button $button:\n" . $page->body;
}

# Pays on the hosted page.
sub pay
{
	my ($s, $payment_id) = @_;
	my $r = press_form($s, $payment_id, 'pay');
	die 'pay: ' . $r->brief if $r->status != 303;
	return;
}

# Waits until the provider's webhooks are delivered.
sub flush_webhooks { my ($s) = @_; return sim($s, 'POST', 'webhooks/flush', { timeout_ms => 5000 }) }

# What the provider knows about a payment; about all of one subscription or user.
sub ledger_payment  { my ($s, $id) = @_; return (grep { $_->{payment_id} eq $id } @{ sim($s, 'GET', 'ledger')->{payments} })[0] }
sub ledger_payments
{
	my ($s, $subscription_id) = @_;
	my $ledger = sim($s, 'GET', 'ledger');
	return grep { ($_->{metadata}{subscription_id} // '') eq $subscription_id } @{ $ledger->{payments} }, @{ $ledger->{not_created} };
}

sub subscription_status
{
	my ($s, $id) = @_;
	return $s->sql_value("select status || coalesce(' ' || end_reason, '') from veza_data.subscription where id = '$id'");
}

# Changes a row of veza_data.setting; returns the old value.
sub setting
{
	my ($s, $name, $value) = @_;
	my $old = $s->sql_value("select value from veza_data.setting where name = '$name'") // die "no setting $name";
	$s->sql("update veza_data.setting set value = '$value' where name = '$name'");
	return $old;
}

# One sample of the metrics by its name and labels, exactly as printed; 0 when there is none.
sub metric
{
	my ($s, $sample) = @_;
	my $r = admin($s)->get('/metrics');
	return $r->body =~ /^\Q$sample\E (\S+)$/m ? $1 + 0 : 0;
}

# The rows of veza.audit, as texts.
sub audit_findings { my ($s) = @_; return map { join ': ', @$_ } $s->sql('select invariant, subject, finding from veza.audit') }

1;
