import { spawn } from 'node:child_process';
import { freePort } from '@tallystick/tokens-delivery-nanomdm/simulated';
import { waitUntil } from '../system/wait-until.ts';
import { type LinkName, links } from './faults.ts';

/** What a link can be made to do. */
export type LinkFault = 'link-slow' | 'link-silent' | 'link-reset' | 'link-narrow';

interface Toxic {
  readonly type: string;
  readonly stream: 'upstream' | 'downstream';
  readonly attributes: Readonly<Record<string, number>>;
}
const toxics: Readonly<Record<LinkFault, readonly Toxic[]>> = {
  // Answers come late: what was asked for is done by then.
  'link-slow': [{ type: 'latency', stream: 'downstream', attributes: { latency: 700, jitter: 300 } }],
  'link-silent': [
    { type: 'timeout', stream: 'upstream', attributes: { timeout: 0 } },
    { type: 'timeout', stream: 'downstream', attributes: { timeout: 0 } },
  ],
  'link-reset': [{ type: 'reset_peer', stream: 'downstream', attributes: { timeout: 100 } }],
  'link-narrow': [{ type: 'bandwidth', stream: 'downstream', attributes: { rate: 8 } }], // KB/s
};

/** TCP links through a real proxy, each of which can be broken by itself. */
export interface Links {
  /** `host:port` that stands for the server behind the link. */
  readonly at: (link: LinkName) => string;
  readonly lead: (link: LinkName, to: string) => Promise<void>;
  readonly break: (link: LinkName, fault: LinkFault) => Promise<void>;
  readonly heal: (link: LinkName) => Promise<void>;
  readonly stop: () => void;
}

/** Starts a Toxiproxy. @param program the one that tools/stack/toxiproxy.mjs has built @param to `host:port` by link; the others lead nowhere yet */
export async function startLinks(program: string, to: Partial<Record<LinkName, string>>): Promise<Links> {
  const [api, ...ports] = await Promise.all(Array.from({ length: links.length + 1 }, () => freePort()));
  const child = spawn(program, ['-host', '127.0.0.1', '-port', String(api)], { stdio: 'ignore' });
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  const base = `http://127.0.0.1:${api}`;
  const ask = async (method: string, path: string, body?: object): Promise<unknown> => {
    const answer = await fetch(base + path, { method, ...(body && { body: JSON.stringify(body) }) });
    if (!answer.ok) throw new Error(`Toxiproxy answered ${answer.status} to ${method} ${path}: ${await answer.text()}`);
    return answer.status === 204 ? undefined : answer.json();
  };
  await waitUntil('Toxiproxy to answer', async () => (await fetch(`${base}/version`).catch(() => undefined))?.ok, {
    everyMs: 50,
  });
  const addresses = new Map(links.map((link, at) => [link, `127.0.0.1:${ports[at]}`]));
  const upstreams = new Map(links.map((link) => [link, to[link] ?? '127.0.0.1:1']));
  const create = (link: LinkName) =>
    ask('POST', '/proxies', { name: link, listen: addresses.get(link), upstream: upstreams.get(link), enabled: true });
  for (const link of links) await create(link);
  const anew = async (link: LinkName): Promise<void> => {
    await ask('DELETE', `/proxies/${link}`);
    const isThere = (): Promise<boolean> =>
      create(link).then(
        () => true,
        () => false,
      );
    await waitUntil(`the link ${link} to be there again`, isThere, { everyMs: 200 });
  };
  const broken = new Map<LinkName, LinkFault>();
  return {
    at: (link) => addresses.get(link)!,
    lead: async (link, upstream) => {
      upstreams.set(link, upstream);
      await ask('POST', `/proxies/${link}`, { upstream });
    },
    break: async (link, fault) => {
      broken.set(link, fault);
      for (const toxic of toxics[fault]) await ask('POST', `/proxies/${link}/toxics`, { ...toxic, name: toxic.stream });
    },
    heal: async (link) => {
      const fault = broken.get(link)!;
      // What was silent has lost bytes, which no TCP connection that goes on ever does: all connections end with it.
      if (fault === 'link-silent' || fault === 'link-reset') return anew(link);
      try {
        for (const { stream } of toxics[fault]) await ask('DELETE', `/proxies/${link}/toxics/${stream}`);
      } catch {
        await anew(link); // who does not read, for it is stopped, holds the toxic in its write
      }
    },
    stop: () => {
      process.off('exit', end);
      end();
    },
  };
}
