import { parseArgs } from 'node:util';
import { runChaos } from './run-chaos.ts';
import { withStack } from './run-with-stack.ts';

/** `chaos --minutes N --seed S [--report FILE]`: one run with servers of its own. @returns what to exit with */
export async function chaosCommand(
  args: readonly string[],
  { root, toxiproxy }: { readonly root: string; readonly toxiproxy: string },
): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { minutes: { type: 'string' }, seed: { type: 'string' }, report: { type: 'string' } } }); // prettier-ignore
  const minutes = Number(values.minutes ?? '3');
  const seed = values.seed ?? String(Date.now() % 1_000_000);
  if (!(minutes >= 1) || !/^[\w-]{1,30}$/.test(seed)) {
    process.stderr.write(
      'npm run chaos -- [--minutes N] [--seed S] [--report FILE]: N is at least 1, S has at most 30 letters, digits, - and _\n',
    );
    return 2;
  }
  const reportFile = values.report === undefined ? {} : { reportFile: values.report };
  return withStack(root, `chaos-${seed}`, (stack) => runChaos({ ...stack, ...reportFile, root, seed, minutes, toxiproxy }));
}
