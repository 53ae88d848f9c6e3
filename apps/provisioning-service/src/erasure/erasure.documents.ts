import { z } from 'zod';
import { reason } from '../audit/change.documents.ts';
import type { ErasedPerson } from './erase-user.ts';

/** A source key travels in the body, as of the look-up: a path lies in access logs. */
export const eraseUserBody = z.strictObject({ sourceKey: z.string().min(1).max(1024), reason }).meta({ id: 'EraseUser' });

const count = (description: string) => z.int().nonnegative().meta({ description });

export const erasedView = z
  .object({
    known: z
      .boolean()
      .meta({ description: 'false: nothing was kept under this key; look whether it is spelled as the datastore spells it' }),
    erased: z.object({
      accounts: count('directory accounts that were this user’s for us; they are free now, and nothing was changed in them'),
      holds: count('holds that had a plan of them'),
      passEntries: count('results of previews and passes'),
      mentions: count('records and outcomes of others that named them'),
      parkedRecords: count('parked records that were theirs'),
      runs: count('runs in Temporal with their histories'),
    }),
    left: z
      .array(
        z.object({
          what: z.enum([
            'source',
            'directory',
            'runs',
            'parked-records',
            'source-topic',
            'parking-topic',
            'outcomes-topic',
            'answers',
            'logs',
            'backups',
          ]),
          text: z.string().meta({ description: 'until when it is there, and how it goes away' }),
        }),
      )
      .meta({ description: 'what this can not reach, with what to do about it' }),
  })
  .meta({ id: 'ErasedUser' });

type Left = z.input<typeof erasedView>['left'][number];

export function viewOfErased({ known, runsRemaining, parkedUnread, ...erased }: ErasedPerson): z.input<typeof erasedView> {
  const { accounts, holds, passEntries, mentions, parkedRecords, runs } = erased;
  return {
    known,
    erased: { accounts, holds, passEntries, mentions, parkedRecords, runs },
    left: [
      ...(runsRemaining > 0
        ? [
            {
              what: 'runs',
              text: `Temporal still lists ${runsRemaining} of their runs: repeat this until it lists none.`,
            } as const,
          ]
        : []),
      ...(parkedUnread > 0
        ? [
            {
              what: 'parked-records',
              text: `The bytes of ${parkedUnread} parked records are not in the index or can not be opened: look into them, and discard what is theirs.`,
            } as const,
          ]
        : []),
      ...always,
    ],
  };
}

/** docs/operations/personal-data.md says more of each. */
const always: readonly Left[] = [
  { what: 'source', text: 'The datastore was not asked: erase them there first, or their next change makes them anew here.' },
  {
    what: 'directory',
    text: 'Account and devices at the provider are as they were, and nobody’s for us: remove them in its console, or before this by a deletion at the source.',
  },
  { what: 'source-topic', text: 'Until its compaction or retention: write a tombstone for the key, and wait for it.' },
  { what: 'parking-topic', text: 'Until its retention, PROVISIONING_PARKED_RETENTION where this product made it.' },
  { what: 'outcomes-topic', text: 'The hash of the user, until the retention of the topic.' },
  {
    what: 'answers',
    text: 'Sealed answers to repeated requests name the hash for a day; plans of others that name it are kept sealed for at most 90 days.',
  },
  { what: 'logs', text: 'The hash and the id of the workflow, as long as you keep logs.' },
  { what: 'backups', text: 'A restore brings all of it back: run the erasures of the time since again.' },
];
