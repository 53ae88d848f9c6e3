import type { Context } from '../context.ts';
import { usage } from '../failure.ts';

/** The key of a user in the datastore: asked for, or read from stdin, since an argument stays in the history of a shell. */
export async function keyOfUser(
  { terminal, note, progress }: Context,
  given: string | undefined,
  command: 'explain' | 'erase',
): Promise<string> {
  if (given !== undefined && given !== '-') {
    note(
      'NOTE  the key of a user is personal data, and is now in the history of your shell: leave it out to be asked, or pipe it in.',
    );
    return given;
  }
  progress.end();
  // Where somebody types, also after -: an input that was read to its end could not be asked for a yes.
  const text = terminal.isTerminal.in
    ? await terminal.ask('Key of the user in the datastore: ').catch(() => '')
    : await terminal.readInput();
  const key = text.replace(/\r?\n$/, '');
  if (key === '')
    throw usage('the key of the user is missing', `Type it when asked, or pipe it in: tallystick ${command} - < file.`);
  return key;
}
