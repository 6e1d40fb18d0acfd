#!/usr/bin/perl
# Keys rotate while requests run: SIGHUP puts new ones in force, the old ones count as long as they are there, and what was
# signed with a withdrawn one is refused from the next request on.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Digest::SHA qw(hmac_sha256 hmac_sha256_hex hmac_sha512_hex);
use MIME::Base64 qw(encode_base64url decode_base64url);
use Test::More;
use Time::HiRes qw(sleep time);
use Veza::Session;
use Veza::Test;

my @KEYS = map { "rotation-$_-" . 'x' x 32 } 1 .. 3;
my @HOOK_KEYS = map { "hook-$_" } 1 .. 2;
my $s = stack();
my %file = map { ($_ => "$s->{dir}/" . lc $_) } qw(JWT_SECRET JWT_SECRET_PREVIOUS HYPERSWITCH_WEBHOOK_SECRET HYPERSWITCH_WEBHOOK_SECRET_PREVIOUS);

# Writes the files of the named secrets.
sub put { my (%texts) = @_; $s->write_file($file{$_}, "$texts{$_}\n") for sort keys %texts; return }

# How often the log says so.
sub said { my ($what) = @_; return scalar(() = $s->read_file($s->{logs}{httpd}) =~ /\Q$what\E/g) }

# Sends SIGHUP and waits until the log says what came of it.
sub hang_up
{
	my ($expected) = @_;
	my $before = said($expected);
	kill HUP => $s->{pids}{httpd};
	return wait_until { said($expected) > $before } $expected;
}

