import {
  countsOf,
  type GrantedPlan,
  type GuardReason,
  type HoldId,
  type Intent,
  type ObservedUser,
  type Outcome,
  type Plan,
  type PlanHash,
  planText,
  redactPlan,
  type UserRef,
} from '@tallystick/devices-domain';
import type { DeviceActivityNeeds, ReconcileConnection } from './reconcile-connection.ts';

export type Permission =
  /** `granted`: to be remembered with the intent. `reserved`: counted in the window, to be given back if nothing is written. */
  | { readonly kind: 'go'; readonly granted?: GrantedPlan; readonly reserved?: PlanHash }
  | { readonly kind: 'held'; readonly because: NonNullable<Outcome['because']>; readonly hold: HoldId };

/** Asks the guards of the connection before a plan's first write (ADR 5.9–5.11). A plan that takes nothing from anybody needs no asking. */
export class PlanGuard {
  readonly #needs: DeviceActivityNeeds;
  readonly #connection: ReconcileConnection;
  readonly #user: UserRef;
  readonly #recordVersion: string;

  constructor(needs: DeviceActivityNeeds, connection: ReconcileConnection, user: UserRef, recordVersion: string) {
    this.#needs = needs;
    this.#connection = connection;
    this.#user = user;
    this.#recordVersion = recordVersion;
  }

  async ask(plan: Plan, observed: ObservedUser, intent: Intent): Promise<Permission> {
    const counts = countsOf(plan);
    const takes = counts.deletions + counts.suspensions + counts.removals + counts.replacements > 0;
    if (!takes && !plan.needs) return { kind: 'go' };
    const granted = this.#grantOf(plan);
    if (intent.granted && covers(intent.granted, granted)) return { kind: 'go', granted: intent.granted };
    const { guards, hashPlan, now } = this.#needs;
    const { version, guards: settings } = this.#connection;
    const hash = hashPlan(planText({ connectionVersion: version, recordVersion: this.#recordVersion, observed }, plan));
    const users = await this.#connection.users();
    const reservation = await guards.reserve(this.#user, hash, counts, { settings, users }, now());
    if (reservation.kind === 'approved') return { kind: 'go', granted: { ...granted, approved: true } };
    if (reservation.kind === 'rejected') return { kind: 'held', because: 'rejected-by-a-person', hold: reservation.hold };
    const because: GuardReason | undefined = reservation.kind === 'exceeded' ? reservation.because : plan.needs?.[0];
    if (because === undefined) return { kind: 'go', granted, reserved: hash };
    if (reservation.kind === 'granted') await guards.release(this.#user, hash);
    const held = { planHash: hash, counts, plan: redactPlan(plan) };
    const hold = await guards.hold(this.#user, held, { because, holdHours: settings.holdHours }, now());
    return { kind: 'held', because, hold };
  }

  /** Nothing was written of it. */
  async giveBack(hash: PlanHash): Promise<void> {
    await this.#needs.guards.release(this.#user, hash);
  }

  #grantOf({ steps, needs = [] }: Plan): GrantedPlan {
    const account = steps.find(({ kind }) => kind === 'suspend-user' || kind === 'delete-user')?.kind;
    return {
      connectionVersion: this.#connection.version,
      recordVersion: this.#recordVersion,
      unpairs: steps.flatMap((step) => (step.kind === 'unpair' && step.reason !== 'pair-unfinished' ? [step.deviceId] : [])),
      ...(account === 'suspend-user' || account === 'delete-user' ? { account } : {}),
      needs,
    };
  }
}

/** What a crash has left undone is still granted, and nothing more than that (R26). */
const covers = (granted: GrantedPlan, asked: GrantedPlan): boolean =>
  granted.connectionVersion === asked.connectionVersion &&
  granted.recordVersion === asked.recordVersion &&
  asked.unpairs.every((id) => granted.unpairs.includes(id)) &&
  (asked.account === undefined || asked.account === granted.account) &&
  asked.needs.every((need) => granted.needs.includes(need));
