package Veza::Totp;

# An authenticator: the codes of RFC 6238 (SHA-1, 6 digits, 30 s), written from the RFC.

use strict;
use warnings;
use Digest::SHA qw(hmac_sha1);
use Exporter qw(import);

our @EXPORT_OK = qw(totp_code);

# The bytes of a base32 text of RFC 4648.
sub bytes_of
{
	my ($text) = @_;
	my $bits = join '', map { sprintf '%05b', index('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', $_) } split //, uc $text =~ s/=+$//r;
	return pack 'B*', substr($bits, 0, 8 * int(length($bits) / 8));
}

# The code of a secret, now or so many steps of 30 s away.
sub totp_code
{
	my ($secret, $steps) = @_;
	my $mac = hmac_sha1(pack('Q>', int(time / 30) + ($steps // 0)), bytes_of($secret));
	my $at = ord(substr $mac, -1) & 15;
	return sprintf '%06d', (unpack('N', substr $mac, $at, 4) & 0x7fffffff) % 1_000_000;
}

1;
