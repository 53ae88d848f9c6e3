import {
  addCounts,
  type ConnectionDocument,
  type ConnectionRef,
  connectionRefText,
  noChanges,
  type Pass,
  type PassEntry,
  type PassId,
  type PassStore,
  type PassSums,
} from '@tallystick/devices-domain';
import type { Instant } from '@tallystick/kernel-core';

type Page = Parameters<PassStore['addPage']>[2];
type Change = Parameters<PassStore['update']>[2];

interface StoredPass {
  readonly pass: Omit<Pass, 'sums'>;
  readonly users: number | undefined;
  readonly candidate: ConnectionDocument | undefined;
  /** By shard and number, as {@link pageName}. */
  readonly pages: Map<string, Page>;
}

/** A {@link PassStore} in memory that passes `passStoreConformance`; it keeps everything. */
export class InMemoryPassStore implements PassStore {
  readonly #passes = new Map<string, StoredPass>();
  readonly #lastDone = new Map<string, { readonly sums: PassSums; readonly at: Instant }>();

  open(
    { users, ...pass }: Omit<Pass, 'sums' | 'applied'> & { readonly users?: number },
    candidate?: ConnectionDocument,
  ): Promise<void> {
    const key = keyOf(pass, pass.id);
    const stored = { pass: { ...pass, applied: 0 }, users, candidate, pages: new Map<string, Page>() };
    if (!this.#passes.has(key)) this.#passes.set(key, structuredClone(stored));
    return Promise.resolve();
  }

  candidate(ref: ConnectionRef, pass: PassId): Promise<ConnectionDocument | undefined> {
    return Promise.resolve(structuredClone(this.#passes.get(keyOf(ref, pass))?.candidate));
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- a pass that is not there is a rejection, as with a server
  async addPage(ref: ConnectionRef, pass: PassId, page: Page): Promise<void> {
    const { pages } = this.#find(ref, pass);
    const name = pageName(page);
    if (!pages.has(name)) pages.set(name, structuredClone(page));
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- a pass that is not there is a rejection, as with a server
  async update(ref: ConnectionRef, id: PassId, change: Change): Promise<void> {
    const stored = this.#find(ref, id);
    const pass = { ...stored.pass, ...structuredClone(change) };
    this.#passes.set(keyOf(ref, id), { ...stored, pass });
    if (pass.kind !== 'pass' || change.stage !== 'done') return;
    const connection = connectionRefText(ref);
    const at = pass.endedAt ?? pass.startedAt;
    if (at >= (this.#lastDone.get(connection)?.at ?? 0)) this.#lastDone.set(connection, { sums: sumsOf(stored), at });
  }

  read(ref: ConnectionRef, pass: PassId): Promise<Pass | undefined> {
    const stored = this.#passes.get(keyOf(ref, pass));
    return Promise.resolve(stored && shown(stored));
  }

  list(ref: ConnectionRef, limit: number): Promise<readonly Pass[]> {
    const passes = [...this.#passes.values()].filter(({ pass }) => connectionRefText(pass) === connectionRefText(ref));
    return Promise.resolve(
      passes
        .reverse()
        .sort((a, b) => b.pass.startedAt - a.pass.startedAt)
        .slice(0, limit)
        .map(shown),
    );
  }

  entries(
    ref: ConnectionRef,
    pass: PassId,
    cursor: string | undefined,
    limit: number,
  ): Promise<{ readonly entries: readonly PassEntry[]; readonly next?: string }> {
    const pages = [...(this.#passes.get(keyOf(ref, pass))?.pages ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
    const rows = pages.flatMap(([name, { entries }]) =>
      entries.map((entry, n) => ({ entry, at: `${name}/${String(n).padStart(4, '0')}` })),
    );
    const rest = rows.filter(({ at }) => cursor === undefined || at > cursor);
    const page = rest.slice(0, limit);
    const entries = structuredClone(page.map(({ entry }) => entry));
    return Promise.resolve({ entries, ...(rest.length > page.length && { next: page.at(-1)!.at }) });
  }

  lastDone(ref: ConnectionRef): Promise<{ readonly sums: PassSums; readonly at: Instant } | undefined> {
    return Promise.resolve(structuredClone(this.#lastDone.get(connectionRefText(ref))));
  }

  #find(ref: ConnectionRef, pass: PassId): StoredPass {
    const stored = this.#passes.get(keyOf(ref, pass));
    if (!stored) throw new Error(`there is no pass ${pass}, or none any more`);
    return stored;
  }
}

const keyOf = (ref: ConnectionRef, pass: PassId): string => `${connectionRefText(ref)}/${pass}`;

const pageName = ({ shard, number }: Pick<Page, 'shard' | 'number'>): string => `${shard}/${String(number).padStart(8, '0')}`;

const shown = (stored: StoredPass): Pass => ({ ...structuredClone(stored.pass), sums: sumsOf(stored) });

function sumsOf({ users, pages }: StoredPass): PassSums {
  const entries = [...pages.values()].flatMap((page) => page.entries);
  const reasons: Record<string, number> = {};
  const filled: Record<string, number> = {};
  for (const { because, plan } of entries) {
    const all = [because, ...(plan?.steps ?? []).map(({ reason }) => reason), ...(plan?.findings ?? []).map(({ kind }) => kind)];
    for (const reason of new Set(all)) if (reason !== undefined) reasons[reason] = (reasons[reason] ?? 0) + 1;
  }
  for (const page of pages.values())
    for (const [target, number] of Object.entries(page.filled)) filled[target] = (filled[target] ?? 0) + number;
  const count = (result: PassEntry['result']): number => entries.filter((entry) => entry.result === result).length;
  const [inSync, differ] = [count('in-sync'), count('differs')];
  return {
    users: users ?? entries.length,
    planned: inSync + differ,
    inSync,
    differ,
    notPlanned: count('not-planned'),
    unobservable: count('unobservable'),
    counts: entries.reduce((sum, { counts }) => addCounts(sum, counts ?? noChanges), noChanges),
    reasons,
    filled,
  };
}
