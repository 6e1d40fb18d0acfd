package Veza::Probe;

# veza-probe, started as veza-httpd starts it, sounds to give it, and readers of others
# to compare it with.
#
#   my $r = probe($file, '--max-seconds', 60);
#   # { status, signal, text, answer, waveform, cover, cpu (s), rss (kB) }
#   my $dir = sounds();                    # a directory that goes with the test
#   sound("$dir/a.flac", '-f lavfi -i sine=440:d=5', '-metadata title=x');
#   my $said = reader('tags', $file);      # test/lib/audio.mjs

use strict;
use warnings;
use Carp qw(croak);
use Exporter qw(import);
use Fcntl qw(F_SETFD);
use File::Temp ();
use IO::Select;
use JSON::PP ();
use POSIX qw(_exit dup2);
use Veza::Schema;
use Veza::Stack;

our @EXPORT = qw(probe start_probe finish_probe sounds sound reader program_output build_tool write_bytes read_bytes);

my $json = JSON::PP->new->utf8->canonical->allow_nonref;
my $build = $ENV{BUILD} // "$Veza::Stack::TOP/.build";
our $program = "$build/httpd/veza-probe";
# The call that says what a child has used; Perl has none.
my %wait4 = (x86_64 => 61, aarch64 => 260);
my $machine = (POSIX::uname())[4];

# What was started and not waited for; it ends with the test.
my %running;
END { local $?; kill 'KILL', keys %running if %running }

# Starts the program with the file as its standard input.
sub start_probe
{
	my ($file, @options) = @_;
	my %by = ref $options[0] ? %{ shift @options } : ();
	open(my $in, '<', $file) or croak "$file: $!";
	my @pipes = map { pipe(my $read, my $write) or croak "pipe: $!"; [ $read, $write ] } 0 .. 2;
	my $pid = fork // croak "fork: $!";
	if (!$pid)
	{
		# Away from the descriptors that they are moved to.
		my @from = map { fcntl($_, Fcntl::F_DUPFD(), 20) } $in, map { $_->[1] } @pipes;
		dup2($from[$_], (0, 1, 3, 4)[$_]) for 0 .. 3;
		%ENV = (%ENV, %{ $by{env} // {} });
		POSIX::close($_) for @from;
		my $as = $by{program} // $program;
		exec { $as } $as, @options or _exit(127);
	}
	close $_->[1] for @pipes;
	$running{$pid} = 1;
	return { pid => $pid, pipes => [ map { $_->[0] } @pipes ] };
}

# Reads all that it writes, and waits for its end.
sub finish_probe
{
	my ($p) = @_;
	my %text = map { ($_ => '') } @{ $p->{pipes} };
	my $select = IO::Select->new(@{ $p->{pipes} });
	while ($select->count)
	{
		for my $pipe ($select->can_read)
		{
			$select->remove($pipe) if !sysread($pipe, $text{$pipe}, 65536, length $text{$pipe});
		}
	}
	my $status = pack 'l', 0;
	my $usage = "\0" x 256;
	syscall($wait4{$machine}, $p->{pid}, $status, 0, $usage) == $p->{pid} or croak "wait4: $!";
	delete $running{ $p->{pid} };
	my ($code, @time) = (unpack('l', $status), unpack 'q5', $usage);
	my ($json_text, $waveform, $cover) = @text{ @{ $p->{pipes} } };
	return { status => $code >> 8, signal => $code & 127, text => $json_text, waveform => $waveform, cover => $cover,
		answer => eval { $json->decode($json_text) } // {}, cpu => $time[0] + $time[2] + ($time[1] + $time[3]) / 1e6, rss => $time[4] };
}

sub probe { return finish_probe(start_probe(@_)) }

sub sounds { return File::Temp->newdir('veza-sounds-XXXXXX', TMPDIR => 1) }

# Makes a file with ffmpeg: inputs and what is done with them, as words of a shell.
sub sound
{
	my ($file, @words) = @_;
	my $said = `ffmpeg -nostdin -v error -y @words '$file' 2>&1`;
	croak "ffmpeg @words $file: $said" if $?;
	return $file;
}

# What a command writes.
sub program_output
{
	my (@command) = @_;
	open(my $f, '-|:raw', @command) or croak "$command[0]: $!";
	local $/;
	my $text = <$f>;
	close $f or croak "@command failed";
	return $text // '';
}

# What a reader of npm says of a file, or what others do (see audio.mjs).
sub reader
{
	my ($what, $file) = @_;
	Veza::Schema::install();
	return $json->decode(program_output('node', "$Veza::Stack::TOP/test/lib/audio.mjs", $what, $file));
}

# Builds a small program of the tests; returns where it is.
sub build_tool
{
	my ($dir, $name, @sources) = @_;
	my $top = $Veza::Stack::TOP;
	system($ENV{CC} // 'cc', '-std=gnu11', '-D_GNU_SOURCE', '-O1', '-o', "$dir/$name", map { "$top/$_" } @sources) == 0 or croak "$name cannot be built";
	return "$dir/$name";
}

sub write_bytes
{
	my ($file, $bytes) = @_;
	open(my $f, '>:raw', $file) or croak "$file: $!";
	print $f $bytes;
	close $f or croak "$file: $!";
	return $file;
}

sub read_bytes
{
	my ($file) = @_;
	open(my $f, '<:raw', $file) or croak "$file: $!";
	local $/;
	return scalar <$f>;
}

1;
