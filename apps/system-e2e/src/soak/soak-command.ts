import { parseArgs } from 'node:util';
import { withStack } from '../chaos/run-with-stack.ts';
import { runSoak } from './run-soak.ts';

/** `soak --hours H [--report FILE]`: one run with servers of its own. @returns what to exit with */
export async function soakCommand(
  args: readonly string[],
  { root, toxiproxy }: { readonly root: string; readonly toxiproxy: string },
): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { hours: { type: 'string' }, report: { type: 'string' } } });
  const hours = Number(values.hours ?? '0.05');
  if (!(hours > 0)) {
    process.stderr.write(
      'npm run soak -- [--hours H] [--report FILE]: H is above 0; less than 0.05, three minutes, is three minutes\n',
    );
    return 2;
  }
  const reportFile = values.report === undefined ? {} : { reportFile: values.report };
  return withStack(root, 'soak', (stack) => runSoak({ ...stack, ...reportFile, root, hours, toxiproxy }));
}
