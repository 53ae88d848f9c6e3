import type { HoldId, PassStage } from '@tallystick/devices-domain';
import { holdAttribute, outcomeAttribute, type PassRequest } from '@tallystick/devices-workflow-api';
import {
  ApplicationFailure,
  CancellationScope,
  condition,
  patched,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { applyPage, closePass, holdState, judgePass, openPass, stagePass } from './full-pass-activities.ts';
import { planShards } from './full-pass-planning.ts';
import { passDetails, type PassLimits, type PassProgress } from './full-pass-state.ts';

// eslint-disable-next-line no-restricted-properties -- in the sandbox this is the workflow's own time, the same at each replay
const now = (): number => Date.now();

/** One run of the workflow: what it knows, what it is told, and the stages that it goes through. */
export class PassRun {
  progress: PassProgress | undefined;
  cancelled = false;
  readonly #request: PassRequest;
  readonly #limits: PassLimits;
  /** Asked once, at the start: a run is of the one kind or of the other. */
  readonly #counts = patched('counted-activities');
  #begun = 0;
  #underWay = 0;
  #answered = false;
  #ended: PassStage | undefined;
  #told: PassStage | undefined;
  #staging: Promise<void> = Promise.resolve();

  constructor(request: PassRequest, limits: PassLimits, carried: PassProgress | undefined) {
    this.#request = request;
    this.#limits = limits;
    this.progress = carried;
    this.#tell();
  }

  answer(): void {
    this.#begun += 1;
    this.#answered = true;
  }

  cancel(): void {
    this.cancelled = true;
  }

  /** True once a cancelled pass has had its time to end; false when it has ended what was under way. */
  async graceIsOver(): Promise<boolean> {
    await condition(() => this.cancelled);
    return !(await condition(() => this.#underWay === 0, this.#limits.graceMs));
  }

  assertMayPause(): void {
    const { stage } = this.progress ?? {};
    if (this.#isPaused()) throw refused('the pass is paused already');
    if ((stage !== 'planning' && stage !== 'applying') || this.cancelled || this.#ended)
      throw refused('nothing is under way that could be paused');
  }

  async pause(): Promise<PassStage> {
    this.#begun += 1;
    this.#change({ pausedAt: now() });
    await condition(() => this.#underWay === 0 || !this.#isPaused() || this.cancelled);
    if (this.#isPaused()) await this.#stage();
    return this.#shown();
  }

  assertMayResume(): void {
    if (!this.#isPaused() || this.cancelled || this.#ended) throw refused('the pass is not paused');
  }

  async resume(): Promise<PassStage> {
    this.#begun += 1;
    const { pausedAt = 0, ...going } = this.progress!;
    this.progress = { ...going, since: going.since + (now() - pausedAt) };
    this.#tell();
    const { stage } = going;
    await this.#stage();
    return stage;
  }

  /** From where it is to its end; undefined when this run is over before. */
  async go(): Promise<PassStage | undefined> {
    if (!this.progress) {
      const opened = await this.#counted(() => openPass(this.#request));
      if (opened === 'missing') return 'failed';
      const { shards, users } = opened;
      this.progress = { stage: 'planning', users, shards, pages: [], planned: 0, applied: 0, woken: 0, since: now() };
      this.#tell();
    }
    while (!this.#isOver()) {
      const end = await this.#next(this.progress);
      if (end) return end;
    }
    return undefined;
  }

  async close(end: PassStage): Promise<void> {
    this.#ended = end;
    await this.#staging;
    await closePass(this.#request, end);
    this.#tell();
  }

  async #next({ stage, shards, pages, hold }: PassProgress): Promise<PassStage | undefined> {
    if (stage === 'planning' && shards.length + pages.length > 0) return this.#plan();
    if (stage === 'planning') return this.#judge();
    return stage === 'held' ? this.#waitForAnswer(hold!) : this.#apply();
  }

  async #plan(): Promise<undefined> {
    const left = { shards: [...this.progress!.shards], pages: [...this.progress!.pages] };
    try {
      await planShards(this.#request, this.#limits.sideBySide, {
        take: () => {
          const shard = left.pages.length > 0 ? undefined : left.shards.shift();
          return shard === undefined ? left.pages.shift() : { shard, number: 0 };
        },
        giveBack: (page) => left.pages.push(page),
        isPaused: () => this.#isPaused(),
        isOver: () => this.#isOver(),
        begun: () => this.#begins(),
        ended: (users = 0) => {
          this.#underWay -= 1;
          this.#change({ planned: this.progress!.planned + users });
        },
      });
    } finally {
      this.#change(left);
    }
  }

  async #judge(): Promise<PassStage | undefined> {
    const verdict = await this.#counted(() => judgePass(this.#request));
    if (verdict.kind === 'finished') return 'done';
    if (verdict.kind === 'apply') return this.#enters('applying');
    this.#change({ stage: 'held', hold: verdict.hold }); // the record says so already
    return undefined;
  }

  async #waitForAnswer(hold: HoldId): Promise<PassStage | undefined> {
    while (!this.#isOver()) {
      this.#answered = false;
      this.#begun += 1;
      const state = await holdState(this.#request, hold);
      if (state === 'approved') return this.#enters('applying');
      if (state !== 'open') return 'rejected';
      await condition(() => this.#answered || this.cancelled, this.#limits.askHoldEveryMs);
    }
    return undefined;
  }

  async #apply(): Promise<PassStage | undefined> {
    for (;;) {
      await condition(() => !this.#isPaused() || this.#isOver());
      if (this.#isOver()) return undefined;
      const { applyCursor, applied, woken } = this.progress!;
      const page = await this.#counted(() => applyPage(this.#request, applyCursor, applied));
      const { next } = page;
      const sums = { applied: applied + page.applied, woken: woken + page.users };
      this.#change({ ...sums, ...(next !== undefined && { applyCursor: next }) });
      if (next === undefined) return 'done';
    }
  }

  async #enters(stage: PassProgress['stage']): Promise<undefined> {
    this.#change({ stage });
    await this.#stage();
  }

  /** One after the other, each with what is shown by then, so that the record never shows what is over. */
  #stage(): Promise<void> {
    this.#staging = this.#staging.then(() =>
      CancellationScope.nonCancellable(async () => {
        if (this.#ended) return;
        this.#begun += 1;
        await stagePass(this.#request, this.#shown());
      }),
    );
    return this.#staging;
  }

  #begins(): void {
    this.#begun += 1;
    this.#underWay += 1;
  }

  async #counted<T>(work: () => Promise<T>): Promise<T> {
    this.#begins();
    try {
      return await work();
    } finally {
      this.#underWay -= 1;
    }
  }

  #isPaused(): boolean {
    return this.progress?.pausedAt !== undefined;
  }

  /**
   * Nothing else is begun in this run: a history that grew too long makes every task of its workflow slow. It is not asked for its length:
   * a worker that first hears of a run by a question, while an event waits for its task, is told another one than at every later replay,
   * and a run that ended by it could never be replayed and stood still.
   */
  #isOver(): boolean {
    if (this.#counts) return this.cancelled || this.#begun >= this.#limits.begun;
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    return this.cancelled || historyLength >= this.#limits.historyEvents || continueAsNewSuggested;
  }

  #shown(): PassStage {
    if (this.#ended) return this.#ended;
    return this.#isPaused() ? 'paused' : (this.progress?.stage ?? 'planning');
  }

  #change(by: Partial<PassProgress>): void {
    if (this.progress) this.progress = { ...this.progress, ...by };
    this.#tell();
  }

  /** Words of closed lists, numbers and an id: nothing of a person. */
  #tell(): void {
    const shown = this.#shown();
    if (this.progress) setCurrentDetails(passDetails(this.#request.kind, this.progress, shown, now()));
    if (this.#told === shown) return;
    this.#told = shown;
    upsertSearchAttributes([
      { key: outcomeAttribute, value: shown },
      { key: holdAttribute, value: this.progress?.hold ?? null },
    ]);
  }
}

const refused = (message: string): ApplicationFailure => ApplicationFailure.nonRetryable(message, 'not-now');
