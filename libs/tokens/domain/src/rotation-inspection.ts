import type { CheckFinding } from './delivery/delivery-ports.ts';
import type { RotationAnswer } from './rotation-answers.ts';
import type { RotationState, SlotProgress } from './rotation-state.ts';
import type { RotationStep } from './rotation-step.ts';

const mostFindings = 20;
const mostSentence = 500;
const mostText = 900;

/** Cut to so many UTF-16 units, and well-formed: half of a pair is taken by no reader. */
const cut = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);
const wellFormed = (text: string): string => text.replaceAll(/\p{Surrogate}/gu, '');

const errorsFirst = <T extends CheckFinding>(findings: readonly T[]): readonly T[] => [
  ...findings.filter(({ severity }) => severity === 'error'),
  ...findings.filter(({ severity }) => severity !== 'error'),
];

/** Findings as a rotation keeps them in its history: at most 20, errors first, of at most 500 characters on one line. */
export const briefFindings = (findings: readonly CheckFinding[]): readonly CheckFinding[] =>
  errorsFirst(findings)
    .slice(0, mostFindings)
    .map(({ severity, what, detail }) => ({
      severity,
      what,
      detail: wellFormed(cut(detail.replaceAll(/\s+/g, ' ').trim(), mostSentence)),
    }));

/** All targets at once, before the first token is made; undefined when that was done, was not asked for, or there are none. */
export function inspectionIfDue({ inspection, slots }: RotationState): Extract<RotationStep, { kind: 'inspect' }> | undefined {
  const targets = slots.flatMap(({ slot }) => (slot.kind === 'target' ? [slot] : []));
  return inspection === 'due' && targets.length > 0 ? { kind: 'inspect', slots: targets } : undefined;
}

/** A slot after its target was looked at. What could not be looked at is a warning: nothing is known to stand against a delivery. */
export function afterLook(progress: SlotProgress, answer: RotationAnswer): SlotProgress {
  const findings = briefFindings(findingsOf(answer));
  return findings.length === 0 ? progress : { ...progress, findings };
}

function findingsOf(answer: RotationAnswer): readonly CheckFinding[] {
  if (answer.kind === 'inspected') return answer.findings;
  const isRefused = answer.kind === 'refused';
  const why = isRefused || answer.kind === 'failed' ? answer.detail : 'no answer';
  const detail = `it could not be looked at before the token was made: ${why}`;
  return [{ severity: 'warning', what: isRefused ? 'unreadable' : 'not-reachable', detail }];
}

/**
 * What was found, for people: whole sentences, errors first; undefined when nothing was. That a delivery replaces keys which nobody listed is
 * the nature of some targets, and stands in the status: told at each rotation, it would teach people to read no notice.
 */
export function findingsText(slots: readonly SlotProgress[]): string | undefined {
  const told = slots.flatMap(({ slot, findings = [] }) => findings.map((one) => ({ ...one, id: slot.id })));
  const all = errorsFirst(told.filter(({ severity, what }) => severity === 'error' || what !== 'other-keys'));
  if (all.length === 0) return undefined;
  let text = '';
  for (const [at, { severity, detail, id }] of all.entries()) {
    const next = `${text === '' ? '' : '; '}${id}: ${detail} (${severity})`;
    if (text.length + next.length > mostText) return `${text}; and ${all.length - at} more, see the status`;
    text += next;
  }
  return text;
}
