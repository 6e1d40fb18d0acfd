#!/usr/bin/perl
# What a person does with the mails, in a real browser, as in make run: opens the mail page, follows the links,
# confirms the address, chooses a new password. Nothing leaks, and no page complains.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Socket::INET;
use Test::More;
use Veza::Browser;
use Veza::Test;

my $s = stack();
$s->{env}{FRONTEND_URL} = 'http://localhost:' . $s->port('httpd');
$s->start_mail;
$s->start_mail_page;
start_all($s);
my $mails = $s->mail_page_url;
my $pages = $s->{env}{FRONTEND_URL};
my $b = Veza::Browser->new;

# Opens the newest mail with that subject; the page looks for new ones by itself, but this does not wait for that.
sub open_mail
{
	my ($subject) = @_;
	wait_until { $b->open($mails); $b->evaluate('document.body.innerText') =~ /\Q$subject\E/ } "a mail: $subject";
	$b->click("li:first-of-type a:has-text(\"$subject\")");
	return;
}

sub is_calm { my ($name) = @_; local $Test::Builder::Level = $Test::Builder::Level + 1; return is_deeply([ $b->complaints ], [], "$name: no page complains") }

# The browser has told of a refusal, which is no complaint of the page's.
sub refusals_only { return grep { !/^console: Failed to load resource: the server responded with a status of 40[03] / } $b->complaints }

sub is_verified { my ($user) = @_; return $user->{api}->get('/auth/me')->data->{is_verified} }

is($b->open($mails), 200, 'the mail page');
like($b->text('main'), qr/No mail yet/, 'has none yet');

my $user = register($s, username => 'newcomer', email => 'newcomer@veza.example');
my $link;

subtest 'confirming an address' => sub {
	open_mail('Confirm your address');
	$b->picture('mail');
	like($b->text('dl'), qr/newcomer\@veza\.example/, 'to whom');
	like($b->text('pre'), qr{\Q$pages\E/verify-email\?token=}, 'the text is there, too');
	$link = $b->evaluate('document.querySelector("pre a").href');
	$b->popup('a[href*="verify-email"]', frame => 'iframe');
	is($b->text('h1'), 'Confirm your address', 'the link in the HTML leads to our page');
	is($b->evaluate('location.href'), "$pages/verify-email", 'the token is gone from the address');
	is($b->evaluate('document.referrer'), '', 'nobody knows where one came from');
	is($b->evaluate('history.length'), 1, 'and not in the history either');
	ok(!is_verified($user), 'opening the page confirms nothing');
	is($b->evaluate('document.activeElement.innerText'), 'Confirm my address', 'the button has the focus');
	$b->picture('verify');
	is_calm('so far');
	$b->click('#act button');
	like($b->text('#result'), qr/This link is for the account newcomer\..*close this page/s, 'it says whose account it is for');
	is($b->evaluate('document.activeElement.id'), 'password', 'and asks for the password');
	ok(!is_verified($user), 'a click alone confirms nothing');
	$b->picture('verify-account');
	$b->click('#act button');
	like($b->text('#password-problem'), qr/^Password of the account is missing\.$/, 'nothing typed: said beside the field');
	$b->fill('#password', 'of another account');
	$b->click('#act button');
	like($b->text('#result.bad'), qr/password is wrong/, 'a wrong one');
	ok(!is_verified($user), 'confirms nothing');
	is_deeply([ refusals_only() ], [], 'no page complains');
	$b->fill('#password', $user->{password});
	$b->click('#act button');
	like($b->text('#result.good'), qr/Your address is confirmed\./, 'said in words');
	is($b->evaluate('document.activeElement.id'), 'result', 'which has the focus');
	ok(is_verified($user), 'the account is verified');
	$b->picture('verified');
	is_calm('confirmed');
};

subtest 'a link that was used' => sub {
	$b->open($link);
	$b->click('#act button');
	my $said = $b->text('#result.bad');
	like($said, qr/This link is not valid any more\./, "the server's sentence");
	like($said, qr/Ask for a new mail/, 'and its hint');
	$b->picture('refused');
	$b->fill('#again input', 'newcomer@veza.example');
	$b->click('#again button');
	isnt($b->text('#result.good'), '', 'a new link can be asked for');
	is_deeply([ refusals_only() ], [], 'no page complains');
	$b->open("$pages/verify-email");
	like($b->text('#result'), qr/There is no link here\..*once more/s, 'without a token: what to do');
	is_calm('without a token');
};

subtest 'a new password' => sub {
	$b->open("$pages/reset-password");
	$b->fill('#email', 'newcomer@veza.example');
	$b->picture('forgotten');
	$b->click('#again button');
	isnt($b->text('#result.good'), '', 'a link is asked for on the page itself');
	open_mail('Reset your password');
	$b->popup('pre a');
	is($b->evaluate('location.href'), "$pages/reset-password", 'the link in the text, without its token');
	$b->picture('reset');
	$b->click('#act button');
	like($b->text('#new_password-problem'), qr/^New password is missing\.$/, 'nothing typed: said beside the field');
	$b->fill('#new_password', 'short');
	$b->fill('#repeated', 'other');
	$b->click('#act button');
	is($b->text('#repeated-problem'), 'The same once more is not the same.', 'two different ones');
	is($b->evaluate('document.activeElement.id'), 'repeated', 'the field has the focus');
	$b->fill('#repeated', 'short');
	is_calm('so far');
	$b->click('#act button');
	like($b->text('#new_password-problem'), qr/^New password must have at least 8 characters\.$/, "the server's message, beside its field");
	is($b->evaluate('document.getElementById("new_password").getAttribute("aria-invalid")'), 'true', 'marked as wrong');
	$b->picture('reset-wrong');
	$b->click('label[for="show"]');
	is($b->evaluate('document.getElementById("new_password").type'), 'text', 'passwords can be shown');
	$b->fill($_, 'tortoise-shell-9') for '#new_password', '#repeated';
	$b->click('#act button');
	like($b->text('#result.good'), qr/Your password is changed\./, 'the same link still works, and says so');
	is($b->evaluate('document.getElementById("new_password").value'), '', 'the password does not stay in the page');
	is_deeply([ refusals_only() ], [], 'no page complains');
	is(api($s)->post('/auth/login', { email => $user->{email}, password => 'tortoise-shell-9' })->brief, '200', 'the new password logs in');
	is_refused(api($s)->post('/auth/login', { email => $user->{email}, password => $user->{password} }), '401 AUTH_INVALID_CREDENTIALS', 'the old one does not');
};

