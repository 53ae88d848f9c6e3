/** An element of a property list: its kind, its text or what is in it, and where it stands. */
export interface PlistElement {
  readonly kind: string;
  readonly text: string;
  readonly elements: readonly PlistElement[];
  readonly start: number;
  readonly end: number;
  /** Where its end tag begins; undefined for `<dict/>`. */
  readonly closesAt: number | undefined;
}

type Open = { -readonly [member in keyof PlistElement]: PlistElement[member] } & { elements: PlistElement[] };

const nests: ReadonlySet<string> = new Set(['plist', 'dict', 'array']);
const head = /^(?:<\?xml version="1.0"(?: encoding="utf-8")?\?>[ \t\r\n]*)?(?:<!DOCTYPE plist PUBLIC "[^"<>&]*" "[^"<>&]*">)?/i;
const comment = '<!--(?:(?!--)[^])*-->';
const token = new RegExp(
  [
    `(?<skipped>${comment})`,
    '<!\\[CDATA\\[(?<cdata>[^]*?)\\]\\]>',
    '<(?<close>/?)(?<kind>plist|dict|array|key|string|integer|real|true|false|data|date)(?: version="1.0")?[ \\t\\r\\n]*(?<empty>/?)>',
    '(?<text>[^<]+)',
  ].join('|'),
  'yu',
);
// What XML can't hold, and the sign of a text that was spoilt before; a parser would complain about it, aloud.
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffd-\uffff]/;
const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * Reads a bare `<dict>`, or one in a whole property list, with the places of its parts in the text. Undefined for anything that is not
 * plainly one: other elements or attributes, entities of its own, text between elements, comments inside of values.
 */
export function readPlistDict(xml: string): PlistElement | undefined {
  if (forbidden.test(xml)) return undefined;
  const root: Open = { kind: '', text: '', elements: [], start: 0, end: xml.length, closesAt: xml.length };
  const open: Open[] = [root];
  const headLength = head.exec(xml)![0].length;
  for (token.lastIndex = headLength; token.lastIndex < xml.length;) {
    const start = token.lastIndex;
    const found = token.exec(xml)?.groups;
    if (!found) return undefined;
    const inside = open.at(-1)!;
    const isLeaf = inside !== root && !nests.has(inside.kind);
    if (found['skipped'] !== undefined) {
      if (isLeaf) return undefined;
    } else if (found['cdata'] !== undefined) {
      if (!isLeaf) return undefined;
      inside.text += found['cdata'];
    } else if (found['text'] !== undefined) {
      const text = decoded(found['text']);
      if (text === undefined || (!isLeaf && /[^ \t\r\n]/.test(text))) return undefined;
      if (isLeaf) inside.text += text;
    } else {
      const kind = found['kind']!;
      if (found['close'] === '/') {
        if (inside === root || inside.kind !== kind || found['empty'] === '/') return undefined;
        inside.closesAt = start;
        inside.end = token.lastIndex;
        open.pop();
      } else {
        if (isLeaf) return undefined;
        const element: Open = { kind, text: '', elements: [], start, end: token.lastIndex, closesAt: undefined };
        inside.elements.push(element);
        if (found['empty'] !== '/') open.push(element);
      }
    }
  }
  const [only, ...more] = open.length === 1 ? root.elements : [];
  if (headLength > 0 && only?.kind !== 'plist') return undefined;
  const dict = only?.kind === 'plist' && only.elements.length === 1 ? only.elements[0] : only;
  return dict?.kind === 'dict' && more.length === 0 && isPaired(dict) ? dict : undefined;
}

function decoded(text: string): string | undefined {
  if (text.includes(']]>')) return undefined;
  let isWhole = true;
  const plain = text.replace(
    /&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w+));|&/g,
    (_, decimal?: string, hex?: string, name?: string) => {
      const code = decimal !== undefined ? Number(decimal) : hex !== undefined ? Number.parseInt(hex, 16) : undefined;
      const isText = code !== undefined && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
      const character = isText ? String.fromCodePoint(code) : code === undefined && name !== undefined ? named[name] : undefined;
      if (character === undefined || forbidden.test(character)) isWhole = false;
      return character ?? '';
    },
  );
  return isWhole ? plain : undefined;
}

/** Dictionaries are of keys and values in turns, all the way down. */
const isPaired = ({ kind, elements }: PlistElement): boolean =>
  kind === 'dict'
    ? elements.length % 2 === 0 && elements.every((one, at) => (one.kind === 'key') === (at % 2 === 0) && isPaired(one))
    : elements.every((one) => one.kind !== 'key' && one.kind !== 'plist' && isPaired(one));

/** As plain data, to be compared: kinds, texts and order, without where things stand. */
export const plainOf = ({ kind, text, elements }: PlistElement): unknown =>
  nests.has(kind) ? [kind, ...elements.map(plainOf)] : [kind, text];
