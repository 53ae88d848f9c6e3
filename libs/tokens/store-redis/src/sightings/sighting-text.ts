import { type Instant, instant } from '@tallystick/kernel-core';
import type { Presented, SightedGroup, Sighting } from '@tallystick/tokens-domain';

type Platform = Sighting['platform'];
type Facts = Pick<SightedGroup, 'presented' | 'platform' | 'siblings'>;

const letters: Readonly<Record<Platform, string>> = { ios: 'i', android: 'a', other: 'o' };
const platforms: Readonly<Record<string, Platform>> = { i: 'ios', a: 'android', o: 'other' };
const form = /^([\w-]{1,32})\|([iao])\|(?:(\d{1,16})([+-]))?$/;

/** A stored text is not of the form that this version writes. */
export class UnreadableSighting extends Error {
  override readonly name = 'UnreadableSighting';
}

/** `tok_…|i|12+`: presented, platform, and whether the rules of revision 12 were met; nothing at the end when they were not judged. */
const writeFacts = ({ presented, platform, siblings }: Facts): string =>
  `${presented}|${letters[platform]}|${siblings ? `${siblings.revision}${siblings.met ? '+' : '-'}` : ''}`;

/** @throws UnreadableSighting on anything that this version does not write. */
export function readFacts(text: string): Facts {
  const [, presented, letter = '', revision, sign] = form.exec(text) ?? [];
  const platform = platforms[letter];
  if (presented === undefined || platform === undefined) throw new UnreadableSighting('the facts of a sighting can not be read');
  const siblings = revision === undefined ? undefined : { revision: Number(revision), met: sign === '+' };
  return { presented: presented as Presented, platform, ...(siblings ? { siblings } : {}) };
}

/**
 * What is kept of a device: milliseconds in base 36, `|`, its facts; at most 64 bytes, and those of a stranger with
 * its mark are fewer.
 * @throws RangeError when a part of the sighting is out of the bounds of its contract.
 */
export function writeSighting(sighting: Sighting): string {
  const { device, at } = sighting;
  if (!/^[\x20-\x7e]{1,64}$/.test(device)) throw new RangeError('a device id has 1–64 characters of printable ASCII');
  if (!Number.isSafeInteger(at) || at < 0) throw new RangeError('a sighting is at a whole number of milliseconds since 1970');
  const facts = writeFacts(sighting);
  if (!form.test(facts))
    throw new RangeError('a sighting names a token id of at most 32 letters, digits, "_" and "-", and a revision');
  return `${at.toString(36)}|${facts}`;
}

/** At the end of what is kept of a stranger. The recording script writes it and takes it away. */
const strangersMark = '|s';

/** @throws UnreadableSighting on anything that {@link writeSighting} and the recording script do not write. */
export function readSighting(text: string): Facts & { readonly lastSeen: Instant } {
  const end = text.indexOf('|');
  const at = Number.parseInt(text.slice(0, end), 36);
  if (end < 1 || !Number.isSafeInteger(at)) throw new UnreadableSighting('the time of a sighting can not be read');
  const facts = text.slice(end + 1, text.endsWith(strangersMark) ? -strangersMark.length : undefined);
  return { ...readFacts(facts), lastSeen: instant(at) };
}
