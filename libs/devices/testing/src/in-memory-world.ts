import {
  type AccountHash,
  type AuditTrail,
  type ConnectionRef,
  type DesiredUser,
  type DeviceId,
  DeviceLimits,
  type DirectoryBudget,
  type DeviceSlot,
  deviceSlots,
  type FactorAddress,
  factorKindOf,
  type GuardSettings,
  type GuardStore,
  type MfaDirectory,
  type Outcome,
  parityOptions,
  type PlanHash,
  type Profile,
  protectsUsername,
  type ReconcileOptions,
  type ReconciliationStore,
  type SlotValue,
  type SourceChange,
  sourcePosition,
  type UserHash,
  type UserRef,
  usualGuards,
} from '@tallystick/devices-domain';
import { connectionId, environmentId, err, type Instant, instant, ok, type Result } from '@tallystick/kernel-core';
import { InMemoryAuditTrail } from './in-memory-audit-trail.ts';
import { InMemoryBudget } from './budget-in-memory-store.ts';
import { InMemoryGuardStore } from './guard-in-memory-store.ts';
import { InMemoryReconciliationStore } from './in-memory-reconciliation-store.ts';
import { InMemorySourceRecordStore } from './in-memory-source-record-store.ts';
import { ModelDirectory, type ModelDirectoryOptions } from './model-directory.ts';

type PresentUser = Extract<DesiredUser, { kind: 'present' }>;

/** Stands before and behind every call to a store, the directory or the outcomes; it may throw, and the caller then sees that. */
export interface CallGate {
  /** A throw means that the call never happened. */
  readonly before?: (call: string) => void;
  /** A throw means that the call happened and its answer got lost. */
  readonly after?: (call: string) => void;
}

/** A user of `acme/hr`; users are told apart by their number. */
export const userNumber = (n: number): UserRef => ({
  environment: environmentId('acme'),
  connection: connectionId('hr'),
  user: n.toString(16).padStart(32, '0') as UserHash,
});

/** An enabled user `ada` with these values in her slots, and none in the others; a text is an e-mail address or a number. */
export function ada(values: Partial<Record<DeviceSlot, string>> = {}, more: Partial<PresentUser> = {}): PresentUser {
  const slots = Object.fromEntries(
    deviceSlots.map((slot) => {
      const text = values[slot];
      return [slot, text === undefined ? { kind: 'absent' } : { kind: 'value', address: addressIn(slot, text) }];
    }),
  ) as Record<DeviceSlot, SlotValue>;
  return { kind: 'present', username: 'ada', enabled: true, profile: {}, slots, ...more };
}

export function addressIn(slot: DeviceSlot, text: string): FactorAddress {
  const kind = factorKindOf(slot);
  return kind === 'email' ? { kind, address: text } : { kind, number: text };
}

/**
 * All that a reconciliation touches, in memory: stores, directory, clock and published outcomes. What is in it outlives the attempts
 * that are made on it. A source record carries the user it maps to as it is; one without is unmappable.
 */
export class InMemoryWorld {
  readonly directory: ModelDirectory;
  readonly records = new InMemorySourceRecordStore();
  readonly audit = new InMemoryAuditTrail();
  readonly store = new InMemoryReconciliationStore(this.records);
  readonly guards = new InMemoryGuardStore();
  readonly budget = new InMemoryBudget();
  guardSettings: GuardSettings = usualGuards;
  connectionVersion = 1;
  /** Connections that were there once. */
  readonly removed = new Set<string>();
  /** Size of the connection. */
  users = 10;
  readonly reminded: UserRef[] = [];
  /** What each run has told last of its user. */
  readonly wanted = new Map<UserRef['user'], boolean>();
  readonly alarms: string[] = [];
  readonly published: Outcome[] = [];
  readonly reported: unknown[] = [];
  /** How long attempts have paused, in milliseconds; the clock went on by as much. */
  readonly pauses: number[] = [];
  /** Heartbeats of all attempts. */
  beats = 0;
  options: ReconcileOptions = parityOptions;
  protectedUsernames: readonly string[] = [];
  readonly callTimeoutMs = 5_000;
  readonly visibilityWindowMs = 30_000;
  /** For so long an open pair that nobody has seen is waited for. */
  readonly openPairMs = this.visibilityWindowMs + this.callTimeoutMs;
  clock = 1_000_000;
  #versions = 0;

  constructor(directory: ModelDirectoryOptions = {}) {
    this.directory = new ModelDirectory({ now: () => this.clock, ...directory });
  }

  /** A newer source record that says that the user shall be so. Gives its version. */
  async want(user: UserRef, desired: PresentUser): Promise<string> {
    return this.put(user, { kind: 'record', attributes: { desired: JSON.stringify(desired) } });
  }

