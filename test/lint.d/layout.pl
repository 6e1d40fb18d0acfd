#!/usr/bin/perl
# Checks the layout of C files: PostgreSQL's, as pgindent makes it. clang-format
# judges the blanks between tokens (see test/lint); what it cannot lay out is
# judged here: tabs, the places of braces, depth, return types, declarations.
#
#   layout.pl FILE...     one line for each finding; the exit code says whether there were any

use strict;
use warnings;

my $findings = 0;
my $TAB = 4;
my $NAME_COLUMN = 12;     # where the name of a declaration begins, counted from its indentation
my $LINE_MAX = 132;       # but for lines that a long string makes long

sub complain
{
	my ($file, $line, $what) = @_;
	print "$file:$line: $what\n";
	$findings++;
}

# Replaces what is inside strings and comments by blanks and x, so that columns stay.
sub mask
{
	my ($text) = @_;
	$text =~ s{(/\*.*?\*/|//[^\n]*)|"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)+)'}
		{ defined $1 ? $1 =~ s/[^\n\t]/ /gr : defined $2 ? '"' . 'x' x length($2) . '"' : "'" . 'x' x length($3) . "'" }gsex;
	# Preprocessor lines are laid out by hand.
	$text =~ s{^(\#(?:[^\n]*\\\n)*[^\n]*)}{$1 =~ s/[^\n\t]/ /gr}gmex;
	return $text;
}

# The column where a text ends that begins at a column.
sub column
{
	my ($text, $start) = @_;
	my $c = $start // 0;
	for my $char (split //, $text) { $c = $char eq "\t" ? (int($c / $TAB) + 1) * $TAB : $c + 1 }
	return $c;
}

# A declaration's name begins in its column, the stars before it; a long type is followed by one blank.
my $WORDS = qr/(?:const|static|extern|unsigned|signed|struct|union|enum|volatile|long|__thread|_Atomic)/;
my $NO_TYPE = qr/^(?:return|goto|else|case|typedef|sizeof|do|if|for|while|switch|default|struct|union|enum|break|continue)$/;

sub check_declaration
{
	my ($file, $number, $line) = @_;
	return if $line !~ /^(\t*)((?:$WORDS )*)([A-Za-z_]\w*)([ \t]+)(\**)([A-Za-z_]\w*)(?:\[[^\]]*\])*(?:;|,| =|:\s*\d|$)/;
	my ($indent, $words, $type, $gap, $stars) = ($1, $2, $3, $4, $5);
	return if $type =~ $NO_TYPE || $line =~ /[^;,={]$/ && $line !~ /=/;
	my $start = column($indent);
	my $long = length("$words$type") + 1 + length($stars) > $NAME_COLUMN;
	my $end = column("$words$type", $start);
	my $name = column("$gap$stars", $end);
	return if $long ? $gap eq ' ' : $name == $start + $NAME_COLUMN;
	complain($file, $number, $long ? 'one blank belongs between a long type and its name'
		: 'the name of a declaration begins in column ' . ($start + $NAME_COLUMN) . ', after tabs');
}

# Judges one line where a statement begins.
sub check_start
{
	my ($file, $number, $masked, $stack) = @_;
	my ($lead) = $masked =~ /^(\s*)/;
	my $top = $stack->[-1];
	my $wanted = $top->{indent} + 1;
	my $text = substr($masked, length($lead));

	return if $text =~ /^else\b/;
	$wanted = $top->{indent} if $text =~ /^\}/;
	$wanted++ if $top->{kind} eq 'switch' && $text !~ /^(?:case\b|default\s*:|\})/;
	return if $text =~ /^\w+:\s*$/;
	complain($file, $number, "the line is indented by " . column($lead) / $TAB . " levels instead of $wanted")
	  if $lead !~ /^\t*$/ || length($lead) != $wanted;
}

sub check_file
{
	my ($file) = @_;
	open(my $f, '<', $file) or die "$file: $!\n";
	local $/;
	my $text = <$f>;
	my @raw = split /\n/, $text;
	my @masked = split /\n/, mask($text);
	my @stack = ({ kind => 'file', indent => -1 });
	my ($parens, $statement, $statement_indent, $begins) = (0, '', 0, 1);
	my $formatted = 1;

	for my $i (0 .. $#raw)
	{
		my ($line, $masked, $number) = ($raw[$i], $masked[$i] // '', $i + 1);
		$formatted = 0 if $line =~ m{\*INDENT-OFF\*};
		$formatted = 1 if $line =~ m{\*INDENT-ON\*};
		complain($file, $number, "the line is longer than $LINE_MAX columns") if $formatted && column($line) > $LINE_MAX && $line !~ m{"[^"]{40,}"};
		complain($file, $number, 'blanks are indented by, not tabs') if $formatted && $line =~ /^\t* {4}/ && $line !~ /^\s*\*/;
		next if $masked !~ /\S/;
		(my $code = $masked) =~ s/\s+$//;
		my $at_start = $begins && $parens == 0 && $stack[-1]{kind} ne 'list';

		if ($at_start)
		{
			($statement_indent) = map { length } $code =~ /^(\t*)/;
			check_start($file, $number, $code, \@stack) if $formatted && $code !~ /^\s*\{/;
			check_declaration($file, $number, $code)
			  if $formatted && $code !~ /^\s*\}/ && ($stack[-1]{kind} ne 'file' || $code =~ /[;={]\s*$/) && $stack[-1]{kind} ne 'enum';
		}
		for my $char (split //, $code)
		{
			if ($char eq '(' || $char eq '[') { $parens++ }
			elsif ($char eq ')' || $char eq ']') { $parens-- }
			elsif ($char eq '{')
			{
				my $s = $statement =~ s/^\s+|\s+$//gr;
				my $kind = $parens > 0 || $stack[-1]{kind} eq 'list' || $s =~ /^return\b|=|,$/ ? 'list'
				  : $s =~ /^switch\b/ ? 'switch'
				  : $s =~ /^(?:typedef |static |const )*enum\b/ ? 'enum' : 'block';
				if ($kind ne 'list' && $formatted)
				{
					my ($lead) = $code =~ /^(\s*)/;
					complain($file, $number, 'an opening brace stands alone on its line') if $code !~ /^\s*\{$/;
					complain($file, $number, 'an opening brace stands below the beginning of its statement')
					  if $s ne '' && length($lead) != $statement_indent;
					complain($file, $number, 'the return type of a function stands on a line of its own')
					  if @stack == 1 && $s =~ /\)$/ && $s !~ /^(?:typedef|struct|enum|union)\b/ && $s !~ /\n\w+\(/;
				}
				my ($lead) = $code =~ /^(\t*)/;
				push @stack, { kind => $kind, indent => length($lead), parens => $parens };
				$parens = 0;
				($statement, $begins) = ('', 1);
				next;
			}
			elsif ($char eq '}')
			{
				my $closed = pop @stack;
				if (!@stack) { complain($file, $number, 'a brace closes nothing'); return }
				complain($file, $number, 'a closing brace stands alone on its line')
				  if $closed->{kind} ne 'list' && $formatted && $code !~ /^\t*\}(?:;|,|\)|\s+(?:while\b.*;|\**\w+.*[;{,=]))?$/;
				$parens = $closed->{parens};
				($statement, $begins) = $closed->{kind} eq 'list' ? ('=', 0) : ('', 1);
				next;
			}
			$statement .= $char;
			($statement, $begins) = ('', 1) if $char eq ';' && $parens == 0;
		}
		$statement .= "\n";
		$begins = 1 if $code =~ /^\s*(?:case\b.*|default\s*):$/;
		$statement = '' if $begins && $code =~ /:$/;
		$begins = $statement !~ /\S/;
	}
	complain($file, scalar @raw, 'a brace is not closed') if @stack > 1;
}

check_file($_) for @ARGV;
exit($findings > 0);
