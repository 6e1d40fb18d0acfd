#!/usr/bin/perl
# Nobody learns from an answer whether an account exists: status, headers, body and time are the same for
# known and unknown. The pairs are asked alternately; medians may differ by 5 percent. Where a machine that is busy
# with something else makes them differ more, it counts whether the times of one tell it from the other: the chance
# that a time of one is larger than one of the other may be off a half by a tenth (the effect of Mann and Whitney).
#
#   VEZA_ENUMERATION_PAIRS=2000 prove test/http/48-enumeration.t

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use List::Util qw(shuffle);
use Test::More;
use Time::HiRes qw(sleep time);
use Veza::Mail;
use Veza::Test;

my $PAIRS = $ENV{VEZA_ENUMERATION_PAIRS} // 60;
my $TOLERANCE = 0.05;
my $EFFECT = 0.1;

my $s = stack(env => { FRONTEND_URL => 'https://app.example', AUTH_RATE_LIMIT_LOGIN_ATTEMPTS => 10000, HTTP_LOOPS => 1 });
$s->start_mail;
$s->start('pspsim');
$s->start('httpd');
setting($s, login_failures_max => 0);
my $connection;
my $api = api($s);
my $serial = 0;

# One request on a connection that is kept: only the request is measured.
sub ask
{
	my ($path, $body) = @_;
	$connection = $api->connect if !$connection || $connection->{is_closed};
	my $since = time;
	my $r = $connection->request('POST', $path, $body);
	$r->{seconds} = time - $since;
	return $r;
}

sub median { my @v = sort { $a <=> $b } @_; return @v % 2 ? $v[ @v / 2 ] : ($v[ @v / 2 - 1 ] + $v[ @v / 2 ]) / 2 }

# How well a time tells one from the other: 0 not at all, 0.5 always.
sub effect
{
	my ($x, $y) = @_;
	my $larger = 0;
	for my $t (@$x) { $larger += $t > $_ ? 1 : $t == $_ ? 0.5 : 0 for @$y }
	return abs($larger / (@$x * @$y) - 0.5);
}

# What can be seen of an answer, without what differs between any two.
sub seen
{
	my ($r, @secret) = @_;
	my $body = $r->comparable =~ s/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/-id-/gr =~ s/"(access|refresh)_token":"[^"]*"/"$1_token":"-"/gr
	  =~ s/\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|\+00:00)/-time-/gr;
	$body =~ s/\Q$_\E/-mine-/g for @secret;
	return join "\n", $r->status, join(' ', sort keys %{ $r->{headers} }), $body;
}

# Asks for both in turns, in an order that changes; the medians must be within the tolerance, at the third try at the latest.
sub same
{
	my ($what, $a, $b) = @_;
	subtest $what => sub {
		my ($difference, $effect, $pairs, @medians);
		for my $try (1 .. 3)
		{
			my (@times, %seen);
			# What takes less than 5 ms is asked more often.
			$pairs = @medians && median(@medians) < 0.005 ? 8 * $PAIRS : $PAIRS;
			for my $i (1 .. $pairs)
			{
				for my $which (shuffle 0, 1)
				{
					my ($path, $body, @secret) = ($a, $b)[$which]->();
					my $r = ask($path, $body);
					push @{ $times[$which] }, $r->seconds;
					push @{ $seen{ seen($r, @secret) } }, $which;
				}
			}
			if ($try == 1)
			{
				is(scalar keys %seen, 1, 'one answer, to the letter') or diag(join "\n----\n", map { substr $_, 0, 600 } sort keys %seen);
			}
			@medians = map { median(@$_) } @times;
			$difference = abs($medians[0] - $medians[1]) / median(@medians);
			$effect = effect(@times);
			last if $difference <= $TOLERANCE || $effect < $EFFECT;
			note(sprintf 'try %d: %.2f ms and %.2f ms', $try, map { 1000 * $_ } @medians);
		}
		ok($difference <= $TOLERANCE || $effect < $EFFECT, sprintf 'medians of %d: %.2f ms and %.2f ms, %.1f %%, effect %.2f', $pairs, (map { 1000 * $_ } @medians), 100 * $difference, $effect);
	};
	return;
}

