#!/usr/bin/perl
# LDIF (RFC 2849) to one JSON object a line for each entry, for ldif-scim.jq:
#   perl ldif-entries.pl export.ldif | jq -cs -f ldif-scim.jq
# Attribute names in lower case, values as lists of strings: {"dn":["…"],"mail":["…","…"],…}. Needs Debian's package perl.
# Distinguished names come out in one form, so that equal ones are equal text.
use strict;
use warnings;
use Encode qw(decode FB_CROAK);
use JSON::PP ();
use MIME::Base64 qw(decode_base64 encode_base64);

my %is_dn = map { $_ => 1 } qw(dn member uniquemember memberof manager owner);
my $json = JSON::PP->new->canonical->utf8;
my @lines;
while (defined(my $line = <>)) {
  $line =~ s/\r?\n\z//;
  if (@lines and $line =~ s/^ //) { $lines[-1] .= $line }    # a folded line goes on
  elsif ($line ne '')             { push @lines, $line }
  else                            { entry(splice @lines) }   # an empty line ends an entry
}
entry(@lines);

sub entry {
  my %entry;
  for (grep { !/^#/ } @_) {
    my ($name, $sign, $text) = /^([^:]+):([:<]?) *(.*)\z/s or die "no LDIF near line $.\n";
    die "this LDIF holds changes (changetype), not entries, near line $.\n" if lc $name eq 'changetype';
    next if $sign eq '<';                                    # the value stands in another file
    push @{ $entry{ lc $name } }, value(lc $name, $sign eq ':' ? decode_base64($text) : $text);
  }
  print $json->encode(\%entry), "\n" if $entry{dn};          # "version: 1", "search: 2" and their like have none
}

# UTF-8 becomes text; Active Directory's objectGUID its usual form; anything else stays base64.
sub value {
  my ($name, $bytes) = @_;
  return sprintf '%08x-%04x-%04x-%04x-%s', unpack 'V v v n H12', $bytes if $name eq 'objectguid' and length $bytes == 16;
  my $text = eval { decode('UTF-8', my $copy = $bytes, FB_CROAK) } // return encode_base64($bytes, '');
  return $text unless $is_dn{$name};
  $text =~ s/#'[01]*'B\z// if $name eq 'uniquemember';        # RFC 4519 §2.40 lets a bit string follow
  return lc $text =~ s/ *([,=+]) */$1/gr;                    # case and these spaces do not count
}
