import { z } from 'zod';
import { leakOutcomes } from '../../rings/leak-reports.ts';
import { wellFormed } from './parameters.ts';

export const leakReport = z
  .strictObject({
    items: z
      .array(
        z.strictObject({
          token: wellFormed.max(512).meta({ description: 'The value as it was found' }),
          source: wellFormed
            .trim()
            .min(1)
            .max(200)
            .meta({ description: 'Where it was found, e.g. the kind of repository; in the audit the reason of its revocation' }),
          url: wellFormed.max(1_000).exactOptional(),
        }),
      )
      .min(1)
      .max(20),
  })
  .meta({ id: 'LeakReport' });

export const leakAnswer = z
  .object({
    items: z.array(
      z.object({
        index: z.int().meta({ description: 'Of the reported item' }),
        outcome: z.enum(leakOutcomes),
        environment: z.string().optional(),
        token: z.string().optional().meta({ description: 'Its id' }),
        guard: z.string().optional().meta({ description: 'Why it was kept' }),
      }),
    ),
  })
  .meta({ id: 'LeakAnswer' });
