/**
 * Text from elsewhere as it may stand on a terminal: no control characters, escape sequences or marks that turn the direction of writing. A
 * label or a reason was typed by somebody, and could otherwise move the cursor, hide a line or show another one.
 */
export const printable = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Cs}\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu, '\ufffd');
