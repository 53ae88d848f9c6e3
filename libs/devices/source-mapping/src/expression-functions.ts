import type { Environment } from '@marcbachmann/cel-js';

/**
 * What an evaluation may still spend. The language itself has no loops but those over lists; here every character that is read, searched or
 * made is counted as well, so that no expression takes longer than a few milliseconds, whatever the record holds.
 */
export class Meter {
  #left = 0;
  fill(units: number): void {
    this.#left = units;
  }
  /** @throws TooMuchWork when nothing is left, and at each later call */
  spend(units: number): void {
    this.#left -= units;
    if (this.#left < 0) throw new TooMuchWork();
  }
}

export class TooMuchWork extends Error {}
/** A value that a function can't work with. */
export class WrongArgument extends Error {}

const longestList = 256;
const longestText = 65_536;

interface ExpressionFunction {
  /** As CEL declares it. */
  readonly signature: string;
  readonly does: string;
  readonly run: (meter: Meter, ...args: never[]) => unknown;
}

/** Searching takes length × length in the worst case; sixteen comparisons count as one. */
const search = (meter: Meter, text: string, part: string): void =>
  meter.spend(1 + text.length * Math.ceil((part.length + 1) / 16));
const made = (meter: Meter, text: string): string => {
  meter.spend(1 + text.length);
  if (text.length > longestText) throw new TooMuchWork();
  return text;
};
const at = (text: string, index: bigint): number => {
  if (index < 0n || index > BigInt(text.length)) throw new WrongArgument('an index outside of the text');
  return Number(index);
};
const wholeOf = (value: unknown): bigint => {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value === 'string' && /^\s*-?\d{1,18}\s*$/.test(value)) return BigInt(value.trim());
  throw new WrongArgument('no whole number');
};
const textOf = (value: unknown): string => {
  if (value === null) return '';
  if (typeof value === 'string' || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  throw new WrongArgument('no text, number, true or false');
};

/** The first common name in a distinguished name (RFC 4514), with its escapes undone; empty when it has none. */
function commonNameOf(name: string): string {
  for (const [part] of name.matchAll(/(?:\\.|[^,+\\])+/gsu)) {
    const value = /^\s*cn\s*=(.*)$/isu.exec(part)?.[1];
    if (value !== undefined) return unescaped(value.trim());
  }
  return '';
}

const unescaped = (value: string): string =>
  value.replace(/((?:\\[0-9a-f]{2})+)|\\(.)/gisu, (_, bytes: string | undefined, sign: string | undefined) =>
    bytes === undefined ? (sign ?? '') : Buffer.from(bytes.replaceAll('\\', ''), 'hex').toString('utf8'),
  );

/** Every function of the language that an expression may call, besides operators and the macros has, all, exists, exists_one, map, filter. */
export const expressionFunctions: readonly ExpressionFunction[] = [
  fn('string.contains(string): bool', 'whether the part is in the text', (meter, text: string, part: string) => {
    search(meter, text, part);
    return text.includes(part);
  }),
  fn('string.startsWith(string): bool', 'whether the text begins with it', (meter, text: string, part: string) => {
    meter.spend(1 + part.length);
    return text.startsWith(part);
  }),
  fn('string.endsWith(string): bool', 'whether the text ends with it', (meter, text: string, part: string) => {
    meter.spend(1 + part.length);
    return text.endsWith(part);
  }),
  fn('string.indexOf(string): int', 'where the part begins, from 0; -1: nowhere', (meter, text: string, part: string) => {
    search(meter, text, part);
    return BigInt(text.indexOf(part));
  }),
  fn('string.lastIndexOf(string): int', 'where the part begins for the last time', (meter, text: string, part: string) => {
    search(meter, text, part);
    return BigInt(text.lastIndexOf(part));
  }),
  fn('string.substring(int): string', 'from this index to the end', (meter, text: string, from: bigint) =>
    made(meter, text.slice(at(text, from))),
  ),
  fn(
    'string.substring(int, int): string',
    'from one index to before the other',
    (meter, text: string, from: bigint, to: bigint) => {
      if (to < from) throw new WrongArgument('an end before the start');
      return made(meter, text.slice(at(text, from), at(text, to)));
    },
  ),
  fn(
    'string.replace(string, string): string',
    'every place of the one by the other',
    (meter, text: string, old: string, by: string) => {
      if (old === '') throw new WrongArgument('nothing to replace');
      search(meter, text, old);
      const parts = text.split(old);
      meter.spend(parts.length * (1 + by.length));
      return made(meter, parts.join(by));
    },
  ),
  fn('string.split(string): list<string>', 'the parts between the separators, at most 256', (meter, text: string, by: string) => {
    search(meter, text, by);
    const parts = text.split(by, longestList + 1);
    if (parts.length > longestList) throw new TooMuchWork();
    return parts;
  }),
  fn(
    'list<string>.join(string): string',
    'one text, with the separator between the parts',
    (meter, list: unknown[], by: string) => {
      const parts = [...list].map(textOf);
      meter.spend(parts.reduce((sum, part) => sum + part.length + by.length, 1));
      return made(meter, parts.join(by));
    },
  ),
  fn('string.lowerAscii(): string', 'A–Z as a–z', (meter, text: string) =>
    made(
      meter,
      text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()),
    ),
  ),
  fn('string.upperAscii(): string', 'a–z as A–Z', (meter, text: string) =>
    made(
      meter,
      text.replace(/[a-z]+/g, (letters) => letters.toUpperCase()),
    ),
  ),
  fn('string.trim(): string', 'without blanks at both ends', (meter, text: string) => made(meter, text.trim())),
  fn('string.size(): int', 'how many UTF-16 units', (_, text: string) => BigInt(text.length)),
  fn('list.size(): int', 'how many parts', (_, list: unknown[]) => BigInt(list.length)),
  fn('size(dyn): int', 'of a text or list', (_, of: unknown) => {
    if (typeof of === 'string' || Array.isArray(of)) return BigInt(of.length);
    throw new WrongArgument('no text or list');
  }),
  fn('string(dyn): string', 'a number, true or false as text; null as the empty text', (meter, value: unknown) =>
    made(meter, textOf(value)),
  ),
  fn('int(dyn): int', 'a whole number, also from its text', (_, value: unknown) => wholeOf(value)),
  fn(
    'hasBits(dyn, int): bool',
    'whether a flag word has all these bits, e.g. userAccountControl 2: disabled',
    (_, value: unknown, bits: bigint) => (wholeOf(value) & bits) === bits,
  ),
  fn('cnOf(string): string', 'the common name of a distinguished name; empty without one', (meter, name: string) => {
    meter.spend(1 + name.length * 4);
    return made(meter, commonNameOf(name));
  }),
  fn(
    'userPartOf(string): string',
    'what stands before the last @ of an e-mail address; all of it without one',
    (meter, text: string) => {
      const end = text.lastIndexOf('@');
      return made(meter, end < 0 ? text : text.slice(0, end));
    },
  ),
  fn('digitsOf(string): string', 'its digits 0–9', (meter, text: string) => made(meter, text.replace(/\D+/g, ''))),
];

