import type { Attributes, MappingRule } from '@tallystick/devices-domain';
import type { Expression, ExpressionFailure } from './expression.ts';

type RuleStyle = Pick<MappingRule, 'trim' | 'case' | 'default' | 'createOnly'>;

/** A rule of a mapping, ready to be used. */
export type CompiledRule = RuleStyle & ({ readonly names: readonly string[] } | { readonly expression: Expression });

/** Where a text came from. `default` says why it had to be used. */
export type TextOrigin =
  | { readonly kind: 'attribute'; readonly name: string }
  | { readonly kind: 'expression' }
  | { readonly kind: 'default'; readonly because: 'empty' | ExpressionFailure };

export type MappedText =
  /** `raw`: before trim and case. */
  | { readonly kind: 'text'; readonly text: string; readonly raw: string; readonly origin: TextOrigin }
  | { readonly kind: 'absent' }
  /** An attribute that could have given it was not in the event. */
  | { readonly kind: 'unknown' }
  /** The expression gave nothing for this record, and there is no default. Nobody may take it for "absent": a device would go. */
  | { readonly kind: 'failed'; readonly because: ExpressionFailure };

/** Applies one rule: the first attribute that is not empty, or what the expression gives, else the default (P14). Total. */
export function readRule(attributes: Attributes, rule: CompiledRule | undefined): MappedText {
  if (!rule) return { kind: 'absent' };
  const read = 'names' in rule ? firstOf(attributes, rule.names) : resultOf(attributes, rule.expression);
  if (read.kind === 'text') return { ...read, text: styled(read.raw, rule) };
  const fallback = rule.default ?? '';
  if (read.kind === 'unknown' || fallback.trim() === '') return read;
  const because = read.kind === 'failed' ? read.because : 'empty';
  return { kind: 'text', text: styled(fallback, rule), raw: fallback, origin: { kind: 'default', because } };
}

type RawText =
  { readonly kind: 'text'; readonly raw: string; readonly origin: TextOrigin } | Exclude<MappedText, { kind: 'text' }>;

/** Numbers and booleans are taken as their text. */
function firstOf(attributes: Attributes, names: readonly string[]): RawText {
  for (const name of names) {
    const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
    if (value === undefined || value === null) continue;
    // What comes after it in the list can't win either: nobody knows whether this one is empty.
    if (typeof value === 'object') return { kind: 'unknown' };
    if (String(value).trim() !== '') return { kind: 'text', raw: String(value), origin: { kind: 'attribute', name } };
  }
  return { kind: 'absent' };
}

function resultOf(attributes: Attributes, expression: Expression): RawText {
  const result = expression.evaluate(attributes);
  if (result.kind !== 'value') return result;
  const raw = result.value === null ? '' : String(result.value);
  return raw.trim() === '' ? { kind: 'absent' } : { kind: 'text', raw, origin: { kind: 'expression' } };
}

function styled(text: string, { trim = true, case: letters = 'none' }: RuleStyle): string {
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
