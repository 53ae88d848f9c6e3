import { ProvisioningClient } from '../system/provisioning-client.ts';
import type { SeenUser } from '../system/seen-directory.ts';
import { waitUntil } from '../system/wait-until.ts';
import { budget, type ChaosSystem } from './chaos-system.ts';
import { HistoryKeeper } from './history-keeper.ts';
import { type PeopleLoad, startPeopleLoad } from './people-load.ts';
import { accountOf, connections, kinds, type Member, membersOf } from './people.ts';
import { ProviderWatch } from './provider-watch.ts';
import { auditFaults, settle } from './settle.ts';
import { startTokensLoad, type TokensLoad } from './tokens-load.ts';

export const peopleCount = 150;
/** Of all verdicts; with less certain ones the run has proved too little. */
const leastCertain = 0.3;
const settleWithinMs = 180_000;
const readEveryMs = 5_000;

/** Load on a whole system, and everything that judges it. */
export interface LoadedWorld {
  readonly people: PeopleLoad;
  readonly tokens: TokensLoad;
  /** Calls to the provider for each change, so far. */
  readonly callsPerChange: () => number;
  /** Ends the load, waits until everybody is as they must be, and judges: sentences of what is wrong, and figures. */
  readonly judge: (tell: (text: string) => void) => Promise<{ readonly faults: readonly string[]; readonly figures: Figures }>;
}

export interface Figures {
  readonly settledAfterMs: number;
  readonly people: ReturnType<PeopleLoad['counts']>;
  readonly admin: ReturnType<TokensLoad['counts']>;
  readonly history: Omit<ReturnType<HistoryKeeper['report']>, 'faults'>;
  readonly provider: Omit<ReturnType<ProviderWatch['report']>, 'faults'>;
}

/** Changes of people, changes of tokens and questions to validators, from one seed. */
export async function startLoads(
  world: ChaosSystem,
  options: {
    readonly seed: string;
    readonly changesPerSecond: () => number;
    readonly validationsPerSecond: number;
    readonly actionsPerSecond: number;
    /** Which kinds of faults struck at a moment. */
    readonly struckAt: (at: number) => readonly string[];
  },
): Promise<LoadedWorld> {
  const { system, directory, feed, environment, caller, topicOf } = world;
  const members = membersOf(peopleCount);
  await directory.reset({ users: members.map(accountOf) });
  const firsts = new Map<Member, SeenUser>();
  for (const member of members) firsts.set(member, (await directory.user(member.username))!);
  const keeps = new Map(
    members.filter(({ kind }) => kind === 'less').map(({ username }) => [username, kinds.less.devices.length]),
  );
  const watch = new ProviderWatch(directory, await directory.lastCall(), keeps);
  const keeper = new HistoryKeeper();
  const people = await startPeopleLoad({
    ...options,
    untilKnown: () => untilKnown(world, members),
    members,
    feed,
    directory,
    topicOf: ({ connection }) => topicOf(connection),
  });
  const validators = system.validators.map((name) => system.url(name));
  const hasReplicas = world.sentinels !== undefined;
  const tokens = await startTokensLoad({
    ...options,
    tokens: world.tokens,
    validators,
    environment,
    caller,
    keeper,
    hasReplicas,
  });
  const watching = setInterval(() => void watch.read().catch(() => undefined), readEveryMs);
  return {
    ...{ people, tokens },
    callsPerChange: () => watch.report(budget).calls / Math.max(1, people.counts().changes),
    judge: async (tell) => {
      clearInterval(watching);
      await directory.setFaults([]);
      await people.stop();
      const faults = [...(await tokens.stop())];
      tell('the load has ended; waiting until everybody is as they must be');
      const { faults: wrong, tookMs } = await settle(world, firsts, people.newest, settleWithinMs);
      tell(wrong.length === 0 ? `settled ${(tookMs / 1_000).toFixed(1)} s after the load` : 'not settled');
      await watch.read();
      const { faults: wrongAnswers, ...history } = keeper.report();
      const { faults: wrongCalls, ...provider } = watch.report(budget);
      faults.push(...wrong, ...wrongAnswers, ...wrongCalls);
      if (history.certain < leastCertain * history.asked)
        faults.push(`only ${history.certain} of ${history.asked} questions had one right answer: the run proves too little`);
      faults.push(...(await auditFaults(system.options.servers.kafka, system.options.folder, environment)));
      const counts = { people: people.counts(), admin: tokens.counts() };
      return { faults, figures: { settledAfterMs: Math.round(tookMs), ...counts, history, provider } };
    },
  };
}

/** Every one has an outcome. */
async function untilKnown({ system }: ChaosSystem, members: readonly Member[]): Promise<void> {
  const left = new Set(members);
  const clients = new Map<string, ProvisioningClient>();
  for (const { name } of connections)
    clients.set(name, await ProvisioningClient.as(system, name, { account: 'chaos-operator', roles: ['operator'] }));
  const isKnown = async (): Promise<boolean> => {
    for (const member of left)
      if ((await clients.get(member.connection)!.userOf(member.key)).outcome !== null) left.delete(member);
    return left.size === 0;
  };
  await waitUntil('an outcome of every first record', isKnown, { withinMs: 180_000, everyMs: 500 });
}

export const percent = (part: number, of: number): string => `${((100 * part) / Math.max(of, 1)).toFixed(2)} %`;

/** The figures as lines for people. */
export const tellFigures = ({ history, admin, people, provider }: Figures): readonly string[] => [
  `validators: ${history.asked} questions, ${percent(history.answered, history.asked)} answered, ${history.certain} of them certain, ${history.faultCount} wrong`,
  `administrator: ${admin.adds} added, ${admin.revokes} revoked, ${admin.repeated} requests repeated, ${admin.unbounded} revocations answered before they were everywhere`,
  `people: ${people.changes} changes in ${people.records} records, ${people.drifts} devices removed at the provider`,
  `provider: ${provider.calls} calls, at most ${provider.busiestSecond.pingid} (PingID) and ${provider.busiestSecond.pingone} (PingOne) within a second; allowed: ${provider.allowed.pingid} and ${provider.allowed.pingone}`,
];
