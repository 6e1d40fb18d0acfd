#!/usr/bin/perl
# The sandbox of veza-probe: what is tried in it ends the process, veza-probe is in it when it
# decodes, and so is ffmpeg.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep);
use Veza::Probe;

my $dir = sounds();
my %signal = (SYS => 31, KILL => 9, XCPU => 24, XFSZ => 25);
my $machine = (POSIX::uname())[4];
local $ENV{ESCAPE_SECRET} = 'what veza-httpd was configured with';

my $escape = build_tool($dir, 'escape', 'test/probe/escape.c', 'httpd/probe/sandbox.c', 'httpd/probe/seccomp.c');
write_bytes("$dir/file", 'x');

# How an attempt ended: by a signal, or with a code. Descriptor 9 is open before.
sub attempt
{
	my ($what, $output) = @_;
	my $pid = fork // die "fork: $!";
	if (!$pid)
	{
		open(STDIN, '<', "$dir/file") or die;
		open(STDOUT, '>', $output // '/dev/null') or die;
		POSIX::dup2(0, 9);
		exec { $escape } $escape, $what or POSIX::_exit(127);
	}
	waitpid $pid, 0;
	return $? & 127 ? 'signal ' . ($? & 127) : 'code ' . ($? >> 8);
}

is(attempt('nothing'), 'code 0', 'who computes in the sandbox, and has forgotten what was open and known before, lives');
is(attempt($_), "signal $signal{SYS}", "$_: dies of it")
  for 'open', 'open a new file', 'stat', 'unlink', 'socket', 'socketpair', 'fork', 'thread', 'clone3', 'exec', 'kill', 'ptrace', 'code', 'code of data',
  'prctl', 'more files', 'dup', 'ioctl', 'io_uring', $machine eq 'x86_64' ? ('x32', '32 bits') : ();
is(attempt('memory'), 'code 0', 'memory beyond the limit is not given');
is(attempt('time'), "signal $signal{XCPU}", 'computing time beyond the limit ends it');
is(attempt('grow a file', "$dir/grown"), "signal $signal{XFSZ}", 'a file does not grow by a byte');
is(-s "$dir/grown", 0, 'it has not');

# What the kernel says of a process, which may be gone.
sub status_of { my ($pid) = @_; my %is = map { /^(\w+):\s+(.*)/ ? ($1 => $2) : () } split /\n/, eval { read_bytes("/proc/$pid/status") } // ''; return \%is }

sub wait_for { my ($what) = @_; for (1 .. 500) { return 1 if $what->(); sleep 0.01 } return 0 }

# Stopped while it decodes, it can be looked at.
sub look_at
{
	my ($p) = @_;
	ok(wait_for(sub { (status_of($p->{pid})->{Seccomp} // 0) == 2 }), 'veza-probe enters its sandbox');
	kill 'STOP', $p->{pid};
	return status_of($p->{pid});
}

system("sox -R -n -r 48000 -c 2 '$dir/long.wav' synth 120 pinknoise") == 0 or BAIL_OUT('sox');
sound("$dir/long.m4a", "-i $dir/long.wav");
# Where the programs below try to write.
unlink '/tmp/veza-escape', '/tmp/veza-intruder';

subtest 'veza-probe itself' => sub {
	my $p = start_probe("$dir/long.wav");
	my $is = look_at($p);
	is($is->{NoNewPrivs}, 1, 'it gets no new rights');
	is($is->{Threads}, 1, 'it has one thread');
	my $limits = read_bytes("/proc/$p->{pid}/limits");
	like($limits, qr/^\Q$_\E\s+0\s+0\s/m, "limit: $_") for 'Max core file size', 'Max file size', 'Max open files', 'Max processes', 'Max locked memory';
	like($limits, qr/^Max address space\s+402653184\s+402653184\s/m, 'limit: memory');
	like($limits, qr/^Max cpu time\s+300\s+301\s/m, 'limit: computing time');
	is_deeply([ sort map { s{.*/}{}r } glob "/proc/$p->{pid}/fd/*" ], [ 0 .. 4 ], 'nothing but its five descriptors is open');
	unlike(read_bytes("/proc/$p->{pid}/environ"), qr/[^\0]/, 'what was in its environment is not even in its memory');
	kill 'CONT', $p->{pid};
	is(finish_probe($p)->{answer}{duration_ms}, 120000, 'and it decodes');
};

# The children of a process.
sub children { my ($pid) = @_; return grep { (status_of($_)->{PPid} // 0) == $pid } map { m{(\d+)$} } glob '/proc/[0-9]*' }

subtest 'ffmpeg' => sub {
	my $p = start_probe("$dir/long.m4a", '--type', 'audio/mp4');
	my $is = look_at($p);
	my ($ffmpeg) = children($p->{pid});
	ok(wait_for(sub { (status_of($ffmpeg)->{Seccomp} // 0) == 2 }), 'ffmpeg has been shut in, too') or return;
	is(status_of($ffmpeg)->{NoNewPrivs}, 1, 'it gets no new rights');
	my $limits = read_bytes("/proc/$ffmpeg/limits");
	like($limits, qr/^Max file size\s+0\s+0\s/m, 'it writes no file');
	like($limits, qr/^Max open files\s+16\s+16\s/m, 'it opens few');
	is(read_bytes("/proc/$ffmpeg/environ") =~ s/LD_PRELOAD=[^\0]*veza-probe-guard\.so\0//r, "LC_ALL=C\0", 'it knows nothing');
	kill 'CONT', $p->{pid};
	my $r = finish_probe($p);
	ok($r->{answer}{ok} && abs($r->{answer}{duration_ms} - 120000) < 50, 'and it decodes') or diag($r->{text});
	ok(!-e "/proc/$ffmpeg", 'it has been waited for');

	$p = start_probe("$dir/long.m4a", '--type', 'audio/mp4');
	look_at($p);
	($ffmpeg) = children($p->{pid});
	kill 'KILL', $p->{pid};
	is(finish_probe($p)->{signal}, $signal{KILL}, 'veza-probe is killed');
	ok(wait_for(sub { !-e "/proc/$ffmpeg/exe" }), 'ffmpeg ends with it');
};

subtest 'an ffmpeg that was taken over' => sub {
	my $intruder = build_tool($dir, 'intruder', 'test/probe/intruder.c');
	sound("$dir/short.m4a", '-f lavfi -i sine -t 0.3');
	my $r = probe("$dir/short.m4a", '--type', 'audio/mp4', '--ffmpeg', $intruder);
	is($r->{answer}{frames}, 100003, 'reads its file, runs threads, and is let do nothing else') or diag($r->{text});
	system($ENV{CC} // 'cc', '-std=gnu11', '-D_GNU_SOURCE', '-DONLY_INPUT', '-static', '-o', "$dir/static", "$FindBin::Bin/intruder.c") == 0 or die;
	$r = probe("$dir/short.m4a", '--type', 'audio/mp4', '--ffmpeg', "$dir/static");
	is($r->{answer}{frames}, 100000, 'one that does not load the guard finds no file') or diag($r->{text});
};
ok(!-e '/tmp/veza-escape' && !-e '/tmp/veza-intruder', 'nothing is left behind');
done_testing();
