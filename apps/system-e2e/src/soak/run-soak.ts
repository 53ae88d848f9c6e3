import { writeFileSync } from 'node:fs';
import { budget, type ChaosSystem, startChaosSystem } from '../chaos/chaos-system.ts';
import { type LoadedWorld, peopleCount, startLoads, tellFigures } from '../chaos/loaded-world.ts';
import { conclude, type RunOptions } from '../chaos/run-chaos.ts';
import { strikeAll, type Struck } from '../chaos/strike.ts';
import { actionsThatFit } from '../chaos/tokens-load.ts';
import { createReport } from '../demo/report.ts';
import type { ProcessName } from '../system/system.ts';
import { waitUntil } from '../system/wait-until.ts';
import { drainMs, refusalWindowMs, type SoakPlan, soakPlan } from './soak-plan.ts';
import { SoakSamples } from './soak-samples.ts';

/** About half of what the budget lets through; the overload offers three times as much. */
const steady = { changesPerSecond: 4, validationsPerSecond: 60 };
const overload = 3;
/** R14: so many times as much, all of a sudden, after a rest as long as what an overload takes to be over. */
const burst = { times: 10, forMs: 10_000 };
/** Of one validator: between what the steady load is refused in a minute, and what the overload would be. */
const refusalsPerMinute = 1_200;
const sampleEveryMs = 5_000;
/** What is measured by the minute is told to the second, and a busy machine is late. */
const slackMs = 5_000;
/** What a process may keep of a burst: its heap grows when it is asked to, and is given back late. A leak of each change would show in the lines. */
const burstMegabytes = 40;
const burstShare = 0.25;
/** Others may have more of the machine while it drains than they had during the overload. */
const slowMachine = 1.5;

/** Load for hours, restarts, an overload, a rest, a burst: flat lines, shedding by rule, draining in the predicted time. Resolves with what to exit with. */
export async function runSoak({ hours, ...options }: RunOptions & { readonly hours: number }): Promise<number> {
  const { root, folder, addresses, servers, toxiproxy, reportFile } = options;
  const report = createReport(process.stdout);
  const plan = soakPlan(hours);
  report.chapter(
    `Soak, ${(plan.endMs / 60_000).toFixed(0)} min`,
    `steady load with ${plan.strikes.length} restarts, three times as much, a rest, and a burst`,
  );
  const environment = 'soak';
  const env = { 'pairing-validator': { VALIDATOR_REFUSALS_PER_MINUTE: String(refusalsPerMinute) } };
  const world = await startChaosSystem({ root, folder, servers: addresses, toxiproxy, environment, shape: 'one-redis', env });
  const faults: string[] = [];
  try {
    const { system } = world;
    const struck: Struck[] = [];
    let times = 1;
    const loaded = await startLoads(world, { ...steady, actionsPerSecond: actionsThatFit(0.5, plan.endMs), changesPerSecond: () => times * steady.changesPerSecond, seed: 'soak', struckAt: () => [] }); // prettier-ignore
    const names: ProcessName[] = [
      ...system.validators,
      'token-service',
      'provisioning-service',
      'temporal-worker',
      'temporal-worker-2',
    ];
    const samples = new SoakSamples(system, names, addresses.temporal, environment);
    const sampling = setInterval(() => void samples.take(), sampleEveryMs);
    const startedAt = performance.now();
    const tell = (text: string): void =>
      report.say(`  ${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(6)} s  ${text}`);
    const restartsAndOverload = async (): Promise<void> => {
      const told = (one: Struck): void => tell(`${one.fault} (${one.target})${one.healedAt === undefined ? '' : ' healed'}`);
      await strikeAll({ ...world, servers }, plan.strikes, { startedAt, struck, tell: told });
      await until(startedAt + plan.overloadAtMs);
      clearInterval(sampling); // flat is what has to be under a steady load
      const { limited } = loaded.tokens.shed();
      if (limited > 0) faults.push(`R45: ${limited} refusals were shed before there was an overload`);
      const change = (now: number): void => void (times = now);
      const { callsPerSecond } = await overloaded(world, loaded, plan, { tell, change, faults });
      await until(startedAt + plan.endMs);
      await burstAfterRest(world, loaded, samples, callsPerSecond, { tell, change, faults });
    };
    try {
      await restartsAndOverload().catch((error: unknown) => void faults.push(`the load broke off: ${(error as Error).message}`));
      const judged = await loaded.judge(tell);
      faults.push(...judged.faults);
      for (const line of tellFigures(judged.figures)) report.say(`  ${line}`);
      const lines = samples.lines();
      report.table(
        ['line', 'of', 'readings', 'base', 'grown', 'allowed', 'flat'],
        lines.map(({ what, of, readings, base, grown, allowed, isFlat }) => [what, of, String(readings), base.toFixed(0), grown.toFixed(1), allowed.toFixed(1), isFlat ? 'yes' : 'NO']), // prettier-ignore
      );
      for (const { what, of, grown, allowed } of lines.filter(({ isFlat }) => !isFlat))
        faults.push(`R44: ${what} of ${of} grew by ${grown.toFixed(1)}; at most ${allowed.toFixed(1)} is flat`);
      if (reportFile !== undefined)
        writeFileSync(reportFile, `${JSON.stringify({ hours, ...judged.figures, lines, faults }, null, 2)}\n`);
    } finally {
      clearInterval(sampling);
      await samples.close();
    }
  } catch (error) {
    faults.push(`the run broke off: ${error instanceof Error ? error.message : String(error)}`);
  }
  await world.stop().catch((error: unknown) => void faults.push((error as Error).message));
  return conclude(report, faults, folder, `npm run soak -- --hours ${hours}`);
}

