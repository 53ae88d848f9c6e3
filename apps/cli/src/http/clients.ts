import createClient, { type Client } from 'openapi-fetch';
import { bearerOf } from '../access.ts';
import { exits, Failure } from '../failure.ts';
import type { paths as ProvisioningPaths } from '../generated/provisioning-service.ts';
import type { paths as TokensPaths } from '../generated/token-service.ts';
import { type Settings, urlOf } from '../settings.ts';
import type { Terminal } from '../terminal.ts';
import { failureOf } from './problems.ts';
import { createSend } from './send.ts';

/** The services, typed by their committed OpenAPI documents. Made at the first use, so that a command needs only the address that it asks. */
export interface Clients {
  readonly tokens: () => Client<TokensPaths>;
  readonly provisioning: () => Client<ProvisioningPaths>;
}

export function createClients(settings: Settings, terminal: Terminal, onRetry: (text: string) => void): Clients {
  let bearer: ReturnType<typeof bearerOf> | undefined;
  const fetchOf = (service: string) =>
    createSend({
      service,
      bearer: () => (bearer ??= bearerOf(terminal, settings))(),
      terminal,
      timeoutMs: settings.timeoutSeconds * 1_000,
      onRetry,
    });
  let tokens: Client<TokensPaths> | undefined;
  let provisioning: Client<ProvisioningPaths> | undefined;
  return {
    tokens: () =>
      (tokens ??= createClient<TokensPaths>({ baseUrl: urlOf(settings, 'tokensUrl'), fetch: fetchOf('token service') })),
    provisioning: () =>
      (provisioning ??= createClient<ProvisioningPaths>({
        baseUrl: urlOf(settings, 'provisioningUrl'),
        fetch: fetchOf('provisioning service'),
      })),
  };
}

/** The body of a success. @throws Failure of anything else. */
export async function take<T>(
  call: Promise<{ readonly data?: T; readonly error?: unknown; readonly response: Response }>,
  isChange = false,
): Promise<T> {
  let answer: Awaited<typeof call>;
  try {
    answer = await call;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw notOurs(isChange);
  }
  const { data, error, response } = answer;
  if (!response.ok) throw failureOf(response.status, error, isChange);
  if (data === undefined || typeof data !== 'object') throw notOurs(isChange);
  return data;
}

const notOurs = (isChange: boolean): Failure =>
  new Failure(
    isChange ? exits.unknown : exits.unreachable,
    'the answer is not one that this command understands',
    'Look at the address of the service: something else may answer there, or another version of it.',
  );
