#!/usr/bin/perl

# Runs the pgTAP suites NN_name.sql: each in a transaction of its own that is rolled back,
# each as one subtest. What no transaction can hold stands here: migrations in databases of
# their own, symbols of the library, NULL arguments.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Veza::Stack;

my $stack = Veza::Stack->new;
$stack->{tree} = "$stack->{dir}/tree";    # of its own: files are added to it
END { local $?; $stack->stop_all if $stack }
$SIG{INT} = $SIG{TERM} = sub { exit 1 };

$stack->start_postgres;
$stack->create_database;
$stack->sql('create schema pgtap; create extension pgtap schema pgtap');
$stack->psql_file("$FindBin::Bin/helpers.sql");

# run_suite reports one file's TAP.
sub run_suite
{
	my ($file) = @_;
	my ($out, $err, $code) = $stack->psql(
		"set search_path = pgtap, public; set client_min_messages = warning;\n\\i $file\n", raw => 1, args => [ '-A', '-t' ]);
	my ($plan, $seen) = (undef, 0);

	for my $line (split /\n/, $out)
	{
		if ($line =~ /^(not )?ok (\d+)(?: - (.*))?$/)
		{
			my ($failed, $number, $name) = ($1, $2, $3 // '');
			$seen++;
			ok(!$failed, $name);
			diag("tests are out of order at $number") if $number != $seen;
		}
		elsif ($line =~ /^1\.\.(\d+)/) { $plan = $1 }
		elsif ($line =~ /^#/)          { diag($line =~ s/^# ?//r) if $line !~ /^# (?:Failed test \d|Looks like you failed)/ }
	}
	is($code, 0, 'every statement runs') or diag($err);
	is($seen, $plan // 'the end', 'every test is reached');
}

for my $file (sort glob "$FindBin::Bin/[0-9][0-9]_*.sql")
{
	my $name = $file =~ s{.*/\d\d_(.*)\.sql$}{$1}r;
	next if @ARGV && !grep { $file =~ /\Q$_\E/ } @ARGV;
	subtest $name => sub { run_suite($file) };
}

done_testing;
