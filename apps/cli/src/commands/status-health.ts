import type { Context } from '../context.ts';
import type { Finding } from './status.ts';

/** What a process says of itself. `none`: it did not answer. */
export type SaidHealth = { readonly name: string; readonly url: string } & (
  | { readonly kind: 'said'; readonly status: string; readonly failing: readonly string[] }
  | { readonly kind: 'none'; readonly why: string }
);

const longestMs = 5_000;

/** The services by their APIs' addresses, and whatever else `healthUrls` names. Asked without a token: these routes are public. */
export async function readHealth({ settings, terminal }: Context): Promise<readonly SaidHealth[]> {
  const { tokensUrl, provisioningUrl, healthUrls } = settings;
  const urls = {
    ...(tokensUrl === undefined ? {} : { 'token-service': tokensUrl }),
    ...(provisioningUrl === undefined ? {} : { 'provisioning-service': provisioningUrl }),
    ...healthUrls,
  };
  return Promise.all(Object.entries(urls).map(([name, url]) => healthOf(terminal, name, url)));
}

async function healthOf({ fetch }: Context['terminal'], name: string, url: string): Promise<SaidHealth> {
  try {
    const answer = await fetch(`${url}/health/ready`, { redirect: 'manual', signal: AbortSignal.timeout(longestMs) });
    const body: unknown = await answer.json().catch(() => undefined);
    const { status, checks } = (body ?? {}) as { status?: unknown; checks?: unknown };
    if (typeof status !== 'string') return { name, url, kind: 'none', why: `its answer (${answer.status}) is not one of ours` };
    const failing = Object.entries(checks ?? {}).flatMap(([check, result]) => (result === 'ok' ? [] : [check]));
    return { name, url, kind: 'said', status, failing };
  } catch (error) {
    const isLate = error instanceof Error && error.name === 'TimeoutError';
    return { name, url, kind: 'none', why: isLate ? 'no answer in time' : 'can not be reached' };
  }
}

export function judgeHealth(said: SaidHealth): Finding {
  const { name: what } = said;
  if (said.kind === 'none') return { part: 'services', what, health: 'broken', text: said.why };
  if (said.status === 'ready') return { part: 'services', what, health: 'ok', text: 'ready' };
  if (said.status === 'draining') return { part: 'services', what, health: 'look', text: 'is being stopped' };
  const why = said.failing.length > 0 ? `not ready: ${said.failing.join(', ')}` : 'not ready';
  return { part: 'services', what, health: 'broken', text: why };
}