put(JWT_SECRET => $KEYS[0], JWT_SECRET_PREVIOUS => '', HYPERSWITCH_WEBHOOK_SECRET => $HOOK_KEYS[0], HYPERSWITCH_WEBHOOK_SECRET_PREVIOUS => '');
$s->{env} = { %{ $s->{env} // {} }, JWT_SECRET => '', HYPERSWITCH_WEBHOOK_SECRET => '', HTTP_LOOPS => 2, map { ("${_}_FILE" => $file{$_}) } keys %file };
$s->start('httpd');
my $alice = register($s);
my ($header, $claims) = map { decode_base64url($_) } (split /\./, $alice->{token})[ 0, 1 ];

# Alice's token under the key of that number, as veza-httpd would make it.
sub token
{
	my ($n) = @_;
	my $signed = join '.', map { encode_base64url($_) } $header, $claims;
	return "$signed." . encode_base64url(hmac_sha256($signed, $KEYS[ $n - 1 ]));
}

# What the tokens of the keys 1, 2 and 3 are answered, each by 16 connections, which both loops share.
sub answers
{
	my %seen;
	for my $n (1 .. 3)
	{
		my @r = api($s, token($n))->parallel(map { [ GET => '/auth/me' ] } 1 .. 16);
		push @{ $seen{$n} }, do { my %k = map { ($_->brief => 1) } @r; join ' and ', sort keys %k };
	}
	return join ', ', map { @{ $seen{$_} } } 1 .. 3;
}

# Constant load by processes of their own while the block runs: each holds 4 connections open and uses the tokens in
# turn. Returns the number of requests and what has failed.
sub under_load
{
	my ($tokens, $block) = @_;
	my @workers;
	for my $w (1 .. 2)
	{
		pipe(my $out, my $in) or die "pipe: $!";
		my $pid = fork // die "fork: $!";
		if (!$pid)
		{
			my $stop = 0;
			my ($n, @failed) = (0);
			local $SIG{TERM} = sub { $stop = 1 };
			my $api = api($s);
			my @connections = map { $api->connect } 1 .. 4;
			while (!$stop)
			{
				my $c = $connections[ $n % @connections ];
				my $r = $c->request(GET => '/auth/me', undef, token => $tokens->[ $n++ % @$tokens ]);
				push @failed, $r->brief . ' ' . ($r->problem // '') if $r->status != 200;
			}
			print $in "$n\n", map { "$_\n" } @failed;
			close $in;
			require POSIX;
			POSIX::_exit(0);
		}
		close $in;
		push @workers, [ $pid, $out ];
	}
	sleep 0.5;
	$block->();
	sleep 0.5;
	my ($total, @failed) = (0);
	for my $w (@workers)
	{
		kill TERM => $w->[0];
		my ($n, @bad) = readline $w->[1];
		waitpid $w->[0], 0;
		$total += $n // 0;
		push @failed, 'a worker died' if !defined $n;
		push @failed, @bad;
	}
	return ($total, @failed);
}

# Does it under load; no request may fail.
sub loses_nothing
{
	my ($tokens, $block, $name) = @_;
	my ($total, @failed) = under_load($tokens, $block);
	is_deeply([ @failed > 5 ? (@failed[ 0 .. 4 ], '...') : @failed ], [], "$name: none of $total requests fails");
	return cmp_ok($total, '>', 100, 'and they were many');
}

# A webhook's answer: is its signature good?
sub webhook
{
	my ($key) = @_;
	my $body = Veza::Http::encode({ event_id => request_id(), event_type => 'payment_succeeded', merchant_id => 'm', timestamp => '2026-01-01T00:00:00Z',
		content => { type => 'payment_details', object => { payment_id => 'pay_unknown' } } });
	my $r = api($s)->request(POST => '/webhooks/hyperswitch', $body, headers => { 'X-Webhook-Signature-512' => hmac_sha512_hex($body, $key) });
	return $r->brief;
}

my $REFUSED = '401 AUTH_TOKEN_INVALID';

is(answers(), "200, $REFUSED, $REFUSED", 'a key of a file, and no other');

subtest 'the first rotation' => sub {
	loses_nothing([ token(1) ], sub { put(JWT_SECRET_PREVIOUS => $KEYS[0], JWT_SECRET => $KEYS[1]); hang_up('keys reloaded') }, 'tokens of the old key');
	is(answers(), "200, 200, $REFUSED", 'both keys count');
	loses_nothing([ token(1), token(2) ], sub { hang_up('keys reloaded') for 1 .. 5 }, 'tokens of both keys, while the signal comes five times more');
	my $made = login($s, $alice)->{access_token};
	is(encode_base64url(hmac_sha256($made =~ s/\.[^.]*$//r, $KEYS[1])), ($made =~ /([^.]*)$/)[0], 'new tokens are signed with the new key');
};

subtest 'the second rotation' => sub {
	my $at_once;
	# Each loop has seen and remembered this token before.
	answers();
	my @open = map { api($s, token(1))->connect } 1 .. 8;
	is(join(' ', map { $_->request(GET => '/auth/me')->status } @open), '200 ' x 7 . '200', 'the token is remembered everywhere');
	loses_nothing([ token(2) ], sub {
		put(JWT_SECRET_PREVIOUS => $KEYS[1], JWT_SECRET => $KEYS[2]);
		hang_up('keys reloaded');
		$at_once = join ' ', map { $_->request(GET => '/auth/me')->brief } @open;
	}, 'tokens of the key that is now the former one');
	is($at_once, join(' ', ($REFUSED) x 8), "a withdrawn key's token is refused at the very next request");
	is(answers(), "$REFUSED, 200, 200", 'the two others count');
	put(JWT_SECRET_PREVIOUS => '');
	hang_up('keys reloaded');
	is(answers(), "$REFUSED, $REFUSED, 200", 'the former key is withdrawn by emptying its file');
};

subtest 'a configuration that is refused' => sub {
	loses_nothing([ token(3) ], sub { put(JWT_SECRET => 'short'); hang_up('the old keys stay') }, 'a secret that is too short');
	like($s->read_file($s->{logs}{httpd}), qr/JWT_SECRET must have at least 32 characters \(JWT_SECRET_FILE\)/, 'the log says why');
	unlike($s->read_file($s->{logs}{httpd}), qr/"short|short"/, 'and not what');
	is(answers(), "$REFUSED, $REFUSED, 200", 'the old keys stay');
	unlink $file{JWT_SECRET};
	hang_up('the old keys stay');
	is(answers(), "$REFUSED, $REFUSED, 200", 'a file that is not there');
	put(JWT_SECRET => $KEYS[2], JWT_SECRET_PREVIOUS => $KEYS[1]);
	$s->write_file("$s->{dir}/.env", "APP_PORT=nonsense\nSMTP_PORT=nonsense\n");
	hang_up('the old keys stay');
	is(answers(), "$REFUSED, $REFUSED, 200", 'another variable that is wrong: nothing is taken over');
	$s->write_file("$s->{dir}/.env", "SMTP_PORT=2525\nBODY_LIMIT=4096\n");
	hang_up('keys reloaded');
	is(answers(), "$REFUSED, 200, 200", 'put right, the keys are taken over');
	like($s->read_file($s->{logs}{httpd}), qr/only a restart takes over","variables":"BODY_LIMIT SMTP_PORT"/, 'and what needs a restart is named');
	isnt(api($s)->post('/auth/login', { email => $alice->{email}, password => 'x' x 5000 })->status, 413, 'and waits for it');
	unlink "$s->{dir}/.env";
};

subtest 'webhooks' => sub {
	my $good = webhook($HOOK_KEYS[0]);
	isnt($good, '401 WEBHOOK_SIGNATURE_INVALID', "the key's signature ($good)");
	is(webhook($HOOK_KEYS[1]), '401 WEBHOOK_SIGNATURE_INVALID', 'and no other');
	put(HYPERSWITCH_WEBHOOK_SECRET => $HOOK_KEYS[1], HYPERSWITCH_WEBHOOK_SECRET_PREVIOUS => $HOOK_KEYS[0]);
	hang_up('keys reloaded');
	is(webhook($_), $good, "$_ counts during the rotation") for @HOOK_KEYS;
	put(HYPERSWITCH_WEBHOOK_SECRET_PREVIOUS => '');
	hang_up('keys reloaded');
	is(webhook($HOOK_KEYS[0]), '401 WEBHOOK_SIGNATURE_INVALID', 'withdrawn');
	is(webhook($HOOK_KEYS[1]), $good, 'the new one stays');
};

subtest 'a request that is under way' => sub {
	my $u = register($s);
	my $lock = Veza::Session->new($s);
	$lock->do("begin; select from veza_data.users where id = '$u->{id}' for update");
	my $c = $u->{api}->connect;
	$c->send($u->{api}->bytes('PUT', '/users/me/password', { current_password => $u->{password}, new_password => 'another horse battery' }));
	wait_until { $s->sql_value("select count(*) from pg_stat_activity where application_name like 'veza-httpd%' and wait_event_type = 'Lock'") } 'it waits';
	put(JWT_SECRET => $KEYS[0], JWT_SECRET_PREVIOUS => '');
	hang_up('keys reloaded');
	is($u->{api}->get('/auth/me')->brief, $REFUSED, 'its key is withdrawn');
	$lock->do('commit');
	is($c->answer->brief, '200', 'it is answered all the same');
	$lock->close;
};

subtest 'CSRF and chat tokens' => sub {
	my $u = login($s, $alice);
	my $csrf = api($s)->get('/csrf-token', headers => { Cookie => "veza_refresh=$u->{refresh_token}" })->data->{csrf_token};
	my $sent = sub { return api($s)->post('/auth/refresh', undef, headers => { Cookie => "csrf_token=$csrf; veza_refresh=$u->{refresh_token}", 'X-CSRF-Token' => $csrf })->brief };
	my $chat_signer = sub {
		my ($signed, $mac) = api($s, login($s, $alice)->{access_token})->post('/chat/token', {})->data->{token} =~ /^(.*)\.([^.]*)$/;
		return join ' ', grep { encode_base64url(hmac_sha256($signed, hmac_sha256_hex('chat', $KEYS[ $_ - 1 ]))) eq $mac } 1 .. 3;
	};
	is($sent->() . ' ' . $chat_signer->(), '200 1', 'one key');
	put(JWT_SECRET => $KEYS[1], JWT_SECRET_PREVIOUS => $KEYS[0]);
	hang_up('keys reloaded');
	is($sent->() . ' ' . $chat_signer->(), '200 2', 'two: a CSRF token of the former one is good, a chat token is made with the new one');
	put(JWT_SECRET => $KEYS[2], JWT_SECRET_PREVIOUS => $KEYS[1]);
	hang_up('keys reloaded');
	is($sent->() . ' ' . $chat_signer->(), '403 CSRF_INVALID 3', 'withdrawn');
};

subtest 'ten more rotations' => sub {
	for my $n (1 .. 10)
	{
		my ($old, $next) = (token($n % 3 + 1), token(($n + 1) % 3 + 1));
		my @open = map { api($s, $old)->connect } 1 .. 8;
		$_->request(GET => '/auth/me', undef, token => $old) for @open;
		put(JWT_SECRET => $KEYS[ ($n + 2) % 3 ], JWT_SECRET_PREVIOUS => $KEYS[ ($n + 1) % 3 ]);
		hang_up('keys reloaded');
		my %seen = map { ($_->request(GET => '/auth/me', undef, token => $old)->brief . ', ' . $_->request(GET => '/auth/me', undef, token => $next)->brief => 1) } @open;
		is(join(' and ', sort keys %seen), "$REFUSED, 200", "on connections that knew the token, number $n");
	}
	put(JWT_SECRET_PREVIOUS => '');
};

subtest 'what is left' => sub {
	unlike($s->read_file($s->{logs}{httpd}), qr/rotation-\d-|hook-\d/, 'no key is in the log');
	$s->stop('httpd');
	put(JWT_SECRET => $KEYS[0]);
	$s->start('httpd', env => { JWT_SECRET => $KEYS[1] });
	is(answers(), "$REFUSED, 200, $REFUSED", 'the variable of the environment is stronger than the file');
	hang_up('keys reloaded');
	is(answers(), "$REFUSED, 200, $REFUSED", 'and no signal changes it');
};

done_testing;
