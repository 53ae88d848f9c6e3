import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { createReport } from '../demo/report.ts';
import { histogram, quantile } from '../system/histogram.ts';
import { startSystem } from '../system/system.ts';
import { TokensClient } from '../system/tokens-client.ts';
import { waitUntil } from '../system/wait-until.ts';
import { devicesSections } from './devices-sections.ts';
import { type BenchServers, mark, number, type Row, type Section } from './section.ts';
import { measureJudgement } from './validator-judgement.ts';
import { measureRevokes } from './revoke-latency.ts';
import { measureSightingsMemory } from './sightings-memory.ts';
import { measureValidatorMemory } from './validator-memory.ts';
import { measureValidatorThroughput } from './validator-throughput.ts';

const report = createReport(process.stdout);

const throughput: Section = async ({ root, servers }) => {
  const figures = await measureValidatorThroughput({ root, redis: servers.redis, kafka: servers.kafka.split(',') });
  const { ratio, cpuRatio, bareCpuMicroseconds, validatorCpuMicroseconds, bareP99Ms, validatorP99Ms } = figures;
  const rate = (rounds: readonly number[]): string => Math.round(quantile(rounds, 0.5)).toLocaleString('en');
  return [
    [
      'verdicts/s by those of a bare route',
      `${number(ratio)} (${rate(figures.validator)} by ${rate(figures.bare)})`,
      '≥ 0.75',
      mark(ratio >= 0.75),
    ],
    [
      'the same by processor time',
      `${number(cpuRatio)} (${number(bareCpuMicroseconds, 1)} by ${number(validatorCpuMicroseconds, 1)} µs)`,
      '–',
      '–',
    ],
    [
      'p99 at 2,000 requests/s by the bare one',
      `${number(validatorP99Ms / bareP99Ms)} (${number(validatorP99Ms, 1)} by ${number(bareP99Ms, 1)} ms)`,
      '≤ 2',
      mark(validatorP99Ms <= 2 * bareP99Ms),
    ],
  ];
};

const judgement: Section = () => {
  const { medianMicroseconds, p99Microseconds } = measureJudgement();
  return Promise.resolve([
    [
      'digest and judgement, 1,000 environments × 4 tokens',
      `${number(medianMicroseconds, 1)} µs (p99 ${number(p99Microseconds, 1)} µs)`,
      '≤ 6 µs',
      mark(medianMicroseconds <= 6),
    ],
  ]);
};

const memory: Section = async ({ root, servers }) => {
  const { tablesMb } = await measureValidatorMemory({ root, redis: servers.redis });
  return [
    [
      'a validator with 10,000 environments × 4 tokens, above idle',
      `${number(tablesMb, 0)} MB`,
      '< 150 MB',
      mark(tablesMb < 150),
    ],
  ];
};

const sightings: Section = async ({ servers }) => {
  const devices = 1_000_000;
  const { bytesPerDevice, recordPerSecond, countsMs, laggardsWalkMs } = await measureSightingsMemory({
    redisUrl: servers.redis,
    devices,
  });
  return [
    ['adoption meter, a million devices', `${number(bytesPerDevice, 1)} bytes a device`, '≤ 200', mark(bytesPerDevice <= 200)],
    ['– new devices recorded', `${Math.round(recordPerSecond).toLocaleString('en')} a second`, '–', '–'],
    ['– counts, laggards and what is forgotten, beside a count of our own', 'equal in each group', 'equal', mark(true)],
    ['– all counts read; all laggards listed', `${number(countsMs, 0)} ms; ${number(laggardsWalkMs / 1_000, 1)} s`, '–', '–'],
  ];
};

