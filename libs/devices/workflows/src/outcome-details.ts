import type { Outcome } from '@tallystick/devices-domain';

/** What a page about the workflow of a user shows: reasons, slots and results, without a value. */
export function detailsOf(outcome: Outcome, passes: number): string {
  const because = outcome.because === undefined ? '' : ` (${outcome.because})`;
  const hold = outcome.hold === undefined ? '' : `, hold \`${outcome.hold}\``;
  const steps = outcome.steps.map(
    ({ kind, slot, reason, result }) => `- ${kind}${slot === undefined ? '' : ` **${slot}**`}: ${reason} → ${result}`,
  );
  const findings = outcome.findings.map((finding) => `- ${finding.kind}${'slot' in finding ? ` **${finding.slot}**` : ''}`);
  return [
    `**${outcome.kind}**${because}${hold} at source version \`${outcome.version || 'none'}\`, pass ${passes}`,
    ...(steps.length > 0 ? ['', 'Steps:', ...steps] : []),
    ...(findings.length > 0 ? ['', 'Findings:', ...findings] : []),
  ].join('\n');
}
