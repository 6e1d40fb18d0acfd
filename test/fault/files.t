#!/usr/bin/perl
# Whenever veza-httpd is killed, and when the disk is full, a row never names a file that is not there, or another one.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use POSIX qw(_exit);
use Test::More;
use Time::HiRes qw(sleep time);
use Veza::Test;

my $s = stack();
$s->sql(<<'SQL');
create function veza.scratch_take(file_hash text, file_size bigint, file_type text, title text) returns json language sql volatile
security definer set search_path = pg_catalog, pg_temp as
$$ insert into veza_data.file (hash, size, type, created_at) values (file_hash, file_size, file_type, now()) on conflict do nothing; select json_build_object('hash', file_hash) $$;
alter function veza.scratch_take owner to veza_owner;
comment on function veza.scratch_take is 'Take a file.';
select veza.add_route('POST', '/api/v1/scratch/take', 'veza.scratch_take', 'user', 'writes', upload => 'audio');
SQL
my %env = (HTTP_LOOPS => 2, MAX_UPLOADS_PER_USER => 20, MAX_UPLOADS_PER_ADDRESS => 20, MAX_CONCURRENT_UPLOADS => 20);
$s->start('httpd', env => \%env);
wait_route($s, '/api/v1/scratch/take');
my $u = register($s);
my $number = 0;

sub wav { my ($bytes) = @_; return 'RIFF' . pack('V', 36 + $bytes) . 'WAVEfmt ' . pack('V v v V V v v', 16, 1, 1, 8000, 8000, 1, 8) . 'data' . pack('V', $bytes) . pack('N', $number++) . "\x80" x ($bytes - 4) }
sub form { my ($file) = @_; return "--XYZ\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\n$file\r\n--XYZ\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nx\r\n--XYZ--\r\n" }
sub post_of { my ($bytes) = @_; return [ POST => '/scratch/take', form(wav($bytes)), headers => { 'Content-Type' => 'multipart/form-data; boundary=XYZ' }, timeout => 30 ] }

# What --check-files says is wrong, and its last line.
sub check
{
	my (%more) = @_;
	my %all = ($s->environment, %env, %more);
	my @command = $s->as_user('env', (map { "$_=$all{$_}" } sort keys %all), 'sh', '-c', 'cd "$1" && exec "$2" --check-files', 'sh', $s->{dir}, $s->program('httpd'));
	open(my $out, '-|', @command) or die "$command[0]: $!";
	my @lines = <$out>;
	close $out;
	return (pop(@lines), @lines);
}

subtest 'killed while files come' => sub {
	my $rows = 0;
	for my $round (1 .. 12)
	{
		my @posts = map { post_of(1000 + int rand 3_000_000) } 1 .. 8;
		my $child = fork // die "fork: $!";
		if (!$child) { $u->{api}->parallel(@posts); _exit(0) }
		wait_until { $s->sql_value('select count(*) from veza_data.file') } 'a file is taken' if $round == 12;
		sleep rand 0.4;
		$s->stop('httpd', 'KILL');
		waitpid $child, 0;
		$s->start('httpd', env => \%env);
		my ($last, @problems) = check();
		is(join('', @problems), '', "round $round: $last");
		($rows) = $last =~ /^(\d+) rows/;
	}
	cmp_ok($rows, '>', 0, "$rows files were taken");
};

my $small = "$s->{dir}/small";
my $is_mounted;
END { my $result = $?; system('umount', $small) if $is_mounted; $? = $result }

subtest 'a full disk' => sub {
	mkdir $small;
	plan skip_all => 'no tmpfs may be mounted here' if system("mount -t tmpfs -o size=8m,mode=1777 tmpfs '$small' 2>/dev/null") != 0;
	$is_mounted = 1;
	$s->stop('httpd');
	$s->sql('delete from veza_data.file');
	$s->start('httpd', env => { %env, UPLOAD_DIR => "$small/up" });
	my %n;
	$n{ $_->brief }++ for map { $u->{api}->parallel(map { post_of(700_000) } 1 .. 6) } 1 .. 4;
	is_deeply([ sort keys %n ], [ '200', '503 UPLOAD_FAILED' ], 'some are taken, some refused') or diag explain \%n;
	my ($last, @problems) = check(UPLOAD_DIR => "$small/up");
	is(join('', @problems), '', $last);
	is(($last =~ /^(\d+) rows/)[0], $n{200}, 'each that was taken has its row and its file');
	wait_until { my @left = glob "$small/up/spool/*"; !@left } 'nothing is left in the spool';
	$s->stop('httpd');
	system('umount', $small);
	$is_mounted = 0;
};

done_testing;
