import type { components } from '../generated/provisioning-service.ts';
import { printable } from '../output/printable.ts';
import type { Style } from '../output/style.ts';
import { table } from '../output/table.ts';
import { facts, moment } from '../output/words.ts';

type Explanation = components['schemas']['Explanation'];

/** From the record to what was done, in the order in which one follows from the other. */
export function explanationText(style: Style, one: Explanation): readonly string[] {
  const heading = (text: string, body: string): string[] => (body === '' ? [] : [`${style.colors.bold(text)}\n${body}`]);
  return [
    facts(style, [
      ['user', one.user],
      ['workflow', one.workflow.url ?? one.workflow.id],
      ['looked at', `${moment(one.at)}, connection version ${one.connectionVersion}${one.masked ? ', values masked' : ''}`],
    ]),
    ...heading('Record', recordText(one)),
    ...heading('Mapping', targetsText(style, one)),
    ...heading('Account', accountText(style, one)),
    ...heading('Plan', planText(style, one)),
    ...heading('Last outcomes', outcomesText(style, one)),
  ];
}

function recordText({ record, scope, desired }: Explanation): string {
  if (!record) return 'There is no record of this user.';
  const notes = [
    record.deleted ? 'deleted in the source' : undefined,
    record.movedTo === undefined ? undefined : 'the person goes on under another key',
    record.pending ? 'a change waits to be looked at' : undefined,
    scope === undefined ? undefined : `scope: ${scope}`,
    desired && `should be: ${desired.kind}${desired.because === undefined ? '' : ` (${desired.because})`}`,
  ].filter((note) => note !== undefined);
  return `at ${record.position}; ${notes.join('; ')}`;
}

function targetsText(style: Style, { targets }: Explanation): string {
  if (targets.length === 0) return '';
  const columns = [
    { head: 'TARGET' },
    { head: 'RESULT' },
    { head: 'VALUE', flexible: true as const },
    { head: 'FROM', flexible: true as const },
    { head: 'BECAUSE', flexible: true as const },
  ];
  const rows = targets.map(({ target, result, value, raw, from, because }) => [
    ...[target, result, value ?? raw ?? '', from ?? '', because ?? ''],
  ]);
  return table(style, columns, rows);
}

function accountText(style: Style, { owner, observed }: Explanation): string {
  if (!observed) return '';
  const fault = observed.fault === undefined ? '' : ` (${observed.fault})`;
  const line = `${observed.kind}${fault}${observed.status === undefined ? '' : `, ${observed.status}`}; owned by ${owner ?? 'nobody knows'}`;
  if (!observed.devices || observed.devices.length === 0) return line;
  const columns = [
    { head: 'DEVICE' },
    { head: 'TYPE' },
    { head: 'SLOT' },
    { head: 'NAME', flexible: true as const },
    { head: 'ADDRESS', flexible: true as const },
  ];
  const rows = observed.devices.map(({ id, type, slot, nickname, address }) => [id, type, slot ?? '', nickname, address ?? '']);
  return `${printable(line)}\n${table(style, columns, rows)}`;
}

function planText(style: Style, { plan, notPlanned, guard, unfinished }: Explanation): string {
  const lines = [
    ...(notPlanned === undefined ? [] : [`not planned: ${notPlanned}`]),
    ...(plan?.steps.map(({ kind, text, slot }) => `would ${kind}: ${text}${slot === undefined ? '' : ` (${slot})`}`) ?? []),
    ...(plan && plan.steps.length === 0 ? ['nothing to do'] : []),
    ...(plan?.findings.map(({ text }) => `finding: ${text}`) ?? []),
    ...(plan?.needs?.map(({ text }) => `needs: ${text}`) ?? []),
    ...(guard ? [`guards: ${guard.kind}${guard.text === undefined ? '' : `, ${guard.text}`}${holdOf(guard.hold)}`] : []),
    ...(unfinished ? ['an earlier change is not finished'] : []),
  ];
  return lines
    .map((line) => (line.startsWith('guards: hold') ? style.colors.yellow(printable(line)) : printable(line)))
    .join('\n');
}

const holdOf = (hold: string | undefined): string => (hold === undefined ? '' : ` (hold ${hold})`);

function outcomesText(style: Style, { outcomes }: Explanation): string {
  if (outcomes.length === 0) return 'none yet';
  const columns = [
    { head: 'AT' },
    { head: 'OUTCOME' },
    { head: 'BECAUSE', flexible: true as const },
    { head: 'STEPS', flexible: true as const },
  ];
  const rows = outcomes.map(({ at, kind, because, steps }) => [
    ...[moment(at), kind, because ?? '', steps.map((step) => `${step.kind}: ${step.result}`).join(', ')],
  ]);
  return table(style, columns, rows);
}
