import type { Answer } from '../context.ts';
import { exits } from '../failure.ts';
import type { components } from '../generated/token-service.ts';
import { printable } from '../output/printable.ts';
import { lasting, moment, plural, share } from '../output/words.ts';

type Schemas = components['schemas'];

export const propagationText = ({
  confirmedBy,
  validators,
  waitedMs,
}: Pick<Schemas['Propagation'], 'confirmedBy' | 'validators' | 'waitedMs'>) =>
  `${confirmedBy === 'acknowledgement' ? `confirmed by ${plural(validators, 'validator')}` : 'confirmed by the end of every lease'}, after ${
    waitedMs < 1_000 ? `${waitedMs} ms` : lasting(waitedMs)
  }`;

/** What people have to know beside the success. */
export const warningsOf = (
  { warnings, outcome }: { readonly warnings: readonly Schemas['Warning'][]; readonly outcome: string },
  { bounded }: { readonly bounded: boolean },
): readonly string[] => [
  ...warnings.map(({ text }) => `NOTE  ${printable(text)}`),
  ...(bounded ? [] : ['NOTE  A fail-over or restart of the store could bring the older state back unnoticed (bounded: false).']),
  ...(outcome === 'replayed' ? ['NOTE  It was done already, by the same key; this is the answer of then.'] : []),
  ...(outcome === 'unchanged' ? ['NOTE  It was so already; nothing was changed.'] : []),
];

/** Nothing was changed yet: a second person has to say yes. */
export const proposedAnswer = (done: Schemas['Proposed']): Answer => {
  const { id, text, refusedShare, expiresAt } = done.proposal;
  return {
    result: done,
    exit: exits.waits,
    text: [
      `Nothing was changed: a second person has to approve it, until ${moment(expiresAt)}.`,
      `proposal ${id}: ${printable(text)}${refusedShare === undefined ? '' : ` (it would refuse ${share(refusedShare)} of the devices)`}`,
    ],
  };
};
