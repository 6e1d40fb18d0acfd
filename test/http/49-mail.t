#!/usr/bin/perl
# Mails and what can go wrong with them: mail servers that put off, refuse, hang and hang up, encryption
# that is missing or false, and people who want us to send their words to others.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Socket::INET;
use MIME::QuotedPrint qw(decode_qp);
use Test::More;
use Time::HiRes qw(sleep time);
use Veza::Mail;
use Veza::Test;

my $s = stack(env => { FRONTEND_URL => 'https://app.example/', SMTP_HOST => '127.0.0.1', SMTP_FROM => 'Veza <no-reply@veza.example>', SMTP_TIMEOUT => '1s' });
my $listener = IO::Socket::INET->new(Listen => 20, LocalAddr => '127.0.0.1', ReuseAddr => 1) or die "listen: $!";
$s->{env}{SMTP_PORT} = $listener->sockport;
my $box = "$s->{dir}/box";
mkdir $box;

# One conversation; the part of an address before the @ says how the server behaves towards it. Every
# attempt that reaches the text of the mail is kept as a file, named by address, number and what was answered.
sub converse
{
	my ($c, %seen) = @_;
	my $to = '';
	my $say = sub { print $c "$_[0]\r\n"; $c->flush };
	my $nth = sub { my ($what) = @_; my $f = "$box/.$what"; open my $h, '>>', $f; print $h 'x'; close $h; return -s $f };
	return $say->('554 no service here today') if -e "$box/closed";
	$say->('220 test');
	while (my $line = <$c>)
	{
		$line =~ s/\r\n$//;
		if ($line =~ /^(?:EHLO|HELO)/) { $say->('250 test') }
		elsif ($line =~ /^MAIL FROM/ && -e "$box/sender") { $say->($s->read_file("$box/sender")) }
		elsif ($line =~ /^RCPT TO:<(.*)>/)
		{
			$to = $1 =~ s{/}{%}gr;
			my $n = $nth->("rcpt-$to");
			if (-e "$box/rcpt-reply") { $say->($s->read_file("$box/rcpt-reply")) }
			elsif ($to =~ /^grey/ && $n < 3) { $say->('451 come back later') }
			elsif ($to =~ /^nobody/) { $say->('550 no such user') }
			else { $say->('250 ok') }
		}
		elsif ($line eq 'DATA')
		{
			$say->('354 go on');
			my $text = '';
			while (defined(my $l = <$c>) ) { last if $l eq ".\r\n"; $text .= $l =~ s/^\.//r }
			# Digests are counted by themselves: the first of them is another one than the first mail.
			my $what = $text =~ /^Subject: What you have not read/m ? 'digest' : '';
			my $n = $nth->("data-$to$what");
			my $answer = $to =~ /^content/ ? '554 I do not like it' : $to =~ /^hangup/ && $n == 1 ? '' : $to =~ /^slow/ && $n == 1 ? 'slow' : '250 taken';
			open my $f, '>', "$box/$to-$what$n-" . ($answer =~ /^250/ ? 'taken' : 'lost') or die $!;
			print $f $text;
			close $f;
			return if $answer eq '';
			sleep 3 if $answer eq 'slow';
			$say->($answer eq 'slow' ? '250 taken' : $answer);
		}
		elsif ($line eq 'QUIT') { $say->('221 bye'); return }
		else { $say->('250 ok') }
	}
	return;
}

my $server = fork // die "fork: $!";
if (!$server)
{
	$SIG{TERM} = 'DEFAULT';
	$SIG{CHLD} = 'IGNORE';
	while (my $c = $listener->accept)
	{
		my $pid = fork;
		if (defined $pid && !$pid) { local $SIG{PIPE} = 'DEFAULT'; converse($c); POSIX::_exit(0) }
		close $c;
	}
	POSIX::_exit(0);
}
close $listener;
END { kill 'TERM', $server if $server }

start_all($s);
setting($s, effect_backoff_base => 50);
my $api = api($s);

# The texts of all attempts for an address; of those that the server took.
sub attempts { my ($to) = @_; return map { $s->read_file($_) } sort glob "$box/$to-*" }
sub taken    { my ($to) = @_; return map { $s->read_file($_) } sort glob "$box/$to-*-taken" }
sub state_of { my ($to) = @_; return $s->sql_value("select e.state from veza_data.effect e join veza_data.mail m on m.id = e.subject_id where m.recipient = '$to' order by e.created_at desc limit 1") // '' }
sub message_id { my ($mail) = @_; return ($mail =~ /^Message-ID: (\S+)/mi)[0] }

subtest 'servers that fail' => sub {
	my $took = time;
	my %user = map { $_ => register($s, email => "$_\@example.test") } qw(slow grey hangup nobody content plain);
	is_soon(time - $took, 6 * 1, 'registering waits for no mail server');
	wait_until { taken('grey@example.test') } 'the mail that was put off';
	is($s->sql_value("select e.attempts from veza_data.effect e join veza_data.mail m on m.id = e.subject_id where m.recipient = 'grey\@example.test'"), 3, 'greylisted twice: the third attempt');
	wait_until { taken('hangup@example.test') } 'the mail that nobody acknowledged';
	my @ids = map { message_id($_) } attempts('hangup@example.test');
	is(scalar @ids, 2, 'a server that hangs up after the text gets it again');
	is($ids[0], $ids[1], 'under the same Message-ID');
	wait_until { taken('slow@example.test') } 'the mail that took too long';
	@ids = map { message_id($_) } attempts('slow@example.test');
	is($ids[0], $ids[-1], 'a server that is too slow, too');
	wait_until { state_of('nobody@example.test') eq 'done' } 'no such mailbox';
	is($s->sql_value(q{select dropped from veza_data.mail where recipient = 'nobody@example.test'}), 'there is no such mailbox', 'no such mailbox: the mail is dropped, and no operator is called');
	wait_until { state_of('content@example.test') eq 'dead' } 'a refused mail';
	is(scalar(attempts('content@example.test')), 1, 'a mail that is refused for good is tried once, and waits for an operator');
	wait_until { taken('plain@example.test') } 'a plain mail';
	is($s->sql_value("select count(*) from veza_data.mail where sent_at is not null"), 4, 'what was taken is on record');
	is(token_of(decode_qp((taken($_))[0])) =~ /^\S{43}$/ ? $user{ s/@.*//r }{api}->post('/auth/verify-email', { token => token_of(decode_qp((taken($_))[-1])) })->brief : 'no token', '200', "the link of $_ works") for map { "$_\@example.test" } qw(slow grey hangup);
};

# The mail that sums up what is unread: sent once at most, whatever becomes of the relay and the mail server.
subtest 'a digest' => sub {
	my %user = map { $_ => register($s, email => "$_\@example.test") } qw(digest hangup-digest slow-digest);
	my $end_of = sub { my ($who) = @_; return $s->sql_value("select coalesce(dropped, 'sent ' || sent_at::text) from veza_data.mail where template = 'digest' and recipient = '$who\@example.test'") };
	my @digests = map { my $who = $_; sub { grep { /^Subject: What you have not read yet/m } attempts("$who\@example.test") } } qw(digest hangup-digest slow-digest);
	for my $u (values %user)
	{
		wait_until { taken($u->{email} // $s->sql_value("select email from veza_data.users where id = '$u->{id}'")) } 'the mail that confirms the address';
		$s->sql("update veza_data.users set is_verified = true, preferences = '{\"notifications\": {\"digest\": \"daily\"}}' where id = '$u->{id}'");
		$s->sql('insert into veza_data.notification (user_id, kind, actor_id, created_at, is_told, digest_at) values '
			. join(', ', map { "('$u->{id}', 'follow', '$_->{id}', now() - interval '2 days', true, now())" } grep { $_->{id} ne $u->{id} } values %user));
	}
	wait_until { $digests[2]->() } 'the server has a mail, and has not said so';
	$s->stop('relay', 'KILL');
	$s->start('relay');
	wait_until { $end_of->('digest') } 'a server that takes it';
	wait_until { $end_of->($_) } "$_: an end" for qw(hangup-digest slow-digest);
	like($end_of->('digest'), qr/^sent/, 'is sent');
	is($end_of->($_), 'left perhaps', "$_: may have left, and is not sent again") for qw(hangup-digest slow-digest);
	is_deeply([ map { scalar $_->() } @digests ], [ 1, 1, 1 ], 'one for each');
	my ($text) = map { decode_qp($_) } $digests[0]->();
	like($text, qr/ \Q$user{$_}{username}\E follows you\./, 'of whom it tells') for qw(hangup-digest slow-digest);
	like($text, qr/set "digest" to "off"/, 'and how to stop it');
};

# Whom a refusal is about, the phase and the extended code say.
subtest 'refusals' => sub {
	my $attempt = sub { my ($to) = @_; return $s->sql_value("select a.outcome || ' ' || a.http_status || ' ' || a.error_message from veza_data.effect_attempt a join veza_data.effect e on e.id = a.effect_id join veza_data.mail m on m.id = e.subject_id where m.recipient = '$to' order by a.id limit 1") };
	my $number = 0;
	my @about_us = (
		[ sender => '550 5.7.1 Sender address rejected', 'MAIL FROM: 550 5.7.1 Sender address rejected' ], [ sender => '550 5.7.60 SMTP; Client does not have permissions', 'MAIL FROM: 550 5.7.60 SMTP; Client does not have permissions' ],
		[ sender => '530 5.7.0 Authentication required', 'MAIL FROM: 530 5.7.0 Authentication required' ], [ sender => '550 5.1.1 no such user', 'MAIL FROM: 550 5.1.1 no such user' ],
		[ 'rcpt-reply' => '550 5.7.1 Relaying denied', 'RCPT TO: 550 5.7.1 Relaying denied' ], [ 'rcpt-reply' => '550 5.4.1 Recipient address rejected: Access denied', 'RCPT TO: 550 5.4.1 Recipient address rejected: Access denied' ],
		[ 'rcpt-reply' => '553 5.7.1 sender not logged in', 'RCPT TO: 553 5.7.1 sender not logged in' ], [ 'rcpt-reply' => '550 5.7.1 [192.0.2.1] is blocked, see https://list.example/q?ip=1', 'RCPT TO: 550 5.7.1 [192.0.2.1] is blocked, see ...' ]);
	my $attempts = setting($s, effect_max_attempts => 3);
	for my $case (@about_us)
	{
		my ($file, $reply, $words) = @$case;
		my $to = sprintf 'about%d@example.test', ++$number;
		$s->write_file("$box/$file", $reply);
		register($s, email => $to);
		wait_until { state_of($to) eq 'dead' } "$reply: given up in the end";
		is($attempt->($to), "not_sent " . substr($reply, 0, 3) . " $words", "$reply: the server's words are on record");
		is($s->sql_value("select coalesce(m.dropped, '-') || ' ' || e.attempts from veza_data.mail m join veza_data.effect e on e.subject_id = m.id where m.recipient = '$to'"), '- 3', "$reply: it was tried again, and is not dropped");
		unlink "$box/$file";
	}
	setting($s, effect_max_attempts => $attempts);
	$s->sql(q{do $$ declare e record; begin for e in select id from veza_data.effect where kind = 'mail_send' and state = 'dead' loop call veza.retry_effect(e.id, 'the server is mended'); end loop; end $$});
	wait_until { has_mail('about1@example.test') && has_mail("about$number\@example.test") } 'retried by the operator they leave';
	for my $reply ('550 5.1.1 <gone1@example.test>: Recipient address rejected', '550-5.1.10 gone2@example.test', '553 5.1.2 no such domain')
	{
		my $to = sprintf 'gone%d@example.test', ++$number;
		$s->write_file("$box/rcpt-reply", $reply =~ s/^(\d+)-(.*)/$1-$2\r\n$1 $2/r);
		register($s, email => $to);
		wait_until { state_of($to) eq 'done' } "$reply: done";
		is($s->sql_value("select dropped from veza_data.mail where recipient = '$to'"), 'there is no such mailbox', "$reply: nobody is there");
		like($attempt->($to), qr/^ok 55\d RCPT TO: 55\d 5\.1\./, "$reply: the words are on record");
		unlike($attempt->($to), qr/\@|gone/, "$reply: without the address");
		unlink "$box/rcpt-reply";
	}
};

subtest 'a server that is closed' => sub {
	$s->write_file("$box/closed", '');
	register($s, email => 'later@example.test');
	wait_until { $s->sql_value("select attempts from veza_data.effect e join veza_data.mail m on m.id = e.subject_id where m.recipient = 'later\@example.test'") > 2 } 'three attempts';
	isnt(state_of('later@example.test'), 'dead', 'what is said to everybody is no word about this mail');
	unlink "$box/closed";
	wait_until { taken('later@example.test') } 'it leaves later', 40;
};

subtest 'addresses' => sub {
	for my $address (q(o'hara+tag@example.test), '!#$%&*-/=?^_`{|}~@example.test', 'a@xn--bcher-kva.example', 'x' x 64 . '@example.test')
	{
		register($s, email => $address);
		ok(wait_until { has_mail($address) }, "mail to $address");
	}
	is_deeply([ map { $api->post('/auth/register', { username => 'quoted', email => $_, password => 'tortoise-shell-9' })->brief } '"a b"@example.test', "\"x\\\"y\"\@example.test", "b\xc3\xbccher\@example.test",
		"a\@b\xc3\xbccher.example", 'a@example.test,b@example.test', 'a@example.test>', "a\@example.test\r\nRCPT TO:<b\@example.test>", '<a@example.test>', 'a@[127.0.0.1]', '@b:a@example.test' ],
		[ ('400 VALIDATION_ERROR') x 10 ], 'addresses that a mail server could understand otherwise are none');
};

# Whether the server has a mail to exactly this address.
sub has_mail { my ($to) = @_; opendir(my $d, $box) or die $!; return scalar grep { index($_, $to =~ s{/}{%}r . '-') == 0 && /-taken$/ } readdir $d }

# Has a mail about the password sent to the account; returns it, decoded.
my $mails = 0;
sub about_password
{
	my ($user) = @_;
	$user->{password} = 'tortoise-shell-' . ++$mails;
	my $before = () = taken($user->{email});
	my $token = uuid() =~ tr/-//dr . 'x' x 11;
	$s->sql("insert into veza_data.one_time_token values (sha256('$token'), '$user->{id}', 'reset_password', '$user->{email}', now(), now() + interval '1 hour')");
	my $r = $api->post('/auth/password/reset', { token => $token, new_password => $user->{password} });
	die $r->body if $r->status != 200;
	return wait_until { my @m = taken($user->{email}); @m > $before ? newest($user->{email}) : undef } 'the mail';
}

# The last mail that the server took for an address.
sub newest
{
	my ($to) = @_;
	my ($last) = sort { $b <=> $a } map { /-(\d+)-taken$/ } glob "$box/$to-*-taken";
	return $s->read_file("$box/$to-$last-taken");
}

subtest 'words of users' => sub {
	my $user = register($s, email => 'words@example.test');
	wait_until { taken('words@example.test') } 'the first mail';
	$s->sql("update veza.mail_template set subject = 'About {{name}}' where name = 'password_changed'");
	my @evil = ([ 'a header', "x\r\nBcc: victim\@example.test\r\n\r\nbody" ], [ 'NEL and line separators', "x\x{85}Bcc: a\x{2028}b\x{2029}c" ], [ 'turned around', "abc\x{202e}gpj.exe\x{2066}" ],
		[ 'markup', q(<script>alert(1)</script><a href="https://evil.example">"'&) ], [ 'an encoded word', '=?UTF-8?Q?=0D=0ABcc:_x?=' ], [ 'long', 'ab ' x 400 ], [ 'a template', '{{link}} {{username}}' ]);
	$s->sql("update veza_data.users set is_verified = true where id = '$user->{id}'");
	for my $case (@evil)
	{
		my ($what, $name) = @$case;
		my $utf8 = $name;
		utf8::encode($utf8);
		my $quoted = $utf8 =~ s/'/''/gr;
		$s->sql("update veza_data.users set display_name = '$quoted' where id = '$user->{id}'");
		my $mail = about_password($user);
		my ($head, $body) = split /\r\n\r\n/, $mail, 2;
		my @names = map { /^([A-Za-z-]+):/ ? lc $1 : () } split /\r\n(?![ \t])/, $head;
		is(join(' ', sort @names), 'auto-submitted content-language content-type date from message-id mime-version subject to', "$what: our headers, and no other");
		unlike($mail, qr/[^\x09\x0a\x0d\x20-\x7e]/, "$what: ASCII only");
		is(scalar(grep { length > 998 } split /\r\n/, $mail), 0, "$what: lines that mail servers take");
		my ($text, $html) = map { decode_qp($_) } $body =~ m{Content-Transfer-Encoding: quoted-printable\r\n\r\n(.*?)\r\n--}sg;
		is(scalar(() = $text =~ /\r\n|\r|\n/g), 5, "$what: as many lines as the template has") or diag($text);
		unlike($text, qr/\xe2\x80[\xa8-\xae]|\xe2\x81[\xa6-\xa9]|\xc2\x85/, "$what: no separators");
		unlike($html, qr/<script|<a |evil\.example"/, "$what: no markup of theirs");
	}
	$s->sql("update veza.mail_template set subject = 'Your password was changed' where name = 'password_changed' and language = 'en'");
};

subtest 'words of strangers' => sub {
	my $user = register($s, username => 'stranger', email => 'victim@example.test');
	wait_until { taken('victim@example.test') } 'the first mail';
	$s->sql("update veza_data.users set display_name = 'your account is lost, go to https://evil.example' where id = '$user->{id}'");
	$api->post('/auth/resend-verification', { email => 'victim@example.test' });
	wait_until { 2 == (() = taken('victim@example.test')) } 'the second mail';
	my $mail = decode_qp(newest('victim@example.test'));
	like($mail, qr/Hello stranger,/, 'who has not confirmed an address cannot write to it');
	unlike($mail, qr/evil/, 'not a word');
	is_deeply([ $mail =~ m{(https?://[^\s"<]+?)/verify-email\?token}g ], [ ('https://app.example') x 3 ], 'links lead to the web app alone');
};

subtest 'a link that somebody else has asked for' => sub {
	my $user = register($s, email => 'robbed@example.test');
	wait_until { taken('robbed@example.test') } 'the first mail';
	$s->sql("update veza_data.users set is_verified = true where id = '$user->{id}'");
	my @tokens = map { $_ x 43 } qw(t u);
	$s->sql("insert into veza_data.one_time_token values (sha256('$tokens[0]'), '$user->{id}', 'change_email', 'thief\@example.test', now(), now() + interval '1 hour')");
	about_password($user);
	is_refused($api->post('/auth/verify-email', { token => $tokens[0] }), '400 AUTH_LINK_INVALID', 'a new password voids links that change the address');
};

subtest 'encryption' => sub {
	my $certificate = sub {
		my ($name, $host) = @_;
		$s->run('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', "/CN=$host", '-addext', "subjectAltName=DNS:$host", '-keyout', "$s->{dir}/$name.key", '-out', "$s->{dir}/$name.crt");
	};
	$certificate->('good', 'localhost');
	$certificate->('other', 'mail.example');
	# A server that offers STARTTLS with this certificate; the relay, configured so.
	my $serve = sub {
		my ($name, %env) = @_;
		$s->stop($_) for grep { $s->{pids}{$_} } qw(relay tls);
		my $port = $s->{ports}{mail} = $s->free_port;
		$s->start('mail', as => 'tls', args => $name ? [ '--tlscert', "$s->{dir}/$name.crt", '--tlskey', "$s->{dir}/$name.key" ] : []);
		$s->start('relay', env => { SMTP_HOST => 'localhost', SMTP_PORT => $port, %env });
	};
	my $number = 0;
	my $outcome = sub {
		my $to = sprintf 'tls%d@example.test', ++$number;
		register($s, email => $to);
		my $error = wait_until { $s->sql_value("select coalesce(e.error_message, m.sent_at::text) from veza_data.effect e join veza_data.mail m on m.id = e.subject_id where m.recipient = '$to'") } 'an outcome';
		return grep({ /^To: \Q$to\E\r?$/m } $s->mails) ? 'sent' : $error;
	};
	$serve->('good', SMTP_CA_FILE => "$s->{dir}/good.crt");
	is($outcome->(), 'sent', 'with a certificate that is vouched for');
	$serve->('good');
	like($outcome->(), qr/SSL|certificate/i, 'with one that nobody vouches for nothing is sent');
	$serve->('other', SMTP_CA_FILE => "$s->{dir}/other.crt");
	like($outcome->(), qr/SSL|certificate/i, 'nor with one for another host');
	$serve->(undef);
	is($outcome->(), 'sent', 'a server without encryption');
	$serve->(undef, SMTP_USERNAME => 'u', SMTP_PASSWORD => 'planted-smtp-password');
	like($outcome->(), qr/SSL/, 'gets no password, and no mail');
	my %production = (APP_ENV => 'production', CORS_ALLOWED_ORIGINS => 'https://app.example', CHAT_JWT_SECRET => 'c' x 40, HYPERSWITCH_ENABLED => 'false', DISABLE_RATE_LIMIT_FOR_TESTS => 'false');
	$serve->(undef, %production);
	is($outcome->(), 'sent', 'in production: on this machine');
	# The address 0.0.0.0 is this machine as well, but does not say so.
	$serve->(undef, %production, SMTP_HOST => '0.0.0.0');
	like($outcome->(), qr/SSL/, 'and not over a network');
	unlike($s->read_file("$s->{dir}/relay.log"), qr/planted-smtp-password/, 'the password is in no log');
};

done_testing;
