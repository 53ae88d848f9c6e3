import type { ConnectionDocument, SavedConnection } from '@tallystick/devices-domain';
import { type CompiledMapping, compileMapping, traceRecord } from '@tallystick/devices-source-mapping';
import {
  type ConnectionWarning,
  connectionWarnings,
  parseConnection,
  type RisingDanger,
  risingDangers,
  risingDangersOf,
  warningsOf,
} from '@tallystick/devices-store-connections';

export interface Fault {
  readonly path: string;
  readonly expected: string;
}

export interface Named<K> {
  readonly kind: K;
  readonly text: string;
}

export type Judgement =
  | { readonly kind: 'faulty'; readonly faults: readonly Fault[] }
  | {
      readonly kind: 'usable';
      readonly document: ConnectionDocument;
      readonly mapping: CompiledMapping;
      readonly warnings: readonly Named<ConnectionWarning | 'new-attributes-need-a-rewind'>[];
      /** Not empty: an approver has to save it. */
      readonly dangers: readonly Named<RisingDanger>[];
    };

export interface Surroundings {
  readonly environment: string;
  readonly connection: string;
  readonly before: SavedConnection | undefined;
  /** The documents of all environments. */
  readonly all: readonly SavedConnection[];
  readonly elapsedMs: () => number;
}

/** Everything that can be said of a document before it is saved: all faults at once, by path and without values; else warnings and dangers. */
export function judgeDocument(body: object, around: Surroundings): Judgement {
  const { environment, connection, before } = around;
  const named = { environment, connection, ...body } as Partial<Record<'environment' | 'connection', unknown>>;
  const misplaced = (['environment', 'connection'] as const)
    .filter((name) => named[name] !== around[name])
    .map((name) => ({ path: name, expected: 'must be the one in the path of the request' }));
  const read = parseConnection({ ...named, environment, connection });
  if (!read.ok) return { kind: 'faulty', faults: [...misplaced, ...read.error.map(faultOf)] };
  const document = read.value;
  const others = around.all
    .map((saved) => saved.document)
    .filter((other) => other.environment !== environment || other.connection !== connection);
  const taken = others.some(({ source }) => source.topic === document.source.topic)
    ? [{ path: 'source.topic', expected: 'must not be the topic of another connection' }]
    : [];
  const compiled = compileMapping(document);
  const slow =
    compiled.ok && isSlow(compiled.value, around.elapsedMs)
      ? [{ path: 'mapping', expected: 'must take less time for a large record' }]
      : [];
  const faults = [
    ...misplaced,
    ...taken,
    ...slow,
    ...(compiled.ok ? [] : compiled.error.map(({ path, fault }) => ({ path, expected: fault }))),
  ];
  if (!compiled.ok || faults.length > 0) return { kind: 'faulty', faults };
  const warnings = warningsOf(document, others).map((kind) => ({ kind, text: connectionWarnings[kind] }));
  return {
    kind: 'usable',
    document,
    mapping: compiled.value,
    warnings: readsMore(before, compiled.value) ? [...warnings, rewind] : warnings,
    dangers: risingDangersOf(before?.document, document).map((kind) => ({ kind, text: risingDangers[kind] })),
  };
}

const rewind = {
  kind: 'new-attributes-need-a-rewind',
  text: 'It reads attributes that were not kept until now (keepAttributes: mapped): they are unknown until the topic is read again.',
} as const;

function readsMore(before: SavedConnection | undefined, mapping: CompiledMapping): boolean {
  if (before?.document.keepAttributes !== 'mapped') return false;
  const read = compileMapping(before.document);
  return read.ok && [...mapping.attributes].some((name) => !read.value.attributes.has(name));
}

/** The structure of an expression bounds its time; this catches what that has missed, before a worker meets it. */
const slowMs = 250;
const large = 'a,@ '.repeat(8_192);

function isSlow(mapping: CompiledMapping, elapsedMs: () => number): boolean {
  const attributes = Object.fromEntries([...mapping.attributes].map((name) => [name, large]));
  const startedAt = elapsedMs();
  traceRecord({ attributes, deleted: false }, mapping);
  return elapsedMs() - startedAt > slowMs;
}

function faultOf(text: string): Fault {
  const end = text.indexOf(': ');
  return { path: text.slice(0, end), expected: text.slice(end + 2) };
}
