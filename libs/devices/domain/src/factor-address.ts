/**
 * Where a factor reaches its user, already normalised.
 * `email.address` keeps the spelling of the source; `sms.number` and `voice.number` are E.164 with the leading `+`;
 * `voice.extension` is what follows the first comma, commas included (`,,12#3` for `+44…,,,12#3`).
 */
export type FactorAddress =
  | { readonly kind: 'email'; readonly address: string }
  | { readonly kind: 'sms'; readonly number: string }
  | { readonly kind: 'voice'; readonly number: string; readonly extension?: string };

const folded = (address: string): string => address.trim().toLowerCase();
const digits = (number: string): string => number.replace(/\D/g, '');

/** Same factor for the user: e-mail without regard to case (P59), phone by digits (P58), voice also by extension. Kinds never match. */
export function sameAddress(a: FactorAddress, b: FactorAddress): boolean {
  if (a.kind === 'email') return b.kind === 'email' && (a.address === b.address || folded(a.address) === folded(b.address));
  if (b.kind === 'email' || a.kind !== b.kind) return false;
  if (a.number !== b.number && digits(a.number) !== digits(b.number)) return false;
  return extensionOf(a) === extensionOf(b);
}

const extensionOf = (address: Exclude<FactorAddress, { kind: 'email' }>): string =>
  address.kind === 'voice' ? (address.extension ?? '') : '';
