import type { EnvironmentId } from '@tallystick/kernel-core';
import type { RegistryLook, Renewal, RingChangeResult } from '@tallystick/tokens-domain';
import { z } from 'zod';
import { readMember } from './member-row.ts';
import { readOrMark } from './ring-document.ts';

const text = z.string();
const changeReply = z.union([
  z.tuple([z.literal('changed'), z.int(), text, text, text, text]),
  z.tuple([z.literal('replayed'), z.int(), text, text.nullable(), text, text, text, text]),
  z.tuple([z.literal('clocks-apart'), z.int()]),
  z.tuple([z.enum(['key-reused', 'conflict', 'unsettled', 'outbox-full', 'damaged', 'unreadable'])]),
]);
const lookReply = z.tuple([text, text, text, z.int(), z.int(), text, z.array(text)]);
const renewReply = z.tuple([text, text, z.int(), z.int(), z.int(), z.array(text), z.array(text)]);

/** What the change script said; `unreadable`: it could not find the version of the stored ring. */
export function readChange(reply: unknown): RingChangeResult | { readonly kind: 'unreadable' } {
  const found = changeReply.parse(reply);
  switch (found[0]) {
    case 'changed': {
      const [kind, seq, epoch, registry, serverId, headEpoch] = found;
      return { kind, seq, identity: { epoch, registry, serverId }, headEpoch };
    }
    case 'replayed': {
      const [kind, seq, answer, values, epoch, registry, serverId, headEpoch] = found;
      return { kind, seq, answer, ...(values === null ? {} : { values }), identity: { epoch, registry, serverId }, headEpoch };
    }
    case 'clocks-apart':
      return { kind: found[0], serverTimeMs: found[1] };
    default:
      return { kind: found[0] };
  }
}

/** What the look script said. */
export function readLook(reply: unknown): RegistryLook {
  const [epoch, registry, serverId, replicas, seq, headEpoch, rows] = lookReply.parse(reply);
  const table = pairs(rows);
  return {
    identity: { epoch, registry, serverId },
    headEpoch,
    seq,
    members: table.filter(([id]) => !id.startsWith(':')).map(([id, json]) => readMember(id, json)),
    renewals: Number(table.find(([id]) => id === ':renewals')?.[1] ?? 0),
    replicas,
  };
}

/** What the renew script said to a member that had `applied` changes. */
export function readRenewal(reply: unknown, applied: number): Renewal {
  const [epoch, headEpoch, seq, serverTimeMs, trimmed, changed, documents] = renewReply.parse(reply);
  const rings = new Map(pairs(documents).map(([name, json]) => [name, readOrMark(json, name as EnvironmentId)]));
  return {
    position: { epoch, seq },
    headEpoch,
    serverTimeMs,
    entries: changed.map((name, index) => ({
      seq: applied + 1 + index,
      ring: rings.get(name) ?? { environment: name as EnvironmentId, isUnreadable: true },
    })),
    trimmed: trimmed === 1,
  };
}

const pairs = (flat: readonly string[]): readonly (readonly [string, string])[] =>
  flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1] ?? ''] as const] : []));
