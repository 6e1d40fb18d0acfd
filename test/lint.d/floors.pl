#!/usr/bin/perl
# Checks that each program is a house: every file stands in a room, every room on
# a floor, and a file uses what stands in its own room or on a floor below, never
# what stands above or beside. In one room no file uses itself, be it through others.
#
# A room is a folder. A .c and the .h of its name are one file here. It uses another
# one when it includes its header, or names a function that the other one defines.
#
#   floors.pl C-FILES... HEADERS...

use strict;
use warnings;

# The houses, and their floors, lowest first; several rooms of one floor have blanks
# between them. What stands in no room stands above all of them, and is named here.
my @HOUSES = (
	{
		root => 'extension/src',
		# core/ itself holds what veza-httpd reads, too.
		floors => [ 'core', 'core/ground', 'core/request', 'core/machine', 'core/effects', 'core/schema',
			'mail', 'auth', 'file', 'user', 'notification', 'people money chat', 'billing', 'track', 'playlist market', 'social search',
			'distribution', 'admin' ],
		top => [qw(init registry)],
		# Whose the tables and views of veza_data are, where C names them in SQL.
		tables => {
			money => qr/^(?:payment|refund|psp_event)/,
			billing => qr/^(?:subscription|plan|newest_pending)/,
			distribution => qr/^(?:distribution|gate_refusal)/,
			file => qr/^file/,
			notification => qr/^notification/,
			people => qr/^follow_/,
			search => qr/^user_words/,
			track => qr/^track(?!_shape)/,
			playlist => qr/^play(?:list|_queue)(?!_\w*shape|_shape)/,
			social => qr/^(?:comment|report|moderation)/,
		},
		# What others may include of a room that does not show all that it has.
		doors => { billing => [qw(entitlement subscription_end)] },
	},
	{
		root => 'httpd',
		floors => [qw(base wire config trust database limits routes lanes files work events answers ops control serve)],
		top => [qw(check main)],
	},
	{
		root => 'httpd/relay',
		floors => [],
		top => [qw(breaker circuit database exchange foreign hyperswitch jobs mails main mime relay report side_thread smtp smtp_talk stream_jobs task)],
	},
	{
		root => 'httpd/probe',
		floors => [],
		top => [qw(aiff answer container decode_file decode_pipe decoder ffmpeg fingerprint flac genre guard header id3 json_writer main measure
			mp4 mpeg ogg peaks refusal resample sandbox seccomp source spectrum tags text vorbis_comment wave)],
	});

my $findings = 0;
my (%text, %unit, %house, %floor, %room, %defined_in, %uses);

sub complain
{
	my ($file, $line, $what) = @_;
	print "$file:$line: $what\n";
	$findings++;
}

