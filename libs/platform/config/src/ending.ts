/** Ends something that a start has opened. */
type Stop = () => unknown;

/** What an ending and its groups have in common. */
interface Whole {
  readonly abort: AbortController;
  /** Stops of what was opened after the end had begun. */
  readonly late: Set<Promise<unknown>>;
}

interface Step {
  readonly name: string;
  readonly stop: Stop;
  readonly inside?: Ending;
}

/** Thrown into a start that goes on after the end has begun. What it had just opened is ended. */
export class EndingHasBegun extends Error {
  override readonly name = 'EndingHasBegun';
}

/**
 * What a start has opened so far, to be ended last first, also where the start itself did not get to its end. A step that fails does not keep
 * the others from being ended.
 */
export class Ending {
  readonly #steps: Step[] = [];
  readonly #open = new Set<Step>();
  readonly #order: 'last-first' | 'at-once';
  readonly #whole: Whole;
  #end: Promise<void> | undefined;

  constructor(order: 'last-first' | 'at-once' = 'last-first', whole: Whole = { abort: new AbortController(), late: new Set() }) {
    this.#order = order;
    this.#whole = whole;
  }

  /** Aborted when the end begins: what is waited for can be given up. */
  get signal(): AbortSignal {
    return this.#whole.abort.signal;
  }

  /** What is being ended and has not ended yet. */
  get open(): readonly string[] {
    return [...this.#open].flatMap(({ name, inside }) => (inside?.open.length ? inside.open : [name]));
  }

  /**
   * Call it right after something was opened, with what ends it: that must do no harm where it was opened and never started.
   * @throws EndingHasBegun when the end has begun; `stop` is called all the same.
   */
  add(name: string, stop: Stop): void {
    const step = { name, stop };
    if (!this.signal.aborted) return void this.#steps.push(step);
    const stopping = this.#run(step);
    stopping.catch(() => undefined); // told by `end`
    this.#whole.late.add(stopping);
    throw new EndingHasBegun(`${name}: the process is already ending`);
  }

  /** One step that has steps of its own. */
  group(name: string, order: 'last-first' | 'at-once'): Ending {
    const inside = new Ending(order, this.#whole);
    this.#steps.push({ name, stop: () => inside.end(), inside });
    return inside;
  }

  /** From now on nothing can be added. */
  begin(): void {
    this.#whole.abort.abort(new EndingHasBegun('the process is already ending'));
  }

  /** Ends everything; a second call waits for the first. @throws AggregateError with the faults of all steps that failed, each by its name. */
  end(): Promise<void> {
    this.begin();
    return (this.#end ??= this.#endAll());
  }

  async #endAll(): Promise<void> {
    const faults: unknown[] = [];
    const note = (error: unknown): void => void faults.push(error);
    const steps = [...this.#steps].reverse();
    if (this.#order === 'at-once') await Promise.all(steps.map((step) => this.#run(step).catch(note)));
    else for (const step of steps) await this.#run(step).catch(note);
    for (const { late } = this.#whole; late.size > 0;) {
      const some = [...late];
      late.clear();
      await Promise.all(some.map((stopping) => stopping.catch(note)));
    }
    if (faults.length > 0) throw new AggregateError(faults, faults.map((fault) => (fault as Error).message).join('; '));
  }

  async #run(step: Step): Promise<void> {
    this.#open.add(step);
    try {
      await step.stop();
    } catch (error) {
      throw new Error(`${step.name} did not end well: ${error instanceof Error ? error.message : 'unknown fault'}`, {
        cause: error,
      });
    } finally {
      this.#open.delete(step);
    }
  }
}
