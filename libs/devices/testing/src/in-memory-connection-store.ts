import {
  type ConnectionDocument,
  type ConnectionRef,
  connectionRefText,
  type ConnectionStore,
  type SavedConnection,
} from '@tallystick/devices-domain';
import { instant } from '@tallystick/kernel-core';

/** For tests of what uses a store: one process, nothing kept. Passes the suite. */
export class InMemoryConnectionStore implements ConnectionStore {
  readonly readOnly: boolean;
  readonly #histories = new Map<string, SavedConnection[]>();
  readonly #removed = new Set<string>();
  #revision = 0;

  constructor(documents: readonly ConnectionDocument[] = [], readOnly = false) {
    this.readOnly = readOnly;
    for (const document of documents) this.#write(document, 'file', instant(0));
  }

  read(ref: ConnectionRef): Promise<SavedConnection | undefined> {
    return Promise.resolve(this.#current(ref));
  }

  list(environment?: ConnectionRef['environment']): Promise<readonly SavedConnection[]> {
    const all = [...this.#histories.values()].flatMap(([newest]) => (newest && this.#current(newest.document) ? [newest] : []));
    return Promise.resolve(all.filter(({ document }) => environment === undefined || document.environment === environment));
  }

  save(document: ConnectionDocument, expected: number, by: string, now: SavedConnection['savedAt']) {
    if (this.readOnly) return Promise.resolve('read-only' as const);
    if ((this.#current(document)?.version ?? 0) !== expected) return Promise.resolve('conflict' as const);
    return Promise.resolve(this.#write(document, by, now));
  }

  remove(ref: ConnectionRef, expected: number) {
    if (this.readOnly) return Promise.resolve('read-only' as const);
    const saved = this.#current(ref);
    if (!saved) return Promise.resolve('unknown' as const);
    if (saved.version !== expected) return Promise.resolve('conflict' as const);
    this.#removed.add(connectionRefText(ref));
    this.#revision += 1;
    return Promise.resolve('removed' as const);
  }

  history(ref: ConnectionRef, limit: number): Promise<readonly SavedConnection[]> {
    return Promise.resolve((this.#histories.get(connectionRefText(ref)) ?? []).slice(0, limit));
  }

  revision(): Promise<number> {
    return Promise.resolve(this.#revision);
  }

  #current(ref: ConnectionRef): SavedConnection | undefined {
    return this.#removed.has(connectionRefText(ref)) ? undefined : this.#histories.get(connectionRefText(ref))?.[0];
  }

  #write(document: ConnectionDocument, savedBy: string, savedAt: SavedConnection['savedAt']): SavedConnection {
    const before = this.#histories.get(connectionRefText(document)) ?? [];
    const saved: SavedConnection = { version: (before[0]?.version ?? 0) + 1, document, savedBy, savedAt };
    this.#histories.set(connectionRefText(document), [saved, ...before].slice(0, 20));
    this.#removed.delete(connectionRefText(document));
    this.#revision += 1;
    return saved;
  }
}
