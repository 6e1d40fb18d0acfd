package Veza::Session;

# A psql that stays open: for statements that must share a transaction, for
# holding a lock while something else happens, and for asking often without
# starting a program each time.
#
#   my $holder = Veza::Session->new($stack, role => 'postgres');
#   $holder->do('begin; select from t for update');
#   my $pending = $holder->send('select slow()');    # does not wait
#   my $text = $holder->receive;                     # waits
#   $holder->close;

use strict;
use warnings;
use Carp qw(croak);
use IO::Select;
use POSIX qw(WNOHANG _exit);
use Time::HiRes qw(time);

# Options: role (postgres), database, stop (end the session at an error).
sub new
{
	my ($class, $stack, %o) = @_;
	my $self = bless { stack => $stack, serial => 0, buffer => '' }, $class;

	pipe(my $in, $self->{in}) or croak "pipe: $!";
	pipe($self->{out}, my $out) or croak "pipe: $!";
	my @command = ($stack->bin . '/psql', '-X', '-q', '-A', '-t', '-F', '|',
		'-v', 'ON_ERROR_STOP=' . ($o{stop} ? 1 : 0), '-v', 'VERBOSITY=verbose',
		'-h', $stack->{socket}, '-U', $o{role} // 'postgres', '-d', $o{database} // $stack->{database});
	$self->{pid} = fork() // croak "fork: $!";
	if (!$self->{pid})
	{
		open STDIN, '<&', $in;
		open STDOUT, '>&', $out;
		open STDERR, '>&', $out;
		close $_ for $self->{in}, $self->{out}, $in, $out;
		exec @command or _exit(127);
	}
	close $in;
	close $out;
	$self->{owner} = $$;
	$self->{in}->autoflush(1);
	return $self;
}

# Sends SQL and returns at once.
sub send
{
	my ($self, $sql) = @_;
	local $SIG{PIPE} = 'IGNORE';

	$self->{serial}++;
	print { $self->{in} } "$sql\n;\n\\echo veza-end-$self->{serial}\n";
	return $self;
}

# Waits for the output of what was sent; undef when the session has ended or the time is up.
sub receive
{
	my ($self, $timeout) = @_;
	my $end = time + ($timeout // 30);
	my $mark = qr/^veza-end-$self->{serial}\n/m;
	my $select = IO::Select->new($self->{out});

	while ($self->{buffer} !~ $mark)
	{
		my $left = $end - time;
		return if $left <= 0 || !$select->can_read($left);
		return if !sysread($self->{out}, $self->{buffer}, 65536, length $self->{buffer});
	}
	my ($text, $rest) = split $mark, $self->{buffer}, 2;
	$self->{buffer} = $rest;
	chomp $text;
	return $text;
}

# Sends SQL and waits for its output, error messages included.
sub do
{
	my ($self, $sql, $timeout) = @_;
	return $self->send($sql)->receive($timeout);
}

# The process id of the session's backend.
sub backend
{
	my ($self) = @_;
	return $self->do('select pg_backend_pid()');
}

sub close
{
	my ($self) = @_;
	my $pid = delete $self->{pid} or return;
	return if $self->{owner} != $$;
	close $self->{in};
	my $end = time + 5;
	while (waitpid($pid, WNOHANG) == 0)
	{
		if (time > $end)
		{
			kill 'KILL', $pid;
			waitpid($pid, 0);
			last;
		}
		select undef, undef, undef, 0.005;
	}
	close $self->{out};
}

sub DESTROY
{
	my ($self) = @_;
	local ($?, $!, $@);
	$self->close;
}

1;
