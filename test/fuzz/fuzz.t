#!/usr/bin/perl
# Runs each fuzz target from its corpus for VEZA_FUZZ_SECONDS, which test/run sets. What it
# finds on the way stays below .build; an input that breaks a promise is shown.
#
#   make fuzz                                  half an hour each
#   VEZA_FUZZ_SECONDS=60 VEZA_FUZZ_TARGETS='admit target' prove test/fuzz/fuzz.t

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path remove_tree);
use Test::More;

my $here = abs_path(dirname(__FILE__));
my $build = ($ENV{BUILD} // abs_path("$here/../..") . '/.build') . '/fuzz';
my $seconds = $ENV{VEZA_FUZZ_SECONDS} // die "VEZA_FUZZ_SECONDS is not set: make fuzz\n";
my %wanted = map { ("${_}_fuzz" => 1) } split ' ', $ENV{VEZA_FUZZ_TARGETS} // '';

$ENV{ASAN_OPTIONS} = 'detect_leaks=1:detect_stack_use_after_return=1:quarantine_size_mb=64';
$ENV{UBSAN_OPTIONS} = 'print_stacktrace=1';

my $log = `make -s -j2 -C '$here' BUILD='$build' 2>&1`;
if (!ok($? == 0, 'the fuzz targets compile without a warning'))
{
	diag($log);
	done_testing();
	exit 1;
}

sub read_file
{
	my ($path) = @_;
	open(my $f, '<', $path) or return '';
	local $/;
	return scalar(<$f>) // '';
}

for my $target (split /\n/, `make -s -C '$here' BUILD='$build' list`)
{
	next if %wanted && !$wanted{$target};
	my $work = "$build/grown/$target";
	my @seeds = glob "$here/corpus/$target/*";

	remove_tree("$work/broken");
	make_path("$work/corpus", "$work/broken");
	ok(@seeds > 0, "$target: there is a corpus");
	my $output = `'$build/$target' -max_total_time=$seconds -max_len=8192 -timeout=5 -rss_limit_mb=1024 -verbosity=1 \\
		-artifact_prefix='$work/broken/' '$work/corpus' '$here/corpus/$target' 2>&1`;
	my $status = $?;
	my ($runs) = $output =~ /Done (\d+) runs/;

	if (!ok($status == 0, "$target: no promise is broken"))
	{
		my @lines = grep { /broken promise|ERROR|SUMMARY|runtime error|    #\d/ } split /\n/, $output;
		diag(join("\n", @lines > 15 ? @lines[ 0 .. 14 ] : @lines));
		for my $file (glob "$work/broken/*")
		{
			my $input = read_file($file) =~ s/([^\x20-\x7e])/sprintf('\\x%02x', ord($1))/ger;
			diag("repeat with: $build/$target $file\ninput: " . substr($input, 0, 500));
		}
		next;
	}
	cmp_ok($runs // 0, '>', scalar(@seeds), "$target: it ran");
	note("$target: $runs inputs");
}
done_testing();
