#!/usr/bin/perl
# Checks who may include whom, and the rules that hold for every file of a kind.
#
#   code.pl FILE...       C files, headers, SQL files, Makefiles

use strict;
use warnings;
use File::Basename qw(dirname basename);

# Files without server header, in one place: unit tests and fuzz targets compile
# them as plain C. Behind each, the library headers that it may include.
my %PURE = (
	'extension/src/core/machine/machine_rules.c'       => [],
	'extension/src/core/error_catalogue.c'             => [],
	'extension/src/core/ground/token.c'                => [],
	'extension/src/core/nearest.c'                     => [],
	'extension/src/core/setting_rules.c'               => [],
	'extension/src/core/effects/effect_states.c'       => [],
	'extension/src/core/ground/foreign.c'              => [],
	'extension/src/core/ground/foreign_scan.c'         => [],
	'extension/src/money/payment_rules.c'              => [],
	'extension/src/money/payment_states.c'             => [],
	'extension/src/money/psp_document.c'               => [],
	'extension/src/billing/subscription_states.c'      => [],
	'extension/src/distribution/distribution_states.c' => [],
	'extension/src/track/cursor.c'                     => [],
	'extension/src/track/fingerprint.c'                => [],
	'extension/src/track/search_words.c'               => [],
	'extension/src/notification/notification_kinds.c'  => [],
	'extension/src/track/track_rules.c'                => [],
	'extension/src/track/match_states.c'               => [],
	'extension/src/playlist/order_rules.c'             => [],
	'extension/src/playlist/playlist_rules.c'          => [],
	'extension/src/core/ground/utf8.c'                 => [],
	'extension/src/playlist/file_text.c'               => [],
	'extension/src/playlist/jspf.c'                    => [],
	'extension/src/playlist/m3u8.c'                    => [],
	'extension/src/playlist/playlist_formats.c'        => [],
	'extension/src/playlist/reference.c'               => [],
	'extension/src/playlist/smart_fields.c'            => [],
	'extension/src/playlist/smart_rules.c'             => [],
	'extension/src/playlist/smart_sql.c'               => [],
	'extension/src/playlist/smart_time.c'              => [],
	'extension/src/playlist/smart_value.c'             => [],
	'extension/src/playlist/xspf.c'                    => [],
	'extension/src/track/track_states.c'               => [],
	'extension/src/social/mention.c'                   => [],
	'extension/src/social/moderation_states.c'         => [],
	'extension/src/auth/password_strength.c'           => ['zxcvbn.h'],
	'extension/src/auth/totp.c'                        => [],
	'extension/src/auth/validators.c'                  => [],
	'extension/src/mail/template.c'                    => [],
	'extension/src/admin/redact.c'                     => [],
	'extension/src/chat/ws_url.c'                      => [],
	'extension/src/auth/device.c'                      => [],
	'extension/src/user/profile_rules.c'               => [],
	'extension/src/user/settings_rules.c'              => [],
	'httpd/wire/admit.c'                               => [],
	'httpd/wire/target.c'                              => [],
	'httpd/wire/range.c'                               => [],
	'httpd/wire/disposition.c'                         => [],
	'httpd/wire/tus.c'                                 => ['sodium.h'],
	'httpd/files/sha1.c'                               => [],
	'httpd/work/clamd_reply.c'                         => [],
	'httpd/files/audio.c'                              => [],
	'httpd/wire/values.c'                              => [],
	'httpd/config/config.c'                            => [],
	'httpd/config/config_load.c'                       => [],
	'httpd/config/config_defaults.c'                   => [],
	'httpd/config/config_read.c'                       => [],
	'httpd/config/config_print.c'                      => [],
	'httpd/config/config_unknown.c'                    => [],
	'httpd/wire/forwarded.c'                           => ['arpa/inet.h'],
	'httpd/limits/limit.c'                             => [],
	'httpd/config/service_url.c'                       => [],
	'httpd/wire/etag.c'                                => ['sodium.h'],
	'httpd/wire/language.c'                            => [],
	'httpd/base/log.c'                                 => [],
	'httpd/wire/cookie.c'                              => [],
	'httpd/files/image.c'                              => [],
	'httpd/files/multipart.c'                          => [],
	'httpd/wire/cors.c'                                => [],
	'httpd/trust/csrf.c'                               => ['sodium.h'],
	'httpd/routes/args.c'                              => [ 'jansson.h', 'libpq-fe.h' ],
	'httpd/routes/route.c'                             => [ 'jansson.h', 'libpq-fe.h' ],
	'httpd/trust/keys.c'                               => ['sodium.h'],
	'httpd/trust/signature.c'                          => [ 'sodium.h' ],
	'httpd/trust/token.c'                              => [ 'jansson.h', 'jwt.h', 'sodium.h' ],
	'httpd/relay/breaker.c'                            => [],
	'httpd/relay/hyperswitch.c'                        => ['jansson.h'],
	'httpd/relay/mime.c'                               => [],
	'httpd/config/config_cross_checks.c'               => [],
	'httpd/config/config_describe.c'                   => [],
	'httpd/config/config_reference.c'                  => [],
	'httpd/config/config_stored.c'                     => [],
	'httpd/config/config_value.c'                      => [],
	'httpd/probe/aiff.c'                               => [],
	'httpd/probe/container.c'                          => [],
	'httpd/probe/fingerprint.c'                        => [ 'math.h' ],
	'httpd/probe/flac.c'                               => [],
	'httpd/probe/genre.c'                              => [],
	'httpd/probe/id3.c'                                => [],
	'httpd/probe/json_writer.c'                        => [ 'inttypes.h', 'math.h' ],
	'httpd/probe/mp4.c'                                => [],
	'httpd/probe/mpeg.c'                               => [],
	'httpd/probe/ogg.c'                                => [],
	'httpd/probe/peaks.c'                              => [],
	'httpd/probe/resample.c'                           => [ 'math.h' ],
	'httpd/probe/source.c'                             => [],
	'httpd/probe/spectrum.c'                           => [ 'math.h' ],
	'httpd/probe/tags.c'                               => [],
	'httpd/probe/text.c'                               => [],
	'httpd/probe/vorbis_comment.c'                     => [],
	'httpd/probe/wave.c'                               => [],
);

