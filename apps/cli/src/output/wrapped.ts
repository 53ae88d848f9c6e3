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

/** Prose among lines that fit already: what is longer than `width` is broken between words and keeps its indent. A painted line is a table's. */
export const folded = (text: string, width: number): string =>
  text
    .split('\n')
    .flatMap((line) => {
      if (line.length <= width || line.includes('\u001b')) return [line];
      const indent = /^ */.exec(line)?.[0] ?? '';
      return wrapped(line.slice(indent.length), width - indent.length).map((part) => indent + part);
    })
    .join('\n');
