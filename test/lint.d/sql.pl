#!/usr/bin/perl
# Checks that SQL names its tables, views, functions and types with their schema, so
# that no search_path can put something else in their place. What lives in
# pg_catalog may stand alone: every script and function has search_path = pg_catalog.
#
#   sql.pl FILE...        SQL files, and C files, whose SQL stands in string constants

use strict;
use warnings;

my $findings = 0;
my $OURS = qr/veza(?:_data|_report)?/;

sub complain
{
	my ($file, $line, $what) = @_;
	print "$file:$line: $what\n";
	$findings++;
}

# Empties comments and, but for dollar quotes, strings; lines stay.
sub strip
{
	my ($sql) = @_;
	$sql =~ s{(/\*.*?\*/|--[^\n]*|'(?:[^']|'')*')}{$1 =~ s/[^\n]/ /gr}gse;
	return $sql;
}

# The SQL of a C file: each run of string constants that begins with a statement.
sub statements_of_c
{
	my ($text) = @_;
	my @found;
	$text =~ s{/\*.*?\*/}{$& =~ s/[^\n]/ /gr}gse;
	while ($text =~ /((?:"(?:[^"\\\n]|\\.)*"\s*)+)/g)
	{
		my ($run, $at) = ($1, $-[1]);
		my $line = 1 + (substr($text, 0, $at) =~ tr/\n//);
		my $sql = join(' ', $run =~ /"((?:[^"\\\n]|\\.)*)"/g);
		push @found, [ $line, $sql ] if $sql =~ /^\s*(?:select|insert into|update|delete from|with|create|drop|alter)\s/i;
	}
	return @found;
}

# Names that a statement makes itself: WITH x AS, aliases of subqueries, trigger variables.
sub own_names
{
	my ($sql) = @_;
	my %own = map { (lc $_ => 1) } qw(lateral only new old unnest generate_series e);
	$own{ lc $1 } = 1 while $sql =~ /\b(\w+)\s*(?:\([\w\s,]*\)\s*)?as\s*(?:not\s+)?(?:materialized\s*)?\(/gi;
	return %own;
}

# Tables: what FROM, JOIN, INTO, UPDATE, REFERENCES and the like are followed by.
sub check_tables
{
	my ($file, $first_line, $sql) = @_;
	my %own = own_names($sql);
	while ($sql =~ /\b(from|join|insert\s+into|update|references|truncate(?!\s+on\b)|(?:create|alter|drop)\s+(?:table|view))\s+(?:only\s+|if\s+exists\s+|if\s+not\s+exists\s+)?([a-z_]\w*)(\s*[.(]?)/gi)
	{
		my ($word, $name, $next, $at) = ($1, $2, $3, $-[0]);
		my $before = substr($sql, $at > 30 ? $at - 30 : 0, $at > 30 ? 30 : $at);
		next if $next =~ /[.(]/ && $word !~ /references|into/i || $next =~ /\./;
		next if $own{ lc $name } || $name =~ /^(?:pg_|information_schema)/ || $name =~ /^(?:select|set|of|nowait|skip)$/i;
		next if $word =~ /^from$/i && $before =~ /(?:extract\s*\([^()]*|distinct|substring\s*\([^()]*|trim\s*\([^()]*)\s*$/i;
		next if $word =~ /^from$/i && $before =~ /\b(?:revoke|revoked)\b/i || $name =~ /^(?:public|veza_\w+)$/i;
		next if $word =~ /^update$/i && $before =~ /\b(?:for|do|or|before|after|of|on|no\s+key|grant\s+.*)\s*(?:insert\s+or\s*)?,?$/i;
		complain($file, $first_line + (substr($sql, 0, $at) =~ tr/\n//), "$word $name: name the schema");
	}
}

# Our own functions and the objects that a script creates.
sub check_objects
{
	my ($file, $first_line, $sql) = @_;
	while ($sql =~ /\bcreate\s+(?:or\s+replace\s+)?(?:unique\s+)?(table|view|function|procedure|aggregate|type|domain|sequence|index|trigger)\s+(?:if\s+not\s+exists\s+)?([\w.]+)/gi)
	{
		my ($kind, $name, $at) = (lc $1, $2, $-[0]);
		my $line = $first_line + (substr($sql, 0, $at) =~ tr/\n//);
		if ($kind =~ /^(?:index|trigger)$/)
		{
			my ($on) = substr($sql, $at) =~ /\bon\s+(?:only\s+)?([\w.]+)/i;
			complain($file, $line, "create $kind $name on " . ($on // '?') . ': name the schema of the table')
			  if ($on // '') !~ /^$OURS\.\w+$/;
		}
		else { complain($file, $line, "create $kind $name: name the schema") if $name !~ /^$OURS\.\w+$/ }
	}
}

for my $file (@ARGV)
{
	open(my $f, '<', $file) or die "$file: $!\n";
	my $text = do { local $/; <$f> };
	my @parts = $file =~ /\.[ch]$/ ? statements_of_c($text) : ([ 1, $text ]);
	for my $part (@parts)
	{
		my $sql = strip($part->[1]);
		check_tables($file, $part->[0], $sql);
		check_objects($file, $part->[0], $sql);
	}
}
exit($findings > 0);
