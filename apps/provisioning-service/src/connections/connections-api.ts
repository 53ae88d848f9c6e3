import type { ConnectionDocument, ConnectionRef, SavedConnection } from '@tallystick/devices-domain';
import { authorise, notFound, type Principal, ProblemException } from '@tallystick/platform-http';
import { invalidDocument } from './connection-problems.ts';
import type { ConnectionsNeeds } from './connections.port.ts';
import { type Judgement, judgeDocument } from './judge-document.ts';

export type Usable = Extract<Judgement, { kind: 'usable' }>;

/** What the controllers of connections share. */
export class ConnectionsApi {
  readonly needs: ConnectionsNeeds;
  constructor(needs: ConnectionsNeeds) {
    this.needs = needs;
  }

  async read(ref: ConnectionRef): Promise<SavedConnection> {
    const saved = await this.find(ref);
    if (!saved) throw notFound();
    return saved;
  }

  find(ref: ConnectionRef): Promise<SavedConnection | undefined> {
    return this.needs.store.read(ref).catch(unavailable);
  }

  all(): Promise<readonly SavedConnection[]> {
    return this.needs.store.list().catch(unavailable);
  }

  async others({ environment, connection }: ConnectionRef): Promise<readonly ConnectionDocument[]> {
    const documents = (await this.all()).map(({ document }) => document);
    return documents.filter((one) => one.environment !== environment || one.connection !== connection);
  }

  async judge(ref: ConnectionRef, body: object, before: SavedConnection | undefined): Promise<Judgement> {
    const { environment, connection } = ref;
    const { elapsedMs } = this.needs;
    return judgeDocument(body, { environment, connection, before, all: await this.all(), elapsedMs });
  }

  /** @throws ProblemException 422 with all faults */
  async usable(ref: ConnectionRef, body: object, before: SavedConnection | undefined): Promise<Usable> {
    const judged = await this.judge(ref, body, before);
    if (judged.kind === 'faulty') throw invalidDocument(judged.faults);
    return judged;
  }
}

export const mayAct = (principal: Principal, { environment }: ConnectionRef, role: 'approver' | 'auditor'): boolean =>
  authorise(principal, environment, [role]) === 'allowed';

export const unavailable = (cause: unknown): never => {
  throw new ProblemException(
    'store-unavailable',
    503,
    'The store of the connections can not be read now',
    'Try again later.',
    {},
    { cause, headers: { 'retry-after': '1' } },
  );
};

/** The change may have been made: reading tells. */
export const outcomeUnknown = (cause: unknown): never => {
  throw new ProblemException(
    'outcome-unknown',
    503,
    'The change may or may not have been made',
    'Read the connection: its version tells.',
    {},
    { cause, headers: { 'retry-after': '1' } },
  );
};
