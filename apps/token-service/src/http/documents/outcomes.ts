import { isoOf } from '@tallystick/kernel-core';
import {
  type GuardFigures,
  type Proposal,
  ringRefusals,
  type RingRefusal,
  type RingWarning,
  ringWarnings,
  unknownAdoptions,
} from '@tallystick/tokens-domain';
import { z } from 'zod';
import type { Propagation } from '../../propagation/propagation.ts';
import type { RingDone, RingProposed } from '../../rings/ring-request.ts';

// What every change answers. No schema here has a place for a digest.

export const propagationView = z
  .object({
    confirmedBy: z.enum(['acknowledgement', 'lease']),
    validators: z.int(),
    waitedMs: z.int(),
    bounded: z.boolean().meta({ description: 'No fail-over or restart of the store can bring an older state back unnoticed' }),
  })
  .meta({ id: 'Propagation' });

export const warningView = z.object({ kind: z.string(), text: z.string() }).meta({ id: 'Warning' });

export const figuresView = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('known'),
      devices: z.int().meta({ description: 'Seen in the window' }),
      byToken: z.int().meta({ description: 'Of them refused for their token, or for want of one' }),
      withoutToken: z
        .int()
        .meta({ description: 'Of those: devices that presented nothing, or a value that was never a token here' }),
      bySiblings: z.int().meta({ description: 'Refused by the other device requirements alone' }),
      unjudged: z.int().meta({ description: 'Not judged yet by the other device requirements as they are now' }),
      allowedShare: z.number(),
    }),
    z.object({ kind: z.literal('unknown'), why: z.string(), text: z.string() }),
  ])
  .meta({ id: 'Figures' });

const forcedView = z.object({ refusal: z.string(), reason: z.string() }).meta({ id: 'Forced' });

/** Members of every answer to a change that was made. */
export const outcomeMembers = {
  outcome: z.enum(['changed', 'replayed', 'unchanged']),
  version: z.int(),
  warnings: z.array(warningView),
  figures: figuresView.optional(),
  forced: forcedView.optional(),
};

export const proposalView = z
  .object({
    id: z.string(),
    command: z.looseObject({ kind: z.string() }).meta({ description: 'What will be done, if a second person approves it' }),
    refusal: z.string(),
    text: z.string(),
    refusedShare: z.number().optional().meta({ description: 'Of the devices seen when it was proposed; missing when unknown' }),
    reason: z.string(),
    by: z.string(),
    at: z.string(),
    expiresAt: z.string(),
  })
  .meta({ id: 'Proposal' });

export const proposedView = z
  .object({ outcome: z.literal('proposed'), version: z.int(), proposal: proposalView, figures: figuresView.optional() })
  .meta({ id: 'Proposed' });
export type Proposed = z.input<typeof proposedView>;

export const changedView = z.object({ ...outcomeMembers, propagation: propagationView }).meta({ id: 'Changed' });

export const viewOfPropagation = ({ confirmedBy, validators, waitedMs, bounded }: Propagation) => ({
  confirmedBy,
  validators,
  waitedMs,
  bounded,
});

export const viewOfFigures = (figures: GuardFigures): z.input<typeof figuresView> => {
  if (figures.kind === 'unknown') return { kind: 'unknown', why: figures.why, text: unknownAdoptions[figures.why] };
  const { devices, byToken, withoutToken, bySiblings, unjudged, allowedShare } = figures;
  return { kind: 'known', devices, byToken, withoutToken, bySiblings, unjudged, allowedShare };
};

export const viewOfWarnings = (warnings: readonly RingWarning[]) => warnings.map((kind) => ({ kind, text: ringWarnings[kind] }));

export const viewOfOutcome = ({ kind, ring, warnings, figures, forced }: RingDone) => ({
  outcome: kind,
  version: ring.version,
  warnings: viewOfWarnings(warnings),
  ...(figures ? { figures: viewOfFigures(figures) } : {}),
  ...(forced ? { forced: { refusal: forced.refusal, reason: forced.reason } } : {}),
});

export const viewOfChanged = (done: RingDone): z.input<typeof changedView> => ({
  ...viewOfOutcome(done),
  propagation: viewOfPropagation(done.propagation),
});

export const viewOfProposal = ({
  id,
  command,
  refusal,
  refusedShare,
  reason,
  by,
  at,
  expiresAt,
}: Proposal): z.input<typeof proposalView> => ({
  id,
  command: JSON.parse(command) as { kind: string },
  refusal,
  text: ringRefusals[refusal as RingRefusal] ?? refusal,
  ...(refusedShare === undefined ? {} : { refusedShare }),
  reason,
  by,
  at: isoOf(at),
  expiresAt: isoOf(expiresAt),
});

export const viewOfProposed = ({ ring, proposal, figures }: RingProposed): Proposed => ({
  outcome: 'proposed',
  version: ring.version,
  proposal: viewOfProposal(proposal),
  ...(figures ? { figures: viewOfFigures(figures) } : {}),
});
