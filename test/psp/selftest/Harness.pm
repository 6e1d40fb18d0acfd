# Harness.pm: starts the simulator and a webhook receiver, and talks to both.
package Harness;

use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use HTTP::Tiny;
use IO::Socket::INET;
use JSON::PP;
use POSIX qw(_exit);
use Test::More;
use Time::HiRes qw(sleep time);

our ($KEY, $PUBLIC, $SECRET) = ('snd_selftest_key', 'pk_selftest_key', 'whsec_selftest');
our ($api, $control) = ('', '');
our $sequence = 0;
our $json = JSON::PP->new->canonical->utf8;
our $http = HTTP::Tiny->new(timeout => 5);
our $scratch = tempdir(CLEANUP => !$ENV{PSPSIM_KEEP});

our @EXPORT = qw($KEY $PUBLIC $SECRET $api $control $sequence $json $http $scratch
	call create fresh flush forget_hooks hooks is_error api_socket new_id paid press psp
	sim sim_status slurp spew start_sim status_of stop_sim true false);

my $psp_folder = dirname(dirname(abs_path(__FILE__)));
my $binary = $ENV{PSPSIM} // "$psp_folder/../../.build/psp/veza-pspsim";
my $sim_pid = 0;

unless ($ENV{PSPSIM})
{
	system('make', '-s', '-C', $psp_folder) == 0 or BAIL_OUT('veza-pspsim does not build');
}

sub true { return JSON::PP::true }

sub false { return JSON::PP::false }

# A receiver that logs each webhook and answers with the statuses of the plan, then 200.
my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 64, ReuseAddr => 1)
	or BAIL_OUT("cannot listen: $!");
my $hook_url = 'http://127.0.0.1:' . $listener->sockport . '/hook';
my $receiver_pid = fork // BAIL_OUT("cannot fork: $!");
if ($receiver_pid == 0)
{
	receive_forever();
	_exit(0);
}
close $listener;

# A test that is interrupted still ends what it started.
my $test_pid = $$;
$SIG{TERM} = $SIG{INT} = sub { exit 1 };

END
{
	my $result = $?;
	_exit($result) if $$ != $test_pid;
	kill 'KILL', grep { $_ } $sim_pid, $receiver_pid // 0;
	$? = $result;
}

sub receive_forever
{
	while (my $client = $listener->accept)
	{
		my ($head, $body) = ('', '');
		while (defined(my $line = <$client>)) { last if $line eq "\r\n"; $head .= $line }
		my ($length) = $head =~ /^content-length:\s*(\d+)/mi;
		read $client, $body, $length // 0;
		my ($signature) = $head =~ /^x-webhook-signature-512:\s*(\S+)/mi;
		my @plan = slurp('plan');
		my $status = @plan ? shift @plan : "200\n";
		spew('plan', @plan);
		open my $log, '>>', "$scratch/hooks" or _exit(1);
		print $log $json->encode({ at => time, signature => $signature, raw => unpack('H*', $body) }), "\n";
		close $log;
		chomp $status;
		print $client "HTTP/1.1 $status x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
		close $client;
	}
	return;
}

sub slurp { my ($name) = @_; open my $file, '<', "$scratch/$name" or return; return <$file> }

sub spew { my ($name, @lines) = @_; open my $file, '>', "$scratch/$name" or die; print $file @lines; return }

# The webhooks received since the last forget_hooks(), with parsed and raw bodies.
sub hooks
{
	return map {
		my $hook = $json->decode($_);
		my $raw = pack('H*', $hook->{raw});
		+{ %$hook, raw => $raw, body => scalar eval { $json->decode($raw) } }
	} slurp('hooks');
}

sub forget_hooks { spew('hooks'); spew('plan'); return }

sub start_sim
{
	my (@more) = @_;
	open(my $errors, '>>', "$scratch/log") or die;
	pipe(my $out, my $in) or die;
	$sim_pid = fork // die;
	if ($sim_pid == 0)
	{
		open STDOUT, '>&', $in;
		open STDERR, '>&', $errors;
		{ exec $binary, '--port', 0, '--api-key', $KEY, '--publishable-key', $PUBLIC,
			'--webhook-url', $hook_url, '--webhook-secret', $SECRET, @more }
		_exit(1);
	}
	close $in;
	my $line = <$out> // '';
	($api, $control) = $line =~ m{^veza-pspsim: api (\S+) control (\S+)$}
		or BAIL_OUT("veza-pspsim said: $line");
	return;
}

# Stops the simulator; returns its exit status and the seconds it took.
sub stop_sim
{
	my ($signal) = @_;
	my $begun = time;
	kill $signal // 'TERM', $sim_pid;
	waitpid $sim_pid, 0;
	$sim_pid = 0;
	return ($?, time - $begun);
}

# Opens a connection to the API port, undefined when it is refused.
sub api_socket { return IO::Socket::INET->new(PeerAddr => $api =~ s{http://}{}r) }

# Calls a URL; returns status, parsed body (or undef), and the whole response.
sub call
{
	my ($method, $url, $content, %headers) = @_;
	my $response = $http->request($method, $url,
		{ headers => { 'Content-Type' => 'application/json', %headers },
		  defined $content ? (content => ref $content ? $json->encode($content) : $content) : () });
	return ($response->{status}, scalar eval { $json->decode($response->{content}) }, $response);
}

sub psp { my ($method, $path, $body, %headers) = @_; return call($method, "$api$path", $body, 'api-key' => $KEY, %headers) }

sub sim { my ($method, $path, $body) = @_; return (call($method, "$control/_sim/$path", $body))[1] }

sub sim_status { my ($method, $path, $body) = @_; return (call($method, "$control/_sim/$path", $body))[0] }

sub new_id { my ($kind) = @_; return sprintf '%s_%026d', $kind // 'pay', ++$sequence }

sub create
{
	my (%more) = @_;
	my $id = $more{payment_id} // new_id();
	my ($status, $body) = psp('POST', '/payments',
		{ payment_id => $id, amount => 4999, currency => 'EUR', confirm => false, %more });
	return ($id, $body, $status);
}

# Presses a button of the hosted page.
sub press
{
	my ($id, $button, $secret, %headers) = @_;
	$secret //= sim('GET', "payments/$id")->{client_secret};
	return $http->request('POST', "$api/checkout/$id/$button", {
		content => "action=x&client_secret=$secret",
		headers => { 'Content-Type' => 'application/x-www-form-urlencoded', %headers } });
}

sub status_of { my ($id) = @_; return (psp('GET', "/payments/$id"))[1]{status} }

sub paid { my (%more) = @_; my ($id) = create(%more); press($id, 'pay'); return $id }

sub is_error
{
	my ($got, $status, $code, $name) = @_;
	my ($got_status, $body) = @$got;
	return is("$got_status " . ($body->{error}{code} // '-'), "$status $code", $name);
}

sub fresh { sim('POST', 'reset'); forget_hooks(); return }

sub flush { return sim('POST', 'webhooks/flush', { timeout_ms => 5000 }) }

1;
