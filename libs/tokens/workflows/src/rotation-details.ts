import type { RotationStatus } from '@tallystick/tokens-domain';
import { type Instant, isoOf } from '@tallystick/kernel-core';

/** The status as markdown, for the Temporal UI. */
export function rotationDetails(status: RotationStatus): string {
  const { stage, paused, sentence, token, replaces, slots, figures, held, revoked } = status;
  const rows: (readonly [string, string | undefined])[] = [
    [
      'new token',
      token === undefined ? undefined : `\`${token}\`${status.generation > 1 ? ` (value ${status.generation})` : ''}`,
    ],
    ['replaces', replaces.length === 0 ? undefined : replaces.map((id) => `\`${id}\``).join(', ')],
    ['figures of', figures === undefined ? undefined : isoOf(figures.at)],
    [
      'devices on the new token',
      figures?.reading.kind === 'known' ? `${figures.reading.onNew} of ${figures.reading.devices}` : undefined,
    ],
    ['overlap until', time(status.overlapEndsAt)],
    ['old tokens marked until', time(status.retireEndsAt)],
    ['waits for', status.waitsFor?.what],
    ['at the latest until', time(status.waitsFor?.until)],
    ['held since', time(held?.at)],
    [
      'revoked',
      revoked === undefined
        ? undefined
        : `by ${revoked.confirmedBy} of ${revoked.validators} validators in ${revoked.waitedMs} ms`,
    ],
  ];
  return [
    `**${stage}**${paused ? ' (paused)' : ''}: ${sentence}`,
    '',
    ...rows.flatMap(([name, value]) => (value === undefined ? [] : [`- ${name}: ${value}`])),
    '',
    '| slot | MDM | platform | state | token |',
    '| --- | --- | --- | --- | --- |',
    ...slots.map((slot) => `| ${slot.id} | ${slot.mdm} | ${slot.platform} | ${slot.state} | ${slot.token ?? ''} |`),
    ...findingsOf(status),
  ].join('\n');
}

const findingsOf = ({ slots }: RotationStatus): readonly string[] => {
  const lines = slots.flatMap(({ id, findings = [] }) =>
    findings.map(({ severity, detail }) => `- ${id}: ${severity}: ${detail}`),
  );
  return lines.length === 0 ? [] : ['', 'Found before the token was made:', '', ...lines];
};

const time = (at: Instant | undefined): string | undefined => (at === undefined ? undefined : isoOf(at));
