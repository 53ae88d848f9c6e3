import { type Account, type Device } from '../core/account.ts';
import { type Command, field, isOperation, readCommand, type RequestBody, textField } from '../core/command.ts';
import { type Answer, decide, type Draws, type Given, pairDevice, type Pairing } from '../core/decide.ts';
import { type Decided, done, refusals, type Refusal, refuse } from '../core/refusals.ts';
import { deviceUuid, userDetails } from '../core/user-details.ts';
import { AccessTokens } from './access-tokens.ts';
import { type Call, Log } from './call-log.ts';
import { Counters } from './counters.ts';
import { Directory } from './directory.ts';
import { Faults } from './faults.ts';
import { type Dialect } from './operations.ts';
import { RateLimit } from './rate-limit.ts';
import { SeededDraws } from './seeded-draws.ts';
import { patched, type Settings, type SettingsPatch } from './settings.ts';

/** Written when the mobile app was refused for a device requirement (M37). */
export interface PolicyEvent {
  readonly n: number;
  readonly type: 'Pairing Details' | 'Authentication Details';
  readonly status: 'POLICY';
  readonly username: string;
  readonly deviceModel: string;
  readonly policiesNotMet: readonly unknown[];
  readonly time: string;
}

/** The answer to one operation, before it is put into an envelope. */
export interface ApiReply {
  readonly httpStatus: number;
  readonly errorId: number;
  readonly errorMsg: string;
  readonly extras: Readonly<Record<string, unknown>>;
}

/** What the log keeps of a request. */
export type CallSubject = Pick<Call, 'op' | 'username' | 'deviceId' | 'attributeName'>;

/** The simulated provider: accounts, settings, faults and logs, all in memory. No method waits, so each is one step. */
export class Simulator {
  readonly #start: Settings;
  readonly #clock: () => number;
  settings: Settings;
  directory = new Directory();
  calls = new Log<Call>(100_000);
  policyEvents = new Log<PolicyEvent>(100_000);
  faults = new Faults();
  readonly counters: Counters;
  readonly tokens = new AccessTokens();
  #rateLimits: Record<Dialect, RateLimit> = { pingid: new RateLimit(), pingone: new RateLimit() };
  #draws: SeededDraws;
  #errorBodies = 0;
  #innerErrors = 0;

  constructor(settings: Settings, seed: string, clock: () => number) {
    this.#start = settings;
    this.#clock = clock;
    this.settings = settings;
    this.counters = new Counters(clock());
    this.#draws = new SeededDraws(seed);
  }

