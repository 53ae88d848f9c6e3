import type { DirectoryFault } from '@tallystick/devices-domain';
import { err, type Instant, ok, type Result } from '@tallystick/kernel-core';
import type { Outbound, OutboundAnswer, OutboundRequest } from '@tallystick/platform-outbound';
import { parseJson } from './parse-json.ts';
import { type Attempted, faultOf, readError } from './pingone-faults.ts';
import type { PingOneSettings } from './pingone-settings.ts';
import type { PingOneTokens } from './pingone-tokens.ts';

export interface PingOneAccess {
  readonly settings: PingOneSettings;
  readonly outbound: Outbound;
  readonly tokens: PingOneTokens;
  /** For one method of the port, in milliseconds, all of its calls together. */
  readonly callTimeoutMs: number;
  readonly methodDisabledCodes?: readonly string[];
  readonly now: () => Instant;
}

export interface PingOneRequest {
  readonly method: OutboundRequest['method'];
  /** Below the environment, begins with a slash; whoever writes it has checked its ids. */
  readonly path: string;
  readonly body?: object;
  readonly contentType?: string;
  readonly attempted: Attempted;
  /** The status of success. A page that some proxy sends with another 2xx must not pass for it. */
  readonly expect: 200 | 201 | 204;
}

export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * One HTTP call; a read is sent again when its connection breaks. A token that was refused is replaced once and the request sent again, writes
 * too: nothing was done at the door. A success has the expected status and, but for 204, a JSON object.
 * Every other outcome is a fault without a text of the directory.
 */
export async function call(
  access: PingOneAccess,
  request: PingOneRequest,
  deadline: AbortSignal,
): Promise<Result<JsonObject, DirectoryFault>> {
  const token = await access.tokens.get(deadline);
  if (!token.ok) return token;
  let answer = await send(access, request, token.value, deadline);
  if (answer.kind === 'answer' && answer.status === 401) {
    const another = await access.tokens.instead(token.value, deadline);
    if (!another.ok) return another;
    answer = await send(access, request, another.value, deadline);
  }
  if (answer.kind === 'none') return err({ kind: 'unavailable' });
  const body = answer.status === 204 ? {} : parseJson(answer.text);
  if (answer.status === request.expect) return isObject(body) ? ok(body) : err({ kind: 'unavailable' });
  const { status, retryAfterMs } = answer;
  return err(
    faultOf({
      attempted: request.attempted,
      status,
      error: readError(body),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
      ...(access.methodDisabledCodes && { methodDisabledCodes: access.methodDisabledCodes }),
    }),
  );
}

function send(
  { settings, outbound }: PingOneAccess,
  { method, path, body, contentType }: PingOneRequest,
  token: string,
  deadline: AbortSignal,
): Promise<OutboundAnswer> {
  return outbound.send(
    {
      method,
      url: `${settings.apiUrl}/environments/${settings.environmentId}${path}`,
      template: `/environments/{environment}${templateOf(path)}`,
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${token}`,
        ...(body && { 'content-type': contentType ?? 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
      read: method === 'GET',
    },
    deadline,
  );
}

/** Without ids and filters: whoever reads a trace is to learn nothing of a person. */
const templateOf = (path: string): string =>
  path
    .replace(/\?.*$/, '')
    .replace(/^\/users\/[^/]+/, '/users/{user}')
    .replace(/\/devices\/[^/]+/, '/devices/{device}');

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
