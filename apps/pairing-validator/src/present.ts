import type { Presentation } from '@tallystick/pairing-domain';
import { hmacDigest, type KeyRing } from '@tallystick/platform-secrets';
import type { PepperId, TokenDigest } from '@tallystick/tokens-domain';
import type { VerdictRequest } from './verdict.schema.ts';

/** A longer text can't be a token's value. */
export const longestToken = 512;

/** Digested in place of a text that is none, so that it costs the same; as long as a generated token. */
const standIn = 'x'.repeat(53);

/** What the caller sent as the judge takes it: one digest for each pepper, whatever was sent. */
export function present({ kind, method, presentedToken }: VerdictRequest, peppers: KeyRing): Presentation {
  const form = formOf(presentedToken);
  const text = form === 'well-formed' ? presentedToken : undefined;
  const digests = Array.from(peppers.keys, ([id, key]) => ({
    pepperId: id as PepperId,
    digest: hmacDigest(key, text ?? standIn) as TokenDigest,
  }));
  return { kind, method, form, digests };
}

function formOf(text: string | null | undefined): Presentation['form'] {
  if (text === undefined || text === null || text === '') return 'empty';
  // Half a surrogate pair has no UTF-8 form: several texts would have one digest (M12).
  return text.length > longestToken || /\p{Surrogate}/u.test(text) ? 'malformed' : 'well-formed';
}
