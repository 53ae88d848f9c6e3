/** Undefined for what is no JSON, also for a nesting so deep that it exhausts the stack. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
