#!/usr/bin/perl
# What the pages written by hand name is there: variables, settings, errors. And they do not repeat
# a default, which docs/settings.md says, made from the lists.

use strict;
use warnings;
use Test::More;
use Veza::Stack;

my $top = $Veza::Stack::TOP;
my ($variables, $settings) = split /^## Settings$/m, Veza::Stack->read_file("$top/docs/settings.md");
my $ROW = qr/^\| `(\w+)` \|/m;
my %variable = map { $_ => 1 } $variables =~ /$ROW/g;
my %setting = map { $_ => 1 } $settings =~ /$ROW/g;
my %error = map { $_ => 1 } Veza::Stack->read_file("$top/docs/errors.md") =~ /$ROW/g;
ok($variable{APP_PORT} && $setting{access_token_ttl} && $error{VALIDATION_ERROR}, 'the generated pages are read');

# Names that are neither: macros, what NAME stands for, and those of other programs.
my $OTHER = qr/^(?:VZ_|VEZA_|NAME_|CONFIG_|SCRATCH_|PG_CONFIG$|HE_01$)/;

# Words of the sources, without the tables that were released once: a setting that is gone stands there still.
my %word;
chdir $top or die "$top: $!\n";
for my $file (grep { -f && -T && !/^sql\/schema\/|^test\/(?:docs|fuzz\/corpus)\// } split /\n/, `git ls-files extension httpd sql test docker psp`)
{
	my $text = Veza::Stack->read_file($file);
	$word{$1} = 1 while $text =~ /\b([a-z][a-z0-9]*(?:_[a-z0-9]+)+)\b/g;
}
# Modules and parameters of PostgreSQL that a page warns of.
$word{$_} = 1 for qw(auto_explain log_nested_statements);

my (@unknown, @gone, @repeated);
for my $page ('README.md', 'CONTRIBUTING.md', grep { !m{/(?:settings|errors|states)\.md$} } glob 'docs/*.md')
{
	my $text = Veza::Stack->read_file($page);
	while ($text =~ /`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)[=`]/g)
	{
		my $name = $1;
		push @unknown, "$page: $name" if !$variable{$name} && !$error{$name} && $name !~ $OTHER;
	}
	push @gone, map { "$page: $_" } grep { !$word{$_} && !/^scratch_/ } $text =~ /`(?:\w+\.)?([a-z][a-z0-9]*(?:_[a-z0-9]+)+)`/g;
	while ($text =~ /`(\w+)`[\w ]{0,12}\(\d/g) { push @repeated, "$page: $1" if $variable{$1} || $setting{$1} }
}
is(join("\n", @unknown), '', 'each name in capitals is a variable or an error');
is(join("\n", @gone), '', 'each name in small letters stands in the sources');
is(join("\n", @repeated), '', 'no default is repeated');
done_testing;