function fn<A extends unknown[]>(
  signature: string,
  does: string,
  run: (meter: Meter, ...args: A) => unknown,
): ExpressionFunction {
  return { signature, does, run: run as unknown as ExpressionFunction['run'] };
}

const ownName = (name: string): string => `${name}_own`;
const shapeOf = (signature: string): readonly [name: string, isMethod: boolean] => {
  const [, receiver, name = ''] = /^(?:([\w<>]+)\.)?(\w+)\(/.exec(signature) ?? [];
  return [name, receiver !== undefined];
};
const methods = new Map<string, string>();
const functions = new Map<string, string>();
for (const { signature } of expressionFunctions) {
  const [name, isMethod] = shapeOf(signature);
  (isMethod ? methods : functions).set(name, ownName(name));
}

/** Our name for a method or function that expressions may call. The library's own ones are not bounded, and can't be replaced under their name. */
export const ownMethod = (name: string): string | undefined => methods.get(name);
export const ownFunction = (name: string): string | undefined => functions.get(name);

export function registerFunctions(environment: Environment, meter: Meter): void {
  for (const { signature, run } of expressionFunctions) {
    const [name] = shapeOf(signature);
    const own = signature.replace(`${name}(`, `${ownName(name)}(`);
    environment.registerFunction(own, (...args: unknown[]) => (run as (...all: unknown[]) => unknown)(meter, ...args), {
      async: false,
    });
  }
}
