import { createHash } from 'node:crypto';
import type { EnvironmentId } from '@tallystick/kernel-core';
import { defineScript, type Redis } from '@tallystick/platform-redis';
import { type KeyRing, open, seal } from '@tallystick/platform-secrets';

/** Whose key it is. The same key of another person, or in another environment, is another one. */
export interface ChangeName {
  readonly environment: EnvironmentId;
  readonly actor: string;
  readonly key: string;
}

export type ChangeBegun =
  /** `again`: it was begun before, and nobody knows what became of it. `run` names who works on it now. */
  | { readonly kind: 'begun'; readonly again: boolean; readonly run: string }
  | { readonly kind: 'answered'; readonly answer: string }
  /** The same request is worked on right now. */
  | { readonly kind: 'under-way' }
  /** The key belongs to another request. */
  | { readonly kind: 'reused' };

export interface RedisChangeLedgerOptions {
  readonly redis: Redis;
  /** Seals answers, which show documents. */
  readonly ring: KeyRing;
  /** Keyed: a request may hold personal data. */
  readonly digest: (text: string) => string;
  /** How long a key is known. Default a day. */
  readonly keptMs?: number;
  /** Longer than a request may take: until then a repeated one is told to wait. Default a minute. */
  readonly leaseMs?: number;
}

type Reply = readonly ['begun', 'first' | 'again'] | readonly ['answered', string] | readonly ['under-way'] | readonly ['reused'];

// Hash: d digest of the request · r who works on it · u until when · a sealed answer.
// KEYS: the key. ARGV: digest · run · lease ms · kept ms.
const beginScript = defineScript({
  name: 'begin-change',
  lua: `
    local time = redis.call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    local digest, till, answer = unpack(redis.call('HMGET', KEYS[1], 'd', 'u', 'a'))
    if digest and digest ~= ARGV[1] then return {'reused'} end
    if answer then return {'answered', answer} end
    if till and tonumber(till) > now then return {'under-way'} end
    redis.call('HSET', KEYS[1], 'd', ARGV[1], 'r', ARGV[2], 'u', now + ARGV[3])
    redis.call('PEXPIRE', KEYS[1], ARGV[4])
    return {'begun', digest and 'again' or 'first'}`,
});

// KEYS: the key. ARGV: run · what: answered, open, forgotten · sealed answer · kept ms.
const endScript = defineScript({
  name: 'end-change',
  lua: `
    if redis.call('HGET', KEYS[1], 'r') ~= ARGV[1] then return 0 end
    if ARGV[2] == 'forgotten' then return redis.call('DEL', KEYS[1]) end
    redis.call('HSET', KEYS[1], 'u', 0)
    if ARGV[2] == 'answered' then redis.call('HSET', KEYS[1], 'a', ARGV[3]) end
    return redis.call('PEXPIRE', KEYS[1], ARGV[4])`,
});

/** What was asked under which Idempotency-Key, and how it was answered. Throws when the store can't be reached. */
export class RedisChangeLedger {
  readonly #options: RedisChangeLedgerOptions;
  constructor(options: RedisChangeLedgerOptions) {
    this.#options = options;
  }

  /** `request`: all of it that makes it this request and no other. */
  async begin(name: ChangeName, request: string, run: string): Promise<ChangeBegun> {
    const { redis, ring, digest, leaseMs = 60_000 } = this.#options;
    const key = keyOf(name);
    const reply = (await beginScript.run(redis, [key], [digest(request), run, leaseMs, this.#keptMs])) as Reply;
    if (reply[0] === 'begun') return { kind: 'begun', again: reply[1] === 'again', run };
    if (reply[0] !== 'answered') return { kind: reply[0] };
    const opened = open(ring, reply[1], key);
    if (!opened.ok)
      throw new Error(`the answer to a change can't be opened (${opened.error}): is its key still in the key ring?`);
    return { kind: 'answered', answer: opened.value };
  }

  /** It is done: whoever repeats the request is answered this. */
  async answered(name: ChangeName, run: string, answer: string): Promise<void> {
    const key = keyOf(name);
    await this.#end(key, run, 'answered', seal(this.#options.ring, answer, key));
  }

  /** Nobody knows what became of it: whoever repeats the request tries again. */
  async leftOpen(name: ChangeName, run: string): Promise<void> {
    await this.#end(keyOf(name), run, 'open');
  }

  /** Nothing was changed: the key is free. */
  async forgotten(name: ChangeName, run: string): Promise<void> {
    await this.#end(keyOf(name), run, 'forgotten');
  }

  async #end(key: string, run: string, what: 'answered' | 'open' | 'forgotten', answer = ''): Promise<void> {
    await endScript.run(this.#options.redis, [key], [run, what, answer, this.#keptMs]);
  }

  get #keptMs(): number {
    return this.#options.keptMs ?? 86_400_000;
  }
}

/** Whoever sees the key of Redis can't find out who it was. */
const keyOf = ({ environment, actor, key }: ChangeName): string =>
  `tally:{change/${createHash('sha256')
    .update(JSON.stringify([environment, actor, key]))
    .digest('hex')}}`;
