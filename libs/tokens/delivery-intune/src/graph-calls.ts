import type { Outbound, OutboundAnswer, OutboundRequest } from '@tallystick/platform-outbound';
import { type Fault, fault, isFault } from './intune-faults.ts';
import type { IntuneLogin } from './intune-login.ts';
import { noAnswerFault } from './no-answer.ts';
import { parseJson } from './parse-json.ts';

export type GraphVersion = 'v1.0' | 'beta';
export interface GraphBody {
  readonly kind: 'body';
  readonly body: unknown;
}
export interface GraphUnknown {
  readonly kind: 'unknown';
  readonly detail: string;
}

/** Calls to Microsoft Graph. `what` names the object of the call in details. */
export interface Graph {
  get(version: GraphVersion, path: string, what: string, deadline: AbortSignal): Promise<GraphBody | Fault>;
  /** The next page, by the address that the page before gave; a fault when that leads anywhere else than to this Graph. */
  getNext(address: string, version: GraphVersion, what: string, deadline: AbortSignal): Promise<GraphBody | Fault>;
  patch(
    version: GraphVersion,
    path: string,
    body: object,
    what: string,
    deadline: AbortSignal,
  ): Promise<GraphBody | Fault | GraphUnknown>;
}

/** The least application permission by which policies are changed; it covers all that is read too. */
export const neededPermission = 'DeviceManagementApps.ReadWrite.All';

export function createGraph(graphUrl: string, login: IntuneLogin, outbound: Outbound): Graph {
  async function send(
    request: Pick<OutboundRequest, 'method' | 'url' | 'body'>,
    deadline: AbortSignal,
  ): Promise<OutboundAnswer | Fault> {
    const sendWith = (token: string): Promise<OutboundAnswer> =>
      outbound.send(
        {
          ...request,
          headers: {
            accept: 'application/json',
            authorization: `Bearer ${token}`,
            ...(request.body !== undefined && { 'content-type': 'application/json' }),
          },
          wanted: ['request-id'],
          read: request.method === 'GET',
        },
        deadline,
      );
    const first = await login.get(deadline);
    if (!first.ok) return first.error;
    const answer = await sendWith(first.value);
    if (answer.kind === 'none' || answer.status !== 401) return answer;
    // Nothing was done at the door, so a write may be sent again too.
    const second = await login.instead(first.value, deadline);
    return second.ok ? sendWith(second.value) : second.error;
  }

  async function get(url: string, what: string, deadline: AbortSignal): Promise<GraphBody | Fault> {
    const answer = await send({ method: 'GET', url }, deadline);
    if (isFault(answer)) return answer;
    if (answer.kind === 'none') return noAnswerFault(answer.because, what);
    return answer.status === 200 ? { kind: 'body', body: parseJson(answer.text) } : faultOf(answer, what);
  }

  return {
    get: (version, path, what, deadline) => get(`${graphUrl}/${version}${path}`, what, deadline),

    getNext(address, version, what, deadline) {
      const url = URL.canParse(address) ? new URL(address) : undefined;
      if (url?.origin === new URL(graphUrl).origin && url.pathname.startsWith(`/${version}/`) && url.username === '')
        return get(url.href, what, deadline);
      return Promise.resolve(
        fault('host-not-allowed', `${what}: it goes on at another address than Graph's, which is not followed`),
      );
    },

    async patch(version, path, body, what, deadline) {
      const answer = await send({ method: 'PATCH', url: `${graphUrl}/${version}${path}`, body: JSON.stringify(body) }, deadline);
      if (isFault(answer)) return answer;
      if (answer.kind === 'none')
        return wasNotCarriedOut.has(answer.because)
          ? noAnswerFault(answer.because, what)
          : { kind: 'unknown', detail: `${what}: no answer to the write (${answer.because})` };
      const { status, retryAfterMs } = answer;
      if (status === 200 || status === 204) return { kind: 'body', body: status === 200 ? parseJson(answer.text) : undefined };
      // 503 with a time is Graph turning calls away; without one it may be anything on the way.
      const isTurnedAway = status === 429 || (status === 503 && retryAfterMs !== undefined);
      const says = status >= 400 && status < 500 && status !== 408;
      return isTurnedAway || says || (status >= 300 && status < 400)
        ? faultOf(answer, what)
        : { kind: 'unknown', detail: `${what}: the write was answered ${status}${requestIdOf(answer)}` };
    },
  };
}

const wasNotCarriedOut: ReadonlySet<string> = new Set(['not-allowed', 'not-reachable', 'not-trusted']);

type Answer = Extract<OutboundAnswer, { kind: 'answer' }>;

function faultOf(answer: Answer, what: string): Fault {
  const { status, retryAfterMs } = answer;
  const said = `${what}: Graph answered ${status}${requestIdOf(answer)}`;
  if (status === 401) return fault('not-authorised', `${said}, also to a new access token`);
  if (status === 403)
    return fault(
      'permission-missing',
      `${said}: grant the app registration the application permission ${neededPermission}, with admin consent; the tenant needs Intune`,
    );
  if (status === 404) return fault('slot-not-found', `${said}: there is no such thing in this tenant`);
  if (status === 429 || status >= 500 || status === 408) return fault('busy', said, retryAfterMs);
  return fault('vendor-refused', said);
}

/** Microsoft's support finds the call by it. */
function requestIdOf({ headers }: Answer): string {
  const id = headers?.['request-id'] ?? '';
  return /^[\w-]{1,64}$/.test(id) ? ` (request-id ${id})` : '';
}