# Headers of the C library.
my %LIBC = map { ($_ => 1) } qw(ctype.h errno.h limits.h pthread.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h
  stdio.h stdlib.h string.h strings.h time.h unistd.h);

# What httpd and relay may include from elsewhere.
my %FROM_EXTENSION = map { ("extension/src/core/$_.h" => 1) } qw(entity_tag errors interface nearest settings);
my %FOR_RELAY = map { ("httpd/$_.h" => 1) } qw(check base/identity base/log base/watch config/config database/session_options);

my $findings = 0;
my (%text, %c_functions, %sql_functions);

sub complain
{
	my ($file, $line, $what) = @_;
	print "$file:$line: $what\n";
	$findings++;
}

# The path of an included file, without its dots.
sub resolve
{
	my ($from, $include) = @_;
	my @parts;
	for my $part (split m{/}, dirname($from) . "/$include")
	{
		if ($part eq '..' && @parts) { pop @parts }
		elsif ($part ne '.') { push @parts, $part }
	}
	return join '/', @parts;
}

# [line, path or name, is it ours] of each include.
sub includes
{
	my ($file) = @_;
	my ($n, @found) = (0);
	for my $line (split /\n/, $text{$file})
	{
		$n++;
		push @found, [ $n, resolve($file, $1), 1 ] if $line =~ /^\s*#\s*include\s*"([^"]+)"/;
		push @found, [ $n, $1, 0 ] if $line =~ /^\s*#\s*include\s*<([^>]+)>/;
	}
	return @found;
}

# Every header that a file sees must be the C library's or one it may have.
sub check_pure
{
	my ($pure, $file, $allowed, $seen) = @_;
	for my $include (includes($file))
	{
		my ($line, $name, $is_ours) = @$include;
		if (!$is_ours)
		{
			complain($file, $line, "<$name> has no place in the pure file $pure")
			  if !$LIBC{$name} && !$allowed->{$name};
			next;
		}
		next if $seen->{$name}++;
		if (!defined $text{$name}) { complain($file, $line, "\"$name\" has no place in the pure file $pure") }
		else { check_pure($pure, $name, $allowed, $seen) }
	}
}

# What one program may include of another one; within a program floors.pl says so.
sub check_direction
{
	my ($file) = @_;
	for my $include (grep { $_->[2] } includes($file))
	{
		my ($line, $path) = @$include;
		complain($file, $line, 'of the extension httpd may include ' . join(', ', map { basename($_) } sort keys %FROM_EXTENSION) . ' only')
		  if $file =~ m{^httpd/} && $path =~ m{^extension/} && !$FROM_EXTENSION{$path};
		complain($file, $line, 'the extension includes nothing of httpd') if $file =~ m{^extension/} && $path =~ m{^httpd/};
		complain($file, $line, 'httpd includes nothing of veza-probe but what it answers')
		  if $file =~ m{^httpd/(?!probe/)} && $path =~ m{^httpd/probe/} && $path ne 'httpd/probe/refusal.h';
		complain($file, $line, 'veza-probe includes nothing of httpd') if $file =~ m{^httpd/probe/} && $path !~ m{^httpd/probe/};
		complain($file, $line, 'httpd includes nothing of the relay') if $file =~ m{^httpd/(?!relay/)} && $path =~ m{^httpd/relay/};
		complain($file, $line, 'of httpd the relay may include ' . join(', ', sort keys %FOR_RELAY) . ' only')
		  if $file =~ m{^httpd/relay/} && $path =~ m{^httpd/(?!relay/)} && !$FOR_RELAY{$path};
		complain($file, $line, 'a program includes nothing of the tests') if $file !~ m{^test/} && $path =~ m{^test/};
	}
}