# The text without comments and strings, its lines kept.
sub code_of
{
	my ($t) = @_;
	return $t =~ s{/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'}{$& =~ s/[^\n]+/ /gr}gser;
}

# The path of an included file, without its dots.
sub resolve
{
	my ($from, $include) = @_;
	my @parts;
	for my $part (split m{/}, ($from =~ s{[^/]+$}{}r) . $include)
	{
		if ($part eq '..' && @parts) { pop @parts }
		elsif ($part ne '.' && $part ne '') { push @parts, $part }
	}
	return join '/', @parts;
}

# Finds the house, room and floor of a file; those of no house are left out.
sub place
{
	my ($file) = @_;
	my ($house) = sort { length($b->{root}) <=> length($a->{root}) } grep { $file =~ m{^\Q$_->{root}\E/} } @HOUSES;
	return if !$house;
	my ($path, $name) = $file =~ m{^\Q$house->{root}\E/(?:(.+)/)?(\w+)\.[ch]$} or return;
	my $unit = $file =~ s/\.[ch]$//r;

	$unit{$file} = $unit;
	$house{$unit} = $house;
	$room{$unit} = $path // '';
	if (defined $path) { $floor{$unit} = floor_of($house, $path) }
	elsif (grep { $_ eq $name } @{ $house->{top} }) { $floor{$unit} = @{ $house->{floors} } }
	complain($file, 1, 'the file is in no room: see the floors in test/lint.d/floors.pl') if !defined $floor{$unit};
}

# Notes that a file uses another one of its house, where it is seen first.
sub note_use
{
	my ($file, $line, $other, $how) = @_;
	my $from = $unit{$file};
	$uses{$from}{$other} //= { file => $file, line => $line, how => $how } if $from ne $other && $house{$from} == $house{$other};
}

# The floor of a room of the house.
sub floor_of
{
	my ($house, $room) = @_;
	my @floors = @{ $house->{floors} };
	my ($floor) = grep { grep { $_ eq $room } split ' ', $floors[$_] } 0 .. $#floors;
	return $floor;
}

# Complains when a file includes what another room has, but does not show.
sub check_door
{
	my ($file, $line, $other) = @_;
	my $room = $room{$other};
	my $doors = $house{$other}{doors}{$room} or return;
	return if $room{ $unit{$file} } eq $room || $room{ $unit{$file} } eq '' || grep { $other =~ m{/\Q$_\E$} } @$doors;
	complain($file, $line, "of $room others include " . join(', ', map { "$_.h" } @$doors) . ' only');
}

# Complains when a file names, in SQL, a table of a room that it may not use.
sub check_tables
{
	my ($file) = @_;
	my $unit = $unit{$file};
	my $tables = $house{$unit}{tables} or return;
	my $n = 0;
	for my $line (split /\n/, $text{$file} =~ s{/\*.*?\*/}{$& =~ s/[^\n]+/ /gr}gser)
	{
		$n++;
		while ($line =~ /\bveza_data\.(\w+)/g)
		{
			my $name = $1;
			my ($owner) = grep { $name =~ $tables->{$_} } sort keys %$tables;
			complain($file, $n, "names veza_data.$name: $owner stands on a floor above, or beside")
			  if defined $owner && $owner ne $room{$unit} && floor_of($house{$unit}, $owner) >= ($floor{$unit} // -1);
		}
	}
}

# What a file includes, and in a .c, which functions it names.
sub read_uses
{
	my ($file) = @_;
	my $n = 0;
	for my $line (split /\n/, $text{$file})
	{
		$n++;
		next if $line !~ /^\s*#\s*include\s*"([^"]+)"/;
		my $path = resolve($file, $1);
		next if !$unit{$path};
		note_use($file, $n, $unit{$path}, "includes $1");
		check_door($file, $n, $unit{$path}) if $house{ $unit{$path} } == $house{ $unit{$file} };
	}
	return if $file !~ /\.c$/;
	$n = 0;
	for my $line (split /\n/, code_of($text{$file}))
	{
		$n++;
		# A member of that name is none of the functions.
		while ($line =~ /(?<![.\w]|->)([a-z]\w+)\b/g)
		{
			my $other = $defined_in{ $house{ $unit{$file} }{root} }{$1};
			note_use($file, $n, $other, "names $1") if $other;
		}
	}
}

# What others can call: a definition whose line before does not begin with static. The names of the extension's begin with vz_.
sub read_definitions
{
	my ($file) = @_;
	my $house = $house{ $unit{$file} };
	my $code = code_of($text{$file});
	while ($code =~ /^(?!static\b|typedef\b|#|\}|\s)[^\n;(]*\n(\w+)\([^;{]*\)\n\{/gm)
	{
		my $name = $1;
		$defined_in{ $house->{root} }{$name} = $unit{$file} if $house->{root} ne 'extension/src' || $name =~ /^vz_/;
	}
}

# Who uses what stands above, or beside on its floor.
sub check_floors
{
	for my $from (sort keys %uses)
	{
		for my $other (sort keys %{ $uses{$from} })
		{
			next if !defined $floor{$from} || !defined $floor{$other} || $floor{$other} < $floor{$from} || $room{$from} eq $room{$other};
			my $use = $uses{$from}{$other};
			complain($use->{file}, $use->{line}, "$use->{how}: $other stands " . ($floor{$other} > $floor{$from} ? 'on a floor above' : 'beside, on the same floor'));
		}
	}
}

# Takes away who uses nobody that is left, again and again; who remains is in a circle, or leads to one.
sub trim
{
	my ($left) = @_;
	my $before;
	do
	{
		$before = keys %$left;
		for my $unit (keys %$left)
		{
			delete $left->{$unit}{$_} for grep { !$left->{$_} } keys %{ $left->{$unit} };
			delete $left->{$unit} if !%{ $left->{$unit} };
		}
	} while (keys %$left < $before);
}

# Each circle is named once, where its first file uses the next one.
sub check_circles
{
	my %left = map { my $from = $_; ($from => { map { ($_ => 1) } grep { $room{$_} eq $room{$from} } keys %{ $uses{$from} } }) } keys %uses;
	for (trim(\%left); %left; trim(\%left))
	{
		my (@way, %seen);
		for (my ($unit) = sort keys %left; !defined $seen{$unit}; ($unit) = sort keys %{ $left{$unit} })
		{
			$seen{$unit} = @way;
			push @way, $unit;
		}
		my ($last) = sort keys %{ $left{ $way[-1] } };
		my @circle = @way[ $seen{$last} .. $#way ];
		my $use = $uses{ $circle[0] }{ $circle[1] };
		my $root = $house{ $circle[0] }{root};
		complain($use->{file}, $use->{line}, "$use->{how}, which makes a circle: " . join(' -> ', map { s{^\Q$root\E/}{}r } @circle, $circle[0]));
		delete @left{@circle};
	}
}

for my $file (@ARGV)
{
	open(my $f, '<', $file) or die "$file: $!\n";
	local $/;
	$text{$file} = <$f> // '';
	place($file);
}
my @placed = sort keys %unit;
read_definitions($_) for grep { /\.c$/ } @placed;
read_uses($_) for @placed;
check_tables($_) for grep { /\.c$/ } @placed;
check_floors();
check_circles();
exit($findings > 0);
