const narrowest = 20;

/** Lines of at most `width` characters, broken between words where there are any. */
export function wrapped(text: string, width: number): readonly string[] {
  const widest = Math.max(narrowest, width);
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last === '') lines[lines.length - 1] = word;
    else if (last.length + 1 + word.length <= widest) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
