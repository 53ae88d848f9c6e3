import type { EnvironmentId } from '@tallystick/kernel-core';
import { invalidRequest, notFound, type Principal, ProblemException } from '@tallystick/platform-http';
import {
  defaultRingSettings,
  type RotationRequest,
  rotationRequestProblems,
  type RotationStatus,
  type Segment,
  segmentName,
} from '@tallystick/tokens-domain';
import { UnreadableRecord } from '@tallystick/tokens-store-redis';
import type { Targets } from '../delivery/targets.ts';
import { outcomeUnknown, ringUnreadable, storeUnavailable } from '../http/problems.ts';
import { problemOfNote, type RingApi } from '../http/ring-api.ts';
import { type Commanded, type RotationEngine, RotationsAway } from './rotations.port.ts';

/** What somebody asks for; `asked`: all of it, where the facts for the audit are less. */
interface Deed {
  readonly action: string;
  readonly reason: string;
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly asked?: unknown;
}

/** What the controllers here share: expected failures become problems here and nowhere else. */
export class RotationsApi {
  readonly #rotations: RotationEngine | undefined;
  readonly rings: RingApi;
  readonly #targets: Pick<Targets, 'find'>;
  /** @param rotations undefined: this installation has no engine for them; everything else works. */
  constructor(rings: RingApi, targets: Pick<Targets, 'find'>, rotations: RotationEngine | undefined) {
    this.rings = rings;
    this.#targets = targets;
    this.#rotations = rotations;
  }

  /** @throws ProblemException with every sentence, when the request can not be carried out. */
  checkRequest(request: RotationRequest): void {
    checkRequest(request, this.#targets);
  }

  async ask<T>(call: (rotations: RotationEngine) => Promise<T>): Promise<T> {
    if (!this.#rotations)
      throw rotationsUnavailable('This installation does not carry out rotations: it has no address of Temporal.');
    try {
      return await call(this.#rotations);
    } catch (error) {
      if (error instanceof RangeError) throw invalidRequest('query', [{ message: error.message, path: ['cursor'] }]);
      if (!(error instanceof RotationsAway)) throw error;
      if (error.outcome === 'unknown') throw outcomeUnknown(error);
      throw rotationsUnavailable('Try again later. Tokens and revocations do not depend on it.', error);
    }
  }

  /**
   * Writes into the audit who asks for what, before it is asked for: what can not be audited is not done. Not before it is known that there is
   * an engine. Once for a key; `repeated`: the same request wrote it before. Where there is no ring yet there is no audit either; the first
   * step of a rotation makes both.
   */
  async note(
    { subject }: Principal,
    environment: EnvironmentId,
    segment: Segment,
    idempotencyKey: string,
    { action, reason, facts = {}, asked }: Deed,
  ): Promise<'noted' | 'repeated' | 'no-ring'> {
    if (!this.#rotations) await this.ask(() => Promise.resolve());
    const about = { action, reason, facts: { segment: segmentName(segment), ...facts }, asked };
    const outcome = await this.rings.needs.notes
      .write({ environment, actor: subject, idempotencyKey, ...about })
      .catch((cause: unknown) => {
        throw storeUnavailable(cause);
      });
    if (outcome.kind === 'no-ring') return 'no-ring';
    if (outcome.kind !== 'noted') throw problemOfNote(outcome);
    return outcome.isRepeated ? 'repeated' : 'noted';
  }

  /**
   * Whoever asked for a rotation does not open its gate alone, where settings ask for two people; nor who put the schedule that started it.
   * @throws ProblemException also when the settings can't be read.
   */
  async checkSecondPerson(
    { subject }: Principal,
    environment: EnvironmentId,
    { requestedBy }: Pick<RotationStatus, 'requestedBy'>,
  ): Promise<void> {
    const ring = await this.rings.needs.store.read(environment).catch((cause: unknown) => {
      throw cause instanceof UnreadableRecord ? ringUnreadable(cause) : storeUnavailable(cause);
    });
    if ((ring?.settings ?? defaultRingSettings).twoPeople && requestedBy === subject) throw ownRotation();
  }

  async status(environment: EnvironmentId, segment: Segment): Promise<RotationStatus> {
    const status = await this.ask((rotations) => rotations.status(environment, segment));
    if (!status) throw notFound();
    return status;
  }
}

const rotationsUnavailable = (detail: string, cause?: unknown): ProblemException =>
  new ProblemException(
    'rotations-unavailable',
    503,
    'Rotations can not be reached now',
    detail,
    {},
    cause === undefined ? {} : { headers: { 'retry-after': '5' }, cause },
  );

/** What stands against a request by the targets that there are: found before a token is made. */
function targetProblems({ environment, slots }: RotationRequest, targets: Pick<Targets, 'find'>): readonly string[] {
  return slots.flatMap(({ kind, id, target, platform }) => {
    if (kind !== 'target' || target === undefined || platform === 'any') return [];
    const configured = targets.find(environment, target);
    if (!configured) return [`${id}: there is no delivery target ${target}`];
    const { platforms } = configured.target.describe();
    return platforms.includes(platform) ? [] : [`${id}: the target ${target} has no slot for ${platform}`];
  });
}

/** @throws ProblemException with every sentence, when the request can not be carried out. */
function checkRequest(request: RotationRequest, targets: Pick<Targets, 'find'>): void {
  const problems = [...rotationRequestProblems(request), ...targetProblems(request, targets)];
  if (problems.length > 0)
    throw new ProblemException('rotation-not-possible', 422, 'It can not be done as asked', `${problems.join('; ')}.`, {
      problems,
    });
}

export const alreadyRotating = (): ProblemException =>
  new ProblemException(
    'already-rotating',
    409,
    'This segment is being rotated',
    'One rotation at a time. Look at it, wait for its end, or roll it back.',
  );

const ownRotation = (): ProblemException =>
  new ProblemException(
    'own-rotation',
    403,
    'A second person has to approve it',
    'In this environment two people have to agree, and you asked for this rotation.',
  );

export const timesRefused = (): ProblemException =>
  new ProblemException(
    'times-refused',
    422,
    'The times can not be read',
    'Correct the cron expressions: minute hour day month weekday.',
  );

export const slotNotOpen = (): ProblemException =>
  new ProblemException(
    'slot-not-open',
    409,
    'This slot has no value yet',
    'No value leaves before every validator accepts it. Wait until the slot is awaiting.',
  );

export function doneOf(commanded: Commanded): RotationStatus {
  switch (commanded.kind) {
    case 'done':
      return commanded.status;
    case 'refused':
      throw new ProblemException('rotation-refused', 409, 'The rotation does not take this now', commanded.sentence);
    case 'no-rotation':
      throw notFound();
  }
}
