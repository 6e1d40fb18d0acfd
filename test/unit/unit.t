#!/usr/bin/perl
# Builds and runs the unit tests of the C files that need no server, under the
# sanitizers: one subtest per program.

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Test::More;

my $here = abs_path(dirname(__FILE__));
my $build = ($ENV{BUILD} // abs_path("$here/../..") . '/.build') . '/unit';

$ENV{ASAN_OPTIONS} = 'detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1';
$ENV{UBSAN_OPTIONS} = 'print_stacktrace=1';

my $log = `make -s -j2 -C '$here' BUILD='$build' 2>&1`;
if (!ok($? == 0, 'the unit tests compile without a warning'))
{
	diag($log);
	done_testing();
	exit 1;
}

# Repeats the program's own results, and adds how it ended.
sub run_program
{
	my ($program) = @_;
	my @lines = split /\n/, `'$build/$program' 2>&1`;
	my $status = $?;
	my ($plan, $results) = (undef, 0);

	for my $line (@lines)
	{
		if ($line =~ /^(not )?ok \d+ - (.*)/)
		{
			ok(!$1, $2);
			$results++;
		}
		elsif ($line =~ /^1\.\.(\d+)$/) { $plan = $1 }
		elsif ($line !~ /^# \d+ cases, 0 failed$/) { diag("$program: $line") }
	}
	is($results, $plan // 'no plan', 'every test was run');
	ok($status == 0 || $status == 256, 'the program was not ended by a signal or a sanitizer')
	  or diag("wait status $status");
}

for my $program (split /\n/, `make -s -C '$here' BUILD='$build' list`)
{
	subtest $program => sub { run_program($program) };
}
done_testing();
