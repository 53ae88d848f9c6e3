import { err, ok, type Result } from '@tallystick/kernel-core';
import type { z } from 'zod';

/** What is wrong with one variable: its name and what was expected. Never its value. */
export type ConfigFault = { readonly variable: string; readonly expected: string };

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads an environment through one schema whose keys are the names of the variables. All faults are reported together.
 * A variable that is set to nothing counts as not set, so that `NAME=` gives the default.
 */
export function parseConfig<T>(schema: z.ZodType<T>, env: Environment): Result<T, readonly ConfigFault[]> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = schema.safeParse(given);
  if (parsed.success) return ok(parsed.data);
  const faults = new Map<string, ConfigFault>();
  for (const issue of parsed.error.issues) {
    const variable = String(issue.path[0] ?? '(configuration)');
    if (faults.has(variable)) continue;
    const missing = typeof issue.path[0] === 'string' && given[issue.path[0]] === undefined;
    faults.set(variable, { variable, expected: missing ? 'is missing' : withoutValues(issue.message, given) });
  }
  return err([...faults.values()]);
}

/** Schemas of this project never put a value in a message; this holds also for one that does. */
function withoutValues(message: string, given: Readonly<Record<string, string | undefined>>): string {
  const leaks = Object.values(given).some((value) => value !== undefined && value.length >= 4 && message.includes(value));
  return leaks ? 'does not have the expected form' : message;
}

/** The text that an operator sees: one line for each fault. */
export const describeFaults = (faults: readonly ConfigFault[]): string =>
  ['The configuration has faults:', ...faults.map(({ variable, expected }) => `  ${variable}: ${expected}`), ''].join('\n');

function stop(faults: readonly ConfigFault[]): never {
  process.stderr.write(describeFaults(faults));
  process.exit(1);
}

/** {@link parseConfig} for `main.ts`: prints all faults to stderr and ends the process with status 1. */
export function loadConfig<T>(
  schema: z.ZodType<T>,
  env: Environment,
  onFault: (faults: readonly ConfigFault[]) => never = stop,
): T {
  const config = parseConfig(schema, env);
  return config.ok ? config.value : onFault(config.error);
}
