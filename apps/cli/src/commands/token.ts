import { type Command, Option } from 'commander';
import { addLeaf, type Run } from '../command.ts';
import { addTokens } from './token-add.ts';
import { listTokens } from './token-list.ts';
import { revokeTokens } from './token-revoke.ts';
import { rotate } from './token-rotate.ts';

export const segmentOptions = (): readonly Option[] => [
  new Option('--platform <platform>', 'of the segment').choices(['ios', 'android']),
  new Option('--site <name>', 'of the segment'),
  new Option('--mdm <name>', 'of the segment'),
];

export function addToken(program: Command, run: Run): void {
  const token = program.command('token').description('Tokens of managed devices: what there is, more of them, fewer of them');
  addLeaf(token, run, {
    name: 'list',
    summary: 'Tokens, oldest first; never their values',
    options: [new Option('--state <state>', 'only these').choices(['live', 'revoked', 'all']).default('live')],
    handler: listTokens,
  });
  addLeaf(token, run, {
    name: 'add',
    summary: 'Adds a token beside the others; answers when every validator accepts it',
    more: 'The value is shown once. Say where it goes: --value-to, --print-value, or --keep-value for a delivery later.',
    args: [['<label>', 'what people call it']],
    traits: ['change', 'value'],
    options: [
      ...segmentOptions(),
      new Option('--format <format>', 'of the value').choices(['tsk', 'uuid']),
      new Option('--value-from <file>', 'your own value, from a file (- for stdin)'),
      new Option('--not-before <moment>', 'e.g. 2027-01-31T08:00:00Z'),
      new Option('--expires-at <moment>', 'e.g. 2027-12-31T08:00:00Z'),
      new Option('--expires-after-days <days>', 'in place of --expires-at'),
      new Option('--keep-value', 'keep a sealed copy, for a delivery'),
    ],
    handler: addTokens,
  });
  addLeaf(token, run, {
    name: 'rotate',
    summary: 'Starts a rotation of a segment: a new token, its delivery, and in the end the revocation of the old ones',
    more: 'A slot is one MDM and one platform: --slot id=intune-ios,mdm=intune,platform=ios,kind=target,target=intune; or the whole plan as JSON.',
    args: [['<label>', 'of the new token']],
    traits: ['change'],
    options: [
      ...segmentOptions(),
      new Option('--slot <parts>', 'where the value is put; as often as needed').argParser(
        (one: string, before: readonly string[] = []) => [...before, one],
      ),
      new Option('--plan <file>', 'the plan as JSON (NewRotation of the API, - for stdin)'),
    ],
    handler: rotate,
  });
  addLeaf(token, run, {
    name: 'revoke',
    summary: 'Revokes tokens; answers when no validator can accept them any more',
    more: 'Shows how many devices present them and asks, unless --yes is said. What the guards refuse, --force does, with the role approver or a second person.',
    args: [['<tokens...>', 'ids of tokens (tok_…)']],
    traits: ['change', 'danger', 'value'],
    options: [new Option('--force', 'although the guards refuse; the reason is kept for that as well')],
    handler: revokeTokens,
  });
}
