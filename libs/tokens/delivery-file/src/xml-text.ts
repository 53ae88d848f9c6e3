/** Whether XML 1.0 can hold it at all: no control characters but tab, LF and CR, no half of a surrogate pair, no U+FFFE and U+FFFF. */
export const isXmlText = (text: string): boolean => /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u.test(text);

const references: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/**
 * A text as the content of an element or of an attribute in quotes, escaped once. CR is written as a reference, for a parser reads a bare one as
 * LF; in an attribute (`lines` false) so are tab and LF, which it would read as blanks. Asks for {@link isXmlText}.
 */
export const xmlText = (text: string, lines = true): string =>
  text
    .replace(/[&<>"']/g, (character) => references[character]!)
    .replace(lines ? /\r/g : /[\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);

/** The same for an attribute. */
export const xmlAttribute = (text: string): string => xmlText(text, false);
