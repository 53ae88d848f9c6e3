import type { DirectoryFault, DirectoryOperation, MfaDirectory } from '@tallystick/devices-domain';
import { type Instant, instant, type Result } from '@tallystick/kernel-core';
import { Quarantined, quarantinedBy, TryAgain } from './directory-failure.ts';
import type { AttemptContext, DeviceActivityNeeds, ReconcileConnection } from './reconcile-connection.ts';

/** Longer waits leave the activity, which has a slot that somebody else can use. */
const longestWaitMs = 5_000;

/** Time between the grant and the call, for the checks in between. A call that begins later would outlive its lease. */
const leaseMarginMs = 2_000;

/** Grants that one call lets pass unused, before its attempt gives up. */
const mostUnused = 3;

const longestPauseMs = 3_600_000;

/** Every call of one attempt to its directory, read or write: charged to the directory's budget before, told to it after (I10). */
export class DirectoryCalls {
  readonly directory: MfaDirectory;
  readonly #needs: Pick<DeviceActivityNeeds, 'budget' | 'now' | 'directoryChanged'>;
  readonly #connection: ReconcileConnection;
  readonly #context: AttemptContext;
  readonly #document: 'saved' | 'candidate';
  #made = 0;

  /**
   * @param document `candidate`: it is not saved, so its calls are charged and say nothing of a directory that others use but that it asks
   *   everybody to wait; what its credentials may not do is an answer to the caller. Nor does it probe a directory in quarantine.
   */
  constructor(
    needs: Pick<DeviceActivityNeeds, 'budget' | 'now' | 'directoryChanged'>,
    connection: ReconcileConnection,
    context: AttemptContext,
    document: 'saved' | 'candidate' = 'saved',
  ) {
    this.#document = document;
    this.directory = connection.directory;
    this.#needs = needs;
    this.#connection = connection;
    this.#context = context;
  }

  /**
   * Waits for the budget, then for `ready` (which may throw: then there is no call, and its place is given back by its lease), then calls.
   * A grant that a stall has left too old is given back for another one, and `ready` is asked again: the call is made in the second that
   * it was granted for, or others than the budget's would be under way (I10).
   * @throws Quarantined, TryAgain
   */
  async make<T>(
    operation: DirectoryOperation,
    call: (directory: MfaDirectory) => Promise<Result<T, DirectoryFault>>,
    ready?: () => Promise<void>,
  ): Promise<Result<T, DirectoryFault>> {
    if (this.directory.capabilities.calls[operation] === 0) {
      await ready?.();
      return call(this.directory); // the adapter answers by itself: there is nothing to charge, and nothing to learn about the directory
    }
    const lease = await this.#lease(operation, ready);
    this.#beat(); // the call's own time starts here, so that the stores' does not count against it
    const answer = await call(this.directory);
    this.#made += 1;
    this.#beat();
    await this.#done(lease, answer.ok ? undefined : answer.error);
    return answer;
  }

  /**
   * A call for a document that is not saved. It is charged like any other, and says nothing of the directory: wrong credentials in it must
   * not send those who have the right ones into quarantine. A quarantine does not stop it: what is tried may be what ends it. @throws TryAgain
   */
  async tryOut<T>(operation: DirectoryOperation, call: (directory: MfaDirectory) => Promise<T>): Promise<T> {
    const lease = await this.#lease(operation).catch((error: unknown) => {
      if (error instanceof Quarantined) return undefined;
      throw error;
    });
    this.#beat();
    try {
      return await call(this.directory);
    } finally {
      this.#made += 1;
      this.#beat();
      const now = this.#needs.now();
      if (lease !== undefined) await this.#needs.budget.done(this.#connection.directoryName, lease, noNews(now), now);
    }
  }

  #beat(): void {
    this.#context.heartbeat({ calls: this.#made });
  }

  /** A lease that covers a call which begins now. */
  async #lease(operation: DirectoryOperation, ready?: () => Promise<void>): Promise<string> {
    const { budget, now } = this.#needs;
    const { directoryName } = this.#connection;
    for (let unused = 0; unused < mostUnused; unused += 1) {
      const { lease, askedAt } = await this.#granted(operation);
      await ready?.();
      if (now() - askedAt <= leaseMarginMs) return lease;
      await budget.done(directoryName, lease, noNews(now()), now());
    }
    throw new TryAgain('directory-busy', 'the stores or this process stood still between the grant of a call and the call');
  }

  async #granted(operation: DirectoryOperation): Promise<{ readonly lease: string; readonly askedAt: Instant }> {
    const { budget, directoryName, callTimeoutMs, directory } = this.#connection;
    const calls = directory.capabilities.calls[operation];
    const ask = { lane: this.#context.lane ?? 'live', calls, leaseMs: callTimeoutMs + leaseMarginMs, settings: budget } as const;
    for (let waitedMs = 0; ;) {
      const now = this.#needs.now();
      if (this.#document === 'candidate') {
        const { quarantine } = await this.#needs.budget.state(directoryName, now);
        if (quarantine) throw new Quarantined(quarantine.why, quarantine.probeAt - now);
      }
      const grant = await this.#needs.budget.acquire(directoryName, ask, now);
      if (grant.kind === 'granted') return { lease: grant.lease, askedAt: now };
      if (grant.kind === 'quarantined') throw new Quarantined(grant.why, grant.until - now);
      const waitMs = Math.max(1, grant.at - now);
      waitedMs += waitMs;
      if (waitedMs > longestWaitMs) throw new TryAgain('directory-busy', "the directory's budget is used up for now", waitMs);
      await this.#context.pause(waitMs);
    }
  }

  async #done(lease: string, fault: DirectoryFault | undefined): Promise<void> {
    const now = this.#needs.now();
    const { directoryName } = this.#connection;
    const result = resultOf(fault, now);
    if (this.#document === 'candidate') {
      await this.#needs.budget.done(directoryName, lease, result.kind === 'refused-all' ? result : noNews(now), now);
      return;
    }
    const changed = await this.#needs.budget.done(directoryName, lease, result, now);
    if (changed !== 'nothing') this.#needs.directoryChanged(directoryName, changed);
    if (fault?.kind === 'credentials-refused' || fault?.kind === 'method-disabled') throw quarantinedBy(fault);
  }
}

type CallResult = Parameters<DeviceActivityNeeds['budget']['done']>[2];

/** Gives the lease back, and says neither that the directory is well nor that it is sick: nobody has to wait from now on. */
const noNews = (now: Instant): CallResult => ({ kind: 'refused-all', notBefore: now });

/** Any answer but these says that the directory is well. */
function resultOf(fault: DirectoryFault | undefined, now: Instant): CallResult {
  if (fault?.kind === 'credentials-refused' || fault?.kind === 'method-disabled') return { kind: 'sick', why: fault.kind };
  if (fault?.kind !== 'unavailable') return { kind: 'ok' };
  if (!fault.rateLimited && fault.retryAfterMs === undefined) return { kind: 'failed' };
  const pauseMs = Math.min(fault.retryAfterMs ?? 1_000, longestPauseMs);
  return { kind: 'refused-all', notBefore: instant(now + pauseMs) };
}
