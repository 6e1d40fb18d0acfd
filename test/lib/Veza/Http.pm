package Veza::Http;

# An HTTP client for tests. It keeps what a polite client hides: the exact
# bytes, repeated headers, interim answers, when a connection was closed. It
# follows no redirect, repeats nothing and adds no header but Host.
#
#   my $api = Veza::Http->new('http://127.0.0.1:8080', prefix => '/api/v1');
#   my $r = $api->post('/auth/login', { email => ..., password => ... });
#   $r->status; $r->data->{user}; $r->code; $r->header('retry-after');
#   my @all = $api->parallel(map { [ GET => '/auth/me', undef, token => $t ] } 1 .. 50);
#   my $c = $api->connect; $c->send("GET / HTTP/1.1\r\n"); $c->answer; $c->is_closed(2);

use strict;
use warnings;
use Carp qw(croak);
use IO::Select;
use IO::Socket::INET;
use JSON::PP ();
use Socket qw(SOL_SOCKET SO_RCVBUF);
use Time::HiRes qw(time sleep);

our $TIMEOUT = 20;

# Called with method, target, answer and client of every request that got an answer.
our $WITNESS;

my $json = JSON::PP->new->utf8->canonical->allow_nonref;

sub encode { return $json->encode($_[0]) }

sub decode { return scalar eval { $json->decode($_[0]) } }

