import type { Logger } from '@tallystick/platform-observability';
import { liveTokens, type Ring, type TokenId } from '@tallystick/tokens-domain';
import type { AuditNotes, DeedNote, NoteOutcome } from '../rings/audit-notes.ts';
import type { BreakGlassLimit } from './break-glass-limit.ts';

export interface BreakGlassNoteNeeds {
  readonly notes: Pick<AuditNotes, 'write' | 'isWritten'>;
  readonly breakGlassLimit: BreakGlassLimit;
  readonly logger: Pick<Logger, 'error'>;
}

/** `over-limit`: nothing was noted; `seconds` until there is room. */
export type BreakGlassNoted = NoteOutcome | { readonly kind: 'over-limit'; readonly seconds: number };

/** After these nobody can tell that the note is not there, so what it took stays taken; a repeated request takes nothing. */
const mayBeWritten: ReadonlySet<NoteOutcome['kind']> = new Set(['noted', 'outcome-unknown'] as const);

/**
 * Notes that the break-glass credential is about to revoke these tokens, within its limit. What it costs are the live ones among them: the same request once
 * more costs nothing, and nothing a note that was not written. A use that can revoke nothing is noted as well, but as any other note: no stolen credential
 * fills the room that is kept for revocations by asking for what is not there.
 * @throws what the store throws
 */
export async function noteBreakGlass(
  { notes, breakGlassLimit, logger }: BreakGlassNoteNeeds,
  ring: Ring,
  tokens: readonly TokenId[],
  note: DeedNote,
): Promise<BreakGlassNoted> {
  const asked = new Set(tokens);
  const count = (await notes.isWritten(note)) ? 0 : liveTokens(ring).filter(({ id }) => asked.has(id)).length;
  const { environment, actor } = note;
  const seconds = count === 0 ? undefined : breakGlassLimit.take(actor, count);
  if (seconds !== undefined) {
    logger.error({ environment, actor, tokens: count }, 'the break-glass credential asks for more than its limit');
    return { kind: 'over-limit', seconds };
  }
  let isUsed = false;
  try {
    const outcome = await notes.write({ ...note, isEmergency: count > 0 });
    isUsed = mayBeWritten.has(outcome.kind) && !(outcome.kind === 'noted' && outcome.isRepeated);
    return outcome;
  } finally {
    if (!isUsed && count > 0) breakGlassLimit.giveBack(actor, count);
  }
}
