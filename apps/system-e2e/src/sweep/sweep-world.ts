import { join, resolve } from 'node:path';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import { type Dialect, differences, type WantedAccount, wantedAccount } from '../proof/wanted-account.ts';
import { createFeed, type Feed } from '../system/feed.ts';
import { ProvisioningClient } from '../system/provisioning-client.ts';
import { SeenDirectory } from '../system/seen-directory.ts';
import { ampleBudget, startSystem, type System } from '../system/system.ts';
import { waitUntil } from '../system/wait-until.ts';
import { type OutcomeWatch, watchOutcomes } from '../system/watch-outcomes.ts';
import { type HeldPoint, tellPoint } from './points.ts';
import { type ConnectionKind, kinds, type Scenario } from './scenarios.ts';

export const dialects = ['pingid', 'pingone'] as const satisfies readonly Dialect[];
const kindNames = Object.keys(kinds) as ConnectionKind[];
const nameOf = (kind: ConnectionKind, dialect: Dialect): string => `${kind}-${dialect}`;

/** A scenario, lived by one person. */
export interface Story {
  readonly scenario: Scenario;
  readonly dialect: Dialect;
  readonly number: number;
}
const idOf = ({ number }: Story): string => `key-${number}`;
export const usernameOf = ({ number }: Story): string => `person-${number}`;
/** The name at the end: another one where the account follows. */
const lastNameOf = ({ scenario, number }: Story): string => scenario.then(number)?.username ?? `person-${number}`;
export const tellStory = ({ scenario, dialect }: Story): string => `${scenario.name} (${dialect})`;
const rulesOf = ({ scenario, dialect }: Story) => ({ ...kinds[scenario.kind].rules, dialect });

/** A person at a point at which the worker is to die. */
export interface AtPoint {
  readonly point: HeldPoint;
  readonly one: Story;
}
/** What the simulator is told, so that each of these calls hangs. */
export const faultsFor = (round: readonly AtPoint[]) =>
  round.map(({ point, one }) => ({ op: '*', kind: point.fault, skip: point.call, username: point.username(one.number) }));

/** The devices half with every kind of connection in both dialects, and what a sweep needs to see and to do. */
export class SweepWorld {
  readonly system: System;
  readonly directory: SeenDirectory;
  readonly outcomes: OutcomeWatch;
  readonly #feed: Feed;
  readonly #clients: ReadonlyMap<string, ProvisioningClient>;
  #people = 0;

  private constructor(system: System, feed: Feed, outcomes: OutcomeWatch, clients: ReadonlyMap<string, ProvisioningClient>) {
    this.system = system;
    this.directory = new SeenDirectory(system.url('directory-simulator'));
    this.outcomes = outcomes;
    this.#feed = feed;
    this.#clients = clients;
  }

  static async start(name: string): Promise<SweepWorld> {
    const root = resolve(import.meta.dirname, '../../../..');
    const environment = uniqueName(name).toLowerCase();
    const { redis, kafka, temporal, oidc } = endpoints();
    const servers = { redis, kafka: kafka.join(','), temporal, oidc };
    const system = await startSystem({
      ...{ root, servers, environment, halves: ['devices'], validators: 0, deviceLimit: 9 },
      folder: join(root, '.stack', 'test', name),
      env: { 'temporal-worker': { WORKER_CALL_TIMEOUT: '12s' }, 'provisioning-service': { PROVISIONING_SWEEP_INTERVAL: '1s' } },
      connections: (file, pingone) =>
        kindNames.flatMap((kind) =>
          dialects.map((dialect) => ({
            environment,
            connection: nameOf(kind, dialect),
            source: { topic: `${environment}.${nameOf(kind, dialect)}`, format: { kind: 'json' } },
            directory: dialect === 'pingid' ? { kind: 'pingid', properties: { file } } : pingone,
            mapping: {
              userName: { attribute: 'username' },
              fName: { attribute: 'given' },
              mfaEmail1: { attribute: 'mail' },
              mfaSms1: { attribute: 'mobile' },
              mfaVoice1: { attribute: 'desk' },
            },
            enabled: 'source.enabled != false',
            guards: { enabled: false },
            visibilityWindowMs: 500,
            budget: ampleBudget,
            ...kinds[kind].settings,
          })),
        ),
    });
    const clients = new Map<string, ProvisioningClient>();
    for (const kind of kindNames)
      for (const dialect of dialects) {
        const name = nameOf(kind, dialect);
        clients.set(name, await ProvisioningClient.as(system, name, { account: 'sweep', roles: ['operator'] }));
      }
    return new SweepWorld(system, createFeed(servers.kafka), await watchOutcomes(servers.kafka, environment), clients);
  }

  async stop(): Promise<void> {
    await this.outcomes.stop();
    await this.#feed.close();
    await this.system.stop();
  }

