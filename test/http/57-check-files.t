#!/usr/bin/perl
# veza-httpd --check-files: no row without its file, no file without its row, every content what its name says.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Digest::SHA qw(sha256_hex);
use Test::More;
use Veza::Test;

my $s = stack();
start_all($s);
my $u = register($s);
my $dir = "$s->{dir}/uploads";

sub picture { my ($n) = @_; return "\x89PNG\r\n\x1a\n" . pack('N a4 N N C5 N', 13, 'IHDR', 64, 48, 8, 2, 0, 0, 0, 0) . "number $n" }
sub path_of { my ($hash) = @_; return "$dir/files/" . substr($hash, 0, 2) . "/$hash" }

# What it prints, sorted but for the last line, and whether it is content.
sub check
{
	my (%env) = @_;
	my %all = ($s->environment, %env);
	my @command = $s->as_user('env', (map { "$_=$all{$_}" } sort keys %all), 'sh', '-c', 'cd "$1" && exec "$2" --check-files', 'sh', $s->{dir}, $s->program('httpd'));
	open(my $out, '-|', @command) or die "$command[0]: $!";
	my @lines = <$out>;
	close $out;
	my $last = pop @lines;
	return (join('', sort(@lines), $last // ''), $? >> 8);
}

my @hash = map { $u->{api}->post('/users/me/avatar', picture($_), headers => { 'Content-Type' => 'image/png' }); sha256_hex(picture($_)) } 1 .. 5;
is_deeply([ check() ], [ "5 rows, 5 files, 0 of them named by no row and younger than UPLOAD_SWEEP_AGE; 0 problems\n", 0 ], 'all is well');

unlink path_of($hash[0]);
$s->write_file(path_of($hash[1]), 'another content');
$s->write_file(path_of($hash[2]), substr(picture(3), 0, -1) . 'x');
my $orphan = 'ab' . '0' x 62;
mkdir "$dir/files/ab";
$s->write_file("$dir/files/ab/$orphan", 'x');
$s->write_file("$dir/files/ab/notes.txt", 'x');
$s->own(path_of($hash[1]), path_of($hash[2]), "$dir/files/ab", "$dir/files/ab/$orphan");
my ($out, $code) = check();
is($code, 1, 'what does not fit is an error');
is($out, join('', sort("files/$hash[0]: is missing\n", "files/$hash[1]: has another size than its row\n", "files/$hash[2]: has another content than its name\n", "files/notes.txt: is none of ours\n"))
	. "5 rows, 6 files, 1 of them named by no row and younger than UPLOAD_SWEEP_AGE; 4 problems\n", 'each is named') or diag $out;
($out) = check(UPLOAD_SWEEP_AGE => '0');
like($out, qr{^files/$orphan: is named by no row$}m, 'a file without a row is a problem once the sweep should have taken it');
($out, $code) = check(DATABASE_URL => 'postgres://nobody@127.0.0.1:1/none');
is($code, 1, 'a database that does not answer is an error, too');

done_testing;