const revokes: Section = async ({ root, folder, servers }) => {
  const environment = 'bench';
  const system = await startSystem({
    root,
    folder,
    servers,
    environment,
    halves: ['tokens'],
    validators: 3,
    env: { 'token-service': { TOKENS_CHANGES_PER_MINUTE: '10000' } }, // a hundred rounds of two changes each
    deviceLimit: 9,
    connections: () => [],
  });
  try {
    const bearer = await system.access.tokenFor('bench', environment, ['token-admin', 'viewer', 'approver']);
    const tokens = new TokensClient(system.url('token-service'), environment, bearer);
    const caller = await system.access.tokenFor('load', environment, ['validator-caller']);
    await tokens.enforce(new Date(), 'measurement');
    await waitUntil('a revoke that validators acknowledge', async () => {
      const token = await tokens.add('warm-up');
      return (await tokens.revoke(token.id, 'measurement', 'measurement')).confirmedBy === 'acknowledgement';
    });
    const rate = 1_500; // far under half of what each of the three can do; the load, the stores and they share the processors
    const { lastAllowMs, answerMs, brokenPromises, requests } = await measureRevokes({
      system,
      environment,
      tokens,
      caller,
      rate,
      rounds: 100,
    });
    for (const line of histogram(lastAllowMs)) report.say(`    ${line}`);
    const p99 = quantile(lastAllowMs, 0.99);
    const victim = system.process('pairing-validator-1');
    const stopped = await measureRevokes({
      ...{ system, environment, tokens, caller, rate: 300, rounds: 3 },
      beforeRevoke: () => void victim.kill('SIGSTOP'),
      afterRound: () => victim.kill('SIGCONT'),
    });
    const longest = Math.max(...stopped.answerMs);
    return [
      ['revoke to last accept, three validators, p99 of 100', `${number(p99, 0)} ms`, '< 1,000 ms', mark(p99 < 1_000)],
      [
        '– until the answer, median; p99',
        `${number(quantile(answerMs, 0.5), 0)}; ${number(quantile(answerMs, 0.99), 0)} ms`,
        '–',
        '–',
      ],
      [
        '– with one validator stopped (SIGSTOP), longest answer',
        `${number(longest / 1_000, 1)} s`,
        '≤ 6 s (longest lease + 1 s)',
        mark(longest <= 6_000),
      ],
      [
        '– allows to requests begun after the answer',
        `${brokenPromises} of ${requests.toLocaleString('en')}`,
        '0',
        mark(brokenPromises === 0),
      ],
    ];
  } finally {
    await system.stop();
  }
};

const sections: Readonly<Record<string, Section>> = {
  ...{ judgement, memory, throughput, revokes, sightings },
  ...devicesSections,
};

/** Measures the sections that are named, or all; resolves with what to exit with. Slow figures are told, and fail nothing. */
export async function runBench(
  names: readonly string[],
  options: { readonly root: string; readonly servers: BenchServers },
): Promise<number> {
  const unknown = names.filter((name) => !(name in sections));
  if (unknown.length > 0) {
    report.say(`there is no section ${unknown.join(', ')}; there are: ${Object.keys(sections).join(', ')}`);
    return 2;
  }
  const [cpu] = cpus();
  report.chapter(
    'Figures of this machine',
    `${cpus().length} × ${cpu?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`,
  );
  const rows: Row[] = [];
  let failed = false;
  for (const name of names.length > 0 ? names : Object.keys(sections)) {
    const startedAt = performance.now();
    report.say(`  measuring: ${name} …`);
    try {
      const { say, progress } = report;
      const found = await sections[name]!({ ...options, folder: join(options.root, '.stack', 'bench', 'system'), say, progress });
      rows.push(...found);
      for (const [what, measured] of found) say(`    ${what}: ${measured}`); // a long run that is broken off has told this much
    } catch (error) {
      failed = true;
      report.fault(error, `The section ${name}`);
    }
    report.say(`  ${name}: ${((performance.now() - startedAt) / 1_000).toFixed(0)} s, load ${loadavg()[0]?.toFixed(1)}`);
  }
  report.table(['what', 'measured', 'aim', 'met'], rows);
  return failed ? 1 : 0;
}
