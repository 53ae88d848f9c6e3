import {
  type ConnectionDocument,
  type ConnectionRef,
  connectionRefText,
  type ConnectionStore,
  type UnreadableConnection,
} from '@tallystick/devices-domain';
import type { Source } from './bridge.ts';

export interface FollowedConnectionsNeeds {
  readonly store: Pick<ConnectionStore, 'list' | 'revision'>;
  readonly sourceOf: (document: ConnectionDocument) => Source;
  /** For the alarm: a document can't be read any more; its connection is at rest until it can. */
  readonly onUnreadable?: (connection: UnreadableConnection) => void;
  /** It can be read again, or was removed. */
  readonly onReadable?: (connection: ConnectionRef) => void;
}

interface Followed {
  readonly version: number;
  readonly document: ConnectionDocument;
  readonly source: Source;
}

/** What a look has changed. */
export interface Changed {
  readonly added: readonly ConnectionDocument[];
  /** They are there no more. */
  readonly removed: readonly ConnectionRef[];
}

const nothing: Changed = { added: [], removed: [] };

/**
 * The connections as their documents were at the last {@link look}: what the bridge reads, sweeps and measures. One whose document can't be
 * read is at rest: nothing of it is read, swept or measured, and it is not one that was removed.
 */
export class FollowedConnections {
  readonly #needs: FollowedConnectionsNeeds;
  #revision: number | undefined;
  #connections = new Map<string, Followed>();
  #topics = new Map<string, Source>();
  #unreadable = new Map<string, ConnectionRef>();

  constructor(needs: FollowedConnectionsNeeds) {
    this.#needs = needs;
  }

  /** Reads the documents if one was saved or removed. Throws when they can't be read: then all stays as it was. */
  async look(): Promise<Changed> {
    const { store, sourceOf, onUnreadable, onReadable } = this.#needs;
    const revision = await store.revision();
    if (revision === this.#revision) return nothing;
    const unreadable = new Map<string, UnreadableConnection>();
    const saved = await store.list(undefined, (one) => void unreadable.set(connectionRefText(one), one));
    const before = this.#connections;
    const restedBefore = this.#unreadable;
    const now = new Map(
      saved.map(({ version, document }) => {
        const known = before.get(connectionRefText(document));
        return [
          connectionRefText(document),
          known?.version === version ? known : { version, document, source: sourceOf(document) },
        ];
      }),
    );
    this.#connections = now;
    this.#topics = new Map([...now.values()].map(({ document, source }) => [document.source.topic, source]));
    this.#unreadable = new Map([...unreadable].map(([name, one]) => [name, refOf(one)]));
    this.#revision = revision;
    for (const [name, one] of unreadable) if (!restedBefore.has(name)) onUnreadable?.(one);
    for (const [name, ref] of restedBefore) if (!unreadable.has(name)) onReadable?.(ref);
    const known = [...[...before.values()].map(({ document }) => refOf(document)), ...restedBefore.values()];
    return {
      added: [...now].flatMap(([name, { document }]) => (before.has(name) ? [] : [document])),
      removed: known.filter((ref) => !this.has(ref)),
    };
  }

  documents(): readonly ConnectionDocument[] {
    return [...this.#connections.values()].map(({ document }) => document);
  }

  /** Whether it is saved, readable or not. */
  has(ref: ConnectionRef): boolean {
    return this.#connections.has(connectionRefText(ref)) || this.#unreadable.has(connectionRefText(ref));
  }

  topics(): readonly string[] {
    return [...this.#topics.keys()];
  }

  ofTopic(topic: string): Source | undefined {
    return this.#topics.get(topic);
  }

  of(ref: ConnectionRef): Source | undefined {
    return this.#connections.get(connectionRefText(ref))?.source;
  }
}

const refOf = ({ environment, connection }: ConnectionRef): ConnectionRef => ({ environment, connection });
