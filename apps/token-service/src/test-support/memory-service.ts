import { randomBytes } from 'node:crypto';
import { createLogger } from '@tallystick/platform-observability';
import { parseKeyRing } from '@tallystick/platform-secrets';
import { maxLeaseMs, type MemberId, type RingShard, type TokenRingStore } from '@tallystick/tokens-domain';
import { InMemoryTokenRingStore } from '@tallystick/tokens-testing';
import { RegistryWatch } from '../propagation/registry-watch.ts';
import { ChangeRings } from '../rings/change-rings.ts';
import { SealedAnswers } from '../rings/sealed-answers.ts';
import { Peppers } from '../rings/token-values.ts';
import { VirtualClock } from './virtual-clock.ts';

export const newKeyRing = (...ids: readonly string[]) =>
  parseKeyRing(
    JSON.stringify({
      current: ids[0] ?? 'k1',
      keys: Object.fromEntries((ids.length > 0 ? ids : ['k1']).map((id) => [id, randomBytes(32).toString('base64')])),
    }),
  );

/** A validator that always has everything and renews whenever it is told to. */
export class EagerValidator {
  readonly #id: MemberId;
  constructor(
    readonly store: InMemoryTokenRingStore,
    readonly shard: RingShard,
    id = 'eager',
  ) {
    this.#id = id as MemberId;
  }

  async renew(): Promise<void> {
    const { position } = await this.store.renew(this.shard, { id: this.#id, epoch: '', applied: -1, leaseMs: maxLeaseMs });
    await this.store.renew(this.shard, { id: this.#id, epoch: position.epoch, applied: position.seq, leaseMs: maxLeaseMs });
  }
}

/** The token service's inside over the store in memory, with a clock of its own. `around` may replace calls of the store. */
export function memoryService(around: (store: InMemoryTokenRingStore) => Partial<TokenRingStore> = () => ({})) {
  const memory = new InMemoryTokenRingStore();
  const changed = around(memory);
  const store: TokenRingStore = {
    shards: memory.shards,
    shardOf: (environment) => memory.shardOf(environment),
    read: (environment) => memory.read(environment),
    change: (change) => memory.change(change),
    answered: (environment, key) => memory.answered(environment, key),
    look: (shard) => memory.look(shard),
    confirm: (shard) => memory.confirm(shard),
    drop: (shard, member, renewals) => memory.drop(shard, member, renewals),
    ...changed,
  };
  const clock = new VirtualClock();
  const logger = createLogger({ service: 'test', level: 'silent' });
  const watch = new RegistryWatch({ store, clock, logger });
  const peppers = new Peppers(newKeyRing());
  const wall = { nowMs: 1_800_000_000_000 };
  const nowMs = () => wall.nowMs;
  const answers = new SealedAnswers(newKeyRing(), nowMs);
  const needs = { store, watch, clock, peppers, answers, nowMs };
  return { memory, store, clock, watch, wall, changes: new ChangeRings(needs), needs };
}
