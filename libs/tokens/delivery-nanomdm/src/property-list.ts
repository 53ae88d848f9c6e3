/** Text, list or dictionary; whatever else a property list may hold is null here. */
export type Property = string | null | readonly Property[] | ReadonlyMap<string, Property>;

/** Blanks belong to what stands before them: side by side, each `\s*` would try every share of the same blanks. */
const head = /^\uFEFF?\s*(?:<\?xml[^<>]*\?>\s*)?(?:<!DOCTYPE[^<>[\]]*>\s*)?<plist(?:\s+version="[^"<>]*")?\s*>/;
const tail = '</plist>';
const token = /<(\/?)([a-z]+)\s*(\/?)>|<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|([^<]+)/y;
const reference = /^&([^;&]*);/;
const longestReference = 10; // &#1114111; and &#x10ffff;
const deepest = 64;

const entities = new Map(Object.entries({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }));

type Token = { readonly open: string; readonly isEmpty: boolean } | { readonly close: string } | { readonly text: string };

interface Tokens {
  next(): Token | undefined;
}

class NoPropertyList extends Error {}
const fail = (): never => {
  throw new NoPropertyList();
};

/**
 * Reads an XML property list as devices write them; undefined for anything else: another encoding, a document type of its own, a key that
 * stands twice, elements that are none. Strict and silent: reports hold secrets, and general XML parsers print what they can't read.
 * Devices write the text, so its work grows with the length and no faster, whatever stands in it.
 */
export function readPropertyList(text: string): Property | undefined {
  try {
    const begin = head.exec(text)?.[0].length ?? fail();
    const content = text.slice(begin).trimEnd();
    if (!content.endsWith(tail)) fail();
    const tokens = tokensOf(content.slice(0, -tail.length));
    const value = valueFrom(tokens, 0);
    if (nextOf(tokens)) fail();
    return value;
  } catch (error) {
    if (error instanceof NoPropertyList) return undefined;
    throw error;
  }
}

/** One after another, so that what is wrong early costs no more than what stands before it. */
function tokensOf(text: string): Tokens {
  let at = 0;
  return {
    next() {
      while (at < text.length) {
        token.lastIndex = at;
        const [, slash, name, end, literal, plain] = token.exec(text) ?? fail();
        at = token.lastIndex;
        if (name !== undefined) return slash ? { close: name } : { open: name, isEmpty: end === '/' };
        if (literal !== undefined) return { text: literal };
        if (plain !== undefined) return { text: unescaped(plain) };
      }
      return undefined;
    },
  };
}

function unescaped(text: string): string {
  let [plain, at] = ['', 0];
  for (let from = text.indexOf('&'); from >= 0; from = text.indexOf('&', at)) {
    const [whole, name = ''] = reference.exec(text.slice(from, from + longestReference)) ?? fail();
    plain += text.slice(at, from) + characterOf(name);
    at = from + whole.length;
  }
  return plain + text.slice(at);
}

function characterOf(name: string): string {
  const [, hex, decimal] = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(name) ?? [];
  if (hex === undefined && decimal === undefined) return entities.get(name) ?? fail();
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  return code > 0x10ffff ? fail() : String.fromCodePoint(code);
}

/** The next element; blanks between elements say nothing. */
function nextOf(tokens: Tokens): Exclude<Token, { text: string }> | undefined {
  for (let next = tokens.next(); next; next = tokens.next()) {
    if (!('text' in next)) return next;
    if (next.text.trim() !== '') fail();
  }
  return undefined;
}

function textUntil(tokens: Tokens, name: string): string {
  let text = '';
  for (let next = tokens.next(); next; next = tokens.next()) {
    if ('text' in next) text += next.text;
    else if ('close' in next && next.close === name) return text;
    else break;
  }
  return fail();
}

function valueFrom(tokens: Tokens, depth: number, first = nextOf(tokens)): Property {
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

function listFrom(tokens: Tokens, depth: number): readonly Property[] {
  const list: Property[] = [];
  for (let next = nextOf(tokens); next; next = nextOf(tokens)) {
    if ('close' in next) return next.close === 'array' ? list : fail();
    list.push(valueFrom(tokens, depth + 1, next));
  }
  return fail();
}

function dictionaryFrom(tokens: Tokens, depth: number): ReadonlyMap<string, Property> {
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
