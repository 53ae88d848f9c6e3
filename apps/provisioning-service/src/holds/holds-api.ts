import type {
  ConnectionRef,
  GuardStore,
  HeldUser,
  Hold,
  HoldId,
  PassId,
  PlanHash,
  SourceRecordStore,
  UserRef,
} from '@tallystick/devices-domain';
import type { Instant } from '@tallystick/kernel-core';
import { notFound, ProblemException } from '@tallystick/platform-http';
import type { Logger } from '@tallystick/platform-observability';
import type { Audit, Begin } from '../audit/audit.ts';
import type { Asking } from '../audit/changing.ts';
import type { ConnectionsApi } from '../connections/connections-api.ts';
import { type PassesApi, requestOf, stored } from '../passes/passes-api.ts';
import { viewOfHold } from './hold.documents.ts';

/** What the controller of holds needs, handed in by the composition root. */
export interface HoldsNeeds {
  readonly connections: Pick<ConnectionsApi, 'read' | 'mayApprove'>;
  readonly audit: Audit;
  readonly guards: Pick<GuardStore, 'list' | 'read' | 'users' | 'answer' | 'expired' | 'claimEnd' | 'endNoted' | 'told'>;
  readonly passes: Pick<PassesApi, 'find' | 'isUnderWay' | 'needs'>;
  /** Resolves when the engine has the wake-up. */
  readonly wake: (user: UserRef) => Promise<void>;
  /** In place of a wake-up that the engine did not take: a later sweep repeats it. */
  readonly remind: SourceRecordStore['remind'];
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  readonly now: () => Instant;
}

export interface Answer {
  readonly kind: 'approve' | 'reject';
  readonly hash: PlanHash;
  readonly reason: string;
}

const pageSize = 200;
const expiredAtOnce = 20;
const wakesAtOnce = 50;

/** What people say to holds, and whom it is told. */
export class HoldsApi {
  readonly needs: HoldsNeeds;
  constructor(needs: HoldsNeeds) {
    this.needs = needs;
  }

  async read(ref: ConnectionRef, id: HoldId): Promise<Hold> {
    const hold = await stored(this.needs.guards.read(ref, id));
    if (!hold) throw notFound();
    return hold;
  }

