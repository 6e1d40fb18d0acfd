package Veza::Jose;

# JWTs, read and made by the npm package jose (test/lib/jose.mjs).
#
#   my $jose = Veza::Jose->new;
#   my $r = $jose->ask(verify => $token, key => $key, issuer => 'veza-api', audience => 'veza-app');
#   my $token = $jose->token(sign => \%payload, header => { alg => 'HS256', typ => 'JWT' }, key => $key);

use strict;
use warnings;
use Carp qw(croak);
use IPC::Open2 qw(open2);
use JSON::PP ();
use Veza::Schema;
use Veza::Stack;

my $json = JSON::PP->new->utf8->canonical;

sub new
{
	my ($class) = @_;
	Veza::Schema::install();
	my $pid = open2(my $out, my $in, 'node', "$Veza::Stack::TOP/test/lib/jose.mjs");
	return bless { pid => $pid, out => $out, in => $in }, $class;
}

# One question; see jose.mjs.
sub ask
{
	my ($self, %question) = @_;
	my ($in, $out) = @{$self}{qw(in out)};
	local $SIG{PIPE} = 'IGNORE';
	print $in $json->encode(\%question), "\n";
	$in->flush;
	my $line = <$out> // croak 'jose has died';
	my $answer = $json->decode($line);
	croak $answer->{failed} if $answer->{failed};
	return $answer;
}

sub token { my ($self, %question) = @_; return $self->ask(%question)->{token} }

sub DESTROY
{
	my ($self) = @_;
	local $?;
	close $self->{in};
	waitpid $self->{pid}, 0;
	return;
}

1;