  /** Back to the beginning, with the ids of `seed`. Settings stay, and so do access tokens: they are the clients'. */
  reset(seed: string): void {
    this.directory = new Directory();
    this.calls = new Log(100_000);
    this.policyEvents = new Log(100_000);
    this.faults = new Faults();
    this.counters.reset(this.#clock());
    this.#rateLimits = { pingid: new RateLimit(), pingone: new RateLimit() };
    this.#draws = new SeededDraws(seed);
    this.#errorBodies = 0;
    this.#innerErrors = 0;
  }

  change(patch: SettingsPatch): void {
    this.settings = patched(this.settings, patch);
  }

  /** Takes back what was set since the start. */
  resetSettings(): void {
    this.settings = this.#start;
  }

  now(): number {
    return this.#clock();
  }

  messageId(): string {
    return this.#draws.messageId();
  }

  /** A UUID for a message. */
  uuid(): string {
    return this.#draws.uuid();
  }

  draws(): Draws {
    return this.#draws.next((id) => this.directory.hasDevice(id));
  }

  given(): Given {
    const { deviceLimit, primaryAfterUnpair, duplicateDevices, disabledMethods } = this.settings;
    return {
      now: this.#clock(),
      draws: this.draws(),
      deviceLimit,
      primaryAfterUnpair,
      duplicateDevices,
      disabledMethods,
      isTaken: (key) => this.directory.isTaken(key),
    };
  }

  /** Takes one call of the tenant's rate limit, or says how many milliseconds are missing. */
  takeCall(dialect: Dialect): number | undefined {
    const { rateLimit } = this.settings;
    return rateLimit === null ? undefined : this.#rateLimits[dialect].take(rateLimit, this.#clock());
  }

  /** Does one operation of the classic API. */
  execute(op: string, body: RequestBody): ApiReply {
    if (!isOperation(op)) return refusalReply({ kind: 'operation-unknown' }, op);
    const command = readCommand(op, body);
    if (!command.ok) return refusalReply(command.refusal, op);
    const { username } = command.value;
    const outcome = decide(this.directory.find(username), command.value, this.given());
    this.directory.put(username, outcome.account);
    if (!outcome.answer.ok) return refusalReply(outcome.answer.refusal, op);
    return {
      httpStatus: 200,
      errorId: 200,
      errorMsg: 'ok',
      extras: this.#extras(command.value, outcome.answer.value, outcome.account),
    };
  }

  /** Pairs a device that the user brought, with the id that is wanted or a drawn one. */
  pair(
    username: string,
    pairing: Pairing,
    wanted: { readonly id?: bigint; readonly limit?: 'keep-limit' | 'ignore-limit' } = {},
  ): Decided<Device> {
    const account = this.directory.find(username);
    if (!account) return refuse('user-unknown');
    const given = this.given();
    const paired = pairDevice(account, pairing, {
      ...given,
      draws: wanted.id === undefined ? given.draws : { ...given.draws, deviceId: wanted.id },
      deviceLimit: wanted.limit === 'ignore-limit' ? Number.POSITIVE_INFINITY : given.deviceLimit,
    });
    if (!paired.ok) return paired;
    this.directory.put(username, paired.value.account);
    return done(paired.value.device);
  }

  show(account: Account) {
    const { emptyDeviceList, visibilityLagMs } = this.settings;
    const enrolledUntil = visibilityLagMs === 0 ? Number.POSITIVE_INFINITY : this.#clock() - visibilityLagMs;
    return userDetails(account, { emptyDeviceList, enrolledUntil });
  }

  record(
    subject: CallSubject,
    answer: { status: number | null; errorId: number | null; code?: string | undefined },
    fault?: string,
  ): void {
    const { status, errorId, code } = answer;
    this.calls.add({
      ...subject,
      status,
      errorId,
      ...(code !== undefined && { code }),
      ...(fault !== undefined && { fault }),
      time: new Date(this.#clock()).toISOString(),
    });
  }

  /** Whether the next error body is signed; deterministic. */
  signsNextError(): boolean {
    if (this.settings.errorBodies !== 'alternate') return this.settings.errorBodies === 'signed';
    this.#errorBodies += 1;
    return this.#errorBodies % 2 === 1;
  }

  /** The spelling of the next inner error; deterministic. */
  nextInnerErrorKey(): 'innerError' | 'innererror' {
    const { innerErrorKey } = this.settings.pingone;
    if (innerErrorKey !== 'alternate') return innerErrorKey;
    this.#innerErrors += 1;
    return this.#innerErrors % 2 === 1 ? 'innerError' : 'innererror';
  }

  #extras(command: Command, answer: Answer, account: Account | undefined): Record<string, unknown> {
    switch (answer.kind) {
      case 'plain':
        return {};
      case 'activated':
        return { activationCode: answer.activationCode ?? null };
      case 'user': {
        const details = { userDetails: account ? this.show(account) : null };
        return command.op === 'getuserdetails'
          ? { ...details, sameDeviceUsersDetails: [] }
          : { ...details, activationCode: answer.activationCode ?? null };
      }
      case 'paired':
        return { sessionId: answer.sessionId, deviceId: answer.device.id.toString(), deviceUuid: deviceUuid(answer.device.id) };
    }
  }
}

/** An error has the fields of the operation's answer too, with nothing in them. */
const emptyExtras: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  adduser: { userDetails: null, activationCode: null },
  edituser: { userDetails: null, activationCode: null },
  getuserdetails: { userDetails: null, sameDeviceUsersDetails: [] },
  activateuser: { activationCode: null },
  offlinepairing: { sessionId: null, deviceId: null, deviceUuid: null },
};

export function refusalReply({ kind, hint }: Refusal, op: string): ApiReply {
  const { httpStatus, errorId, text } = refusals[kind];
  return { httpStatus, errorId, errorMsg: hint === undefined ? text : `${text} ${hint}.`, extras: emptyExtras[op] ?? {} };
}

export function callSubject(op: string, body: RequestBody): CallSubject {
  const deviceId = textField(body, 'deviceid');
  const attributeName = field(body, 'attributename');
  return {
    op,
    username: textField(body, 'username') ?? null,
    ...(deviceId !== undefined && { deviceId }),
    ...(typeof attributeName === 'string' && { attributeName }),
  };
}
