import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';

export interface SeenPayload {
  readonly encoding: string;
  /** As the codec endpoint takes it: in base64. */
  readonly wire: { readonly metadata: Readonly<Record<string, string>>; readonly data: string };
}

/** What whoever may look into Temporal sees, without any key. */
export class SeenTemporal {
  readonly #connection: Connection;
  readonly #client: Client;
  constructor(address: string) {
    this.#connection = Connection.lazy({ address });
    this.#client = new Client({ connection: this.#connection });
  }

  /** Whether a worker has an activity of the workflow now, or one is to be tried again. */
  async isWorkedOn(workflowId: string): Promise<boolean> {
    const described = await this.#client.workflow
      .getHandle(workflowId)
      .describe()
      .catch((error: unknown) => {
        if (error instanceof WorkflowNotFoundError) return undefined;
        throw error;
      });
    return described?.raw.pendingActivities?.some(({ lastWorkerIdentity }) => lastWorkerIdentity) ?? false;
  }

  /** Every payload of the newest run but {@link unsealed}, and the whole history as bytes. */
  async historyOf(workflowId: string): Promise<{ readonly payloads: readonly SeenPayload[]; readonly bytes: Buffer }> {
    const history = await this.#client.workflow.getHandle(workflowId).fetchHistory();
    const payloads = payloadsIn(history);
    return { payloads, bytes: Buffer.concat(bytesIn(history)) };
  }

  /** The activities of the newest run in the order in which they were asked for, with what they were given first. */
  async callsOf(workflowId: string): Promise<readonly { readonly name: string; readonly input: unknown }[]> {
    const { events } = await this.#client.workflow.getHandle(workflowId).fetchHistory();
    return (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) => {
      if (!scheduled) return [];
      const [given] = scheduled.input?.payloads ?? [];
      return [
        { name: scheduled.activityType?.name ?? '', input: JSON.parse(Buffer.from(given?.data ?? 'null').toString()) as unknown },
      ];
    });
  }

  /** Every run of the workflows that a query finds: its history and what it shows of itself, as bytes. */
  async *everythingOf(query: string): AsyncGenerator<{ readonly workflowId: string; readonly bytes: Buffer }> {
    for await (const { workflowId, runId } of this.#client.workflow.list({ query })) {
      const run = this.#client.workflow.getHandle(workflowId, runId);
      const [history, { raw }] = await Promise.all([run.fetchHistory(), run.describe()]);
      yield { workflowId, bytes: Buffer.concat([...bytesIn(history), ...bytesIn(raw)]) };
    }
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}

/** What no codec of Temporal's seals: search attributes, and the names of patches. */
const unsealed: ReadonlySet<string> = new Set(['searchAttributes', 'markerRecordedEventAttributes']);

function payloadsIn(value: unknown): SeenPayload[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  const { metadata, data } = value as { metadata?: Record<string, Uint8Array>; data?: Uint8Array };
  if (metadata?.['encoding'] instanceof Uint8Array) {
    const inBase64 = Object.entries(metadata).map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')] as const);
    const wire = { metadata: Object.fromEntries(inBase64), data: Buffer.from(data ?? []).toString('base64') };
    return [{ encoding: Buffer.from(metadata['encoding']).toString(), wire }];
  }
  return Object.entries(value).flatMap(([name, part]) => (unsealed.has(name) ? [] : payloadsIn(part)));
}

/** All texts and bytes anywhere in it. */
function bytesIn(value: unknown): Buffer[] {
  if (typeof value === 'string') return [Buffer.from(`${value}\n`)];
  if (value instanceof Uint8Array) return [Buffer.from(value), Buffer.from('\n')];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) => [Buffer.from(`${name}\n`), ...bytesIn(part)]);
}
