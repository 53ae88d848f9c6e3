import type { Logger } from '@tallystick/platform-observability';
import type { NodesCheck } from '@tallystick/platform-redis';
import type { RegistryLook } from '@tallystick/tokens-domain';
import { askUntilKnown } from './ask-until-known.ts';
import type { MonotonicClock } from './clock.ts';
import type { ServerSafety } from './server-safety.ts';

export interface ServerChecksNeeds {
  readonly check: () => Promise<NodesCheck>;
  readonly safety: Pick<ServerSafety, 'checked' | 'seen'>;
  /** As of {@link ServerSafety}. */
  readonly electable: number | undefined;
  /** The most replicas that sentinels ever knew of. */
  readonly knownReplicas: () => number;
  readonly clock: Pick<MonotonicClock, 'nowMs'>;
  readonly logger: Logger;
  /** Told how many faults were found. */
  readonly onChecked?: (faults: number) => void;
  /** False: nobody wants to know any more. */
  readonly isWanted: () => boolean;
}

const againAfterMs = 60_000;
/** Servers tell how long they run in whole seconds. */
const uptimeStepMs = 1_000;

/**
 * Has the servers that answer looks checked: each when it is first seen, again when its replicas are others, and once a minute, for settings
 * can be changed while a server runs. All shards ask for the same check, and one runs at a time.
 */
export class ServerChecks {
  readonly #needs: ServerChecksNeeds;
  readonly #checked = new Map<string, { readonly replicas: number; readonly atMs: number }>();
  /** When each server answered last. */
  readonly #seenMs = new Map<string, number>();
  /** The replicas that each primary ever named: one that takes the place of another is one more. */
  readonly #followers = new Map<string, Set<string>>();
  #running = false;
  #told = '';

  constructor(needs: ServerChecksNeeds) {
    this.#needs = needs;
  }

  seen({ identity, replicas }: Pick<RegistryLook, 'identity' | 'replicas'>): void {
    const { safety, knownReplicas, clock } = this.#needs;
    safety.seen({ replicas: Math.max(replicas, knownReplicas()) });
    this.#seenMs.set(identity.serverId, clock.nowMs());
    const last = this.#checked.get(identity.serverId);
    const isKnown = last?.replicas === replicas && clock.nowMs() - last.atMs < againAfterMs;
    if (isKnown || this.#running) return;
    this.#running = true;
    void this.#check(identity.serverId, replicas).finally(() => (this.#running = false));
  }

  async #check(serverId: string, replicas: number): Promise<void> {
    const { check, safety, electable, clock, logger, onChecked, isWanted } = this.#needs;
    const atMs = clock.nowMs();
    // Replicas that came since the last check are not checked.
    if (this.#checked.get(serverId)?.replicas !== replicas) safety.checked(serverId, false);
    const found = await askUntilKnown({
      ask: check,
      onFailure: (error) => {
        safety.checked(serverId, false);
        logger.error({ err: error }, 'the settings of the Redis of the token rings can not be read yet');
      },
      isWanted,
    });
    if (!found) return;
    // During a fail-over another server may have answered than the one that was seen: then that one is still not checked.
    const answered = `${found.runId}:${found.replicationId}`;
    const count = found.replicas.length;
    this.#checked.set(answered, { replicas: count, atMs });
    safety.seen({ replicas: this.#everFollowed(answered, found.replicas) });
    this.#expectNoOther(found);
    safety.checked(answered, found.faults.length === 0 && count === (electable ?? 0));
    onChecked?.(found.faults.length + (electable === undefined ? 1 : 0));
    this.#tell(found.faults, count);
  }

  #everFollowed(serverId: string, replicas: readonly string[]): number {
    const names = this.#followers.get(serverId) ?? new Set();
    for (const name of replicas) names.add(name);
    this.#followers.set(serverId, names);
    return names.size;
  }

  /**
   * Where no replica is said to be, nothing else may ever be the primary. A server that ran already while the one before it still answered was
   * promoted, behind a name or a proxy that hides it.
   */
  #expectNoOther({ runId, upMs }: NodesCheck): void {
    const { electable, safety, clock, logger } = this.#needs;
    const before = [...this.#seenMs].filter(([serverId]) => !serverId.startsWith(`${runId}:`)).map(([, atMs]) => atMs);
    if (electable !== 0 || before.length === 0) return;
    if (upMs <= clock.nowMs() - Math.max(...before) + uptimeStepMs) return;
    safety.seen({ replicas: 1 });
    logger.error(
      'another server has taken the place of the Redis of the token rings, and ran beside it before: no change is called bounded any more. TOKENS_REDIS_REPLICAS has to say how many can take it',
    );
  }

  #tell(faults: readonly string[], replicas: number): void {
    const { electable, logger } = this.#needs;
    const now = JSON.stringify([faults, replicas]);
    if (now === this.#told) return;
    this.#told = now;
    for (const fault of faults) logger.error({ fault }, 'the Redis of the token rings is not set up to keep them');
    if (replicas !== electable)
      logger.error(
        { replicas, electable },
        'no change of a token ring is called bounded: as many replicas must follow as TOKENS_REDIS_REPLICAS says could be promoted',
      );
  }
}
