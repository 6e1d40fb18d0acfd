#!/usr/bin/perl
# Checks who refuses how (docs/design.md, "Refusing"): what a function may use depends on
# the lanes of its routes.
#
# - The function of a route in the reads lane, and the static functions that it uses, never
#   raise: VZ_REFUSE, which there is a value.
# - VZ_REFUSE is for them alone, and VZ_REFUSE_AND_KEEP is not for them: there is nothing to keep.
# - ereport(ERROR) stands in named files only: a refusal is made of the catalogue, and a
#   mistake of ours is elog(ERROR). A SQLSTATE or code of the catalogue is written nowhere else.
# - RAISE EXCEPTION is in the scripts that build the catalogue alone: a rule is C.
#
#   refusals.pl C-FILES... SQL-FILES...      of the extension

use strict;
use warnings;

# Who may ereport(ERROR): the refusal itself, a setting that cannot be used, memory of others that has run out.
my %MAY_REPORT = map { ("extension/src/$_" => 1) } qw(core/ground/refusal.c core/ground/clock.c auth/password.c);

# Scripts that stop a build of ours that is wrong.
my %MAY_RAISE = map { ("extension/sql/$_" => 1) } qw(header.sql routes.sql);

my $findings = 0;
my (%lanes, %function);

sub complain
{
	my ($file, $line, $what) = @_;
	print "$file:$line: $what\n";
	$findings++;
}

sub read_file
{
	my ($path) = @_;
	open(my $f, '<', $path) or die "$path: $!\n";
	local $/;
	return scalar(<$f>) // '';
}

sub line_of
{
	my ($t, $offset) = @_;
	return 1 + (substr($t, 0, $offset) =~ tr/\n//);
}

# Notes the functions of a file: name => [line, body, is it static].
sub read_functions
{
	my ($file, $code) = @_;
	while ($code =~ /^((?:\w[^\n;={}()]*\n)(\w+)\([^;{}]*\)\n)\{(.*?)^\}/msg)
	{
		my ($head, $name, $body, $at) = ($1, $2, $3, $-[3]);
		$function{$file}{$name} = [ line_of($code, $at), $body, $head =~ /^static\b/ ? 1 : 0 ];
	}
	return;
}

# A function and the static ones of its file that it reaches.
sub reached
{
	my ($file, $name, $seen) = @_;
	return if $seen->{$name}++;
	my $body = $function{$file}{$name}[1];
	for my $other (grep { $function{$file}{$_}[2] } sort keys %{ $function{$file} })
	{
		reached($file, $other, $seen) if $body =~ /\b\Q$other\E\b/;
	}
	return sort keys %$seen;
}

# Complains of each place in the function's body that the pattern finds.
sub forbid
{
	my ($file, $name, $pattern, $why) = @_;
	my ($line, $body) = @{ $function{$file}{$name} };
	while ($body =~ /\b($pattern)\b/g) { complain($file, $line + line_of($body, $-[1]) - 1, "$1 in $name: $why") }
}

for my $file (grep { /\.sql$/ } @ARGV)
{
	my $t = read_file($file) =~ s/--[^\n]*//gr;
	while ($t =~ /\badd_route\(\s*'\w+',\s*'[^']*',\s*'veza\.(\w+)',\s*'\w+',\s*'(\w+)'/g) { $lanes{$1}{$2} = 1 }
	next if $MAY_RAISE{$file};
	while ($t =~ /\bRAISE\s+EXCEPTION\b/gi) { complain($file, line_of($t, $-[0]), 'RAISE EXCEPTION: a rule is C, and refuses by the catalogue') }
}
for my $file (grep { /\.c$/ } @ARGV)
{
	my $code = read_file($file) =~ s{/\*.*?\*/|"(?:\\.|[^"\\\n])*"}{$& =~ s/[^\n]+/ /gr}gser;
	while ($code =~ /\bereport\s*\(\s*(?:ERROR|FATAL|PANIC)\b/g)
	{
		complain($file, line_of($code, $-[0]), 'ereport(ERROR): a refusal is vz_raise or VZ_REFUSE, a mistake of ours elog(ERROR)') if !$MAY_REPORT{$file};
	}
	read_functions($file, $code);
}
for my $file (sort keys %function)
{
	next if $file =~ m{^extension/src/core/ground/refusal\.c$};
	my %of_reads;
	for my $name (grep { $lanes{$_}{reads} } sort keys %{ $function{$file} }) { $of_reads{$_} = 1 for reached($file, $name, {}) }
	for my $name (sort keys %{ $function{$file} })
	{
		if ($of_reads{$name}) {
			forbid($file, $name, 'vz_raise|vz_raise_error|vz_raise_if|vz_own_lock', 'it is of the reads lane, where a refusal is a value: VZ_REFUSE');
			forbid($file, $name, 'VZ_REFUSE_AND_KEEP|vz_refuse_and_keep', 'it is of the reads lane, where nothing was written: VZ_REFUSE');
		}
		else { forbid($file, $name, 'VZ_REFUSE|VZ_REFUSE_IF|vz_refuse|vz_refuse_if', 'it is in no route of the reads lane: vz_raise, or VZ_REFUSE_AND_KEEP if what it wrote must stay') if $file !~ m{^extension/src/core/request/} }
	}
}
exit($findings > 0);
