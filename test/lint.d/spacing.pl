#!/usr/bin/perl
# Compares a C file with what clang-format makes of it: every blank between two
# tokens, and no line end.
#
#   clang-format FILE | spacing.pl FILE

use strict;
use warnings;

my ($file) = @ARGV;
my $findings = 0;

# One statement a line, blanks and line ends alike; strings and comments are left out.
sub statements
{
	my ($text) = @_;
	my ($line, @out) = (1);
	my $piece = '';
	my $begin;

	$text =~ s/\\\n/ \n/g;
	while ($text =~ /\G("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\/\*.*?\*\/|\/\/[^\n]*|\s+|.)/gs)
	{
		my $token = $1;
		my $lines = $token =~ tr/\n//;

		$begin //= $line if $token !~ /^\s/;
		$piece .= $token =~ m{^/[*/]} ? '/**/' : $token =~ /^\s/ ? ' ' : $token;
		$line += $lines;
		if ($token =~ /^[;{}]$/)
		{
			push @out, [ $begin // $line, $piece ];
			($piece, $begin) = ('', undef);
		}
	}
	push @out, [ $begin // $line, $piece ];
	return map { [ $_->[0], normal($_->[1]) ] } @out;
}

# What the two disagree about: blanks at braces, at function pointers, at an
# arrow behind a call, and before a minus behind a cast.
sub normal
{
	my ($s) = @_;
	$s =~ s/ +/ /g;
	$s =~ s/^ | $//g;
	$s =~ s/\) \{/){/g;
	$s =~ s/\) \(/)(/g;
	$s =~ s/ ?\} ?/}/g;
	$s =~ s/\{ /{/g;
	$s =~ s/\* \)/*)/g;
	$s =~ s/\) (?=[-)])/)/g;
	$s =~ s/\)- \(/)-(/g;
	return $s;
}

sub read_all
{
	my ($from) = @_;
	open(my $f, '<', $from) or die "$from: $!\n";
	local $/;
	return scalar(<$f>) // '';
}

my $text = read_all($file);
my $formatted = do { local $/; <STDIN> };
my @ours = statements($text);
my @theirs = statements($formatted);

for my $i (0 .. $#ours)
{
	my ($line, $our) = @{ $ours[$i] };
	my $their = $theirs[$i] ? $theirs[$i][1] : '';
	next if $our eq $their;
	my $same = 0;
	$same++ while substr($our, $same, 1) eq substr($their, $same, 1);
	my $from = $same > 20 ? $same - 20 : 0;
	print "$file:$line: write '", substr($their, $from, 45), "', not '", substr($our, $from, 45), "'\n";
	last if ++$findings >= 20;
}
exit($findings > 0);
