package Veza::WebApp;

# A page of a web app's origin, for tests in a browser; what it holds does not matter.
#
#   my $app = Veza::WebApp->new;
#   $browser->open($app->origin . '/');

use strict;
use warnings;
use IO::Socket::INET;

sub new
{
	my ($class) = @_;
	my $listener = IO::Socket::INET->new(Listen => 16, LocalAddr => '127.0.0.1', ReuseAddr => 1) or die "no port: $!";
	my $self = bless { origin => 'http://localhost:' . $listener->sockport, owner => $$ }, $class;
	$self->{pid} = fork // die "no process: $!";
	serve($listener) if !$self->{pid};
	return $self;
}

# Answers the page to whoever asks; never returns.
sub serve
{
	my ($listener) = @_;
	$SIG{TERM} = 'DEFAULT';
	while (my $c = $listener->accept)
	{
		my $line = <$c>;
		print $c "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 25\r\nConnection: close\r\n\r\n<title>A web app</title>\n";
		close $c;
	}
	exit;
}

sub origin { return $_[0]{origin} }

sub DESTROY
{
	my ($self) = @_;
	local ($?, $!);
	return if $$ != $self->{owner};
	kill 'TERM', $self->{pid};
	waitpid $self->{pid}, 0;
	return;
}

1;