my %user = map { $_ => register($s, username => $_, email => "$_\@example.test") } qw(verified unverified suspended locked factor);
$s->sql("update veza_data.users set is_verified = true where username <> 'unverified'");
$s->sql("update veza_data.users set status = 'suspended' where username = 'suspended'");
my $secret = $user{factor}{api}->post('/auth/2fa/setup', {})->data->{secret};
$user{factor}{api}->post('/auth/2fa/confirm', { code => totp_code($secret) });

my $wrong = sub { my ($name) = @_; return sub { return ('/auth/login', { email => "$name\@example.test", password => 'a wrong password' }) } };
my $unknown = sub { return ('/auth/login', { email => 'no' . ++$serial . '@example.test', password => 'a wrong password' }) };
same("login: a wrong password of an account that is $_, and an unknown address", $wrong->($_), $unknown) for qw(verified unverified suspended factor);
same('login: a username instead', sub { return ('/auth/login', { email => 'verified', password => 'a wrong password' }) }, sub { return ('/auth/login', { email => 'no' . ++$serial, password => 'a wrong password' }) });

$s->sql("insert into veza_data.login_failure (subject_hash, user_id, failures, last_at, locked_at) values (sha256('account $user{locked}{id}'), '$user{locked}{id}', 100, now(), now())");
same('login: the right password of a locked account, and an unknown address', sub { return ('/auth/login', { email => 'locked@example.test', password => $user{locked}{password} }) }, $unknown);
same('login: the right password of a locked account, and a wrong one', sub { return ('/auth/login', { email => 'locked@example.test', password => $user{locked}{password} }) }, $wrong->('locked'));

# However often an address is named: registering looks like any other.
my $new = sub {
	my ($address) = @_;
	return sub {
		my $name = 'new' . ++$serial;
		my $email = $address // "$name\@example.test";
		return ('/auth/register', { username => $name, email => $email, password => 'tortoise-shell-9' }, $email, $name);
	};
};
same('register: the address that an account has confirmed, and a new one', $new->('verified@example.test'), $new->());
same('register: an address that others claim, and a new one', $new->('unverified@example.test'), $new->());
same('login: an address that many claim, and an unknown one', $wrong->('unverified'), $unknown);

setting($s, mail_limit => 1_000_000);
for my $path (qw(/auth/password/reset-request /auth/resend-verification))
{
	for my $name (qw(unverified verified))
	{
		same("$path: the address of an account that is $name, and an unknown one", sub { return ($path, { email => "$name\@example.test" }) }, sub { return ($path, { email => 'no' . ++$serial . '@example.test' }) });
	}
}

subtest 'mails' => sub {
	# Everything that was asked for until now is done without, what follows is counted.
	$s->sql("update veza_data.effect set due_at = 'infinity' where kind = 'mail_send' and state = 'queued'");
	my $before = () = $s->mails;
	setting($s, mail_limit => 3);
	my $time = '2 hours';
	$s->sql("update veza_data.mail set composed_at = composed_at - interval '$time'");
	$s->start('relay');
	ask('/auth/register', { username => 'someone', email => 'someone@example.test', password => 'tortoise-shell-9' });
	ask('/auth/register', { username => 'another', email => 'verified@example.test', password => 'tortoise-shell-9' });
	ask('/auth/password/reset-request', { email => $_ }) for 'verified@example.test', 'nobody@example.test';
	ask('/auth/resend-verification', { email => $_ }) for 'verified@example.test', 'nobody@example.test';
	ask('/auth/login', { email => $_, password => 'a wrong password' }) for 'verified@example.test', 'nobody@example.test';
	wait_until { !$s->sql_value("select count(*) from veza_data.effect where kind = 'mail_send' and state in ('queued', 'leased') and due_at < 'infinity'") } 'all mails';
	is(scalar(() = $s->mails) - $before, 3, 'three mails left');
	is_deeply([ sort map { join ': ', /^To: (\S+)/m, /^Subject: ([^\r\n]*)/m } ($s->mails)[ $before .. $before + 2 ] ],
		[ 'someone@example.test: Confirm your address', 'verified@example.test: Reset your password', 'verified@example.test: You have an account already' ],
		'registering sends one in either case; unknown addresses get nothing, logins neither');
};

done_testing;
