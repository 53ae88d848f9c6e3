import {
  type ConnectionDocument,
  type ConnectionRef,
  type SavedConnection,
  type UnreadableConnection,
  UnreadableDocument,
} from '@tallystick/devices-domain';
import { keptVersions } from '@tallystick/devices-store-connections';
import { authorise, notFound, type Principal, ProblemException } from '@tallystick/platform-http';
import { invalidDocument, unreadableConnection } from './connection-problems.ts';
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
    return this.needs.store.read(ref).catch((cause: unknown) => {
      if (cause instanceof UnreadableDocument) throw unreadableConnection(cause.version);
      return unavailable(cause);
    });
  }

  /** What a document would replace; of one that can't be read only the version. */
  async standing(ref: ConnectionRef): Promise<{ readonly version: number; readonly saved?: SavedConnection }> {
    try {
      const saved = await this.needs.store.read(ref);
      return { version: saved?.version ?? 0, ...(saved && { saved }) };
    } catch (cause) {
      return cause instanceof UnreadableDocument ? { version: cause.version } : unavailable(cause);
    }
  }

  /** Those that can be read; `onUnreadable` is told of the others. */
  all(onUnreadable: (connection: UnreadableConnection) => void = () => undefined): Promise<readonly SavedConnection[]> {
    return this.needs.store.list(undefined, onUnreadable).catch(unavailable);
  }

  async others({ environment, connection }: ConnectionRef): Promise<readonly ConnectionDocument[]> {
    const documents = (await this.all()).map(({ document }) => document);
    return documents.filter((one) => one.environment !== environment || one.connection !== connection);
  }

  async judge(ref: ConnectionRef, body: object, before: SavedConnection | undefined): Promise<Judgement> {
    const { environment, connection } = ref;
    const { elapsedMs, anyTopic } = this.needs;
    // A removed connection that is made again is held against what it was: removing one must not be the way around an approver.
    const past: UnreadableConnection[] = [];
    const last = before ?? (await this.#history(ref, 1, (version) => void past.push(version)))[0];
    const unreadable: UnreadableConnection[] = [];
    const all = await this.all((one) => void unreadable.push(one));
    const around = { environment, connection, before: last, beforeUnreadable: past.length > 0 };
    return judgeDocument(body, { ...around, all, unreadable, elapsedMs, anyTopic });
  }

  /**
   * Where two people are wanted, whoever saved the document does not approve what it does; nor does who saved that one person is enough.
   */
  async mayApprove({ document, savedBy }: SavedConnection, by: string): Promise<boolean> {
    if (document.guards.twoPeople) return savedBy !== by;
    const versions = await this.#history(document, keptVersions);
    const wanted = versions.findIndex((saved) => saved.document.guards.twoPeople);
    return wanted <= 0 || versions[wanted - 1]?.savedBy !== by;
  }

  #history(
    ref: ConnectionRef,
    limit: number,
    onUnreadable?: (version: UnreadableConnection) => void,
  ): Promise<readonly SavedConnection[]> {
    return this.needs.store.history(ref, limit, onUnreadable).catch(unavailable);
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
