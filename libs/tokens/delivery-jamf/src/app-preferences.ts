import { canonicalJson } from '@tallystick/kernel-core';
import { parse, type PlistValue } from 'plist';
import { escapedXml, readXml, type XmlElement } from './read-xml.ts';

/** A value of a property list, with its type: `<integer>1</integer>` is not `<real>1</real>`. */
export type TypedValue =
  | { readonly type: 'dict'; readonly members: ReadonlyMap<string, TypedValue> }
  | { readonly type: 'array'; readonly items: readonly TypedValue[] }
  | { readonly type: 'string' | 'integer' | 'real' | 'date' | 'data'; readonly text: string }
  | { readonly type: 'true' | 'false' };

/** The text of an app configuration in Jamf, read: a `<dict>`, by itself or in a whole property list. */
export interface Preferences {
  readonly text: string;
  readonly members: ReadonlyMap<string, TypedValue>;
  /** Where the value of each member stands in the text. */
  readonly at: ReadonlyMap<string, { readonly start: number; readonly end: number }>;
}

/** Undefined for what two readers do not both read, and in the same way: ours, which keeps types and places, and the package `plist`. */
export function readPreferences(text: string): Preferences | undefined {
  const root = readXml(text);
  const isWhole = root?.name === 'plist' && /^(?:version="1\.0")?$/.test(root.attributes) && root.text.trim() === '';
  const dict = isWhole && root.children.length === 1 ? root.children[0] : root;
  if (dict?.name !== 'dict') return undefined;
  const pairs = pairsOf(dict);
  const value = typedOf(dict);
  if (!pairs || value?.type !== 'dict' || !isReadAlike(value, isWhole ? text : `<plist version="1.0">${text}</plist>`))
    return undefined;
  return { text, members: value.members, at: new Map(pairs.map(([key, { start, end }]) => [key, { start, end }])) };
}

/** The same text with another text at a key that it has; nothing else is touched. */
export function withText({ text, at }: Preferences, key: string, value: string): string {
  const place = at.get(key);
  if (!place) return text;
  return `${text.slice(0, place.start)}<string>${escapedXml(value)}</string>${text.slice(place.end)}`;
}

/** Undefined where keys and values do not alternate, or a key stands there twice. */
function pairsOf({ children, text }: XmlElement): readonly (readonly [string, XmlElement])[] | undefined {
  if (children.length % 2 !== 0 || text.trim() !== '') return undefined;
  const pairs: (readonly [string, XmlElement])[] = [];
  for (let at = 0; at < children.length; at += 2) {
    const [key, value] = [children[at]!, children[at + 1]!];
    if (key.name !== 'key' || key.attributes !== '' || key.children.length > 0 || pairs.some(([known]) => known === key.text))
      return undefined;
    pairs.push([key.text, value]);
  }
  return pairs;
}

function typedOf(element: XmlElement): TypedValue | undefined {
  const { name, attributes, children, text } = element;
  if (attributes !== '') return undefined;
  switch (name) {
    case 'dict': {
      const members = pairsOf(element)?.map(([key, value]) => [key, typedOf(value)] as const);
      return members?.every((pair): pair is readonly [string, TypedValue] => pair[1] !== undefined)
        ? { type: name, members: new Map(members) }
        : undefined;
    }
    case 'array': {
      const items = text.trim() === '' ? children.map(typedOf) : [undefined];
      return items.every((item) => item !== undefined) ? { type: name, items } : undefined;
    }
    case 'true':
    case 'false':
      return children.length === 0 && text.trim() === '' ? { type: name } : undefined;
    case 'string':
      return children.length === 0 ? { type: name, text } : undefined;
    case 'integer':
    case 'real':
    case 'date':
    case 'data':
      return children.length === 0 ? { type: name, text: text.replace(/\s+/g, '') } : undefined;
    default:
      return undefined;
  }
}

/** The package says aloud what it finds wrong: it gets nothing that is not well-formed. */
function isReadAlike(value: TypedValue, plist: string): boolean {
  try {
    return canonicalJson(withoutTypes(value)) === canonicalJson(comparable(parse(plist)));
  } catch {
    return false;
  }
}

function withoutTypes(value: TypedValue): unknown {
  switch (value.type) {
    case 'dict':
      return Object.fromEntries([...value.members].map(([key, member]) => [key, withoutTypes(member)]));
    case 'array':
      return value.items.map(withoutTypes);
    case 'integer':
      return Number.parseInt(value.text, 10);
    case 'real':
      return Number.parseFloat(value.text);
    case 'date':
      return new Date(value.text).getTime();
    case 'data':
      return Buffer.from(value.text, 'base64').toString('hex');
    case 'string':
      return value.text;
    case 'true':
    case 'false':
      return value.type === 'true';
  }
}

function comparable(value: PlistValue): unknown {
  if (value instanceof Date) return value.getTime();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, comparable(member)]));
}

/** As plain data, with types, to be compared; the order of keys says nothing in a dictionary. */
export function plainOf(value: TypedValue): unknown {
  switch (value.type) {
    case 'dict':
      return { dict: Object.fromEntries([...value.members].map(([key, member]) => [key, plainOf(member)])) };
    case 'array':
      return value.items.map(plainOf);
    case 'true':
    case 'false':
      return value.type === 'true';
    case 'string':
    case 'integer':
    case 'real':
    case 'date':
    case 'data':
      return { [value.type]: value.text };
  }
}
