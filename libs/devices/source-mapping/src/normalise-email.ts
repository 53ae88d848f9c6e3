import type { FactorAddress, InvalidAddressReason } from '@tallystick/devices-domain';
import { err, ok, type Result } from '@tallystick/kernel-core';
import { z } from 'zod';

const syntax = z.email();
/** RFC 5321: the longest path, and the longest part before the `@`. */
const longest = 254;
const longestLocalPart = 64;

/** Trims and checks an e-mail address; its spelling is kept, case included (P59). Total. */
export function normaliseEmail(
  text: string,
): Result<Extract<FactorAddress, { kind: 'email' }>, Extract<InvalidAddressReason, 'email-syntax' | 'too-long'>> {
  const address = text.trim();
  if (address.length > longest) return err('too-long');
  if (!syntax.safeParse(address).success) return err('email-syntax');
  return address.lastIndexOf('@') > longestLocalPart ? err('too-long') : ok({ kind: 'email', address });
}
