// `npm run --silent tallystick -- …`: the command line, built first when it is out of date. stdout is the command's alone.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { installDependencies, root, run } from './prepare.mjs';

await installDependencies((line) => console.error(`· ${line}`));
const code = await run('nx', ['build', '@tallystick/cli', '--output-style=static'], { stdio: ['ignore', 'ignore', 'inherit'] });
if (code !== 0) {
  console.error('the command line could not be built: npx nx build @tallystick/cli');
  process.exit(1);
}
// Paths on its command line are relative to where it was called: npm itself changes to the root.
const cwd = process.env['INIT_CWD'] ?? process.cwd();
const cli = spawn(process.execPath, [join(root, 'apps', 'cli', 'dist', 'main.js'), ...process.argv.slice(2)], {
  cwd,
  stdio: 'inherit',
});
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => cli.kill(signal));
cli.once('exit', (status, signal) => process.exit(signal ? 130 : (status ?? 1)));
