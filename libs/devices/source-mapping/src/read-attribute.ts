import type { Attributes, MappingRule } from '@tallystick/devices-domain';

/** A mapped text; `unknown` when an attribute that could have given it was not in the event. */
export type MappedText =
  { readonly kind: 'text'; readonly text: string } | { readonly kind: 'absent' } | { readonly kind: 'unknown' };

/** Applies one rule: first attribute that is not empty, else the default (P14). Numbers and booleans are taken as their text. */
export function readAttribute(attributes: Attributes, rule: MappingRule | undefined): MappedText {
  if (!rule) return { kind: 'absent' };
  for (const name of typeof rule.attribute === 'string' ? [rule.attribute] : rule.attribute) {
    const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
    if (value === undefined || value === null) continue;
    // What comes after it in the list can't win either: nobody knows whether this one is empty.
    if (typeof value === 'object') return { kind: 'unknown' };
    if (String(value).trim() !== '') return { kind: 'text', text: styled(String(value), rule) };
  }
  const fallback = rule.default ?? '';
  return fallback.trim() === '' ? { kind: 'absent' } : { kind: 'text', text: styled(fallback, rule) };
}

function styled(text: string, { trim = true, case: letters = 'none' }: MappingRule): string {
  const trimmed = trim ? text.trim() : text;
  switch (letters) {
    case 'none':
      return trimmed;
    case 'upper':
      return trimmed.toUpperCase();
    case 'lower':
      return trimmed.toLowerCase();
  }
}