# Options: prefix (of relative paths), token (sent unless the request says otherwise).
sub new
{
	my ($class, $url, %o) = @_;
	my ($host, $port) = $url =~ m{^http://([^:/]+):(\d+)} or croak "not an address: $url";
	return bless { host => $host, port => $port, prefix => '', %o }, $class;
}

# The same server, with this token.
sub as { my ($self, $token) = @_; return bless { %$self, token => $token }, ref $self }

# The bytes of a request. Options: token, headers (name => value, undef leaves it out; a
# list of values repeats it), version.
sub bytes
{
	my ($self, $method, $path, $body, %o) = @_;
	my $token = exists $o{token} ? $o{token} : $self->{token};
	my $content = ref $body ? encode($body) : $body;
	my $target = $path =~ m{^/} ? $self->{prefix} . $path : $path;
	my %headers = (Host => "$self->{host}:$self->{port}",
		(defined $token ? (Authorization => "Bearer $token") : ()),
		(defined $content ? ('Content-Type' => 'application/json', 'Content-Length' => length $content) : ()),
		%{ $o{headers} // {} });
	my @lines = map { my $name = $_; map { "$name: $_" } ref $headers{$name} ? @{ $headers{$name} } : $headers{$name} }
	  grep { defined $headers{$_} } sort keys %headers;
	return join("\r\n", "$method $target " . ($o{version} // 'HTTP/1.1'), @lines, '', '') . ($content // '');
}

# One request on a connection of its own.
sub request
{
	my ($self, @request) = @_;
	return ($self->parallel([@request]))[0];
}

sub get    { my ($self, $path, %o) = @_; return $self->request('GET', $path, undef, %o) }
sub head   { my ($self, $path, %o) = @_; return $self->request('HEAD', $path, undef, %o) }
sub post   { my ($self, $path, $body, %o) = @_; return $self->request('POST', $path, $body, %o) }

# All requests at the same time, each on a connection of its own; answers in the same
# order. A request that got no answer has status 0 and says why in ->problem.
sub parallel
{
	my ($self, @requests) = @_;
	my @flights;

	for my $r (@requests)
	{
		my ($method, $path, $body, %o) = @$r;
		my $c = $self->connect;
		push @flights, { connection => $c, method => $method, since => time, until => time + ($o{timeout} // $TIMEOUT) };
		$c->{out} = $self->bytes($method, $path, $body, %o, headers => { Connection => 'close', %{ $o{headers} // {} } });
	}
	while (my @open = grep { !$_->{answer} } @flights)
	{
		my $readers = IO::Select->new(map { $_->{connection}{socket} // () } @open);
		my $writers = IO::Select->new(map { length $_->{connection}{out} ? $_->{connection}{socket} : () } @open);
		my ($r, $w) = IO::Select->select($readers, $writers, undef, 0.5);
		my %ready = map { fileno($_) => 1 } @{ $r // [] };
		my %able = map { fileno($_) => 1 } @{ $w // [] };
		for my $f (@open)
		{
			my $c = $f->{connection};
			my $n = defined $c->{socket} ? fileno($c->{socket}) : -1;
			$c->_write if $able{$n};
			$c->_read if $ready{$n};
			$f->{answer} = $c->_take($f->{method});
			$f->{answer} //= Veza::Http::Answer->none($c->{problem}) if $c->{is_closed};
			$f->{answer} //= Veza::Http::Answer->none('no answer in time') if time > $f->{until};
			$f->{answer}{seconds} = time - $f->{since} if $f->{answer};
			$c->close if $f->{answer};
		}
	}
	if ($WITNESS)
	{
		for my $i (grep { $flights[$_]{answer}->status } 0 .. $#flights)
		{
			my ($method, $path) = @{ $requests[$i] };
			$WITNESS->($method, $path =~ m{^/} ? $self->{prefix} . $path : $path, $flights[$i]{answer}, $self);
		}
	}
	return map { $_->{answer} } @flights;
}

# A connection whose bytes the test chooses. Option: small (a receive buffer of few bytes).
sub connect
{
	my ($self, %o) = @_;
	return Veza::Http::Connection->open($self, %o);
}

# Sends the bytes on a new connection; returns the answers until the connection is closed
# or nothing comes for a while, and the connection.
sub say_raw
{
	my ($self, $bytes, %o) = @_;
	my $c = $self->connect;
	my @answers;
	$c->send($bytes);
	while (my $a = $c->answer(timeout => $o{timeout} // 5, method => $o{method}))
	{
		push @answers, $a;
		last if @answers >= ($o{answers} // 1);
	}
	return ($c, @answers);
}

package Veza::Http::Connection;

use strict;
use warnings;
use Errno qw(EAGAIN EINPROGRESS EINTR);
use IO::Select;
use Socket qw(IPPROTO_TCP TCP_NODELAY SOL_SOCKET SO_RCVBUF SO_LINGER);
use Time::HiRes qw(time sleep);

sub open
{
	my ($class, $http, %o) = @_;
	my $self = bless { http => $http, in => '', out => '', is_closed => 0 }, $class;
	my $s = IO::Socket::INET->new(Proto => 'tcp') or die "socket: $!";
	setsockopt($s, SOL_SOCKET, SO_RCVBUF, pack('i', $o{small})) if $o{small};
	if (!connect($s, Socket::pack_sockaddr_in($http->{port}, Socket::inet_aton($http->{host}))))
	{
		$self->{is_closed} = 1;
		$self->{problem} = "connect: $!";
	}
	setsockopt($s, IPPROTO_TCP, TCP_NODELAY, 1);
	$s->blocking(0);
	$self->{socket} = $s;
	return $self;
}

sub _write
{
	my ($self) = @_;
	local $SIG{PIPE} = 'IGNORE';
	my $n = syswrite($self->{socket}, $self->{out}, 262144);
	if (defined $n) { substr($self->{out}, 0, $n, '') }
	elsif ($! != EAGAIN && $! != EINTR) { $self->{out} = ''; $self->{problem} = "write: $!" }
	return;
}

sub _read
{
	my ($self) = @_;
	my $n = sysread($self->{socket}, $self->{in}, 262144, length $self->{in});
	return if !defined $n && ($! == EAGAIN || $! == EINTR);
	return if $n;
	$self->{problem} = defined $n ? 'closed without an answer' : "read: $!";
	$self->{is_reset} = 1 if !defined $n;
	$self->{is_closed} = 1;
	return;
}

# Takes one complete answer out of what was received; undef while there is none.
sub _take
{
	my ($self, $method) = @_;
	my $end = index($self->{in}, "\r\n\r\n");
	return if $end < 0;
	my ($line, @lines) = split /\r\n/, substr($self->{in}, 0, $end);
	my %headers;
	for (@lines)
	{
		my ($name, $value) = /^([^:]+):[ \t]*(.*?)[ \t]*$/ or next;
		push @{ $headers{ lc $name } }, $value;
	}
	my ($status) = $line =~ m{^HTTP/1\.[01] (\d{3})};
	my $rest = substr($self->{in}, $end + 4);
	my ($body, $taken);
	$status //= 0;
	if ($status >= 100 && $status < 200)
	{
		$self->{in} = $rest;
		push @{ $self->{interim} }, $status;
		return $self->_take($method);
	}
	if (($method // '') eq 'HEAD' || $status == 204 || $status == 304) { ($body, $taken) = ('', 0) }
	elsif ($headers{'transfer-encoding'})
	{
		($body, $taken) = ('', 0);
		while (1)
		{
			substr($rest, $taken) =~ /^([0-9A-Fa-f]+)[^\r\n]*\r\n/ or return;
			my ($size, $head) = (hex $1, length $&);
			return if length($rest) < $taken + $head + $size + 2;
			$body .= substr($rest, $taken + $head, $size);
			$taken += $head + $size + 2;
			last if $size == 0;
		}
	}
	elsif ($headers{'content-length'})
	{
		$taken = $headers{'content-length'}[0];
		return if length($rest) < $taken;
		$body = substr($rest, 0, $taken);
	}
	else
	{
		return if !$self->{is_closed};
		($body, $taken) = ($rest, length $rest);
	}
	$self->{in} = substr($rest, $taken);
	return bless { status => $status, line => $line, headers => \%headers, body => $body,
		interim => delete $self->{interim} // [] }, 'Veza::Http::Answer';
}

# Sends bytes; false when the other side does not take them.
sub send
{
	my ($self, $bytes, %o) = @_;
	my $until = time + ($o{timeout} // 5);
	$self->{out} .= $bytes;
	while (length $self->{out} && !$self->{is_closed} && time < $until)
	{
		$self->_write if IO::Select->new($self->{socket})->can_write(0.1);
		last if ($self->{problem} // '') =~ /^write/;
	}
	my $ok = !length $self->{out} && ($self->{problem} // '') !~ /^write/;
	$self->{out} = '';
	return $ok;
}

# The next answer; undef when none comes. Options: timeout, method (of the request).
sub answer
{
	my ($self, %o) = @_;
	my $until = time + ($o{timeout} // $Veza::Http::TIMEOUT);
	while (1)
	{
		my $a = $self->_take($o{method});
		return $a if $a;
		return if $self->{is_closed};
		my $left = $until - time;
		return if $left <= 0;
		$self->_read if IO::Select->new($self->{socket})->can_read($left);
	}
}

# A request on this connection, and its answer.
sub request
{
	my ($self, $method, @rest) = @_;
	$self->send($self->{http}->bytes($method, @rest));
	return $self->answer(method => $method) // Veza::Http::Answer->none($self->{problem} // 'no answer in time');
}

# Whether the other side has closed the connection, waiting for it at most so many seconds.
sub is_closed
{
	my ($self, $seconds) = @_;
	my $until = time + ($seconds // 0);
	while (!$self->{is_closed})
	{
		my $left = $until - time;
		$self->_read if IO::Select->new($self->{socket})->can_read($left > 0 ? $left : 0);
		last if $left <= 0;
	}
	return $self->{is_closed};
}

# What came and was not taken as an answer.
sub left { return $_[0]{in} }

sub half_close { shutdown($_[0]{socket}, 1); return }

# Closes; with reset the other side sees an error instead of an end.
sub close
{
	my ($self, %o) = @_;
	return if !$self->{socket};
	setsockopt($self->{socket}, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0)) if $o{reset};
	close $self->{socket};
	delete $self->{socket};
	$self->{is_closed} = 1;
	return;
}

package Veza::Http::Answer;

use strict;
use warnings;

# What stands for an answer that did not come.
sub none { my ($class, $problem) = @_; return bless { status => 0, headers => {}, body => '', problem => $problem }, $class }

sub status  { return $_[0]{status} }
sub body    { return $_[0]{body} }
sub problem { return $_[0]{problem} }
sub seconds { return $_[0]{seconds} }
sub header  { my ($self, $name) = @_; return ($self->{headers}{ lc $name } // [])->[0] }
sub headers { my ($self, $name) = @_; return @{ $self->{headers}{ lc $name } // [] } }
sub json    { my ($self) = @_; return $self->{json} //= Veza::Http::decode($self->{body}) }
sub data    { my $j = $_[0]->json; return ref $j eq 'HASH' ? $j->{data} : undef }
sub meta    { my $j = $_[0]->json; return ref $j eq 'HASH' ? $j->{meta} : undef }
sub error   { my $j = $_[0]->json; return ref $j eq 'HASH' && ref $j->{error} eq 'HASH' ? $j->{error} : {} }
sub code    { return $_[0]->error->{code} // '' }
sub details { return $_[0]->error->{details} }

# The status and the code in a word, for comparing and for messages.
sub brief
{
	my ($self) = @_;
	return $self->{problem} ? "0 ($self->{problem})" : $self->status . ($self->code ne '' ? ' ' . $self->code : '');
}

# The names of the wrong fields of a VALIDATION_ERROR, in order.
sub fields
{
	my ($self) = @_;
	my $d = $self->details;
	return ref $d eq 'ARRAY' ? map { $_->{field} } @$d : ();
}

# The body without what differs between two equal answers.
sub comparable
{
	my ($self) = @_;
	return $self->{body} =~ s/"request_id":"[^"]*"/"request_id":"-"/r =~ s/"timestamp":"[^"]*"/"timestamp":"-"/r;
}

1;
