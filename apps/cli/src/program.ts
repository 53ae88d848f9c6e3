import tab from '@bomb.sh/tab/commander';
import { Command } from 'commander';
import { commonOptions, type Run } from './command.ts';
import { addAdoption } from './commands/adoption.ts';
import { addAudit } from './commands/audit.ts';
import { addErase } from './commands/erase.ts';
import { addExplain } from './commands/explain.ts';
import { addHold } from './commands/hold.ts';
import { addLogin } from './commands/login.ts';
import { addLogout } from './commands/logout.ts';
import { addParked } from './commands/parked.ts';
import { addPreview } from './commands/preview.ts';
import { addSource } from './commands/source.ts';
import { addStatus } from './commands/status.ts';
import { addToken } from './commands/token.ts';
import type { Terminal } from './terminal.ts';

/** All commands. `run` carries them out. */
export function createProgram(terminal: Pick<Terminal, 'out' | 'err' | 'columns'>, run: Run): Command {
  const program = new Command('tallystick')
    .description('Looks at Tallystick and operates it, through the HTTP APIs of its services.')
    .version('0.1.0', '--version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .configureOutput({
      writeOut: terminal.out,
      writeErr: terminal.err,
      getOutHelpWidth: () => Math.min(100, terminal.columns),
      getErrHelpWidth: () => Math.min(100, terminal.columns),
    })
    .showHelpAfterError('(tallystick --help shows what there is)')
    .exitOverride();
  for (const option of commonOptions()) program.addOption(option);
  const looks = [addStatus, addToken, addAdoption, addPreview, addHold, addExplain, addErase, addParked, addSource, addAudit];
  for (const add of [...looks, addLogin, addLogout]) add(program, run);
  tab(program, { completionCommandName: 'completion' });
  return program;
}
