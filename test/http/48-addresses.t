#!/usr/bin/perl
# An address claimed by a stranger, over HTTP and with the mails that really leave: whoever comes first, nobody gets
# into, locks out, resets or confirms an account by naming its address for another one.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Veza::Mail;
use Veza::Test;

my $s = stack(env => { FRONTEND_URL => 'https://app.example', AUTH_RATE_LIMIT_LOGIN_ATTEMPTS => 10000 });
$s->start_mail;
start_all($s);
my $api = api($s);

sub try_login { my ($name, $password) = @_; return $api->post('/auth/login', { email => $name, password => $password }) }

# Waits until every mail has left, and returns the token of the last one about an account to an address: it makes
# those before it useless, and the relay may send several in any order.
sub token_about
{
	my ($address, $name, $subject) = @_;
	return wait_until {
		my $waiting = $s->sql_value("select count(*) from veza_data.effect where kind = 'mail_send' and state in ('queued', 'leased')");
		my @tokens = map { token_of($_) // () } grep { /^Subject: $subject/m && /account \Q$name\E\b/ } mails_to($s, $address);
		$waiting ? undef : (grep { $s->sql_value("select used_at is null from veza_data.one_time_token where token_hash = sha256('$_')") eq 't' } @tokens)[0]
	} "$subject: $name";
}

# What can be seen of an answer to a registration, without what differs between any two.
sub seen
{
	my ($r, $user) = @_;
	my $body = $r->comparable =~ s/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/-id-/gr =~ s/"(access|refresh)_token":"[^"]*"/"$1_token"/gr =~ s/\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|\+00:00)/-time-/gr;
	$body =~ s/\Q$_\E/-mine-/g for $user->{email}, $user->{username};
	return join "\n", $r->status, join(' ', sort keys %{ $r->{headers} }), $body;
}

subtest 'the stranger came first' => sub {
	my $stranger = register($s, username => 'dear-user', email => 'v@example.test', password => 'green-rocket-118');
	my $victim = register($s, username => 'victim', email => 'v@example.test', password => 'quiet-lantern-71');
	$api->post('/auth/resend-verification', { email => 'v@example.test' });
	my %token = map { $_ => token_about('v@example.test', $_, 'Confirm your address') } qw(dear-user victim);
	isnt($token{'dear-user'}, $token{victim}, 'each account has a mail of its own, which names it');
	is_refused($api->post('/auth/verify-email', { token => $token{'dear-user'} }), '403 AUTH_ACCOUNT_PROOF_REQUIRED', 'a click on the link of the stranger gives nothing away');
	is_refused($victim->{api}->post('/auth/verify-email', { token => $token{'dear-user'} }), '403 AUTH_ACCOUNT_PROOF_REQUIRED', 'nor does one in the browser of the victim');
	is_refused($stranger->{api}->post('/auth/verify-email', { token => 'x' x 43 }), '400 AUTH_LINK_INVALID', 'who has the account has not the mailbox');
	is(try_login('victim', $victim->{password})->brief, '200', 'the victim logs in by name');
	is($victim->{api}->post('/auth/verify-email', { token => $token{victim} })->brief, '200', 'confirms');
	is(try_login('v@example.test', $victim->{password})->data->{user}{username}, 'victim', 'and logs in by the address');
	is_refused(try_login('v@example.test', $stranger->{password}), '401 AUTH_INVALID_CREDENTIALS', 'the stranger does not');
};

subtest 'the stranger came second' => sub {
	my $victim = register($s, email => 'second@example.test', password => 'quiet-lantern-71');
	setting($s, login_failures_max => 8);
	setting($s, login_limit => 0);
	my @strangers = map { register($s, email => 'second@example.test', password => 'green-rocket-118') } 1 .. 20;
	is_refused(try_login('second@example.test', 'green-rocket-118'), '401 AUTH_INVALID_CREDENTIALS', 'a guess by way of an own account');
	is($s->sql_value("select failures from veza_data.login_failure where user_id = '$victim->{id}'"), 1, 'is counted');
	try_login($_->{username}, 'green-rocket-118') for @strangers[ 0 .. 2 ];
	is($s->sql_value("select failures from veza_data.login_failure where user_id = '$victim->{id}'"), 1, 'and no login of theirs forgets it');
	is(try_login('second@example.test', $victim->{password})->data->{user}{id}, $victim->{id}, 'twenty strangers lock nobody out of the login');
	try_login('second@example.test', "a guess $_") for 1 .. 8;
	is_refused(try_login('second@example.test', $victim->{password}), '401 AUTH_INVALID_CREDENTIALS', 'too many failures lock the account');
	$api->post('/auth/password/reset-request', { email => 'second@example.test' });
	my $token = token_about('second@example.test', $victim->{username}, 'Reset your password');
	is($api->post('/auth/password/reset', { token => $token, new_password => 'wide-candle-771' })->brief, '200', 'the reset by mail is for it');
	is(try_login('second@example.test', 'wide-candle-771')->data->{user}{id}, $victim->{id}, 'and unlocks it');
	$api->post('/auth/resend-verification', { email => 'second@example.test' });
	$token = token_about('second@example.test', $victim->{username}, 'Confirm your address');
	is($api->post('/auth/verify-email', { token => $token, password => 'wide-candle-771' })->brief, '200', 'the confirmation, too, in whatever browser');
	setting($s, login_failures_max => 100);
};

subtest 'one answer to everybody' => sub {
	register($s, email => 'claimed@example.test') for 1 .. 7;
	my $owner = register($s, email => 'confirmed@example.test');
	$owner->{api}->post('/auth/verify-email', { token => token_about('confirmed@example.test', $owner->{username}, 'Confirm your address') });
	my @addresses = qw(free@example.test claimed@example.test confirmed@example.test);
	my (%seen, %me, $n);
	for my $address (@addresses)
	{
		my %user = (username => 'fresh-' . ++$n, email => $address, password => 'plain-harbour-46');
		my $r = $api->post('/auth/register', \%user);
		$seen{ seen($r, \%user) }++;
		$me{ seen(api($s, $r->data->{access_token})->get('/auth/me'), \%user) }++;
	}
	is(scalar keys %seen, 1, 'registering looks the same: a free address, one that others claim, one that somebody has confirmed');
	is(scalar keys %me, 1, 'and so does the account');
	for my $path (qw(/auth/password/reset-request /auth/resend-verification))
	{
		my %answer = map { $api->post($path, { email => $_ })->comparable => 1 } 'nobody@example.test', @addresses;
		is(scalar keys %answer, 1, $path);
	}
	setting($s, login_limit => 1000);
	my %answer = map { try_login($_, 'a wrong password')->comparable => 1 } 'nobody@example.test', @addresses;
	is(scalar keys %answer, 1, 'a login');
};

done_testing;