/** Both directories have one of their own, and as many people. */
const budgetOfBoth = { callsPerSecond: 2 * budget.callsPerSecond };

const until = (at: number): Promise<unknown> =>
  waitUntil('its time', () => Promise.resolve(performance.now() >= at), {
    withinMs: Math.max(0, at - performance.now()) + 60_000,
  });

interface Surge {
  readonly tell: (text: string) => void;
  /** So many times the steady load of changes from now on. */
  readonly change: (times: number) => void;
  /** What was not by the rule is put here. */
  readonly faults: string[];
}

/** R45: three times as much for a while, then nothing changes any more. Gives the pace that the devices half can keep up. */
async function overloaded(
  { directory }: Pick<ChaosSystem, 'directory'>,
  { tokens, callsPerChange }: Pick<LoadedWorld, 'tokens' | 'callsPerChange'>,
  { overloadForMs }: SoakPlan,
  { tell, change, faults }: Surge,
): Promise<{ readonly callsPerSecond: number }> {
  tell(`three times as many changes and questions, for ${overloadForMs / 1_000} s`);
  change(overload);
  const more = tokens.askMore((overload - 1) * steady.validationsPerSecond);
  const callsBefore = (await directory.counters()).calls;
  await until(performance.now() + overloadForMs);
  const reachedPerSecond = ((await directory.counters()).calls - callsBefore) / (overloadForMs / 1_000);
  change(0);
  await more.stop();
  const overAt = performance.now();
  const { limited } = tokens.shed();
  tell(`the overload is over: ${limited} refusals were shed`);
  if (limited === 0) faults.push('R45: nothing was shed: it was no overload');

  // The budget is what limits it; on a machine that can't use it up, the pace that it had under the overload.
  const callsPerSecond = Math.min(budgetOfBoth.callsPerSecond, reachedPerSecond);
  const pace = { callsPerChange: callsPerChange(), callsPerSecond };
  await workedOff('R45', directory, { overAt, restMs: refusalWindowMs, ...pace }, { tell, faults });
  const after = tokens.shed();
  const drained = Math.max(0, after.lastLimitedAt - overAt);
  tell(`the last refusal was shed ${seconds(drained)} after the overload; predicted: ${seconds(refusalWindowMs)} at most`);
  if (drained > refusalWindowMs + slackMs / 2)
    faults.push(`R45: refusals were still shed ${seconds(drained)} after the overload`);
  if (after.limitedThoughLive > 0)
    faults.push(`R45: ${after.limitedThoughLive} questions about live tokens were shed; what passes never is`);
  if (after.withoutRetryAfter > 0)
    faults.push(`R45: ${after.withoutRetryAfter} answers without a verdict did not say when to come again`);
  return { callsPerSecond };
}

/** R14: everybody changes at once when nobody has for a while. That nobody was forgotten is judged with the rest, by what each person has. */
async function burstAfterRest(
  { directory }: Pick<ChaosSystem, 'directory'>,
  { callsPerChange }: Pick<LoadedWorld, 'callsPerChange'>,
  samples: Pick<SoakSamples, 'resident'>,
  callsPerSecond: number,
  { tell, change, faults }: Surge,
): Promise<void> {
  const atRest = samples.resident();
  tell(`after the rest: ${burst.times} times as many changes, for ${burst.forMs / 1_000} s`);
  change(burst.times);
  await until(performance.now() + burst.forMs);
  change(0);
  const pace = { callsPerChange: callsPerChange(), callsPerSecond };
  await workedOff('R14', directory, { overAt: performance.now(), restMs: 0, ...pace }, { tell, faults });
  for (const [of, megabytes] of samples.resident()) {
    const before = atRest.get(of) ?? megabytes;
    if (megabytes > before + Math.max(burstMegabytes, before * burstShare))
      faults.push(`R14: ${of} had ${before.toFixed(0)} MB at rest before the burst, and ${megabytes.toFixed(0)} MB after it`);
  }
}

/** Waits for the last call to the provider, and holds it against what the budget and the pace let expect. */
async function workedOff(
  rule: string,
  directory: ChaosSystem['directory'],
  of: { readonly overAt: number; readonly restMs: number; readonly callsPerChange: number; readonly callsPerSecond: number },
  { tell, faults }: Pick<Surge, 'tell' | 'faults'>,
): Promise<void> {
  const predictedMs = drainMs({ people: peopleCount, ...of });
  let [calls, lastCallAt] = [-1, of.overAt];
  const isDrained = async (): Promise<boolean> => {
    const now = (await directory.counters()).calls;
    if (now !== calls) [calls, lastCallAt] = [now, performance.now()];
    return performance.now() > Math.max(of.overAt + of.restMs, lastCallAt) + slackMs;
  };
  await waitUntil('the last call, and what was shed to be let go', isDrained, { withinMs: 4 * refusalWindowMs, everyMs: 500 });
  const worked = lastCallAt - of.overAt;
  tell(
    `the devices half worked for ${seconds(worked)} more; predicted: ${seconds(predictedMs)} at most, with ${of.callsPerSecond.toFixed(0)} calls a second`,
  );
  if (worked > slowMachine * predictedMs)
    faults.push(`${rule}: the devices half needed ${seconds(worked)} to drain; predicted: ${seconds(predictedMs)}`);
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
