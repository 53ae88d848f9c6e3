import type { ConnectionRef, GuardStore, PassKind, PassStore } from '@tallystick/devices-domain';
import type { Instant } from '@tallystick/kernel-core';
import { isOver } from './estimate-end.ts';
import type { PassEngine, PassSchedules } from './pass-engine.port.ts';
import { requestOf } from './passes-api.ts';

export interface RetirementNeeds {
  readonly engine: Pick<PassEngine, 'cancel'>;
  readonly schedules: Pick<PassSchedules, 'remove'>;
  readonly passes: Pick<PassStore, 'list' | 'update'>;
  readonly guards: Pick<GuardStore, 'cancel'>;
  readonly now: () => Instant;
}

const kinds: readonly PassKind[] = ['preview', 'pass', 'sample'];
const looked = 200;

/**
 * Ends what a removed connection has left: its schedules, its passes with their holds, and all its open holds. Its records and accounts stay
 * as they are. Can be repeated; throws when the engine or a store can't be reached.
 */
export const createRetirement =
  ({ engine, schedules, passes, guards, now }: RetirementNeeds) =>
  async (ref: ConnectionRef): Promise<void> => {
    for (const kind of kinds) await schedules.remove(ref, kind); // first, so that none begins anew
    for (const pass of await passes.list(ref, looked)) {
      if (isOver(pass)) continue;
      const asked = await engine.cancel(requestOf(pass));
      if (asked === 'not-running') await passes.update(ref, pass.id, { stage: 'cancelled', endedAt: now() });
    }
    await guards.cancel(ref, undefined, now());
  };