# The line of an offset.
sub line_of
{
	my ($t, $offset) = @_;
	return 1 + (substr($t, 0, $offset) =~ tr/\n//);
}

# Rules for the extension's C: every raised error has a SQLSTATE; libraries that the server's symbols break stay out.
sub check_extension_file
{
	my ($file) = @_;
	my $t = $text{$file} =~ s{/\*.*?\*/}{$& =~ s/[^\n]/ /gr}gser;
	while ($t =~ /\bereport\s*\(\s*(?:ERROR|FATAL|PANIC)\b/g)
	{
		my $at = $-[0];
		my ($call) = substr($t, $at) =~ /\A(.*?\)\s*;)/s;
		complain($file, line_of($t, $at), 'ereport(ERROR) without errcode') if ($call // '') !~ /\berrcode(?:_for_\w+)?\s*\(/;
	}
	while ($t =~ /#\s*include\s*[<"](jwt|jansson|libpq-fe|curl\/curl)\.h/g)
	{
		complain($file, line_of($t, $-[0]), "the extension must not link $1");
	}
	$c_functions{$1} //= "$file:" . line_of($t, $-[0]) while $t =~ /^VZ_FUNCTION\((\w+)\)/gm;
}

# Rules for the extension's scripts: plain CREATE, and each C function under the name of its symbol.
sub check_script
{
	my ($file) = @_;
	my $t = $text{$file} =~ s{--[^\n]*}{}gr;
	while ($t =~ /\b(CREATE\s+OR\s+REPLACE|IF\s+NOT\s+EXISTS)\s+(?!\(|SELECT)/gi)
	{
		my ($words, $at) = ($1, $-[0]);
		complain($file, line_of($t, $at), "$words would adopt an object that a stranger made");
	}
	while ($t =~ /\bCREATE\s+(?:FUNCTION|PROCEDURE)\s+veza\.(\w+)(.*?);/gis)
	{
		my ($name, $rest, $at) = ($1, $2, $-[0]);
		next if $rest !~ /'MODULE_PATHNAME'(?:\s*,\s*'(\w+)')?/i;
		complain($file, line_of($t, $at), "veza.$name is made of the symbol $1: name and symbol are one, but for a prefix veza_") if defined $1 && $1 ne $name && $1 ne "veza_$name";
		$sql_functions{ $1 // $name } = "$file:" . line_of($t, $at);
	}
}

for my $file (@ARGV)
{
	open(my $f, '<', $file) or die "$file: $!\n";
	local $/;
	$text{$file} = <$f> // '';
}
for my $file (sort keys %text)
{
	check_direction($file) if $file =~ /\.[ch]$/;
	check_extension_file($file) if $file =~ m{^extension/src/.*\.[ch]$};
	check_script($file) if $file =~ m{^extension/sql/.*\.sql$};
	complain($file, 1, 'a header has a guard VEZA_..._H')
	  if $file =~ /\.h$/ && $file !~ m{^test/psp/} && $text{$file} !~ /^#ifndef (VEZA_\w+_H)\n#define \1$/m;
}
for my $file (sort keys %PURE)
{
	if (!defined $text{$file}) { complain($file, 1, 'the pure file is gone: correct the list in test/lint.d/code.pl'); next }
	check_pure($file, $file, { map { ($_ => 1) } @{ $PURE{$file} } }, { $file => 1 });
	my $stem = $file =~ s/\.c$//r;
	my $tests = ($text{'test/unit/Makefile'} // '') =~ s{\$\(core\)}{extension/src/core}gr;
	complain($file, 1, 'the pure file has no unit test') if $tests !~ /\Q$stem\E\b/;
}
# A file that says it is pure is on the list.
for my $file (grep { m{^(?:extension/src|httpd)/.*\.c$} } sort keys %text)
{
	my ($head) = $text{$file} =~ m{\A/\*(.*?)\*/}s;
	complain($file, 1, 'the file says that it is pure: add it to the list in test/lint.d/code.pl')
	  if !$PURE{$file} && ($head // '') =~ /\b(?:no server header|[Pp]ure:)/;
}
for my $name (sort keys %c_functions)
{
	complain($c_functions{$name} =~ /^(.*):(\d+)$/, "no CREATE FUNCTION veza.$name") if !$sql_functions{$name};
}
for my $name (sort keys %sql_functions)
{
	complain($sql_functions{$name} =~ /^(.*):(\d+)$/, "no VZ_FUNCTION($name)") if !$c_functions{$name};
}
exit($findings > 0);
