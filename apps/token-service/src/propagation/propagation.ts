import { type RegistryIdentity, type RegistryLook, type RingShard, revokeWait, slowBoundMs } from '@tallystick/tokens-domain';
import type { MonotonicClock } from './clock.ts';
import type { RegistryWatch } from './registry-watch.ts';
import type { ServerSafety } from './server-safety.ts';

/** What a change waits for: its number, and who confirmed it. `atMs` is the clock after the answer arrived. */
export interface Committed {
  readonly shard: RingShard;
  readonly seq: number;
  readonly identity: RegistryIdentity;
  readonly atMs: number;
  /** Replicas that are known to have it. Left out: none. */
  readonly acknowledged?: number | undefined;
}

/** How a change became true everywhere, if its server still has it: after `lease` that has to be looked up. */
export interface Propagation {
  readonly confirmedBy: 'acknowledgement' | 'lease';
  /** Members of the table that was last seen. */
  readonly validators: number;
  readonly waitedMs: number;
  /** False while a fail-over or a restart could bring back a server that grants leases without the change, unnoticed. */
  readonly bounded: boolean;
}

export interface PropagationNeeds {
  readonly watch: Pick<RegistryWatch, 'look' | 'trustOf' | 'lastLook'>;
  readonly clock: MonotonicClock;
  readonly safety: Pick<ServerSafety, 'isSafe'>;
}

const firstPauseMs = 5;
const longestPauseMs = 50;

/** Waits until a change holds everywhere; never longer than the slow bound, whatever the store does (ADR 2). The decision is `revokeWait`. */
export async function awaitPropagation({ watch, clock, safety }: PropagationNeeds, committed: Committed): Promise<Propagation> {
  const { shard } = committed;
  const slowBound = clock.sleep(Math.max(0, committed.atMs + slowBoundMs - clock.nowMs())).then(() => 'slow-bound' as const);
  let look: RegistryLook | undefined;
  for (let pauseMs = 0; ; pauseMs = Math.min(2 * pauseMs || firstPauseMs, longestPauseMs)) {
    const nowMs = clock.nowMs();
    const decision = revokeWait({ committed, nowMs, look, trust: watch.trustOf(shard) });
    if (decision.kind === 'done') {
      const last = look ?? watch.lastLook(shard);
      return {
        confirmedBy: decision.confirmedBy,
        validators: last?.members.length ?? 0,
        waitedMs: Math.round(nowMs - committed.atMs),
        bounded: last?.identity.serverId === committed.identity.serverId && safety.isSafe(last, committed.acknowledged ?? 0),
      };
    }
    // Shared with all who wait for this shard. A look that does not come back must not hold up the bound.
    const seen = await Promise.race([watch.look(shard, Math.min(pauseMs, decision.waitAtMostMs)), slowBound]);
    if (seen === 'slow-bound') continue;
    look = seen ?? look;
  }
}
