import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import type {
  ConnectionDocument,
  ConnectionRef,
  GuardReason,
  HoldId,
  Pass,
  PassEntry,
  PassId,
  PassKind,
  PassStage,
  PassStore,
  PassSums,
  UserRef,
} from '@tallystick/devices-domain';
import { type Instant, instant } from '@tallystick/kernel-core';
import type { Redis } from '@tallystick/platform-redis';
import { type KeyRing, openBytes, seal } from '@tallystick/platform-secrets';
import { lastDoneKey, pageOrderKey, pagesKey, passesKey, passKey } from './pass-keys.ts';
import { shardOf } from '../keys.ts';
import { growthOf, sumsOf } from './pass-sums.ts';
import { addPageScript, openPassScript, replacePageScript, updatePassScript } from './pass.scripts.ts';

const pack = promisify(deflateRaw);
const unpack = promisify(inflateRaw);

export interface RedisPassStoreOptions {
  readonly redis: Redis;
  readonly ring: KeyRing;
}

/** A page of 100 users has a few kilobytes; one that unpacks to more than this was not made here. */
const mostBytes = 16 * 1_024 * 1_024;

/** Pages that are read ahead while looking for enough entries. */
const pagesAtOnce = 8;

/** Passes in Redis: sums as counters, entries packed and sealed by the page. Kept for 14 days from the last change. */
export class RedisPassStore implements PassStore {
  readonly #redis: Redis;
  readonly #ring: KeyRing;

  constructor({ redis, ring }: RedisPassStoreOptions) {
    this.#redis = redis;
    this.#ring = ring;
  }

