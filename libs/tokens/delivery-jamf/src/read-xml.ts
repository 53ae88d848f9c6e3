/** An element with its place in the text that it was read from. */
export interface XmlElement {
  readonly name: string;
  /** As they are written; empty for none. */
  readonly attributes: string;
  readonly children: readonly XmlElement[];
  /** Its own text, decoded, with line ends as XML has them; that of its children is theirs. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

interface Open {
  readonly name: string;
  readonly attributes: string;
  readonly children: XmlElement[];
  readonly start: number;
  text: string;
}

const deepest = 64;
const name = '[A-Za-z_][A-Za-z0-9_.:-]*';
const literal = '(?:"[^"<>&]*"|\'[^\'<>&]*\')';
const declaration = new RegExp(
  `^<\\?xml\\s+version\\s*=\\s*["']1\\.0["'](?:\\s+encoding\\s*=\\s*["']utf-8["'])?(?:\\s+standalone\\s*=\\s*["'](?:yes|no)["'])?\\s*\\?>`,
  'i',
);
const token = new RegExp(
  [
    '<!\\[CDATA\\[([\\s\\S]*?)\\]\\]>', // 1
    '(<!--(?:(?!--)[\\s\\S])*-->)', // 2
    `(<!DOCTYPE\\s+${name}(?:\\s+(?:PUBLIC\\s+${literal}|SYSTEM)\\s+${literal})?\\s*>)`, // 3: never one that declares something
    `</(${name})\\s*>`, // 4
    `<(${name})((?:\\s+${name}\\s*=\\s*(?:"[^"<]*"|'[^'<]*'))*)\\s*(/?)>`, // 5, 6, 7
    '([^<]+)', // 8
  ].join('|'),
  'gy',
);
/** The characters that XML does not have. */
const noXml = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/**
 * Reads a whole document in UTF-8; undefined for anything that is not well-formed, declares entities, has instructions, or is nested without end. Ours, because a value
 * has to be replaced where it stands with everything around it left to the byte, and the parsers at hand do not tell places.
 */
export function readXml(text: string): XmlElement | undefined {
  if (noXml.test(text)) return undefined;
  const open: Open[] = [];
  let root: XmlElement | undefined;
  const close = ({ start, ...element }: Open, end: number): void => {
    const closed = { ...element, start, end };
    const parent = open.at(-1);
    if (parent) parent.children.push(closed);
    else root = closed;
  };
  const body = declaration.exec(text)?.[0].length ?? 0;
  token.lastIndex = body;
  let at = body;
  for (let found = token.exec(text); found; found = token.exec(text)) {
    const [whole, cdata, , doctype, ending, starting, attributes = '', empty, chars] = found;
    const within = open.at(-1);
    if (starting !== undefined) {
      if ((root && !within) || open.length === deepest) return undefined;
      const element: Open = { name: starting, attributes: attributes.trim(), children: [], start: at, text: '' };
      if (empty === '/') close(element, at + whole.length);
      else open.push(element);
    } else if (ending !== undefined) {
      if (within?.name !== ending) return undefined;
      open.pop();
      close(within, at + whole.length);
    } else if (cdata !== undefined) {
      if (!within) return undefined;
      within.text += lineEnds(cdata);
    } else if (chars !== undefined) {
      const decoded = chars.includes(']]>') ? undefined : decode(lineEnds(chars));
      if (decoded === undefined || (!within && !/^[\t\n\r ]*$/.test(chars))) return undefined;
      if (within) within.text += decoded;
    } else if (doctype !== undefined && (root || within)) return undefined;
    at = token.lastIndex;
  }
  return at === text.length && open.length === 0 ? root : undefined;
}

const lineEnds = (text: string): string => text.replace(/\r\n?/g, '\n');

function decode(text: string): string | undefined {
  let isWhole = true;
  const decoded = text.replace(/&(?:#(\d{1,7})|#x([0-9A-Fa-f]{1,6})|([a-z]+))?(;?)/g, (_, dec, hex, entity, end: string) => {
    const code = dec !== undefined ? Number(dec) : hex !== undefined ? Number.parseInt(String(hex), 16) : undefined;
    const char = code === undefined ? entities[String(entity)] : charOf(code);
    isWhole &&= end === ';' && char !== undefined;
    return char ?? '';
  });
  return isWhole ? decoded : undefined;
}

const charOf = (code: number): string | undefined => {
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
  const char = String.fromCodePoint(code);
  return noXml.test(char) ? undefined : char;
};

/** The text of an element: escaped once. */
export const escapedXml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** As it is, in a section that ends and begins anew where the text would end it. */
export const cdata = (text: string): string => `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`;
