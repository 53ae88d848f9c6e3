import { isName } from '@tallystick/kernel-core';

export const auditHalves = ['tokens', 'devices'] as const;
export type AuditHalf = (typeof auditHalves)[number];

/**
 * What a signed head speaks of: one chain per half and environment, as `tokens/production`; and, with a colon that no environment has, one for
 * what belongs to none: `devices/:system`, or an outbox itself: `tokens/:07`.
 */
export type ChainName = `${AuditHalf}/${string}`;

/** An environment, or a colon and the name of what is none. */
export const isChainPlace = (place: string): boolean => isName(place.startsWith(':') ? place.slice(1) : place);

/** @throws RangeError on what is no environment and could be taken for another chain. */
export function chainName(half: AuditHalf, place: string): ChainName {
  if (!isChainPlace(place)) throw new RangeError('this names no chain of the audit');
  return `${half}/${place}`;
}

/** Undefined when the text names no chain. */
export function readChainName(text: unknown): { readonly half: AuditHalf; readonly place: string } | undefined {
  if (typeof text !== 'string') return undefined;
  const half = auditHalves.find((one) => text.startsWith(`${one}/`));
  const place = text.slice((half?.length ?? 0) + 1);
  return half && isChainPlace(place) ? { half, place } : undefined;
}
