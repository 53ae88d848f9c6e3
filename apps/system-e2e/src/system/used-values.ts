import { filesUnder } from './leaks.ts';
import type { Written } from './leaks.ts';

// I8: no log of any process holds a token, a credential, a telephone number or an e-mail address. What a test file uses is noted where it goes into the
// system, and looked for at the end of every system.

type Kind = 'a token' | 'a credential' | 'a telephone number' | 'an e-mail address';
const used = new Map<string, Kind>();

const member = /"([^"\\]+)"\s*:\s*"([^"\\]+)"/g;
const email = /^[^@\s]+@[^@\s]+\.[^@\s]+$/;
const tokenName = /^(?:value|presentedToken|token)$/;
const phoneName = /phone|mobile|sms|voice/i;
const digitsOf = (text: string): string => text.replaceAll(/\D/g, '');
/** Without what people put between digits. */
const closed = (text: string): string => text.replaceAll(/[\s()./-]/g, '');

/** Remembers what in this JSON is a token, a credential, a number or an address, by its name and by its looks. */
export function noteUsed(json: string | Buffer | null | undefined): void {
  for (const [, name = '', value = ''] of (json?.toString() ?? '').matchAll(member)) {
    if (email.test(value)) used.set(value, 'an e-mail address');
    else if (name === 'credential') used.set(value, 'a credential');
    else if (tokenName.test(name) && value.length >= 16 && !value.startsWith('tok_')) used.set(value, 'a token');
    else if (/^\+?[\d\s()./-]+$/.test(value) && (value.startsWith('+') || phoneName.test(name)) && digitsOf(value).length >= 8)
      used.set(value, 'a telephone number');
  }
}

/** Which of what was noted stands in a text; told by kind and place only. A number is known with and without its plus, and by its digits alone. */
export function findUsed(written: Iterable<Written>): readonly string[] {
  const found = new Set<string>();
  for (const { where, bytes } of written) {
    const text = bytes.toString('utf8');
    const [lower, tight] = [text.toLowerCase(), closed(text)];
    for (const [value, kind] of used) {
      const isThere =
        kind === 'a telephone number'
          ? tight.includes(digitsOf(value))
          : kind === 'a token' || kind === 'a credential'
            ? text.includes(value)
            : lower.includes(value.toLowerCase());
      if (isThere) found.add(`${kind} in ${where}`);
    }
  }
  return [...found];
}

/** @throws Error that names the logs, and never what stands there. */
export function expectCleanLogs(folder: string): void {
  const found = findUsed(filesUnder(folder));
  if (found.length > 0) throw new Error(`what must not be logged was logged (I8): ${found.join('; ')}`);
}
