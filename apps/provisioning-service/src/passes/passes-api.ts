import { createHash } from 'node:crypto';
import type {
  ConnectionDocument,
  ConnectionRef,
  GuardStore,
  Pass,
  PassId,
  PassKind,
  PassStore,
} from '@tallystick/devices-domain';
import type { PassRequest } from '@tallystick/devices-workflow-api';
import type { Instant } from '@tallystick/kernel-core';
import { notFound } from '@tallystick/platform-http';
import type { Logger } from '@tallystick/platform-observability';
import type { Audit, Begin } from '../audit/audit.ts';
import type { Asking } from '../audit/changing.ts';
import type { ConnectionsApi } from '../connections/connections-api.ts';
import { ask, askFirst, EngineAway } from './engine-away.ts';
import { isOver } from './estimate-end.ts';
import type { PassEngine, PassSchedules } from './pass-engine.port.ts';
import {
  alreadyRunning,
  candidateOfPass,
  keyReused,
  notCancellable,
  notNow,
  storeUnavailable,
  tooManyPreviews,
} from './pass-problems.ts';

/** What the controllers of passes need, handed in by the composition root. */
export interface PassesNeeds {
  readonly connections: ConnectionsApi;
  readonly audit: Audit;
  readonly passes: Pick<PassStore, 'open' | 'candidate' | 'update' | 'read' | 'list' | 'entries'>;
  /** How many users a connection has. */
  readonly usersOf: (ref: ConnectionRef) => Promise<number>;
  readonly engine: PassEngine;
  readonly schedules: PassSchedules;
  readonly guards: Pick<GuardStore, 'cancel'>;
  readonly logger: Pick<Logger, 'info'>;
  readonly now: () => Instant;
}

export interface NewPass {
  readonly kind: PassKind;
  /** In place of the saved document. */
  readonly document?: object;
}

const listed = 50;
const mostPreviews = 3;

/** What the controllers of passes share: expected failures become problems here. */
export class PassesApi {
  readonly needs: PassesNeeds;
  constructor(needs: PassesNeeds) {
    this.needs = needs;
  }

