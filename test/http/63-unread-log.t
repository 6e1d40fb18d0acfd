#!/usr/bin/perl
# A log that nobody reads stops nobody: neither requests, nor the end, nor veza-relay.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Fcntl qw(O_NONBLOCK O_RDWR);
use POSIX qw(WNOHANG mkfifo);
use Test::More;
use Time::HiRes qw(sleep time);
use Veza::Test;

my $s = stack();

# Starts a program whose standard output and standard error are a pipe that this test holds and does not read.
sub start_unread
{
	my ($program, %o) = @_;
	my $fifo = "$s->{dir}/$program-unread.log";
	mkfifo($fifo, 0666) or die "mkfifo: $!";
	chmod 0666, $fifo;
	sysopen(my $end, $fifo, O_RDWR | O_NONBLOCK) or die "$fifo: $!";
	fcntl($end, 1031, 4096);    # F_SETPIPE_SZ: the smallest pipe
	$s->start($program, as => "$program-unread", %o);
	delete $s->{logs}{"$program-unread"};    # whoever looks for complaints would wait in it
	return $end;
}

# Reads all that comes until nothing does for a while.
sub drain
{
	my ($end) = @_;
	my ($text, $quiet) = ('', time + 1);
	while (time < $quiet)
	{
		if (sysread($end, my $piece, 65536)) { $text .= $piece; $quiet = time + 1 }
		else                                 { sleep 0.01 }
	}
	return $text;
}

# Tells a program to end; returns its exit code and how long it took.
sub end_of
{
	my ($as) = @_;
	my $pid = delete $s->{pids}{$as};
	my $since = time;
	kill 'TERM', $pid;
	my $ended = wait_until { waitpid($pid, WNOHANG) == $pid } "$as ends", 20;
	my $result = $ended ? $? : -1;
	kill 'KILL', $pid if !$ended;
	return ($result, time - $since);
}

subtest 'veza-httpd' => sub {
	my $end = start_unread('httpd', env => { HTTP_LOOPS => 2, LOG_LEVEL => 'DEBUG' });
	my $id = 'x' x 60;
	my $slow = 0;
	# A line of the access log has 300 bytes, the pipe 4 KiB, the buffer 1 MiB.
	for my $round (1 .. 25)
	{
		my @r = root($s)->parallel(map { [ GET => '/healthz', undef, headers => { 'X-Request-ID' => "$id.$_" } ] } 1 .. 200);
		is_deeply([ grep { $_ ne '200' } map { $_->brief } @r ], [], "round $round: all are answered") || last;
		$slow += grep { $_->seconds > 2 } @r;
	}
	is($slow, 0, 'soon');
	is(api($s)->get('/subscriptions/plans')->brief, '200', 'the database is asked as ever');
	is(admin($s)->get('/readyz')->brief, '200', 'and it is ready');
	my $dropped = metric($s, 'veza_log_lines_dropped_total');
	cmp_ok($dropped, '>', 0, 'lines that were lost are counted');
	my $text = drain($end);
	my @lines = map { Veza::Http::decode($_) // $_ } split /\n/, $text;
	is_deeply([ grep { !ref } @lines ], [], 'what comes when somebody reads again is whole lines');
	my ($told) = grep { ref && $_->{message} =~ /log lines were lost/ } @lines;
	cmp_ok($told->{lines} // 0, '==', $dropped, 'and one says how many are missing');
	root($s)->get('/healthz', headers => { 'X-Request-ID' => 'read-again' });
	like(drain($end), qr/"request_id":"read-again"/, 'the log goes on');
	my ($request) = grep { ref && $_->{message} eq 'request' } @lines;
	like(Veza::Http::encode($request), qr/"status":\d+,/, 'a number is a number');

	root($s)->parallel(map { [ GET => '/healthz', undef ] } 1 .. 200);
	my ($result, $seconds) = end_of('httpd-unread');
	is($result, 0, 'it ends although nobody reads');
	is_soon($seconds, 5, 'soon');
};

subtest 'its reader goes away' => sub {
	unlink "$s->{dir}/httpd-unread.log";
	my $end = start_unread('httpd');
	close $end;
	is_deeply([ grep { $_ ne '200' } map { $_->brief } root($s)->parallel(map { [ GET => '/healthz', undef ] } 1 .. 50) ], [], 'requests are answered');
	wait_until { metric($s, 'veza_log_lines_dropped_total') > 0 } 'the count of lost lines';
	is((end_of('httpd-unread'))[0], 0, 'it ends as ever');
};

subtest 'veza-relay' => sub {
	$s->start('pspsim');
	my $end = start_unread('relay', env => { LOG_LEVEL => 'DEBUG' });
	for my $fill ('x' x 4096, 'x') { 1 while syswrite($end, $fill) }
	my $beat = sub { return $s->sql_value("select max(heartbeat_at) from veza_data.relay") };
	my $before = $beat->();
	wait_until { $beat->() ne $before } 'the next sign of life';
	my ($result, $seconds) = end_of('relay-unread');
	is($result, 0, 'it ends although nobody reads');
	is_soon($seconds, 8, 'soon');
	$s->stop('pspsim');
};

done_testing;
