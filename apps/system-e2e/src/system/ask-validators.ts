import { waitUntil } from './wait-until.ts';

/** One request to one validator, by this process's monotonic clock in milliseconds. */
export interface Asked {
  readonly validator: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly allowed: boolean;
  readonly status: number;
}

export interface Question {
  readonly environment: string;
  readonly caller: string;
  readonly presentedToken: string;
}

export interface Asking {
  readonly untilAllowedEverywhere: Promise<void>;
  /** Goes on for 300 ms, then stops and gives everything that was asked. */
  readonly stop: () => Promise<readonly Asked[]>;
}

/** Whether a validator lets a device in; `device` is counted as seen. @throws Error when it does not say. */
export async function isAllowed(
  validator: string,
  { environment, caller, presentedToken, device }: Question & { readonly device?: string },
): Promise<boolean> {
  const response = await fetch(`${validator}/v1/environments/${environment}/verdicts`, {
    method: 'POST',
    headers: { authorization: `Bearer ${caller}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ kind: 'authentication', presentedToken },
      ...(device === undefined ? {} : { device: { id: device, platform: 'ios' } }),
    }),
  });
  if (!response.ok) throw new Error(`a validator answered ${response.status}`);
  return ((await response.json()) as { verdict: string }).verdict === 'allow';
}

/** As {@link isAllowed}; a validator that does not say, for its lease has run out on a busy machine, is asked again, as a device would. */
export async function isAllowedAtLast(validator: string, question: Question & { readonly device?: string }): Promise<boolean> {
  const { allowed } = await waitUntil(`${validator} to say whether a device may go on`, async () => {
    const allowed = await isAllowed(validator, question).catch(() => undefined);
    return allowed !== undefined && { allowed };
  });
  return allowed;
}

/** Asks every validator the same question again and again, one request at a time each: who allowed what, and when. */
export function askUntil(options: Question & { readonly validators: readonly string[] }): Asking {
  const { validators, environment, caller, presentedToken } = options;
  const asked: Asked[] = [];
  let stopped = false;
  const loops = validators.map(async (validator) => {
    while (!stopped) {
      const startedAt = performance.now();
      const response = await fetch(`${validator}/v1/environments/${environment}/verdicts`, {
        method: 'POST',
        headers: { authorization: `Bearer ${caller}`, 'content-type': 'application/json' },
        body: JSON.stringify({ kind: 'authentication', presentedToken }),
        signal: AbortSignal.timeout(15_000),
      }).catch(() => undefined);
      const verdict = response?.ok ? ((await response.json()) as { verdict: string }).verdict : undefined;
      asked.push({
        validator,
        startedAt,
        endedAt: performance.now(),
        allowed: verdict === 'allow',
        status: response?.status ?? 0,
      });
    }
  });
  return {
    untilAllowedEverywhere: waitUntil('every validator to accept the token', () =>
      Promise.resolve(
        stopped || validators.every((validator) => asked.some((one) => one.validator === validator && one.allowed)),
      ),
    ).then(() => undefined),
    stop: async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      stopped = true;
      await Promise.all(loops);
      return asked;
    },
  };
}
