/**
 * The same text for the same content: members of objects by name, arrays in their order. What is undefined is left out; alone it is `null`.
 * For plain data: JSON values, dates as ISO text, bytes as they are written in JSON.
 */
export function canonicalJson(content: unknown): string {
  const text = JSON.stringify(content, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? // `fromEntries` defines members, so one called `__proto__` stays one.
        Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  ) as string | undefined;
  return text ?? 'null';
}