  /**
   * Approves or rejects exactly what the hash names, then tells who waits: the pass, or each user. The answer is in force before anybody is
   * told, so the same answer of the same person can be repeated when telling did not succeed.
   * @throws ProblemException 403 for who may not approve their own request, 409 when it is not open or another one by now
   */
  async answer(
    ref: ConnectionRef,
    id: HoldId,
    answer: Answer,
    asked: Pick<Asking, 'by'>,
    begin: Begin,
  ): Promise<{ readonly hold: Hold; readonly told: number }> {
    const { connections, guards, now, logger } = this.needs;
    const saved = await connections.read(ref);
    const { twoPeople } = saved.document.guards;
    if (answer.kind === 'approve' && !(await connections.mayApprove(saved, asked.by))) throw ownRequest();
    const seen = await this.read(ref, id);
    const { by } = await begin({
      ...{ connection: ref.connection, action: `${answer.kind}-hold`, subject: id, planId: answer.hash },
      ...(answer.kind === 'reject' && { urgent: true }),
      facts: { users: seen.users, because: seen.because, state: seen.state },
    });
    const result = await stored(guards.answer(ref, id, { ...answer, by, twoPeople }, now()));
    if (result === 'unknown') throw notFound();
    if (result === 'same-person') throw ownRequest();
    const hold = await this.read(ref, id);
    if (result === 'outdated') throw outdated(hold);
    if (result === 'not-open' && !isRepeated(hold, answer, by)) throw notOpen(hold);
    const { environment, connection } = ref;
    if (result === 'answered')
      logger.info({ environment, connection, hold: id, by, answer: answer.kind, users: hold.users }, 'a hold was answered');
    return { hold, told: await this.#tell(ref, hold) };
  }

  /**
   * Wakes who waited in a hold that nobody has answered in time: nothing of it was done, so what they need is judged anew, held anew where it
   * must be, and told as an outcome. @returns how many users
   */
  async wakeExpired(ref: ConnectionRef): Promise<number> {
    const { guards, now, logger } = this.needs;
    let woken = 0;
    for (const id of await stored(guards.expired(ref, expiredAtOnce, now()))) {
      const hold = await stored(guards.read(ref, id));
      if (hold && !(await this.#isNoted(ref, hold))) continue;
      const users = hold ? await this.#tell(ref, hold) : 0;
      await stored(guards.told(ref, id)); // last: who stops before it tells them again
      woken += users;
      logger.warn({ ...nameOf(ref), hold: id, users }, 'a hold is over that nobody answered; its users are looked at again');
    }
    return woken;
  }

  /**
   * Notes it, once however many look and however often waking is repeated; again only where the process died over it. False while another process
   * does: that one wakes its users.
   */
  async #isNoted(ref: ConnectionRef, { id, users, because }: Hold): Promise<boolean> {
    const { guards, now } = this.needs;
    const { environment, connection } = nameOf(ref);
    const whose = await stored(guards.claimEnd(ref, id, now()));
    if (whose !== 'yours') return whose === 'noted';
    await this.needs.audit.happened({
      ...{ environment, connection, action: 'expire-hold', subject: id, result: 'expired', facts: { users, because } },
      reason: 'nobody answered it in time',
    });
    await stored(guards.endNoted(ref, id));
    return true;
  }

  /** @returns how many users were woken; none where their pass goes on by itself */
  async #tell({ environment, connection }: ConnectionRef, hold: Hold): Promise<number> {
    const ref = { environment, connection };
    if (hold.pass !== undefined && (await this.#passGoesOn(ref, hold.pass as PassId))) return 0;
    let [told, cursor]: [number, string | undefined] = [0, undefined];
    do {
      const page: Awaited<ReturnType<GuardStore['users']>> = await stored(
        this.needs.guards.users(ref, hold.id, cursor, pageSize),
      );
      const waiting = page.users.filter(isWaiting).map(({ user }) => ({ ...ref, user }));
      await this.#wakeAll(waiting);
      told += waiting.length;
      cursor = page.next;
    } while (cursor !== undefined);
    return told;
  }

  async #passGoesOn(ref: ConnectionRef, pass: PassId): Promise<boolean> {
    const { passes } = this.needs;
    try {
      const found = await passes.find(ref, pass);
      if (!found || !(await passes.isUnderWay(found))) return false;
      return (await passes.needs.engine.holdAnswered(requestOf(found))) === 'told';
    } catch (error) {
      // One that is under way asks by itself every ten minutes; the same answer again tells the users of one that is not.
      this.needs.logger.warn({ ...ref, pass, err: error }, 'a pass could not be told that its hold was answered');
      return true;
    }
  }

  async #wakeAll(users: readonly UserRef[]): Promise<void> {
    const waiting = [...users];
    const worker = async (): Promise<void> => {
      for (let user = waiting.shift(); user; user = waiting.shift()) {
        const { wake, remind } = this.needs;
        await wake(user).catch(() => stored(remind(user)));
      }
    };
    await Promise.all(Array.from({ length: Math.min(wakesAtOnce, users.length) }, worker));
  }
}

const nameOf = ({ environment, connection }: ConnectionRef): ConnectionRef => ({ environment, connection });

const isWaiting = ({ state }: HeldUser): boolean => state === 'held' || state === 'approved' || state === 'rejected';

const isRepeated = (hold: Hold, { kind, reason }: Answer, by: string): boolean =>
  hold.state === (kind === 'approve' ? 'approved' : 'rejected') && hold.answeredBy === by && hold.reason === reason;

const ownRequest = (): ProblemException =>
  new ProblemException(
    'own-request',
    403,
    'A second person has to answer it',
    'The guards of this connection ask for two people, and you started the pass or saved the connection.',
  );

const outdated = (hold: Hold): ProblemException =>
  new ProblemException(
    'hold-outdated',
    409,
    'It is another one by now',
    'Users joined or left it since you looked. Look at it again, and answer what it is now.',
    { hold: viewOfHold(hold) },
  );

const notOpen = (hold: Hold): ProblemException =>
  new ProblemException('hold-not-open', 409, 'It is not open any more', `It is ${hold.state}.`, { hold: viewOfHold(hold) });