  /** The account of `ada` with these devices, the first of them primary, as an earlier reconciliation has left it. Gives their ids. */
  async has(values: Partial<Record<DeviceSlot, string>>, profile: Profile = {}): Promise<Partial<Record<DeviceSlot, DeviceId>>> {
    const quiet = new ModelDirectory({ manners: this.directory.capabilities });
    await quiet.createUser('ada', profile, true);
    for (const slot of deviceSlots) {
      const text = values[slot];
      if (text === undefined) continue;
      const paired = await quiet.pair('ada', addressIn(slot, text), slot);
      if (paired.ok && !paired.value.named) await quiet.nameDevice('ada', paired.value.device, slot);
    }
    const account = quiet.peek('ada');
    const devices = account.kind === 'present' ? account.devices.map((it) => ({ ...it, id: `1${it.id}` as DeviceId })) : [];
    this.directory.put('ada', {
      kind: 'present',
      status: devices.length > 0 ? 'active' : 'pending-activation',
      profile,
      devices,
    });
    return Object.fromEntries(devices.map(({ slot, id }) => [slot, id])) as Partial<Record<DeviceSlot, DeviceId>>;
  }

  async put(user: UserRef, change: SourceChange): Promise<string> {
    const version = sourcePosition(0, String((this.#versions += 1)).padStart(20, '0'));
    await this.records.put(user, version, change);
    return version;
  }

  readonly accountOf = (directoryId: string, username: string): AccountHash => `${directoryId}/${username}` as AccountHash;

  /** What surrounds one attempt that nobody cancels. */
  context(attempt = 1) {
    return {
      attempt,
      heartbeat: (): void => void (this.beats += 1),
      pause: (ms: number): Promise<void> => {
        this.pauses.push(ms);
        this.clock += ms;
        return Promise.resolve();
      },
      cancelled: (): boolean => false,
    };
  }

  /** Device limits as an activity process has learned them; made anew by a test that wants to forget. */
  limits = new DeviceLimits();

  /** The needs of the device activities, for one process: all its calls pass `gate`. */
  needs(gate: CallGate = {}) {
    const connection = {
      version: this.connectionVersion,
      guards: this.guardSettings,
      budget: { callsPerSecond: 1_000, burst: 1_000, inFlight: 100 },
      directoryName: 'model/org',
      users: () => Promise.resolve(this.users),
      options: this.options,
      directory: gated<MfaDirectory>(this.directory, 'directory', gate),
      directoryId: 'org',
      callTimeoutMs: this.callTimeoutMs,
      visibilityWindowMs: this.visibilityWindowMs,
      protects: protectsUsername(this.protectedUsernames),
      map: ({ desired }: { readonly desired?: unknown }): Result<PresentUser, string> =>
        typeof desired === 'string' ? ok(JSON.parse(desired) as PresentUser) : err('no-username'),
    };
    return {
      connectionOf: (user: UserRef) => Promise.resolve(user.connection === 'hr' ? connection : undefined),
      isRemoved: ({ connection: id }: ConnectionRef): Promise<boolean> => Promise.resolve(this.removed.has(id)),
      store: gated<ReconciliationStore>(this.store, 'store', gate),
      guards: gated<GuardStore>(this.guards, 'guards', gate),
      audit: gated<AuditTrail>(this.audit, 'audit', gate),
      budget: gated<DirectoryBudget>(this.budget, 'budget', gate),
      limits: this.limits,
      hashPlan: (text: string): PlanHash => text as PlanHash,
      remind: (user: UserRef): Promise<void> => Promise.resolve(void this.reminded.push(user)),
      wanted: (user: UserRef, isWanted: boolean): Promise<void> => Promise.resolve(void this.wanted.set(user.user, isWanted)),
      directoryChanged: (_directory: string, change: 'quarantined' | 'healed') => void this.alarms.push(change),
      accountOf: this.accountOf,
      publish: gated({ publish: (outcome: Outcome) => Promise.resolve(void this.published.push(outcome)) }, 'outcomes', gate)
        .publish,
      now: (): Instant => instant(this.clock),
      report: (_user: UserRef, error: unknown) => void this.reported.push(error),
    };
  }

  /** The same, with a scope that nobody is in (P9). */
  needsOutOfScope() {
    const needs = this.needs();
    const connectionOf = async (user: UserRef) => {
      const connection = await needs.connectionOf(user);
      return connection && { ...connection, scope: () => ok(false) };
    };
    return { ...needs, connectionOf };
  }
}

/** Each call of `target` through `gate`, named `<prefix>.<method>`; as with a server, nothing has happened yet when the call returns. */
function gated<T extends object>(target: T, prefix: string, { before, after }: CallGate): T {
  return new Proxy(target, {
    get(_, property) {
      const method: unknown = Reflect.get(target, property, target);
      if (typeof method !== 'function') return method;
      return async (...args: unknown[]): Promise<unknown> => {
        await Promise.resolve();
        const call = `${prefix}.${String(property)}`;
        before?.(call);
        const answer: unknown = await Reflect.apply(method, target, args);
        after?.(call);
        return answer;
      };
    },
  });
}
