#!/usr/bin/perl
# A disk that hangs: uploads and downloads wait for it, a few of them at a time, and nobody else does.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Digest::SHA qw(sha256_hex);
use IO::Select;
use POSIX qw(_exit);
use Test::More;
use Time::HiRes qw(sleep time);
use Veza::Test;

my $s = stack(env => { HTTP_LOOPS => 1, MAX_UPLOADS_PER_USER => 8, MAX_UPLOADS_PER_ADDRESS => 20, MAX_CONCURRENT_UPLOADS => 8, MAX_CONNECTIONS_PER_IP => 1000 });
my $control = "$s->{dir}/slow";
mkdir $control;
$s->own($control);
my $shim = "$s->{dir}/slow_disk.so";
is(system($ENV{CC} // 'cc', '-shared', '-fPIC', '-O1', '-o', $shim, "$FindBin::Bin/slow_disk.c"), 0, 'the slow disk is built') or BAIL_OUT('no compiler');
chmod 0755, $shim;
# ASAN_OPTIONS=verify_asan_link_order=0 lets a build with a sanitizer be slowed, too.
my %slow = (LD_PRELOAD => $shim, SLOW_DISK => $control);
$s->start('httpd', env => \%slow);
my $u = register($s);
my $v = register($s);
my $dir = "$s->{dir}/uploads";
my $png = "\x89PNG\r\n\x1a\n" . pack('N a4 N N C5 N', 13, 'IHDR', 64, 48, 8, 2, 0, 0, 0, 0) . pack('N a4 N', 0, 'IEND', 0xAE426082);
my $nlarge = 0;

# A picture of so many bytes that there was none like before.
sub picture { my ($size) = @_; my $n = sprintf '%08d', $nlarge++; return $png . $n . "\0" x ($size - length($png) - 8) }
sub upload { my ($who, $body, %o) = @_; return $who->{api}->post('/users/me/avatar', $body, headers => { 'Content-Type' => 'image/png' }, %o) }
sub spooled { return grep { -f } glob "$dir/spool/*" }
sub rss { return ($s->read_file("/proc/$s->{pids}{httpd}/status") =~ /^VmRSS:\s+(\d+)/m)[0] }
sub descriptors { my @fd = glob "/proc/$s->{pids}{httpd}/fd/*"; return scalar @fd }

# From now on these calls to files that are opened below a path hang; files that are opened later do not; all is well again.
sub hang { my ($below, $calls) = @_; $s->write_file("$control/hang", ''); $s->write_file("$control/mark", "$below $calls\n"); return }
sub others { unlink "$control/mark"; return }
sub recover { unlink "$control/mark", "$control/hang"; return }

# Has requests made by another process; what comes of it is called for their answers, each as [brief, digest of the body, seconds],
# or with a word, to know whether they wait still.
sub aside
{
	my ($http, @requests) = @_;
	pipe(my $read, my $write) or die "pipe: $!";
	my $child = fork // die "fork: $!";
	if (!$child)
	{
		close $read;
		print $write join(' ', $_->brief =~ s/ /_/r, sha256_hex($_->body), $_->seconds // 0), "\n" for $http->parallel(@requests);
		close $write;
		_exit(0);
	}
	close $write;
	return sub {
		return !IO::Select->new($read)->can_read(0) if @_;
		my @r = map { chomp; [ split / / ] } <$read>;
		waitpid $child, 0;
		return @r;
	};
}

sub uploads { my ($who, @bodies) = @_; return aside($who->{api}, map { [ POST => '/users/me/avatar', $_, headers => { 'Content-Type' => 'image/png' }, timeout => 60 ] } @bodies) }

# What nine and ninety of a hundred other requests take at most, in seconds; each must be answered.
sub p99
{
	my ($n) = @_;
	my @paths = ('/healthz', "/api/v1/users/$v->{id}");
	my (@r, @bad);
	while (@r < $n && @bad < 2)
	{
		push @r, root($s)->get($paths[ @r % 2 ], timeout => 3);
		push @bad, $r[-1] if $r[-1]->status != 200;
	}
	is(scalar(@bad), 0, 'others are answered') or diag $bad[0]->brief . ' ' . ($bad[0]->problem // '');
	my @t = sort { $a <=> $b } map { $_->seconds // 99 } @r;
	return $t[ int(0.99 * $#t) ];
}

my $idle = p99(100);

# Nobody else waits: fifty ms, or what five times the idle time is here.
sub is_quick
{
	my ($seconds, $name) = @_;
	return is_soon($seconds, 5 * $idle > 0.05 ? 5 * $idle : 0.05, sprintf '%s: p99 %.1f ms, idle %.1f ms', $name, 1000 * $seconds, 1000 * $idle);
}

my %calls = (o => 'making a file', w => 'writing', s => 'making it durable', n => 'moving it to its place', r => 'reading its first bytes');
for my $call (sort keys %calls)
{
	subtest "uploads hang: $calls{$call}" => sub {
		my @bodies = map { picture(2_000_000) } 1 .. 4;
		my $before = rss();
		hang('/spool/', $call);
		my $done = uploads($u, @bodies);
		if ($call eq 'o') { sleep 0.5 }
		else              { wait_until { spooled() >= 4 } 'four arrive' }
		sleep 0.5;
		# Moving goes by the path, which hangs for all who come meanwhile.
		others() if $call ne 'n';
		is_quick(p99(100), 'others do not wait');
		is(upload($v, picture(300_000), timeout => 5)->brief, '200', 'nor does another upload') if $call ne 'n';
		cmp_ok(rss() - $before, '<', 4096, 'an upload that waits has two buffers');
		ok($done->('waits'), 'the four wait');
		recover();
		my @r = $done->();
		is_deeply([ map { $_->[0] } @r ], [ ('200') x 4 ], 'the four end well');
		is_deeply([ grep { !-f "$dir/files/" . substr(sha256_hex($_), 0, 2) . '/' . sha256_hex($_) } @bodies ], [], 'each is whole in its place');
		is_deeply([ spooled() ], [], 'nothing is left in the spool');
	};
}

subtest 'downloads hang' => sub {
	my $body = picture(1_500_000);
	is(upload($u, $body)->brief, '200', 'a picture');
	for my $call (qw(o r))
	{
		hang('/files/', $call);
		my $done = aside(api($s), map { [ GET => "/users/$u->{id}/avatar", undef, timeout => 60 ] } 1 .. 4);
		sleep 0.7;
		others();
		is_quick(p99(100), "others do not wait ($call)");
		is(sha256_hex(api($s)->get("/users/$u->{id}/avatar", timeout => 5)->body), sha256_hex($body), 'nor does another download');
		is(upload($v, picture(300_000), timeout => 5)->brief, '200', 'nor an upload');
		ok($done->('waits'), 'the four wait');
		recover();
		is_deeply([ map { "$_->[0] $_->[1]" } $done->() ], [ ('200 ' . sha256_hex($body)) x 4 ], 'the four get all of it');
	}
	hang('/files/', 'o');
	my $crowd = aside(api($s), map { [ GET => "/users/$u->{id}/avatar", undef, timeout => 60 ] } 1 .. 300);
	sleep 3;
	others();
	is_quick(p99(50), 'others do not wait for three hundred');
	recover();
	my %n;
	$n{ $_->[0] }++ for $crowd->();
	is_deeply(\%n, { 200 => 264, '503_SERVER_BUSY' => 36 }, 'of whom as many as may wait get it, and the others are told to come again');
	my $c = api($s)->connect;
	hang('/files/', 'r');
	$c->send(api($s)->bytes(GET => "/users/$u->{id}/avatar"));
	sleep 0.5;
	others();
	$c->close(reset => 1);
	is_quick(p99(50), 'nor when a reader leaves');
	recover();
	is(api($s)->get("/users/$u->{id}/avatar")->brief, '200', 'all is well');
};

# More of them than the disk has threads.
subtest 'all threads hang' => sub {
	my $before = rss();
	hang('/spool/', 'ws');
	my $done = uploads($u, map { picture(4_000_000) } 1 .. 8);
	wait_until { spooled() >= 8 } 'eight arrive';
	others();
	is_quick(p99(100), 'others do not wait');
	is_refused(upload($v, picture(1000), timeout => 5), '503 UPLOAD_BUSY', 'who would wait for them is told');
	is(api($s)->get("/users/$u->{id}/avatar", timeout => 5)->brief, '200', 'files are sent meanwhile');
	cmp_ok(rss() - $before, '<', 4096, 'memory is bounded');
	ok($done->('waits'), 'the eight wait');
	recover();
	is_deeply([ map { $_->[0] } $done->() ], [ ('200') x 8 ], 'they end well');
};

subtest 'senders who leave while the disk hangs' => sub {
	upload($u, picture(1000));
	my $before = descriptors();
	my $errors = () = $s->read_file($s->{logs}{httpd}) =~ /AddressSanitizer|ThreadSanitizer/g;
	for my $call (qw(o w s))
	{
		hang('/spool/', $call);
		my $body = picture(100_000);
		my @c = map { my $c = root($s)->connect; $c->send(root($s)->bytes(POST => '/api/v1/users/me/avatar', $body, token => $u->{token}, headers => { 'Content-Type' => 'image/png' })); $c } 1 .. 3;
		push @c, map { my $c = root($s)->connect; $c->send(substr root($s)->bytes(POST => '/api/v1/users/me/avatar', $body, token => $u->{token}, headers => { 'Content-Type' => 'image/png' }), 0, 50_000); $c } 1 .. 3;
		sleep 0.5;
		others();
		$_->close(reset => 1) for @c;
		is_quick(p99(50), "others do not wait ($call)");
		recover();
		wait_until { !spooled() } 'what they sent goes';
		is_deeply([ spooled() ], [], 'nothing is left in the spool');
	}
	wait_until { descriptors() <= $before } 'descriptors are closed';
	cmp_ok(descriptors(), '<=', $before, 'no descriptor is left open');
	is_deeply([ map { $_->[0] } uploads($u, map { picture(1000) } 1 .. 8)->() ], [ ('200') x 8 ], 'every place is free again');
	is(scalar(() = $s->read_file($s->{logs}{httpd}) =~ /AddressSanitizer|ThreadSanitizer/g), $errors, 'memory is as it should be');
};

subtest 'a disk that hangs for longer than a request may take' => sub {
	$s->stop('httpd');
	$s->start('httpd', env => { %slow, HANDLER_TIMEOUT => '1s' });
	for my $call (qw(o w s))
	{
		hang('/spool/', $call);
		my @r = uploads($u, map { picture(1_000_000) } 1 .. 8)->();
		is_deeply([ map { $_->[0] } @r ], [ ('503_UPLOAD_FAILED') x 8 ], "$calls{$call}: is told");
		is_soon((sort { $b <=> $a } map { $_->[2] } @r)[0], 3, 'after HANDLER_TIMEOUT');
		others();
		is_refused(upload($v, picture(1000)), '503 UPLOAD_BUSY', 'what hangs still has its places');
		recover();
		wait_until { upload($v, picture(1000))->brief eq '200' } 'they are free when it goes on';
		wait_until { !spooled() } 'what was begun goes';
		is_deeply([ spooled() ], [], 'nothing is left in the spool');
	}
	is(upload($u, picture(100_000))->brief, '200', 'a picture');
	hang('/files/', 'o');
	is_refused(api($s)->get("/users/$u->{id}/avatar", timeout => 5), '504 REQUEST_TIMEOUT', 'a file that cannot be opened');
	recover();
	is(api($s)->get("/users/$u->{id}/avatar")->brief, '200', 'all is well');
};

subtest 'the end, while the disk hangs' => sub {
	$s->stop('httpd');
	$s->start('httpd', env => { %slow, SHUTDOWN_TIMEOUT => '1s' });
	hang('/spool/', 'w');
	my $done = uploads($u, map { picture(1_000_000) } 1 .. 3);
	wait_until { spooled() >= 3 } 'three arrive';
	my $since = time;
	is($s->stop('httpd'), 0, 'a clean exit');
	is_soon(time - $since, 4, 'after SHUTDOWN_TIMEOUT');
	recover();
	$done->();
	$s->start('httpd', env => \%slow);
	is(upload($u, picture(1000))->brief, '200', 'all is well');
	is($s->stop('httpd'), 0, 'a clean exit');
	unlike($s->read_file($s->{logs}{httpd}), qr/AddressSanitizer|ThreadSanitizer/, 'memory is as it should be');
};

done_testing;
