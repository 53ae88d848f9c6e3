import { LosslessNumber, parse, stringify } from 'lossless-json';

/**
 * JSON without loss: safe integers become numbers, other integers bigints, and fractions keep their text. A device id of
 * 64 bits survives this; `JSON.parse` would round it (P57). Throws a SyntaxError for what is not JSON.
 */
export const parseJson = (text: string): unknown => parse(text, null, readNumber);

function readNumber(text: string): number | bigint | LosslessNumber {
  if (!/^-?\d+$/.test(text)) return new LosslessNumber(text);
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

/** Writes bigints as bare JSON numbers. */
export const writeJson = (value: unknown): string => stringify(value) ?? 'null';

/** Writes bigints as strings, for readers in JavaScript. */
export const writeJsonForScripts = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? part.toString() : part));

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
