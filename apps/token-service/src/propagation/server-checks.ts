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

/**
 * Has the servers that answer looks checked: each when it is first seen, again when its replicas are others, and once a minute, for settings
 * can be changed while a server runs. All shards ask for the same check, and one runs at a time.
 */
export class ServerChecks {
  readonly #needs: ServerChecksNeeds;
  readonly #checked = new Map<string, { readonly replicas: number; readonly atMs: number }>();
  #running = false;
  #told = '';

  constructor(needs: ServerChecksNeeds) {
    this.#needs = needs;
  }

  seen({ identity, replicas }: Pick<RegistryLook, 'identity' | 'replicas'>): void {
    const { safety, knownReplicas, clock } = this.#needs;
    safety.seen({ replicas: Math.max(replicas, knownReplicas()) });
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
    this.#checked.set(answered, { replicas: found.replicas, atMs });
    safety.checked(answered, found.faults.length === 0 && found.replicas === (electable ?? 0));
    onChecked?.(found.faults.length);
    this.#tell(found);
  }

  #tell({ faults, replicas }: NodesCheck): void {
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
