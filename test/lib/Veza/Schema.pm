package Veza::Schema;

# JSON Schema and OpenAPI, judged by validators of others (test/lib/validate.mjs):
# what test/package-lock.json names is installed below test/ when it is first needed.
#
#   my $v = Veza::Schema->new;
#   $v->load('psp', 'draft-07', $text);
#   my @problems = $v->problems('psp', '/components/schemas/RefundResponse', $json);
#   my @wrong = $v->openapi_problems($text);

use strict;
use warnings;
use Carp qw(croak);
use Fcntl qw(LOCK_EX);
use IPC::Open2 qw(open2);
use JSON::PP ();
use Veza::Stack;

my $json = JSON::PP->new->utf8->canonical->allow_nonref;
my $top = "$Veza::Stack::TOP/test";

# Installs the validators unless those of this lock file are there.
sub install
{
	my $lock = Veza::Stack->read_file("$top/package-lock.json");
	my $mark = "$top/node_modules/.veza-installed";
	open(my $turn, '<', "$top/package.json") or croak "package.json: $!";
	flock($turn, LOCK_EX);
	return if -e $mark && Veza::Stack->read_file($mark) eq $lock;
	my $said = `cd '$top' && npm ci --loglevel=error 2>&1`;
	croak "npm ci failed:\n$said" if $?;
	open(my $f, '>', $mark) or croak "$mark: $!";
	print $f $lock;
	close $f;
	return;
}

sub new
{
	my ($class) = @_;
	install();
	my $pid = open2(my $out, my $in, 'node', "$top/lib/validate.mjs");
	return bless { pid => $pid, out => $out, in => $in }, $class;
}

sub ask
{
	my ($self, $question) = @_;
	my $in = $self->{in};
	my $out = $self->{out};
	local $SIG{PIPE} = 'IGNORE';
	print $in $json->encode($question), "\n";
	$in->flush;
	my $line = <$out> // croak 'the validator has died';
	my $answer = $json->decode($line);
	croak "@{ $answer->{errors} }" if $answer->{failed};
	return $answer;
}

# Makes a document known by a name; the dialect is draft-07 or 2020-12.
sub load { my ($self, $name, $dialect, $text) = @_; $self->ask({ load => $name, dialect => $dialect, text => $text }); return }

# What is wrong with a JSON text by the schema at that place of the document.
sub problems { my ($self, $name, $ref, $text) = @_; return @{ $self->ask({ check => $name, ref => $ref, text => $text })->{errors} } }

# What is wrong with an OpenAPI description, and its version.
sub openapi_problems { my ($self, $text) = @_; return @{ $self->ask({ openapi => $text })->{errors} } }
sub openapi_version { my ($self, $text) = @_; return $self->ask({ openapi => $text })->{version} }

sub DESTROY
{
	my ($self) = @_;
	local $?;
	close $self->{in};
	waitpid $self->{pid}, 0;
	return;
}

1;
