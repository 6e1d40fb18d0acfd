#!/usr/bin/perl
# A setting stands in one place: rows are added to the two lists in a copy of the checkout, no other file
# is touched by hand, and they are in .env.example and docs/settings.md, --check judges them, --dump-config
# shows them, and what sets a setting of the rules arrives in the database. What two rows say of one thing
# must agree, or the build or the tests say so.

use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . '/../lib';
use Test::More;
use Veza::Checkout;

my $copy = eval { Veza::Checkout->new } or BAIL_OUT($@);
my $VARIABLES = 'httpd/config/config_vars.h';
my $SETTINGS = 'extension/src/core/settings.h';
my %before = map { $_ => $copy->read_file($_) } $VARIABLES, $SETTINGS;
my $httpd = '.build/httpd/veza-httpd';

# Adds rows to the end of both lists, as they are without them.
sub plant
{
	my (%rows) = @_;
	for ([ $VARIABLES, 'variables', qr/\)\n\n(?=typedef enum ConfigId)/ ], [ $SETTINGS, 'settings', qr/\)\n\n(?=\/\* The place of a setting)/ ])
	{
		my ($file, $key, $end) = @$_;
		my $added = join '', map { " \\\n\t$_" } @{ $rows{$key} // [] };
		my $text = $before{$file};
		$text =~ s/$end/)$added\n\n/ or die "$file has no end of its list\n";
		$copy->write_file($file, $text) if $text ne $copy->read_file($file);
	}
	return;
}

# What veza-httpd says under an environment; its output and exit status.
sub httpd
{
	my ($option, @variables) = @_;
	return $copy->run('env', '-i', 'DATABASE_URL=postgres://veza_httpd@127.0.0.1:1/veza', 'JWT_SECRET=' . 'j' x 32, @variables, $httpd, $option);
}

# --check names this, of this environment.
sub refuses
{
	my ($variable, $what) = @_;
	my ($name) = $variable =~ /^(\w+)=/;
	my ($out, $status) = httpd('--check', $variable);
	like($out, qr/^\Q$name $what\E \(environment\)$/m, "--check refuses $variable");
	return is($status, 1, 'and fails');
}

my %planted = (
	variables => [
		'CONFIG_VAR(SCRATCH_SIZE, INT, "Scratch", "Largest scratch", .relaxed = "512", .strict = "64", .minimum = 16, .maximum = 4096, .unit = "bytes")',
		'CONFIG_VAR(SCRATCH_KEY, SECRET, "Scratch", "Key of scratches", .flags = CONFIG_TOKEN_KEY, .minimum = 32)',
		'CONFIG_VAR(SCRATCH_MODE, TEXT, "Scratch", "How to scratch", .choices = "fast or slow", .default_text = "fast")',
		'CONFIG_VAR(SCRATCH_TTL, DURATION, "Scratch", NULL, CONFIG_SETS(scratch_ttl))',
		'CONFIG_VAR(SCRATCH_LIMIT, INT, "Scratch", "Scratches of a user", CONFIG_SETS(scratch_limit), .flags = CONFIG_DEFAULT_OF_SETTING, .maximum = 50, .unit = "scratches")' ],
	settings => [
		'VZ_SETTING(scratch_ttl, INT, "s", 2, 86400, "600", VZ_SETTING_BY_HTTPD, "Scratches are forgotten after this time")',
		'VZ_SETTING(scratch_limit, INT, "scratches", 1, 100, "7", VZ_SETTING_BY_HTTPD, "Scratches of an account")' ]);

