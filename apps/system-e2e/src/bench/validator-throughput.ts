import { spawn } from 'node:child_process';
import { startScriptOf } from '../system/app-process.ts';
import { endWithThisProcess } from '../system/end-with-this-process.ts';
import { quantile } from '../system/histogram.ts';
import { type BenchOptions, type BenchValidator, startBenchValidator } from './bench-validator.ts';
import { type ClosedLoad, closedLoad, openLoad, type WireRequest } from './raw-load.ts';
import { medianOf } from './spread.ts';

export interface ThroughputFigures {
  /** Answers a second, one per round; rounds of both alternate. */
  readonly bare: readonly number[];
  readonly validator: readonly number[];
  /** Validator by bare, round by round. */
  readonly ratio: readonly number[];
  /** Processor time for each answer, in microseconds; medians of the rounds. */
  readonly bareCpuMicroseconds: number;
  readonly validatorCpuMicroseconds: number;
  /** Bare by validator: what the ratio would be on a machine with cores to spare for the load and the stores. */
  readonly cpuRatio: readonly number[];
  /** 99 % of answers took less, in milliseconds from when each request was due, at a fixed rate; one per round. */
  readonly bareP99Ms: readonly number[];
  readonly validatorP99Ms: readonly number[];
}

/**
 * What a verdict costs against the least that a route can do: the validator as it is shipped (caller authentication, sightings, verdict
 * events if there is Kafka) and a bare Fastify route that parses the same request and answers a fixed body of the same size. One run, on
 * one machine, in turns; the load comes from this process.
 */
export async function measureValidatorThroughput(
  options: BenchOptions & {
    readonly rounds?: number;
    readonly seconds?: number;
    /** The share of requests from a device that was not seen before. */
    readonly newDevices?: number;
    readonly openPerSecond?: number;
  },
): Promise<ThroughputFigures> {
  const { root, rounds = 5, seconds = 4, newDevices = 0.1, openPerSecond = 2_000 } = options;
  const bare = await startBareServer(root);
  let validator: BenchValidator | undefined;
  try {
    validator = await startBenchValidator(options, { environments: 100, tokens: 4 });
    const request = requestsTo(validator, newDevices);
    const load = { request, connections: 32, pipelined: 2, seconds };
    const open = { request, connections: 32, perSecond: openPerSecond, seconds };
    for (const server of [bare, processOf(validator)]) await closedLoad({ ...load, ...server, seconds: warmUpSeconds });
    const rates: { readonly bare: ClosedLoad; readonly validator: ClosedLoad }[] = [];
    const p99: { readonly bare: number; readonly validator: number }[] = [];
    for (let round = 0; round < rounds; round += 1)
      rates.push({
        bare: await closedLoad({ ...load, ...bare }),
        validator: await closedLoad({ ...load, ...processOf(validator) }),
      });
    for (let round = 0; round < rounds; round += 1)
      p99.push({
        bare: quantile(await openLoad({ ...open, url: bare.url }), 0.99),
        validator: quantile(await openLoad({ ...open, url: validator.process.url }), 0.99),
      });
    return {
      bare: rates.map(({ bare }) => bare.perSecond),
      validator: rates.map(({ validator }) => validator.perSecond),
      ratio: rates.map(({ bare, validator }) => validator.perSecond / bare.perSecond),
      bareCpuMicroseconds: medianOf(rates.map(({ bare }) => bare.cpuMicroseconds)),
      validatorCpuMicroseconds: medianOf(rates.map(({ validator }) => validator.cpuMicroseconds)),
      cpuRatio: rates.map(({ bare, validator }) => bare.cpuMicroseconds / validator.cpuMicroseconds),
      bareP99Ms: p99.map(({ bare }) => bare),
      validatorP99Ms: p99.map(({ validator }) => validator),
    };
  } finally {
    await validator?.stop();
    bare.stop();
  }
}

/** Until both are compiled by the engine, also on a busy machine. */
const warmUpSeconds = 8;

const processOf = ({ process: { url, pid } }: BenchValidator) => ({ url, pid });

/** Each environment and token in turn; every so many requests from a device that is new, the others from a thousand known ones. */
function requestsTo({ environments, tokenOf, caller }: BenchValidator, newDevices: number): WireRequest {
  const run = Math.floor(Math.random() * 36 ** 4)
    .toString(36)
    .padStart(4, '0');
  const heads = environments.map(
    (environment) =>
      `POST /v1/environments/${environment}/verdicts HTTP/1.1\r\nHost: validator\r\nAuthorization: Bearer ${caller}\r\nContent-Type: application/json\r\nContent-Length: `,
  );
  const every = newDevices > 0 ? Math.round(1 / newDevices) : Infinity;
  let fresh = 0;
  return (number) => {
    const at = number % environments.length;
    const isNew = number % every === 0;
    const device = `${run}-${String(isNew ? 1_000 + fresh++ : number % 1_000).padStart(12, '0')}`;
    const body = `{"kind":"authentication","method":"mobile-app","presentedToken":"${tokenOf(at, number % 4)}","device":{"id":"${device}","platform":"ios","model":"iPhone 17","osVersion":"26.1","appVersion":"2.9.0"}}`;
    return `${heads[at]}${body.length}\r\n\r\n${body}`;
  };
}

const bareServer = `
  const fastify = require('fastify')();
  const body = JSON.stringify({ verdict: 'allow' });
  fastify.post('/v1/environments/:environment/verdicts', (request, reply) => {
    reply.header('content-type', 'application/json; charset=utf-8').send(body);
  });
  fastify.listen({ port: 0, host: '127.0.0.1' }).then((url) => console.log(url));
`;

/** The least that a route can do, in a process of its own, under the same settings of Node as the validator. */
async function startBareServer(root: string): Promise<{ readonly url: string; readonly pid: number; readonly stop: () => void }> {
  const { variables, options } = startScriptOf(root, 'pairing-validator');
  const child = spawn(process.execPath, [...options, '-e', bareServer], {
    cwd: root,
    env: { ...process.env, ...variables },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  endWithThisProcess(child);
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (line: Buffer) => resolve(line.toString().trim()));
    child.once('exit', (code) => reject(new Error(`the bare server ended with ${code}`)));
  });
  return { url, pid: child.pid!, stop: () => child.kill() };
}
