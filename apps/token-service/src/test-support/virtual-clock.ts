import type { MonotonicClock } from '../propagation/clock.ts';

/** A clock that jumps to the next awaited moment as soon as nothing else is left to do. */
export class VirtualClock implements MonotonicClock {
  #now = 0;
  #sleepers: { readonly atMs: number; readonly wake: () => void }[] = [];

  nowMs(): number {
    return this.#now;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((wake) => {
      this.#sleepers.push({ atMs: this.#now + ms, wake });
      setImmediate(() => this.#wakeNext());
    });
  }

  #wakeNext(): void {
    const next = this.#sleepers.reduce((first, one) => (one.atMs < first.atMs ? one : first));
    this.#sleepers = this.#sleepers.filter((one) => one !== next);
    this.#now = Math.max(this.#now, next.atMs);
    next.wake();
  }
}
