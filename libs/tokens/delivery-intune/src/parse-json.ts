import type { z } from 'zod';

/** Undefined for what is no JSON, also for a nesting so deep that it exhausts the stack. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/**
 * The value itself where it is as the schema says, undefined where not. What zod gives back has its members in another order, and what
 * is sent back must be as it came.
 */
export const conforming = <S extends z.ZodType>(schema: S, value: unknown): z.infer<S> | undefined =>
  schema.safeParse(value).success ? (value as z.infer<S>) : undefined;