  /** Starts one, or answers the one that the same request with the same key has started. */
  async start(
    ref: ConnectionRef,
    { kind, document: given }: NewPass,
    { by, key }: Pick<Asking, 'by' | 'key'>,
    begin: Begin,
  ): Promise<Pass> {
    const { connections, passes, engine, logger, now } = this.needs;
    if (given && kind === 'pass') throw candidateOfPass();
    const saved = await connections.read(ref);
    const candidate = given && (await connections.usable(ref, given, saved)).document;
    const id = idOfKey(ref, by, key);
    const request: PassRequest = { environment: ref.environment, connection: ref.connection, kind, pass: id };
    const before = await this.find(ref, id);
    if (before) {
      const kept = await stored(passes.candidate(ref, id));
      if (before.kind !== kind || !sameDocument(kept, candidate)) throw keyReused();
      if (isOver(before)) return before;
    }
    if (kind === 'pass') {
      const running = await ask(engine.running(ref));
      if (running && running.pass !== id) throw alreadyRunning(running.pass ?? (await this.#newestActive(ref))?.id);
      if (running) return this.read(ref, id);
    }
    if (!before && kind !== 'pass') await this.#checkPreviews(ref);
    const noted = await begin({
      ...{ connection: ref.connection, action: 'start-pass', subject: id },
      ...(candidate && { after: candidate }),
      facts: { kind, connectionVersion: candidate ? 0 : saved.version },
    });
    if (!before) {
      const opened = { ...request, id, stage: 'planning', startedBy: noted.by, startedAt: now() } as const;
      const { pass: _pass, ...record } = opened;
      const users = await stored(this.needs.usersOf(ref));
      await stored(passes.open({ ...record, users, connectionVersion: candidate ? 0 : saved.version }, candidate));
    }
    await this.#begin(request, before !== undefined);
    logger.info({ environment: ref.environment, connection: ref.connection, pass: id, kind, by }, 'a pass was started');
    return this.read(ref, id);
  }

  /** They share the slots of all environments' passes, so one environment must not fill them. */
  async #checkPreviews(ref: ConnectionRef): Promise<void> {
    const underWay = (await this.list(ref, listed)).filter((pass) => pass.kind !== 'pass' && !isOver(pass));
    if (underWay.length >= mostPreviews) throw tooManyPreviews(underWay[0]!.id);
  }

  async #begin(request: PassRequest, isRepeated: boolean): Promise<void> {
    const { engine, passes, now } = this.needs;
    const over = async (): Promise<void> => {
      if (!isRepeated) await stored(passes.update(request, request.pass, { stage: 'failed', endedAt: now() }));
    };
    try {
      if ((await engine.start(request)) === 'started') return;
    } catch (error) {
      if (error instanceof EngineAway && error.outcome === 'not-done') await over();
      return ask(Promise.reject(error as Error));
    }
    const running = await ask(engine.running(request));
    if (running?.pass === request.pass) return; // the same request, twice at one time
    await over();
    throw alreadyRunning(running?.pass ?? (await this.#newestActive(request))?.id);
  }

  async read(ref: ConnectionRef, id: PassId): Promise<Pass> {
    const pass = await this.find(ref, id);
    if (!pass) throw notFound();
    return pass;
  }

  find(ref: ConnectionRef, id: PassId): Promise<Pass | undefined> {
    return stored(this.needs.passes.read(ref, id));
  }

  list(ref: ConnectionRef, limit: number): Promise<readonly Pass[]> {
    return stored(this.needs.passes.list(ref, limit));
  }

  /**
   * `again`: the same request was begun before, and its answer was lost. What it asked for may be so already: then it is answered as done.
   * @returns whether it is done, or only taken up so far
   */
  async command(
    ref: ConnectionRef,
    id: PassId,
    command: 'pause' | 'resume',
    { by, key }: Pick<Asking, 'by' | 'key'>,
    begin: Begin,
    again: boolean,
  ): Promise<'done' | 'accepted' | 'done-before'> {
    const pass = await this.read(ref, id);
    const isUnderWay = await this.isUnderWay(pass);
    if (!isUnderWay && !(again && wasSo(pass, command))) throw notNow(`the pass is over: ${pass.stage}`);
    await begin({
      ...{ connection: ref.connection, action: `${command}-pass`, subject: id },
      ...(command === 'pause' && { urgent: true }),
    });
    if (!isUnderWay) return 'done-before';
    const commanded = await askFirst(this.needs.engine.command(requestOf(pass), command, idOfKey(ref, by, key)));
    if (commanded.kind === 'refused' && again && isSo(await this.read(ref, id), command)) return 'done-before';
    if (commanded.kind === 'not-running' && again && wasSo(await this.read(ref, id), command)) return 'done-before';
    if (commanded.kind === 'refused') throw notNow(commanded.sentence);
    if (commanded.kind === 'not-running') throw notNow('the pass is over');
    this.#note(pass, by, command);
    return commanded.kind;
  }

  /** One whose workflow is gone is closed at once, and its hold with it. `again`: as for a command. */
  async cancel(
    ref: ConnectionRef,
    id: PassId,
    begin: Begin,
    again: boolean,
  ): Promise<{ readonly pass: Pass; readonly result?: 'done-before' }> {
    const { engine, passes, guards, now } = this.needs;
    const pass = await this.read(ref, id);
    if (isOver(pass) && !(again && pass.stage === 'cancelled')) throw notCancellable(pass.stage);
    const { by } = await begin({ connection: ref.connection, action: 'cancel-pass', subject: id, urgent: true });
    if (isOver(pass)) return { pass, result: 'done-before' };
    const asked = (await this.isUnderWay(pass)) ? await askFirst(engine.cancel(requestOf(pass))) : 'not-running';
    this.#note(pass, by, 'cancel');
    if (asked === 'not-running') {
      await stored(guards.cancel(ref, id, now()));
      await stored(passes.update(ref, id, { stage: 'cancelled', endedAt: now() }));
    }
    return { pass: await this.read(ref, id) };
  }

  /** Passes of a connection share one workflow id: what is asked of a pass that is gone must not reach another. */
  async isUnderWay(pass: Pass): Promise<boolean> {
    if (isOver(pass)) return false;
    if (pass.kind !== 'pass') return true;
    const running = await askFirst(this.needs.engine.running(pass));
    return running !== undefined && (running.pass ?? (await this.#newestActive(pass))?.id) === pass.id;
  }

  async #newestActive(ref: ConnectionRef): Promise<Pass | undefined> {
    return (await this.list(ref, listed)).find((pass) => pass.kind === 'pass' && !isOver(pass));
  }

  #note({ environment, connection, id }: Pass, by: string, what: string): void {
    this.needs.logger.info({ environment, connection, pass: id, by, what }, 'a pass was told something');
  }
}

/** What a command asks for is how a pass is that is under way. */
const isSo = (pass: Pass, command: 'pause' | 'resume'): boolean =>
  command === 'pause' ? pass.stage === 'paused' : pass.stage !== 'paused' && (pass.stage === 'done' || !isOver(pass));

/** The same of one that is not: only what runs is ever done, and a pause can be cancelled, or fail. */
const wasSo = ({ stage }: Pass, command: 'pause' | 'resume'): boolean => stage === (command === 'pause' ? 'paused' : 'done');

export const requestOf = ({ environment, connection, kind, id }: Pass): PassRequest => ({
  environment,
  connection,
  kind,
  pass: id,
});

/** The same key of the same person names the same pass; it can't be found out from the id. */
const idOfKey = ({ environment, connection }: ConnectionRef, subject: string, key: string): PassId =>
  createHash('sha256')
    .update(JSON.stringify([environment, connection, subject, key]))
    .digest('hex')
    .slice(0, 32) as PassId;

const sameDocument = (a: ConnectionDocument | undefined, b: ConnectionDocument | undefined): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

export const stored = <T>(call: Promise<T>): Promise<T> => call.catch(storeUnavailable);
