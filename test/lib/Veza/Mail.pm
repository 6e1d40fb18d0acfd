package Veza::Mail;

# What tests read in mails, and the codes of an authenticator.
#
#   my $mail = mail_to($s, 'mina@example.test', 1);   # the first one that this address gets, decoded
#   my $token = token_of($mail);
#   my $code = totp_code($secret, 1);                  # of the next half minute

use strict;
use warnings;
use Digest::SHA qw(hmac_sha1);
use Exporter qw(import);
use MIME::QuotedPrint qw(decode_qp);
use Veza::Test;

our @EXPORT = qw(mails_to mail_to token_of totp_code base32_bytes);

# The mails that an address got, oldest first, decoded.
sub mails_to
{
	my ($s, $address) = @_;
	return map { decode_qp($_) } grep { /^X-RcptTo: \Q$address\E\r?$/m || /^To: \Q$address\E\r?$/m } $s->mails;
}

# Waits for the nth mail to an address; optional: a pattern that its subject must have.
sub mail_to
{
	my ($s, $address, $n, $subject) = @_;
	return wait_until {
		my @mails = grep { !defined $subject || /^Subject: .*$subject/m } mails_to($s, $address);
		@mails >= $n ? $mails[ $n - 1 ] : undef;
	} "mail $n to $address" . (defined $subject ? ": $subject" : '');
}

sub token_of { my ($mail) = @_; return ($mail =~ /token=([A-Za-z0-9_-]{43})/)[0] }

# The bytes of a secret in base32.
sub base32_bytes
{
	my ($text) = @_;
	my $bits = join '', map { sprintf '%05b', index('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', $_) } split //, $text;
	return pack 'B*', substr $bits, 0, 8 * int(length($bits) / 8);
}

# The code that an authenticator shows, so many half minutes from now.
sub totp_code
{
	my ($secret, $ahead) = @_;
	my $mac = hmac_sha1(pack('Q>', int(time / 30) + ($ahead // 0)), base32_bytes($secret));
	my $at = ord(substr $mac, 19) & 15;
	return sprintf '%06d', (unpack('N', substr $mac, $at, 4) & 0x7FFFFFFF) % 1_000_000;
}

1;
