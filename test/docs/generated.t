#!/usr/bin/perl
# The generated pages are what the extension and veza-httpd say today.

use strict;
use warnings;
use Test::More;
use File::Temp;
use Veza::Stack;

my $top = $Veza::Stack::TOP;
my $dir = File::Temp->newdir;

is(system($^X, "$top/docs/generate", $dir), 0, 'the generator runs');
for my $page (qw(errors.md states.md settings.md))
{
	is(Veza::Stack->read_file("$dir/$page"), Veza::Stack->read_file("$top/docs/$page"), "docs/$page is current; make docs writes it");
}
is(Veza::Stack->read_file("$dir/.env.example"), Veza::Stack->read_file("$top/.env.example"), '.env.example, too');
done_testing;