subtest 'rows of each kind' => sub {
	plant(%planted);
	my ($out, $status) = $copy->run_make('build');
	is($status, 0, 'with them it builds') or return diag($out);

	my ($example) = httpd('--print-example-config');
	for my $text (
		"# ---- Scratch\n\n# Largest scratch\n# 16 to 4096 bytes; default 512 in development and test, 64 in staging and production\n#SCRATCH_SIZE=\n",
		"# Key of scratches\n# at least 32 characters\n#SCRATCH_KEY=\n", "# fast or slow\n#SCRATCH_MODE=fast\n",
		"# Scratches are forgotten after this time\n# 2s to 1d; default: what is stored stays; sets scratch_ttl in veza_data.setting at start\n#SCRATCH_TTL=\n",
		"# Scratches of a user\n# 1 to 50 scratches; sets scratch_limit in veza_data.setting at start\n#SCRATCH_LIMIT=7\n")
	{
		like($example, qr/^\Q$text\E/m, '.env.example has ' . ($text =~ /#(\w+=)/)[0]);
	}
	my ($page) = httpd('--print-reference');
	like($page, qr/^\| `SCRATCH_SIZE` \| number, 16 to 4096 bytes \| 512 in development and test, 64 in staging and production \| Largest scratch \|$/m,
		'the page has the variable');
	like($page, qr/^\| `scratch_ttl` \| 2 to 86400 s \| 600 \| Scratches are forgotten after this time; set by `SCRATCH_TTL` \|$/m, 'and the setting');

	refuses('SCRATCH_SIZE=15', 'must be a whole number from 16 to 4096');
	refuses('SCRATCH_SIZE=much', 'must be a whole number from 16 to 4096');
	refuses('SCRATCH_KEY=short', 'must have at least 32 characters');
	refuses('SCRATCH_KEY=' . 'j' x 32, 'must not be the same as JWT_SECRET');
	refuses('SCRATCH_MODE=slowly', 'must be fast or slow');
	refuses('SCRATCH_TTL=soon', 'must be a duration, such as 30s, 500ms or 5m');
	refuses('SCRATCH_TTL=1s', 'must be 2000ms to 86400000ms');
	refuses('SCRATCH_LIMIT=51', 'must be a whole number from 1 to 50');
	my ($dump, $code) = httpd('--dump-config', 'SCRATCH_KEY=' . 'k' x 32, 'SCRATCH_TTL=2m', 'SCRATCH_MODE=slow', 'APP_ENV=staging');
	is($code, 0, 'what is good is taken');
	like($dump, qr/^SCRATCH_SIZE=64 # default\n# SCRATCH_KEY is set by environment; secret\nSCRATCH_MODE=slow # environment\nSCRATCH_TTL=2m # environment\nSCRATCH_LIMIT=7 # default$/m,
		'and shown, but for the secret');
};

# Before anything is stored, and after two starts.
my $STACK = <<'EOT';
use Veza::Stack;
my $stack = Veza::Stack->new;
END { $stack->stop_all if $stack }
sub show
{
	my @rows = $stack->sql(q(select name, value, "default", range, unit, description, problem from veza.setting where name like 'scratch%' order by name));
	print join('|', shift @ARGV, map { join ' ', map { $_ // '' } @$_ } @rows), "\n";
}
$stack->start_postgres;
$stack->create_database;
unshift @ARGV, qw(before first second);
show();
for my $env ({ SCRATCH_TTL => '90s', SCRATCH_LIMIT => 9 }, {})
{
	$stack->start('httpd', env => $env);
	$stack->stop('httpd');
	show();
}
EOT

subtest 'in the database' => sub {
	$copy->write_file('stack.pl', $STACK);
	my ($out, $status) = $copy->run($^X, "-I$copy->{dir}/test/lib", 'stack.pl');
	is($status, 0, 'a stack of the copy runs') or diag($out);
	my $ttl = '600 2 to 86400 s Scratches are forgotten after this time ';
	my $limit = '7 1 to 100 scratches Scratches of an account ';
	like($out, qr/^before\|scratch_limit 7 $limit\|scratch_ttl 600 $ttl$/m, 'veza.migrate() adds the rows, with their defaults');
	like($out, qr/^first\|scratch_limit 9 $limit\|scratch_ttl 90 $ttl$/m, 'veza-httpd stores what its environment says, in the unit of the setting');
	like($out, qr/^second\|scratch_limit 7 $limit\|scratch_ttl 90 $ttl$/m, 'a default is stored, too; without one what is stored stays');
};

subtest 'nothing else was touched' => sub {
	unlink "$copy->{dir}/stack.pl";
	# .env.example and the page are written by make docs, and lint misses them.
	my ($lint) = $copy->run('test/lint', 'generated');
	like($lint, qr/^\.env\.example:1: differs.*^docs\/settings\.md:1: differs/ms, 'lint misses the generated files');
	my ($out, $status) = $copy->run_make('docs');
	is($status, 0, 'make docs writes them') or diag($out);
	($lint, $status) = $copy->run('test/lint');
	is($status, 0, 'then lint passes') or diag($lint);
	my ($files) = $copy->run('git', 'diff', '--name-only');
	is($files, ".env.example\ndocs/settings.md\n$SETTINGS\n$VARIABLES\n", 'the two lists, and what is made of them');
};

# The unit tests of the lists, of the copy as it is. What was built before knows the headers of the checkout only.
sub judged
{
	return $copy->run('sh', '-c', 'make -s -C test/unit BUILD=$PWD/.build/lists $PWD/.build/lists/config_list_test && .build/lists/config_list_test');
}

subtest 'rows that do not agree' => sub {
	my ($out, $status) = judged();
	is($status, 0, 'the rows above agree') or diag($out);
	my $setting = 'VZ_SETTING(scratch_ttl, INT, "s", 2, 86400, "600", VZ_SETTING_BY_HTTPD, "Scratches")';
	for my $case (
		[ 'DURATION, "Scratch", NULL, CONFIG_SETS(scratch_tll)', $setting, qr/VZ_SETTING_ID_scratch_tll.*undeclared/, 'an unknown setting' ],
		[ 'INT, "Scratch", NULL, CONFIG_SETS(scratch_ttl), .unit = "mails"', $setting, qr/SCRATCH_TTL cannot become scratch_ttl/, 'a unit that does not convert' ],
		[ 'URL, "Scratch", NULL, CONFIG_SETS(scratch_ttl)', $setting, qr/SCRATCH_TTL cannot become scratch_ttl/, 'another type' ],
		[ 'DURATION, "Scratch", NULL, CONFIG_SETS(scratch_ttl), .maximum = 86401000', $setting, qr/SCRATCH_TTL may be what scratch_ttl may not/, 'wider bounds' ],
		[ 'DURATION, "Scratch", NULL, CONFIG_SETS(scratch_ttl), .minimum = 2000', $setting, qr/SCRATCH_TTL repeats a bound/, 'a bound that is repeated' ],
		[ 'DURATION, "Scratch", NULL, CONFIG_SETS(scratch_ttl), .default_text = "10m"', $setting, qr/SCRATCH_TTL repeats the default/, 'a default that is repeated' ],
		[ 'DURATION, "Scratch", "Scratches", CONFIG_SETS(scratch_ttl)', $setting, qr/SCRATCH_TTL repeats the description/, 'a description that is repeated' ],
		[ 'DURATION, "Scratch", NULL, CONFIG_SETS(scratch_ttl)', $setting =~ s/VZ_SETTING_BY_HTTPD/0/r, qr/it lacks VZ_SETTING_BY_HTTPD/, 'a setting that the rules keep' ],
		[ 'DURATION, "Scratch", "A time", .minimum = 1, .maximum = 60000', $setting, qr/scratch_ttl is set by 0 variables/, 'a setting that nobody sets' ],
		[ 'DURATION, "Scratch", "A time", .minimum = 1, .maximum = 60000, .default_text = "2m"', undef, qr/SCRATCH_TTL cannot have its default/, 'a default out of bounds' ],
		[ 'SECRET, "Scratch", "A key", .default_text = "x"', undef, qr/SCRATCH_TTL is secret, and has a default/, 'a secret with a default' ])
	{
		my ($variable, $row, $expected, $name) = @$case;
		plant(variables => ["CONFIG_VAR(SCRATCH_TTL, $variable)"], settings => [ grep { defined } $row ]);
		($out, $status) = judged();
		isnt($status, 0, "$name is noticed");
		like($out, $expected, 'and named');
	}
};
done_testing;
