import { z } from 'zod';

const text = (error: string) => z.string({ error }).trim();

/** A whole number from `min` to `max`. */
export function wholeNumber(min: number, max: number = Number.MAX_SAFE_INTEGER) {
  const error =
    max === Number.MAX_SAFE_INTEGER ? `expected a whole number from ${min} up` : `expected a whole number from ${min} to ${max}`;
  return text(error)
    .regex(/^-?\d{1,15}$/, { error })
    .transform(Number)
    .refine((number) => number >= min && number <= max, { error });
}

/** A TCP port; 0 means "any free port" and is for tests. */
export const port = wholeNumber(0, 65_535);

/** `true` or `false`, nothing else. */
export const flag = z.enum(['true', 'false'], { error: 'expected true or false' }).transform((word) => word === 'true');

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const durationForm = 'expected a duration in milliseconds, or with a unit: 500ms, 30s, 5m, 1h, 2d';

/** A duration as whole milliseconds: a bare number is milliseconds, else `ms`, `s`, `m`, `h` or `d`. */
export const durationMs = text(durationForm)
  .regex(/^\d{1,10}(?:ms|s|m|h|d)?$/, { error: durationForm })
  .transform((word) => {
    const [, digits, unit] = /^(\d+)([a-z]*)$/.exec(word) ?? [];
    return Number(digits) * units[(unit || 'ms') as keyof typeof units];
  });

/** Words separated by commas; spaces around them and empty ones are dropped; at least one is left. */
export const csv = text('expected words separated by commas')
  .transform((words) =>
    words
      .split(',')
      .map((word) => word.trim())
      .filter((word) => word !== ''),
  )
  .refine((words) => words.length > 0, { error: 'expected at least one word' });

/** A URL with one of `protocols`, written without colon: `url('https')`. */
export function url(...protocols: readonly [string, ...string[]]) {
  const error = `expected a URL that starts with ${protocols.map((protocol) => `${protocol}://`).join(' or ')}`;
  return text(error).refine((word) => URL.canParse(word) && protocols.includes(new URL(word).protocol.slice(0, -1)), { error });
}

/** URLs separated by commas. */
export const urlList = (...protocols: readonly [string, ...string[]]) => csv.pipe(z.array(url(...protocols)));

/** `host:port`, as Kafka and Temporal write an address. */
export const hostPort = text('expected host:port').regex(/^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\]):\d{1,5}$/, {
  error: 'expected host:port',
});

/** Addresses separated by commas, e.g. Kafka brokers. */
export const hostPortList = csv.pipe(z.array(hostPort, { error: 'expected host:port, separated by commas' }));

/** The path of a file. That it can be read is checked by its reader, which names it. */
export const filePath = text('expected the path of a file').min(1).max(4096);