  story(scenario: Scenario, dialect: Dialect): Story {
    return { scenario, dialect, number: (this.#people += 1) };
  }

  clientOf({ scenario, dialect }: Pick<Story, 'scenario' | 'dialect'>): ProvisioningClient {
    return this.#clients.get(nameOf(scenario.kind, dialect))!;
  }

  userOf(one: Story) {
    return this.clientOf(one).userOf(idOf(one));
  }

  async outcomeOf(one: Story) {
    return (await this.userOf(one)).outcome;
  }

  async send(stories: readonly Story[], which: 'first' | 'then'): Promise<void> {
    for (const kind of kindNames)
      for (const dialect of dialects) {
        const records = stories
          .filter((one) => one.scenario.kind === kind && one.dialect === dialect && one.scenario[which])
          .map((one) => {
            const person = one.scenario[which]!(one.number);
            return { key: idOf(one), value: person && JSON.stringify({ id: idOf(one), ...person }) };
          });
        await this.#feed.send(`${this.system.options.environment}.${nameOf(kind, dialect)}`, records);
      }
  }

  /** Sets the scene: accounts as they are, and first records that are worked on. */
  async prepare(stories: readonly Story[]): Promise<void> {
    const accounts = stories.flatMap((one) => {
      const account = one.scenario.account?.(one.number, one.dialect);
      return account ? [{ username: usernameOf(one), mfaEnabled: true, ...account }] : [];
    });
    await this.directory.reset({ users: accounts });
    await this.directory.setFaults([]);
    await this.send(stories, 'first');
    for (const one of stories.filter(({ scenario }) => scenario.first))
      await waitUntil(`the first record of ${usernameOf(one)}`, async () => (await this.outcomeOf(one)) !== null);
  }

  /** What must be in the end, from what is there now and what is told next. */
  async wantedFor(stories: readonly Story[]): Promise<ReadonlyMap<Story, WantedAccount>> {
    const wanted = new Map<Story, WantedAccount>();
    for (const one of stories)
      wanted.set(one, wantedAccount(await this.directory.user(usernameOf(one)), one.scenario.then(one.number), rulesOf(one)));
    return wanted;
  }

  async callsOf(since: number, one: Story) {
    return (await this.directory.calls(since)).filter(({ username }) => [usernameOf(one), lastNameOf(one)].includes(username));
  }

  async differencesOf(one: Story, wanted: WantedAccount): Promise<readonly string[]> {
    return differences(await this.directory.user(lastNameOf(one)), wanted);
  }

  /** Everything as it must be, and said so by an outcome after the record that was worked on. */
  async settled(one: Story, wanted: WantedAccount, before: string | undefined): Promise<void> {
    let found: readonly string[] = [];
    await waitUntil(
      `${tellStory(one)} to be as it must be`,
      async () => {
        const outcome = await this.outcomeOf(one);
        found = await this.differencesOf(one, wanted);
        // `partial`: what was planned anew after the crash had only a finding left, as an account that is left as it is (P29)
        const isOver = outcome !== null && outcome.at !== before && ['changed', 'in-sync', 'partial'].includes(outcome.kind);
        return isOver && found.length === 0;
      },
      { withinMs: 90_000, everyMs: 250 },
    ).catch(async (error: unknown) => {
      const told = `${found.join('; ')}; ${JSON.stringify(await this.outcomeOf(one))}`;
      throw new Error(`${(error as Error).message}: ${told}`, { cause: error });
    });
  }

  /** Those of a round whose call hangs now, or hung when the worker was killed. */
  async hanging<T extends AtPoint>(round: readonly T[], since: number): Promise<readonly T[]> {
    const held = new Set((await this.directory.calls(since)).filter(({ fault }) => fault).map(({ username }) => username));
    return round.filter(({ point, one }) => held.has(point.username(one.number)));
  }

  /** Waits until each point of a round is reached, which it must be before the first of these calls is given up. */
  async allHang(round: readonly AtPoint[], since: number): Promise<void> {
    let hanging: readonly AtPoint[] = [];
    await waitUntil(
      'every call of the round to hang',
      async () => {
        hanging = await this.hanging(round, since);
        return hanging.length === round.length && (await this.directory.counters()).inFlight.now === round.length;
      },
      { withinMs: 11_000, everyMs: 50 },
    ).catch((error: unknown) => {
      const missing = round
        .filter((at) => !hanging.includes(at))
        .map(({ point, one }) => `${tellStory(one)}: ${tellPoint(point)}`);
      throw new Error(`${(error as Error).message}: ${missing.join('; ')}`, { cause: error });
    });
  }

  /** SIGKILL, and another process in its place. */
  async killWorker(): Promise<void> {
    await this.system.process('temporal-worker').kill('SIGKILL');
    await this.system.restart('temporal-worker');
  }
}
