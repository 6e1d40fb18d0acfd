#!/usr/bin/perl
# Checks that every C function says what it guarantees: in a comment above it, or
# above its declaration in a header, or, for a function that SQL calls, in its
# COMMENT ON FUNCTION or PROCEDURE. A comment of a group of declarations without a
# blank line between them is a comment of each.
#
#   comments.pl C-FILES... HEADERS... SQL-FILES...

use strict;
use warnings;

my %documented;           # by a header or by SQL
my $findings = 0;
my @sources = grep { /\.c$/ } @ARGV;
my @headers = grep { /\.h$/ } @ARGV;

sub read_file
{
	my ($path) = @_;
	open(my $f, '<', $path) or die "$path: $!\n";
	local $/;
	return scalar(<$f>) // '';
}

# Every file begins with a comment that says what it is for.
for my $file (@sources, @headers)
{
	my $text = read_file($file);
	my ($name) = $file =~ m{([^/]+)$};
	if ($text !~ m{\A/\*\n \* \Q$name\E\n \*\s+\S})
	{
		print "$file:1: the file begins with a comment that names it and says what it is for\n";
		$findings++;
	}
	# Whoever calls into a file with threads has to know in which.
	if ($file =~ m{^httpd/(?!config/).*\.h$} && $text !~ m{\A/\*(?:(?!\*/).)*\b(?:threads?|[Pp]ure)\b}s)
	{
		print "$file:1: the comment at the beginning says in which thread, or that it is pure\n";
		$findings++;
	}
}
for my $file (@headers)
{
	# What the header's first comment names, it explains.
	my ($first) = read_file($file) =~ m{\A(/\*.*?\*/)}s;
	$documented{$1} = 1 while ($first // '') =~ /\b(\w+_\w+)\b/g;
	for my $paragraph (split /\n\s*\n/, read_file($file))
	{
		my ($comment) = $paragraph =~ m{(/\*.*?\*/)}s or next;
		my $code = substr($paragraph, index($paragraph, $comment) + length $comment);
		$documented{$1} = 1 while $code =~ /\b(\w+)\s*\(/g;
	}
}
for my $file (grep { /\.sql$/ } @ARGV)
{
	my $text = read_file($file);
	$documented{$1} = 1 while $text =~ /COMMENT ON (?:FUNCTION|PROCEDURE|AGGREGATE)\s+veza\.(\w+)/gi;
	# The parts of an aggregate are documented by it.
	$documented{$1} = 1 while $text =~ /(?:SFUNC|FINALFUNC)\s*=\s*veza\.(\w+)/gi;
}
for my $file (@sources, @headers)
{
	my @lines = split /\n/, read_file($file);
	for my $i (1 .. $#lines)
	{
		next if $lines[$i] !~ /^(\w+)\(/;
		my $name = $1;
		my $end = $i;
		$end++ while $end < $#lines && $lines[$end] !~ /[;{}]/;
		next if ($lines[$end] // '') !~ /^\{/ || $lines[ $i - 1 ] =~ /^\s*$|[;}]\s*$/;
		my $first = $i - 1;
		$first-- while $first > 0 && $lines[ $first - 1 ] =~ /^\w[^;{}]*$/;
		next if $name eq 'main' || $documented{$name} || $lines[ $first - 1 ] =~ m{\*/\s*$};
		print "$file:" . ($i + 1) . ": $name has no comment above it or its declaration\n";
		$findings++;
	}
}
exit($findings > 0);
