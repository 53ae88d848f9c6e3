import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { eventually } from '@tallystick/platform-testing';
import { builtApp, type installation, startProcess } from './processes.ts';

type Json = Record<string, unknown>;
export interface Answer {
  readonly status: number;
  readonly body: Json;
}
export interface Made {
  readonly id: string;
  readonly value: string;
}

/** Of an answer that made a token. */
export const madeOf = ({ status, body }: Answer): Made => {
  expect(status).toBe(201);
  return { id: (body['token'] as { id: string }).id, value: body['value'] as string };
};

/**
 * A token service and validators as they are shipped, of one installation, in an environment whose requirement is enforced.
 * @param settings of each, beside what every one of them needs; one validator for each of `validators`
 */
export async function startBothServices(
  { auth, bearer, peppersFile, sealKeysFile }: ReturnType<typeof installation>,
  settings: {
    readonly environment: string;
    readonly tokenService: Readonly<Record<string, string>>;
    readonly validators: readonly Readonly<Record<string, string>>[];
  },
) {
  const { environment } = settings;
  const admin = bearer({ [environment]: ['token-admin', 'approver'] }); // what is forced needs both
  const caller = bearer({ [environment]: ['validator-caller'] });
  const keys = { TOKENS_PEPPERS_FILE: peppersFile, TOKENS_SEAL_KEYS_FILE: sealKeysFile };
  const processes = [
    startProcess(builtApp('token-service'), { ...auth, ...keys, ...settings.tokenService }),
    ...settings.validators.map((each) =>
      startProcess(builtApp('pairing-validator'), { ...auth, VALIDATOR_PEPPERS_FILE: peppersFile, ...each }),
    ),
  ];
  const stop = async (): Promise<void> => {
    for (const { signal } of processes) signal('SIGTERM');
    await Promise.all(processes.map(({ ended }) => ended));
  };

  const call = async (method: string, url: string, authorization: string, body?: Json): Promise<Answer> => {
    const response = await fetch(url, {
      method,
      headers: { authorization, 'content-type': 'application/json', 'idempotency-key': randomUUID() },
      signal: AbortSignal.timeout(20_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Json };
  };
  try {
    const [tokens = '', ...validators] = await Promise.all(
      processes.map(({ url, log }) => eventually(url, { withinMs: 60_000, what: `a service listens: ${log()}` })),
    );
    for (const url of [tokens, ...validators])
      await eventually(async () => (await fetch(`${url}/health/ready`)).ok, { withinMs: 60_000, what: 'a service is ready' });

    const ring = (method: string, path: string, body?: Json) =>
      call(method, `${tokens}/v1/environments/${environment}/${path}`, admin, body);
    const enforced = { reason: 'a test', mode: 'enforce', effectiveAt: '2026-01-01T00:00:00Z', force: { reason: 'a test' } };
    expect((await ring('PUT', 'requirement', enforced)).status).toBe(200);
    return {
      stop,
      ring,
      add: () => ring('POST', 'tokens', { reason: 'a test', label: 'a fleet' }),
      revoke: (id: string) => ring('POST', `tokens/${id}/revoke`, { reason: 'lost', force: { reason: 'a test' } }),
      /** What each validator says of a value: its verdict, or the status of an answer that is none. */
      verdicts: (presentedToken: string): Promise<readonly string[]> =>
        Promise.all(
          validators.map(async (url) => {
            const asked = { kind: 'pairing', presentedToken };
            const { status, body } = await call('POST', `${url}/v1/environments/${environment}/verdicts`, caller, asked);
            return (body['verdict'] as string | undefined) ?? String(status);
          }),
        ),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
