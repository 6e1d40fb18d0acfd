package Veza::Ledger;

# Compares the provider's ledger (GET /_sim/ledger of veza-pspsim) with our
# tables: money, payment by payment and refund by refund.
#
#   my @problems = Veza::Ledger::differences($scene);    # empty: the ledgers agree

use strict;
use warnings;

# States in which the provider may still take money for a payment.
my %CAN_TAKE_MONEY = map { $_ => 1 } qw(requires_payment_method requires_confirmation requires_customer_action);

# Returns one sentence for each difference.
sub differences
{
	my ($scene) = @_;
	my $psp = $scene->sim('GET', 'ledger');
	my %payment = map { $_->[0] => { psp_payment_id => $_->[0], state => $_->[1], amount => $_->[2], currency => $_->[3],
		key => $_->[4], subscription => $_->[5], subscription_status => $_->[6] } }
	  $scene->rows('select p.psp_payment_id, p.state, p.amount_minor, p.currency, p.idempotency_key, s.id, s.status'
		. ' from veza_data.payment p join veza_data.subscription s on s.id = p.subscription_id');
	my %refund = map { $_->[0] => { state => $_->[1], amount => $_->[2], payment_id => $_->[3] } }
	  $scene->rows('select r.psp_refund_id, r.state, r.amount_minor, p.psp_payment_id'
		. ' from veza_data.refund r join veza_data.payment p on p.id = r.payment_id');

	return (
		payment_differences($psp, \%payment),
		refund_differences($psp, \%refund),
		total_differences($psp, \%payment, \%refund));
}

sub payment_differences
{
	my ($psp, $ours) = @_;
	my %known = map { $_->{payment_id} => 1 } @{ $psp->{payments} };
	my @problems;

	for my $p (@{ $psp->{payments} })
	{
		my $our = $ours->{ $p->{payment_id} };
		my $say = sub { push @problems, "payment $p->{payment_id} ($p->{status}): $_[0]" };

		if (!$our)
		{
			$say->('the provider has it, we do not know it');
			next;
		}
		$say->("created $p->{creates_done} times") if $p->{creates_done} > 1;
		$say->("amount $p->{amount} $p->{currency}, ours $our->{amount} $our->{currency}")
		  if $p->{amount} != $our->{amount} || $p->{currency} ne $our->{currency};
		$say->('another idempotency key: ' . ($_ // 'none'))
		  for grep { ($_ // '') ne $our->{key} } @{ $p->{idempotency_keys} };
		$say->("metadata name subscription $p->{metadata}{subscription_id}, ours is $our->{subscription}")
		  if $p->{metadata}{subscription_id} ne $our->{subscription};
		$say->("it succeeded there, here it is $our->{state}") if $p->{status} eq 'succeeded' && $our->{state} ne 'succeeded';
		$say->("it is succeeded here") if $p->{status} ne 'succeeded' && $our->{state} eq 'succeeded';
		$say->("it can take money although the subscription is $our->{subscription_status}")
		  if $CAN_TAKE_MONEY{ $p->{status} } && $our->{subscription_status} ne 'pending_payment';
		$say->("it can take money although it is $our->{state} here")
		  if $CAN_TAKE_MONEY{ $p->{status} } && $our->{state} !~ /^(?:open|prepared)$/;
	}
	for my $id (sort keys %$ours)
	{
		push @problems, "payment $id: $ours->{$id}{state} here, the provider does not know it"
		  if !$known{$id} && $ours->{$id}{state} !~ /^(?:prepared|cancelled)$/;
	}
	return @problems;
}

sub refund_differences
{
	my ($psp, $ours) = @_;
	my %known = map { $_->{refund_id} => 1 } @{ $psp->{refunds} };
	my @problems;

	for my $r (@{ $psp->{refunds} })
	{
		my $our = $ours->{ $r->{refund_id} };
		my $say = sub { push @problems, "refund $r->{refund_id} ($r->{status}): $_[0]" };

		if (!$our)
		{
			$say->('the provider has it, we do not know it');
			next;
		}
		$say->("made $r->{creates_done} times") if $r->{creates_done} > 1;
		$say->("amount $r->{amount}, ours $our->{amount}") if $r->{amount} != $our->{amount};
		$say->("of payment $r->{payment_id}, ours of $our->{payment_id}") if $r->{payment_id} ne $our->{payment_id};
		$say->("here it is $our->{state}") if $r->{status} ne $our->{state};
	}
	for my $id (sort keys %$ours)
	{
		push @problems, "refund $id: $ours->{$id}{state} here, the provider does not know it" if !$known{$id};
	}
	return @problems;
}

sub total_differences
{
	my ($psp, $payments, $refunds) = @_;
	my (%captured, %refunded, @problems);

	$captured{ $_->{currency} } += $_->{amount} for grep { $_->{state} eq 'succeeded' } values %$payments;
	$refunded{ $payments->{ $_->{payment_id} }{currency} } += $_->{amount} for grep { $_->{state} eq 'succeeded' } values %$refunds;
	for my $kind ([ captured => \%captured ], [ refunded => \%refunded ])
	{
		my ($name, $ours) = @$kind;
		my %currencies = map { $_ => 1 } keys %$ours, keys %{ $psp->{totals}{$name} };
		for my $currency (sort keys %currencies)
		{
			my ($theirs, $here) = ($psp->{totals}{$name}{$currency} // 0, $ours->{$currency} // 0);
			push @problems, "$name $theirs $currency at the provider, $here here" if $theirs != $here;
		}
	}
	return @problems;
}

1;