subtest 'no server' => sub {
	$b->open("$pages/verify-email?token=x");
	$s->stop('httpd');
	$b->click('#act button');
	like($b->text('#result.bad'), qr/cannot be reached/, 'said in words');
	like($b->text('#act button'), qr/Confirm/, 'to be tried again');
	$b->complaints;
	$s->start('httpd');
};

subtest 'in French, in the dark, on a phone' => sub {
	$b = Veza::Browser->new(language => 'fr-FR', dark => true, width => 360, height => 700);
	$b->open("$pages/reset-password?token=x");
	is($b->text('h1'), 'Choisissez un nouveau mot de passe', 'its words');
	is($b->evaluate('document.documentElement.lang'), 'fr', 'and the language that screen readers speak');
	is($b->evaluate('document.title'), 'Choisissez un nouveau mot de passe', 'in the title, too');
	is($b->evaluate('document.documentElement.scrollWidth <= innerWidth'), true, 'nothing sticks out');
	$b->picture('reset-fr');
	$b->open($mails);
	is($b->evaluate('document.documentElement.scrollWidth <= innerWidth'), true, 'of the mail page neither');
	$b->picture('mails-phone');
	is_calm('in French');
};

subtest 'the pages as HTTP' => sub {
	for my $path (qw(/verify-email /reset-password /account.js /account.css))
	{
		my $r = root($s)->get("$path?token=secret");
		is($r->brief, '200', $path);
		is($r->header('Cache-Control'), 'no-store', 'is not stored');
		is($r->header('Referrer-Policy'), 'no-referrer', 'tells nobody its address');
		is($r->header('X-Frame-Options'), 'DENY', 'is in no frame');
		my $policy = $r->header('Content-Security-Policy') // '';
		like($policy, qr/^default-src 'none'; script-src 'self'; style-src 'self'; /, 'runs its own script alone');
		unlike($policy, qr/unsafe/, 'and nothing inline');
		is(root($s)->request('HEAD', $path)->body, '', 'HEAD');
		is_refused(root($s)->post($path, {}), '405 METHOD_NOT_ALLOWED', 'POST');
	}
	unlike($s->read_file($s->{logs}{httpd}), qr/token=secret/, 'no token in the log');
};

# A mail is what a stranger wrote.
subtest 'a hostile mail' => sub {
	my $smtp = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $s->port('mail')) or die "smtp: $!";
	<$smtp>;
	for my $line ('HELO x', 'MAIL FROM:<x@x.example>', 'RCPT TO:<y@y.example>', 'DATA')
	{
		print $smtp "$line\r\n";
		<$smtp>;
	}
	print $smtp "Subject: <script>document.title='bad'</script>\r\nFrom: <img src=x onerror=alert(1)>\r\nMIME-Version: 1.0\r\n"
	  . "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n<script>document.title='bad'</script> javascript:alert(1) http://x.example/\"onclick=alert(1)\r\n"
	  . "--b\r\nContent-Type: text/html\r\n\r\n<h1>hostile</h1><script>parent.document.title='bad'</script><img src=\"$pages/health\" onerror=\"parent.document.title='bad'\">"
	  . "<form action=\"$pages/health\"><button>press</button></form><style>\@import '$pages/health'</style>\r\n--b--\r\n.\r\n";
	<$smtp>;
	close $smtp;
	open_mail(q{<script>document.title='bad'</script>} =~ s/"/\\"/gr);
	is($b->text('h1', frame => 'iframe'), 'hostile', 'is shown');
	is($b->evaluate('document.querySelector("h1").innerText'), q{<script>document.title='bad'</script>}, 'its subject as text');
	unlike($b->evaluate('document.title'), qr/^bad/, 'and runs nothing');
	is_deeply([ map { s/\?.*//r } @{ $b->evaluate('[...document.querySelectorAll("pre a")].map(a => a.href)') } ], ['http://x.example/'], 'web addresses alone are links');
	is($b->evaluate('document.querySelectorAll("pre script, pre [onclick], dl img").length'), 0, 'its text is text');
	my @complaints = $b->complaints;
	ok((grep { /sandbox|script/i } @complaints), 'the browser says what it has kept from running');
	is(scalar(grep { m{"path":"/health"} } split /\n/, $s->read_file($s->{logs}{httpd})), 0, 'nothing was fetched for it');

	my $page = Veza::Http->new($mails =~ s/localhost/127.0.0.1/r);
	my ($name) = $page->get('/')->body =~ m{href="/mail/([^"]+)"};
	like($page->get("/mail/$name/html")->header('Content-Security-Policy'), qr/^sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none';/, 'sandboxed, in whatever window');
	is($page->get('/', headers => { Host => 'evil.example' })->status, 421, 'another name for this machine reads nothing');
	is($page->get("/mail/$_")->status, 404, "no mail: $_") for '../../postgres.log', '..%2f..%2fpostgres.log', '.', 'x';
	is($page->post('/', 'x')->status, 501, 'there is nothing to send');
};

done_testing();
