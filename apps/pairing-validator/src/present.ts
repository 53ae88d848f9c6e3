import { createHash } from 'node:crypto';
import type { Presentation } from '@tallystick/pairing-domain';
import type { KeyRing } from '@tallystick/platform-secrets';
import type { DeviceFacts, PepperId, TokenDigest } from '@tallystick/tokens-domain';
import { tokenDigest } from './token-digest.ts';
import type { VerdictRequest } from './verdict.schema.ts';

/** A longer text can't be a token's value. */
export const longestToken = 512;

/** Digested in place of a text that is none, so that it costs the same; as long as a generated token. */
const standIn = 'x'.repeat(53);

/** What the caller sent as the judge takes it: one digest for each pepper, whatever was sent. */
export function present(
  { kind, method, presentedToken }: Pick<VerdictRequest, 'kind' | 'method' | 'presentedToken'>,
  peppers: KeyRing,
  digest: typeof tokenDigest = tokenDigest,
): Presentation {
  const form = formOf(presentedToken);
  const text = form === 'well-formed' ? presentedToken : undefined;
  const digests: { pepperId: PepperId; digest: TokenDigest }[] = [];
  for (const [id, key] of peppers.keys)
    digests.push({ pepperId: id as PepperId, digest: digest(key, text ?? standIn) as TokenDigest });
  return { kind, method, form, digests };
}

/** The digests of one text, under every pepper. */
export const digestsOf = (text: string, peppers: KeyRing): readonly TokenDigest[] =>
  [...peppers.keys.values()].map((key) => tokenDigest(key, text) as TokenDigest);

function formOf(text: string | null | undefined): Presentation['form'] {
  if (text === undefined || text === null || text === '') return 'empty';
  // Half a surrogate pair has no UTF-8 form: several texts would have one digest (M12).
  return text.length > longestToken || /\p{Surrogate}/u.test(text) ? 'malformed' : 'well-formed';
}

/** Shorter texts are in too many facts by chance. */
const shortestTelling = 8;
const isTold = (fact: string, token: string | null | undefined): boolean =>
  token ? fact === token || (token.length >= shortestTelling && fact.includes(token)) : false;

const generatedPrefix = 'tsk_';
/** What can be a UUID or an administrator's own value (M18). */
const unmarkedForm = /[\w.-]{16,128}/g;
const uuidForm = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;
const uuidLength = 36;

/** Whether a text is a token of the environment that has no form of its own: a UUID or an own value. */
export type IsUnmarkedToken = (text: string) => boolean;

/**
 * Whether a text has a token in it: the presented one, anything that begins like a generated one, or another token of the ring. A client
 * that mixes its fields up, and shows the old token as its model, must not write it into a log, a topic or the list of laggards.
 */
const hasToken = (text: string, presented: string | null | undefined, isUnmarkedToken: IsUnmarkedToken): boolean =>
  isTold(text, presented) ||
  text.includes(generatedPrefix) ||
  (text
    .match(unmarkedForm)
    ?.some((part) => isUnmarkedToken(part) || (part.length > uuidLength && part.match(uuidForm)?.some(isUnmarkedToken))) ??
    false);

/** The facts without those that have a token in them. */
export function withoutToken(
  facts: DeviceFacts | undefined,
  presented: string | null | undefined,
  isUnmarkedToken: IsUnmarkedToken,
): DeviceFacts | undefined {
  if (!facts) return facts;
  let kept: Record<string, unknown> | undefined;
  for (const name in facts) {
    const fact = facts[name as keyof DeviceFacts];
    if (typeof fact !== 'string' || !hasToken(fact, presented, isUnmarkedToken)) continue;
    kept ??= { ...facts };
    delete kept[name];
  }
  return kept ?? facts;
}

const printable = /^[\x21-\x7e]{1,64}$/;

/** The device's id as it is kept: short printable ASCII as it is, anything else as its SHA-256. Undefined when none was sent, or when it has a token in it. */
export function deviceIdOf(
  id: unknown,
  presented: string | null | undefined,
  isUnmarkedToken: IsUnmarkedToken,
): string | undefined {
  if (typeof id !== 'string' || id === '' || isTold(id, presented)) return undefined;
  if (!printable.test(id)) return `sha256:${createHash('sha256').update(id).digest('base64url')}`;
  return hasToken(id, presented, isUnmarkedToken) ? undefined : id;
}
