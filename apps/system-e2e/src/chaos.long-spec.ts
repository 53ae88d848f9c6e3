import { beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
// The servers' tool is no library: it is plain Node, because it runs before a package is installed. Here it gives a program.
// eslint-disable-next-line @nx/enforce-module-boundaries
import { toxiproxy } from '../../../tools/stack/toxiproxy.mjs';

// Chaos from fixed seeds and a soak, two at a time, each with servers of its own: what a change breaks is seen before it is merged.
const root = resolve(import.meta.dirname, '../../..');
const logs = join(root, '.stack', 'chaos-logs');
/** For longer than three the seeds are two, one of each kind of Redis, and the soak is half an hour. */
const minutes = Number(process.env['TALLYSTICK_CHAOS_MINUTES'] ?? '3');
const isLong = minutes > 3;
/** In 1 and 2 links are struck, in 3 a Redis is failed over. 1 found a fault in three minutes, 2 and 3 in forty. */
const seeds = isLong ? ['2', '3'] : ['1', '2', '3'];
/** How long a soak may be is for `npm run soak -- --hours`. */
const soakMinutes = isLong ? 30 : 3;
/** A third would have the machine to share, and what is killed would be away for most of the time. */
const atOnce = 2;

interface Ended {
  readonly code: number | null;
  readonly told: readonly string[];
}

/** Runs a command of the built app. Gives the last lines of its output. */
function run(name: string, args: readonly string[]): Promise<Ended> {
  const file = join(logs, `${name}.log`);
  const child = spawn(process.execPath, ['--enable-source-maps', join(root, 'apps/system-e2e/dist/main.js'), ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(file);
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  return new Promise((done) => {
    child.once('close', (code) =>
      log.end(() => done({ code, told: readFileSync(file, 'utf8').trimEnd().split('\n').slice(-40) })),
    );
  });
}

const chaos = seeds.map((seed) => ({ name: `chaos-${seed}`, args: ['chaos', '--seed', seed, '--minutes', String(minutes)] }));
const soak = { name: 'soak', args: ['soak', '--hours', String(soakMinutes / 60)] };
/** Start, settling and judging of all that runs in the same lane. */
const deadlineMs = 2 * (Math.max(minutes, soakMinutes) * 60_000 + 400_000);

let env: Record<string, string>;
const ends = new Map<string, Promise<Ended>>();
beforeAll(async () => {
  mkdirSync(logs, { recursive: true });
  env = await toxiproxy();
  const lanes = Array.from({ length: atOnce }, () => Promise.resolve<unknown>(undefined));
  for (const [at, { name, args }] of [...chaos, soak].entries()) {
    const ended = lanes[at % atOnce]!.then(() => run(name, args));
    ends.set(name, ended);
    lanes[at % atOnce] = ended;
  }
}, 120_000);

/** What it found is in what it told; how much it did is for whoever reads this. */
async function keepsItsPromises(name: string): Promise<void> {
  const { code, told } = await ends.get(name)!;
  process.stdout.write(`  ${name}\n${told.map((line) => `    ${line}\n`).join('')}`);
  expect([name, code]).toEqual([name, 0]);
}

describe('the whole system under load', () => {
  it.each(chaos)(
    'R3, R15: keeps every promise while whatever can break does ($name)',
    ({ name }) => keepsItsPromises(name),
    deadlineMs,
  );

  it(
    'R14, R44, R45: stays as large as it is for as long as it runs, sheds an overload by rule, and works off a burst after a rest',
    () => keepsItsPromises(soak.name),
    deadlineMs,
  );
});
