#!/usr/bin/perl
# Each sentence that the sources say to a user has its row in translation.sql, and each row has its sentence in the sources.

use strict;
use warnings;
use Test::More;
use Veza::Stack;

my $top = $Veza::Stack::TOP;
my $STRING = qr/"(?:[^"\\\n]|\\.)*"/;
my $MACRO = qr/\b[A-Z][A-Z0-9_]*\b/;
my $RUN = qr/$STRING(?:\s*(?:$MACRO\s*)?$STRING)*/;    # what the compiler joins
my $FIXED = 'Complete the payment to enable distribution.';

# A run of string constants as the sentence that it makes: what is put in is a %.
sub sentence
{
	my ($run) = @_;
	my $text = '';
	while ($run =~ /($STRING)|($MACRO)/g)
	{
		$text .= defined $2 ? '%' : substr($1, 1, -1) =~ s/%[-+ #0-9.*]*(?:hh|h|ll|l|z)?[a-zA-Z]/%/gr;
	}
	return $text =~ s/%%+/%/gr =~ s/\\(.)/$1/gr;
}

sub sentences { return grep { /\w/ } map { sentence($_) } $_[0] =~ /($RUN)/g }

# The arguments of each call of a function or macro, as texts.
sub calls
{
	my ($text, $name) = @_;
	my @calls;
	while ($text =~ /\b$name(\((?:[^()"']|$STRING|'(?:[^'\\]|\\.)+'|(?1))*\))/g)
	{
		my ($inner, @arguments) = (substr($1, 1, -1), '');
		while ($inner =~ /\G($STRING|(\((?:[^()"]|$STRING|(?2))*\))|.)/gs)
		{
			if ($1 eq ',') { push @arguments, '' }
			else           { $arguments[-1] .= $1 }
		}
		push @calls, \@arguments;
	}
	return @calls;
}

# ---- what the sources say

my (%said, %data);

# Notes sentences, and where they stand.
sub note_said { my ($file, @sentences) = @_; $said{$_} //= $file for @sentences }

my @files = (split(/\n/, `find '$top/extension/src' -name '*.[ch]'`), map { "$top/httpd/$_" } qw(routes/args.c wire/values.c answers/refuse.c));
for my $path (@files)
{
	my $file = $path =~ s{^\Q$top\E/}{}r;
	my $text = Veza::Stack->read_file($path) =~ s{($STRING)|/\*.*?\*/}{$1 // ' '}gser =~ s/\\\n/ /gr;

	note_said($file, grep { /^(?:is|are|must|has|have|may|can|cannot|needs?|does|do|was|were|will|should|takes|holds|contains|begins|ends) / } sentences($text));
	note_said($file, map { sentences($_->[2] // '') } calls($text, 'vz_field_error'));
	note_said($file, map { sentences($_->[1] // '') } calls($text, 'vz_next_step'));
	note_said($file, map { sentences($_) } $text =~ /\.hint\s*=\s*($RUN)/g);
	note_said($file, map { (sentences($_->[3]), sentences($_->[4])) } grep { @$_ > 4 } calls($text, 'VZ_ERROR')) if $file =~ /errors\.h$/;
	for my $call (calls($text, 'vz_translate'), calls($text, 'vz_message_answer'))
	{
		note_said($file, sentences($call->[0]));
		$data{$_} = $file for sentences($call->[0]);
	}
}
ok($said{'is missing'}, 'problems of fields are found');
ok($said{'must name % to % streaming services'} || $said{'must name 1 to % streaming services'}, 'with what is put in');
ok($said{'must have at least % characters'}, 'by a macro, too');
ok($said{'Get the payment back with POST %.'}, 'next steps are found');
ok($data{'The password is changed.'}, 'answers are found');
ok($said{'There is no such plan.'} && $said{'Log in again.'}, 'refusals are found');
delete $said{$FIXED} or fail('the fixed sentence stands nowhere');

# ---- what the rows say

my $QUOTED = qr/'(?:[^']|'')*'/;
my %row = map { s/^'|'$//gr =~ s/''/'/gr } Veza::Stack->read_file("$top/extension/sql/translation.sql") =~ /\('fr',\s*($QUOTED),\s*($QUOTED)\)/g;

# A row's English as an expression: a % stands for anything.
sub expression
{
	my $any = join '.*', map { quotemeta } split /%/, $_[0], -1;
	return qr/\A$any\z/s;
}
my %pattern = map { $_ => expression($_) } grep { /%/ } keys %row;

# The rows that translate a sentence: itself, else each pattern that fits.
sub rows_of { my ($sentence) = @_; return exists $row{$sentence} ? $sentence : grep { $sentence =~ $pattern{$_} } sort keys %pattern }

my %rows = map { $_ => [ rows_of($_) ] } keys %said;
my %used = map { ($_ => 1) } map { @$_ } values %rows;

sub none { my ($name, @findings) = @_; return is(join("\n", sort @findings), '', $name) }

none('each sentence has a row', map { "$said{$_}: $_" } grep { !@{ $rows{$_} } } keys %said);
none('and no two patterns fit', map { "$_: " . join(' | ', @{ $rows{$_} }) } grep { @{ $rows{$_} } > 1 } keys %said);
none('what the extension translates itself has a row of its own words', map { "$data{$_}: $_" } grep { !exists $row{$_} } keys %data);
none('each row has a sentence', grep { !$used{$_} } keys %row);
none('the fixed sentence has no row', rows_of($FIXED));
done_testing;
