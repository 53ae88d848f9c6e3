import { randomBytes } from 'node:crypto';
import { createLogger } from '@tallystick/platform-observability';
import { parseKeyRing } from '@tallystick/platform-secrets';
import { maxLeaseMs, type MemberId, type PepperId, type RingShard, type TokenRingStore } from '@tallystick/tokens-domain';
import { InMemoryRingWitness, InMemorySightingStore, InMemoryTokenRingStore } from '@tallystick/tokens-testing';
import { RegistryWatch } from '../propagation/registry-watch.ts';
import { ServerSafety } from '../propagation/server-safety.ts';
import { AuditNotes } from '../rings/audit-notes.ts';
import type { ShardStandings } from '../recovery/ring-recovery.ts';
import { createChangeLimits } from '../rings/change-limits.ts';
import { ChangeRings } from '../rings/change-rings.ts';
import { SealedAnswers, SealedValues } from '../rings/sealed-answers.ts';
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
    readonly peppers: readonly PepperId[] = ['k1' as PepperId],
  ) {
    this.#id = id as MemberId;
  }

  async renew(): Promise<void> {
    const row = { id: this.#id, leaseMs: maxLeaseMs, peppers: this.peppers };
    const { position } = await this.store.renew(this.shard, { ...row, epoch: '', applied: -1 });
    await this.store.renew(this.shard, { ...row, epoch: position.epoch, applied: position.seq });
  }
}

/** The token service's inside over the store in memory, with a clock of its own. `around` may replace calls of the store. */
export function memoryService(around: (store: InMemoryTokenRingStore) => Partial<TokenRingStore> = () => ({})) {
  /** The service's clock, and the server's unless it is set apart by `serverAheadMs`. */
  const wall = { nowMs: 1_800_000_000_000, serverAheadMs: 0 };
  const memory = new InMemoryTokenRingStore({ now: () => wall.nowMs + wall.serverAheadMs });
  const changed = around(memory);
  const store: TokenRingStore = {
    shards: memory.shards,
    shardOf: (environment) => memory.shardOf(environment),
    read: (environment) => memory.read(environment),
    change: (change) => memory.change(change),
    answered: (environment, key) => memory.answered(environment, key),
    readSealed: (environment, token) => memory.readSealed(environment, token),
    environments: (shard) => memory.environments(shard),
    reopen: (shard, expected) => memory.reopen(shard, expected),
    look: (shard) => memory.look(shard),
    confirm: (shard) => memory.confirm(shard),
    drop: (shard, member, renewals) => memory.drop(shard, member, renewals),
    ...changed,
  };
  const clock = new VirtualClock();
  const logger = createLogger({ service: 'test', level: 'silent' });
  const safety = new ServerSafety();
  const watch = new RegistryWatch({
    store,
    clock,
    logger,
    onLook: (look) => {
      safety.checked(look.identity.serverId, true);
      safety.seen(look);
    },
  });
  const peppers = new Peppers(newKeyRing());
  const nowMs = () => wall.nowMs;
  const keys = newKeyRing();
  const answers = new SealedAnswers(keys, nowMs);
  const seals = new SealedValues(keys);
  const sightings = new InMemorySightingStore({ now: nowMs });
  const witness = new InMemoryRingWitness();
  const shut = new Set<RingShard>();
  const recovery: ShardStandings = {
    standing: (shard) => Promise.resolve({ isShut: shut.has(shard), settledEpoch: undefined }),
    compare: () => Promise.resolve(),
  };
  const limits = createChangeLimits(10_000);
  const needs = { store, sightings, witness, watch, clock, safety, recovery, limits, peppers, answers, seals, logger, nowMs };
  const changes = new ChangeRings(needs);
  return { memory, shut, store, sightings, witness, clock, watch, wall, changes, notes: new AuditNotes(needs), needs };
}
