/**
 * The same text for the same content: members of objects by name, arrays in their order. What is undefined is left out.
 * For plain data: JSON values, dates as ISO text, bytes as they are written in JSON.
 */
export function canonicalText(content: unknown): string {
  return JSON.stringify(content, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
