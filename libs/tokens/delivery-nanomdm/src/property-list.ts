/** Text, list or dictionary; whatever else a property list may hold is null here. */
export type Property = string | null | readonly Property[] | ReadonlyMap<string, Property>;

const head = /^\uFEFF?\s*(?:<\?xml[^<>]*\?>)?\s*(?:<!DOCTYPE[^<>[\]]*>)?\s*<plist(?:\s+version="[^"<>]*")?\s*>/;
const tail = /<\/plist>\s*$/;
const token = /<(\/?)([a-z]+)\s*(\/?)>|<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|([^<]+)/y;
const deepest = 64;

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

type Token = { readonly open: string; readonly isEmpty: boolean } | { readonly close: string } | { readonly text: string };

class NoPropertyList extends Error {}
const fail = (): never => {
  throw new NoPropertyList();
};

/**
 * Reads an XML property list as devices write them; undefined for anything else: another encoding, a document type of its own, a key that
 * stands twice, elements that are none. Strict and silent: reports hold secrets, and general XML parsers print what they can't read.
 */
export function readPropertyList(text: string): Property | undefined {
  try {
    const begin = head.exec(text)?.[0].length ?? fail();
    const end = tail.exec(text)?.index ?? fail();
    const tokens = tokensOf(text.slice(begin, end));
    const value = valueFrom(tokens, 0);
    if (nextOf(tokens)) fail();
    return value;
  } catch (error) {
    if (error instanceof NoPropertyList) return undefined;
    throw error;
  }
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; at = token.lastIndex) {
    token.lastIndex = at;
    const [, slash, name, end, literal, plain] = token.exec(text) ?? fail();
    if (name !== undefined) tokens.push(slash ? { close: name } : { open: name, isEmpty: end === '/' });
    else if (literal !== undefined) tokens.push({ text: literal });
    else if (plain !== undefined) tokens.push({ text: unescaped(plain) });
  }
  return tokens.reverse(); // taken from its end
}

const unescaped = (text: string): string =>
  text.replace(/&([^;&]*);?/g, (whole, name: string) => {
    if (!whole.endsWith(';')) return fail();
    const [, hex, decimal] = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(name) ?? [];
    if (hex === undefined && decimal === undefined) return entities[name] ?? fail();
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code > 0x10ffff ? fail() : String.fromCodePoint(code);
  });

/** The next element; blanks between elements say nothing. */
function nextOf(tokens: Token[]): Exclude<Token, { text: string }> | undefined {
  for (let next = tokens.pop(); next; next = tokens.pop()) {
    if (!('text' in next)) return next;
    if (next.text.trim() !== '') fail();
  }
  return undefined;
}

function textUntil(tokens: Token[], name: string): string {
  let text = '';
  for (let next = tokens.pop(); next; next = tokens.pop()) {
    if ('text' in next) text += next.text;
    else if ('close' in next && next.close === name) return text;
    else break;
  }
  return fail();
}

function valueFrom(tokens: Token[], depth: number, first = nextOf(tokens)): Property {
  if (!first || 'close' in first || depth > deepest) return fail();
  const { open, isEmpty } = first;
  switch (open) {
    case 'string':
      return isEmpty ? '' : textUntil(tokens, open);
    case 'array':
      return isEmpty ? [] : listFrom(tokens, depth);
    case 'dict':
      return isEmpty ? new Map() : dictionaryFrom(tokens, depth);
    case 'true':
    case 'false':
    case 'integer':
    case 'real':
    case 'date':
    case 'data':
      if (!isEmpty) textUntil(tokens, open);
      return null;
    default:
      return fail();
  }
}

function listFrom(tokens: Token[], depth: number): readonly Property[] {
  const list: Property[] = [];
  for (let next = nextOf(tokens); next; next = nextOf(tokens)) {
    if ('close' in next) return next.close === 'array' ? list : fail();
    list.push(valueFrom(tokens, depth + 1, next));
  }
  return fail();
}

function dictionaryFrom(tokens: Token[], depth: number): ReadonlyMap<string, Property> {
  const dictionary = new Map<string, Property>();
  for (let next = nextOf(tokens); next; next = nextOf(tokens)) {
    if ('close' in next) return next.close === 'dict' ? dictionary : fail();
    if (next.open !== 'key') return fail();
    const key = next.isEmpty ? '' : textUntil(tokens, 'key');
    if (dictionary.has(key)) return fail();
    dictionary.set(key, valueFrom(tokens, depth + 1));
  }
  return fail();
}
