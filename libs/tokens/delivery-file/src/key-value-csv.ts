const field = (text: string): string => (/[",\n\r]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** RFC 4180 with LF at the ends of lines: the first row names the columns. */
export const csv = (rows: readonly (readonly string[])[]): string => rows.map((row) => `${row.map(field).join(',')}\n`).join('');
