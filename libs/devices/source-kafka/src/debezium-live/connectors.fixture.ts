import { eventually } from '@tallystick/platform-testing';

/** The connectors of one Kafka Connect, by its REST interface. Each call resolves when what it asks for is so. */
export interface Connectors {
  readonly start: (name: string, config: Readonly<Record<string, string>>) => Promise<void>;
  /** Its task is ended and its offsets are saved. */
  readonly stop: (name: string) => Promise<void>;
  readonly resume: (name: string) => Promise<void>;
  /** Where it would go on. */
  readonly offsets: (name: string) => Promise<unknown>;
  /** Only of a stopped one. */
  readonly setOffsets: (name: string, offsets: unknown) => Promise<void>;
  readonly remove: (name: string) => Promise<void>;
}

interface Status {
  readonly connector: { readonly state: string };
  readonly tasks: readonly { readonly state: string; readonly trace?: string }[];
}

const withinMs = 50_000;

export function connectorsOf(address: string): Connectors {
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(`${address}/connectors/${path}`, {
      method,
      ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  };
  // 409 while the worker takes up another change: then the same call is right a moment later.
  const insist = (method: string, path: string, body?: unknown): Promise<true> =>
    eventually(async () => (await call(method, path, body), true as const), {
      withinMs,
      what: `${method} ${path}`,
      everyMs: 100,
    });

  const becomes = (name: string, state: string, tasks: number): Promise<true> =>
    eventually(
      async () => {
        const status = (await call('GET', `${name}/status`)) as Status;
        const all: Status['tasks'] = [status.connector, ...status.tasks];
        if (status.tasks.length === tasks && all.every((it) => it.state === state)) return true;
        throw new Error(all.map((it) => `${it.state} ${it.trace ?? ''}`).join(', '));
      },
      { withinMs, what: `the connector ${name} is ${state}`, everyMs: 50 },
    );

  return {
    start: async (name, config) => {
      await insist('PUT', `${name}/config`, { name, ...config });
      await becomes(name, 'RUNNING', 1);
    },
    stop: async (name) => {
      await insist('PUT', `${name}/stop`);
      await becomes(name, 'STOPPED', 0);
    },
    resume: async (name) => {
      await insist('PUT', `${name}/resume`);
      await becomes(name, 'RUNNING', 1);
    },
    offsets: (name) => call('GET', `${name}/offsets`),
    setOffsets: async (name, offsets) => {
      await insist('PATCH', `${name}/offsets`, offsets);
    },
    remove: async (name) => {
      await insist('DELETE', name);
    },
  };
}