  async open(pass: Omit<Pass, 'sums' | 'applied'> & { readonly users?: number }, candidate?: ConnectionDocument): Promise<void> {
    if (!isPassId(pass.id)) throw new RangeError('this is no id of a pass: 1–200 characters without ":", braces and space');
    const { id, kind, connectionVersion, startedBy, startedAt, users, stage } = pass;
    const fields = {
      ...{ kind, version: connectionVersion, startedAt, by: this.#seal(startedBy, 'by', pass, id), applied: 0 },
      ...fieldsOf({ ...pass, stage }),
      ...(users !== undefined && { users }),
      ...(candidate && { candidate: this.#seal(JSON.stringify(candidate), 'candidate', pass, id) }),
    };
    await openPassScript.run(
      this.#redis,
      [passKey(pass, id), passesKey(pass)],
      [id, startedAt, ...Object.entries(fields).flat()],
    );
  }

  async candidate(ref: ConnectionRef, pass: PassId): Promise<ConnectionDocument | undefined> {
    const sealed = isPassId(pass) ? await this.#redis.hGet(passKey(ref, pass), 'candidate') : undefined;
    return sealed ? (JSON.parse(this.#open(sealed, 'candidate', ref, pass).toString()) as ConnectionDocument) : undefined;
  }

  async addPage(ref: ConnectionRef, pass: PassId, page: Parameters<PassStore['addPage']>[2]): Promise<void> {
    const { shard, number, entries, filled } = page;
    if (!/^[\w-]{1,32}$/.test(shard)) throw new RangeError('this is no name of a shard');
    if (!Number.isSafeInteger(number) || number < 0 || number > 99_999_999) throw new RangeError('this is no number of a page');
    if (!isPassId(pass)) throw noPass(pass);
    const name = `${shard}/${String(number).padStart(8, '0')}`;
    const packed = await pack(JSON.stringify(entries), { level: 6 });
    const args = [name, this.#seal(packed, `page:${name}`, ref, pass), ...[...growthOf(entries, filled)].flat()];
    const keys = [passKey(ref, pass), pagesKey(ref, pass), pageOrderKey(ref, pass)];
    if ((await addPageScript.run(this.#redis, keys, args)) === 'unknown') throw noPass(pass);
  }

  async update(ref: ConnectionRef, pass: PassId, change: Parameters<PassStore['update']>[2]): Promise<void> {
    if (!isPassId(pass)) throw noPass(pass);
    const keys = [passKey(ref, pass), pagesKey(ref, pass), pageOrderKey(ref, pass), passesKey(ref), lastDoneKey(ref)];
    if ((await updatePassScript.run(this.#redis, keys, Object.entries(fieldsOf(change)).flat())) === 'unknown')
      throw noPass(pass);
  }

  async read(ref: ConnectionRef, pass: PassId): Promise<Pass | undefined> {
    const fields = isPassId(pass) ? await this.#redis.hGetAll(passKey(ref, pass)) : {};
    if (fields['kind'] === undefined) return undefined;
    const { endedAt, hold, because } = fields;
    return {
      ...{ environment: ref.environment, connection: ref.connection, id: pass },
      kind: fields['kind'] as PassKind,
      stage: fields['stage'] as PassStage,
      connectionVersion: Number(fields['version']),
      startedBy: this.#open(fields['by'] ?? '', 'by', ref, pass).toString(),
      startedAt: instant(Number(fields['startedAt'])),
      ...(endedAt !== undefined && { endedAt: instant(Number(endedAt)) }),
      sums: sumsOf(fields),
      applied: Number(fields['applied']),
      ...(hold !== undefined && { hold: hold as HoldId }),
      ...(because !== undefined && { because: because as GuardReason }),
    };
  }

  async list(ref: ConnectionRef, limit: number): Promise<readonly Pass[]> {
    const found: Pass[] = [];
    for (let from = 0; found.length < limit; from += limit) {
      const ids = await this.#redis.zRange(passesKey(ref), from, from + limit - 1, { REV: true });
      const passes = await Promise.all(ids.map((id) => this.read(ref, id as PassId)));
      found.push(...passes.filter((pass) => pass !== undefined)); // the list may name some that are gone
      if (ids.length < limit) break;
    }
    return found.slice(0, limit);
  }

  async entries(
    ref: ConnectionRef,
    pass: PassId,
    cursor: string | undefined,
    limit: number,
  ): Promise<{ readonly entries: readonly PassEntry[]; readonly next?: string }> {
    const [, page, skip] = cursor === undefined ? [] : (/^([\w-]{1,32}\/\d{8})\/(\d{1,7})$/.exec(cursor) ?? []);
    if (cursor !== undefined && page === undefined) throw new RangeError('the cursor is none of a page of entries');
    if (!isPassId(pass)) return { entries: [] };
    const entries: PassEntry[] = [];
    let [from, offset] = [page === undefined ? '-' : `[${page}`, Number(skip ?? 0)];
    for (;;) {
      const range = { BY: 'LEX', LIMIT: { offset: 0, count: pagesAtOnce } } as const;
      const names = await this.#redis.zRange(pageOrderKey(ref, pass), from, '+', range);
      const pages = names.length === 0 ? [] : await this.#redis.hmGet(pagesKey(ref, pass), names);
      for (const [at, name] of names.entries()) {
        const found = await this.#entriesOf(ref, pass, name, pages[at]);
        const room = limit - entries.length;
        // Full, and there is one more: the page goes on there.
        if (found.length - offset > room)
          return { entries: [...entries, ...found.slice(offset, offset + room)], next: `${name}/${offset + room}` };
        entries.push(...found.slice(offset));
        offset = 0;
      }
      if (names.length < pagesAtOnce) return { entries };
      from = `(${names.at(-1)!}`;
    }
  }

  async lastDone(ref: ConnectionRef): Promise<{ readonly sums: PassSums; readonly at: Instant } | undefined> {
    const { at, ...fields } = await this.#redis.hGetAll(lastDoneKey(ref));
    return at === undefined ? undefined : { sums: sumsOf(fields), at: instant(Number(at)) };
  }

  /** Takes the user out of the results of every pass that is kept; sums stay as they are. Gives how many entries there were. */
  async forget(user: UserRef): Promise<number> {
    // Of a pass their shard is the user index's; a sample has one of its own.
    const mayHave = (name: string): boolean => name.startsWith(`${shardOf(user.user)}/`) || !/^\d\d\//.test(name);
    let forgotten = 0;
    for (const id of (await this.#redis.zRange(passesKey(user), 0, -1)) as PassId[]) {
      const names = (await this.#redis.zRange(pageOrderKey(user, id), 0, -1)).filter(mayHave);
      for (const name of names) forgotten += await this.#forgetIn(user, id, name);
    }
    return forgotten;
  }

  async #forgetIn(user: UserRef, pass: PassId, name: string): Promise<number> {
    const key = pagesKey(user, pass);
    for (;;) {
      const sealed = await this.#redis.hGet(key, name);
      if (!sealed) return 0;
      const entries = await this.#entriesOf(user, pass, name, sealed);
      const others = entries.filter((entry) => entry.user !== user.user);
      if (others.length === entries.length) return 0;
      const packed = this.#seal(await pack(JSON.stringify(others), { level: 6 }), `page:${name}`, user, pass);
      if ((await replacePageScript.run(this.#redis, [key], [name, sealed, packed])) === 1) return entries.length - others.length;
    }
  }

  async #entriesOf(
    ref: ConnectionRef,
    pass: PassId,
    name: string,
    sealed: string | null | undefined,
  ): Promise<readonly PassEntry[]> {
    if (!sealed) return [];
    const packed = this.#open(sealed, `page:${name}`, ref, pass);
    return JSON.parse((await unpack(packed, { maxOutputLength: mostBytes })).toString()) as PassEntry[];
  }

  #seal(plain: Uint8Array | string, what: string, ref: ConnectionRef, pass: PassId): string {
    return seal(this.#ring, plain, sealedAs(what, ref, pass));
  }

  #open(sealed: string, what: string, ref: ConnectionRef, pass: PassId): Buffer {
    const opened = openBytes(this.#ring, sealed, sealedAs(what, ref, pass));
    if (!opened.ok) throw new Error(`pass ${pass} can't be opened (${opened.error}): is its sealing key still in the key ring?`);
    return opened.value;
  }
}

const sealedAs = (what: string, { environment, connection }: ConnectionRef, pass: PassId): string =>
  `pass:${environment}/${connection}/${pass}:${what}`;

/** Ids come from outside, and some other text would be the key of something else. */
const isPassId = (id: string): boolean => /^[^:{}\s]{1,200}$/.test(id);

const noPass = (pass: PassId): Error => new Error(`there is no pass ${pass}, or none any more: results are kept for 14 days`);

function fieldsOf(change: Parameters<PassStore['update']>[2]): Record<string, string | number> {
  const { stage, endedAt, hold, because, applied } = change;
  return {
    ...(stage !== undefined && { stage }),
    ...(endedAt !== undefined && { endedAt }),
    ...(hold !== undefined && { hold }),
    ...(because !== undefined && { because }),
    ...(applied !== undefined && { applied }),
  };
}
