import type { z } from 'zod';

/** What is stored is not what was written, or not for this version: nothing is guessed. Quotes nothing of it. */
export class UnreadableRecord extends Error {
  override readonly name = 'UnreadableRecord';
}

/** @throws UnreadableRecord on anything that the schema does not take. */
export function readRecord<T>(schema: z.ZodType<T>, json: string, what: string): T {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    throw new UnreadableRecord(`${what} is no JSON`);
  }
  const result = schema.safeParse(parsed);
  if (!result.success)
    throw new UnreadableRecord(`${what} has faults at: ${result.error.issues.map(({ path }) => path.join('.')).join(', ')}`);
  return result.data;
}
