import { histogram, quantile } from '../system/histogram.ts';
import { startSystem } from '../system/system.ts';
import { TokensClient } from '../system/tokens-client.ts';
import { waitUntil } from '../system/wait-until.ts';
import { measureRevokes } from './revoke-latency.ts';
import { mark, number, type Section } from './section.ts';
import { measureSightingsMemory } from './sightings-memory.ts';

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

const revokes: Section = async ({ root, folder, servers, say }) => {
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
    for (const line of histogram(lastAllowMs)) say(`    ${line}`);
    const p99 = quantile(lastAllowMs, 0.99);
    const victim = system.process('pairing-validator-1');
    const stopped = await measureRevokes({
      ...{ system, environment, tokens, caller, rate: 300, rounds: 5 },
      beforeRevoke: () => void victim.kill('SIGSTOP'),
      afterAnswer: () => void victim.kill('SIGCONT'),
    });
    const broken = brokenPromises + stopped.brokenPromises;
    const longest = Math.max(...stopped.answerMs);
    return [
      [
        'revoke to last accept, three validators, p99 of 100',
        `${number(p99, 0)} ms`,
        '< 1,000 ms',
        mark(p99 < 1_000),
        { unit: 'ms', values: lastAllowMs, digits: 0 },
      ],
      [
        '– until the answer, median; p99',
        `${number(quantile(answerMs, 0.5), 0)}; ${number(quantile(answerMs, 0.99), 0)} ms`,
        '–',
        '–',
        { unit: 'ms', values: answerMs, digits: 0 },
      ],
      [
        '– with one validator stopped (SIGSTOP), longest answer',
        `${number(longest / 1_000, 1)} s`,
        '≤ 6 s (longest lease + 1 s)',
        mark(longest <= 6_000),
        { unit: 's', values: stopped.answerMs.map((ms) => ms / 1_000), digits: 1 },
      ],
      [
        '– allows to requests begun after the answer',
        `${broken} of ${(requests + stopped.requests).toLocaleString('en')}`,
        '0',
        mark(broken === 0),
      ],
    ];
  } finally {
    await system.stop();
  }
};

export const tokensSections: Readonly<Record<string, Section>> = { revokes, sightings };
