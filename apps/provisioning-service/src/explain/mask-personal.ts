import type { AttributeValue } from '@tallystick/devices-domain';

/** How what is personal is shown. */
export interface Sight {
  readonly text: (text: string) => string;
  readonly attribute: (value: AttributeValue) => AttributeValue;
}

/** For those whose role allows it; every such reading is logged. */
export const unmasked: Sight = { text: (text) => text, attribute: (value) => value };

/** For everybody else: enough to see whether two values are alike, too little to use one. */
export const masked: Sight = {
  text: maskText,
  attribute: (value) => (typeof value === 'string' || typeof value === 'number' ? maskText(String(value)) : value),
};

const cover = '•••';

/**
 * By its form, because an attribute may hold anything: an e-mail address keeps its first letter and that of its domain, what is mostly digits
 * its last two, any other text of at least four signs its first. Of the same length for all: a length tells names apart.
 */
export function maskText(text: string): string {
  const trimmed = text.trim();
  const at = trimmed.lastIndexOf('@');
  if (at > 0) return `${firstOf(trimmed)}${cover}@${firstOf(trimmed.slice(at + 1))}${cover}`;
  const digits = trimmed.replaceAll(/\D/g, '');
  if (digits.length >= 5 && digits.length * 2 >= trimmed.length) return `${cover}${digits.slice(-2)}`;
  const isWord = /^\p{L}/u.test(trimmed) && digits.length === 0 && [...trimmed].length >= 4;
  return isWord ? `${firstOf(trimmed)}${cover}` : cover;
}

const firstOf = (text: string): string => [...text][0] ?? '';
