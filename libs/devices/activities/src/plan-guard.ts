import {
  type AccountHash,
  countsOf,
  type GrantedPlan,
  guardedKinds,
  type GuardReason,
  type HoldId,
  type Intent,
  type NotedPlan,
  type ObservedUser,
  type Outcome,
  type Plan,
  type PlanHash,
  planText,
  redactPlan,
  type UserRef,
} from '@tallystick/devices-domain';
import { notePlan } from './note-plan.ts';
import type { DeviceActivityNeeds, ReconcileConnection } from './reconcile-connection.ts';

export type Permission =
  /** `granted`: counted in the window, or approved; to be remembered with the intent. */
  | { readonly kind: 'go'; readonly granted?: GrantedPlan }
  | {
      readonly kind: 'held';
      readonly because: NonNullable<Outcome['because']>;
      readonly hold: HoldId;
      readonly noted?: NotedPlan | undefined;
    };

/** Asks the guards of the connection before a plan's first write (ADR 5.9–5.11). */
export class PlanGuard {
  readonly #needs: DeviceActivityNeeds;
  readonly #connection: ReconcileConnection;
  readonly #user: UserRef;
  readonly #recordVersion: string;
  readonly #account: AccountHash;

  constructor(
    needs: DeviceActivityNeeds,
    connection: ReconcileConnection,
    user: UserRef,
    recordVersion: string,
    account: AccountHash,
  ) {
    this.#needs = needs;
    this.#connection = connection;
    this.#user = user;
    this.#recordVersion = recordVersion;
    this.#account = account;
  }

  async ask(plan: Plan, observed: ObservedUser, intent: Intent): Promise<Permission> {
    if (!isAsked(plan)) return { kind: 'go' };
    const counts = countsOf(plan);
    const granted = this.#grantOf(plan);
    if (intent.granted && covers(intent.granted, granted)) return { kind: 'go', granted: intent.granted };
    const { guards, now } = this.#needs;
    const { guards: settings } = this.#connection;
    const hash = this.hashOf(plan, observed);
    const users = await this.#connection.users();
    const reservation = await guards.reserve(this.#user, hash, counts, { settings, users }, now());
    if (reservation.kind === 'approved') return { kind: 'go', granted: { ...granted, approved: true } };
    if (reservation.kind === 'rejected')
      return { kind: 'held', because: 'rejected-by-a-person', hold: reservation.hold, noted: intent.noted };
    const because: GuardReason | undefined = reservation.kind === 'exceeded' ? reservation.because : plan.needs?.[0];
    if (because === undefined) return { kind: 'go', granted };
    if (reservation.kind === 'granted') await guards.release(this.#user, hash);
    const noted = await notePlan(this.#needs, this.#user, 'held', { hash, steps: plan.steps, because }, intent.noted);
    const held = { planHash: hash, counts, plan: redactPlan(plan) };
    const hold = await guards.hold(this.#user, held, { because, holdHours: settings.holdHours }, now());
    return { kind: 'held', because, hold, noted };
  }

  /** Of exactly this plan (ADR 5.10). */
  hashOf(plan: Plan, observed: ObservedUser): PlanHash {
    const versions = { connectionVersion: this.#connection.version, recordVersion: this.#recordVersion };
    const facts = { ...versions, account: this.#account, observed };
    return this.#needs.hashPlan(planText(facts, plan));
  }

  #grantOf({ steps, needs = [] }: Plan): GrantedPlan {
    const account = steps.map(({ kind }) => kind).find(isOfAccount);
    return {
      connectionVersion: this.#connection.version,
      recordVersion: this.#recordVersion,
      unpairs: steps.flatMap((step) => (step.kind === 'unpair' && step.reason !== 'pair-unfinished' ? [step.deviceId] : [])),
      ...(account && { account, of: this.#account }),
      needs,
    };
  }
}

/** A plan that takes nothing from anybody needs no asking. */
export function isAsked(plan: Plan): boolean {
  const counts = countsOf(plan);
  return plan.needs !== undefined || guardedKinds.some(([kind]) => counts[kind] > 0);
}

type OfAccount = NonNullable<GrantedPlan['account']>;
const ofAccount: ReadonlySet<string> = new Set<OfAccount>(['suspend-user', 'delete-user', 'rename-user', 'activate-user']);
/** No plan has two of them. */
const isOfAccount = (kind: string): kind is OfAccount => ofAccount.has(kind);

/** What a crash has left undone is still granted, and nothing more than that (R26). */
const covers = (granted: GrantedPlan, asked: GrantedPlan): boolean =>
  granted.connectionVersion === asked.connectionVersion &&
  granted.recordVersion === asked.recordVersion &&
  asked.unpairs.every((id) => granted.unpairs.includes(id)) &&
  (asked.account === undefined || (asked.account === granted.account && (granted.of ?? asked.of) === asked.of)) &&
  asked.needs.every((need) => granted.needs.includes(need));
