import { checkToken } from './token-text.ts';

/** Why a value of the administrator's own (M18) is refused; each has one sentence in {@link ownValueRefusals}. */
export type OwnValueRefusal =
  'empty' | 'too-short' | 'too-long' | 'unsafe-characters' | 'retyped-as-number' | 'mistyped-token' | 'weak';

const shortest = 16;
const longest = 128;

export const ownValueRefusals: Readonly<Record<OwnValueRefusal, string>> = {
  empty: 'the value is empty: an unmanaged device presents an empty value too',
  'too-short': `the value is shorter than ${shortest} characters`,
  'too-long': `the value is longer than ${longest} characters`,
  'unsafe-characters': 'the value may hold A–Z, a–z, 0–9, ".", "_" and "-" only: MDMs replace or escape other characters',
  'retyped-as-number': 'the value has no letter: an MDM may send it on as a number',
  'mistyped-token': 'the value starts like a generated token, and its checksum does not fit: it was not copied whole',
  weak: 'the value can be guessed: use a generated one, or a random UUID',
};

const commonWords =
  /passwor[dt]|passphrase|p4ssw0rd|changeme|secret|token|managed|device|mobile|company|admin|default|example|testing|test|qwert[yz]\w*?|asdfgh|letmein|welcome|pingid|mdm|intune|jamf|airwatch/g;

/**
 * Characters that an attacker has to guess: known words, repetitions and runs such as `abcd` or `4321` count as one each.
 * A rough lower bound, made to refuse what people type, never to certify randomness.
 */
function surprisingCharacters(text: string): number {
  const rest = text.toLowerCase().replaceAll(/[._-]/g, '').replaceAll(commonWords, '~');
  const repeated = /^(.+?)\1+(.*)$/.exec(rest);
  const unit =
    repeated && repeated[1] !== undefined && repeated[1].length * 2 <= rest.length && repeated[1].startsWith(repeated[2] ?? '')
      ? repeated[1]
      : rest;
  let count = 0;
  let lastStep: number | undefined;
  for (let at = 0; at < unit.length; at++) {
    const step = at === 0 ? undefined : unit.charCodeAt(at) - unit.charCodeAt(at - 1);
    if (step === undefined || Math.abs(step) > 1 || step !== lastStep) count++;
    lastStep = step;
  }
  return count;
}

/**
 * Judges a value that an administrator wants to use instead of a generated one (M18). Accepts random UUIDs.
 * The text is judged exactly as given, never trimmed, because comparison is exact (M12).
 */
export function judgeOwnValue(
  text: string,
): { readonly kind: 'accepted' } | { readonly kind: 'refused'; readonly reason: OwnValueRefusal } {
  const reason = refusalOf(text);
  return reason === undefined ? { kind: 'accepted' } : { kind: 'refused', reason };
}

function refusalOf(text: string): OwnValueRefusal | undefined {
  if (text === '') return 'empty';
  if (text.length > longest) return 'too-long';
  if (!/^[A-Za-z0-9._-]+$/.test(text)) return 'unsafe-characters';
  if (text.length < shortest) return 'too-short';
  if (checkToken(text) === 'mistyped') return 'mistyped-token';
  if (!/[A-Za-z]/.test(text)) return 'retyped-as-number';
  return surprisingCharacters(text) < 12 || new Set(text.toLowerCase()).size < 8 ? 'weak' : undefined;
}
