import { z } from 'zod';
import { type ChainHead, chainHeadShape, type ChainStart, chainStartShape } from './chain.ts';

/** The head of a chain as it is kept beside its outbox. */
export interface StoredHead extends ChainHead {
  /** The server that had the outbox when the head moved: see `OutboxClaim.server`. */
  readonly server: string;
  /** A generation that has been decided on: its start is the next record, and goes on from this head. */
  readonly next?: { readonly generation: number; readonly start: ChainStart };
}

const shape = chainHeadShape.extend({
  server: z.string(),
  next: z.object({ generation: z.int().min(1), start: chainStartShape }).optional(),
});

/** What a store has of a chain. `unreadable`: there is something. */
export type StoredChain = StoredHead | 'unreadable' | undefined;

export const writeHead = (head: StoredHead): string => JSON.stringify(head);

/** Undefined when it is nothing that a relay has written. */
export function readHead(text: string | undefined): StoredHead | undefined {
  if (text === undefined) return undefined;
  try {
    return shape.parse(JSON.parse(text)) as StoredHead;
  } catch {
    return undefined;
  }
}

/** The greatest generation that it knows of. */
export const newestGeneration = ({ generation, next }: StoredHead): number => next?.generation ?? generation;
