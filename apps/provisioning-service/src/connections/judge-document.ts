import type { ConnectionDocument, SavedConnection, UnreadableConnection } from '@tallystick/devices-domain';
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
import { orderOfSource } from '../bridge/order-of-source.ts';

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
      readonly warnings: readonly Named<ConnectionWarning | 'new-attributes-need-a-rewind' | 'new-source-needs-an-epoch'>[];
      /** Not empty: an approver has to save it. */
      readonly dangers: readonly Named<RisingDanger | 'replaces-unreadable'>[];
    };

export interface Surroundings {
  readonly environment: string;
  readonly connection: string;
  readonly before: SavedConnection | undefined;
  /** There is one, and it can't be read: nobody can say whether this one is more dangerous. */
  readonly beforeUnreadable?: boolean;
  /** The documents of all environments. */
  readonly all: readonly SavedConnection[];
  /** Those that are saved as well, and can't be read: what is known of them still counts. */
  readonly unreadable?: readonly UnreadableConnection[];
  readonly elapsedMs: () => number;
  /** Without it, only topics whose names begin with the environment and a dot. */
  readonly anyTopic?: boolean | undefined;
}

/** Every worker reads all documents of all environments: one environment must not make that long for the others. */
const mostConnections = 100;

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
  const topicsOfOthers = [
    ...others.map(({ source }) => source.topic),
    ...(around.unreadable ?? [])
      .filter((other) => other.environment !== environment || other.connection !== connection)
      .map(({ topic }) => topic),
  ];
  const taken = topicsOfOthers.includes(document.source.topic)
    ? [{ path: 'source.topic', expected: 'must not be the topic of another connection' }]
    : [];
  // One that is read already stays: it was saved by somebody who might, or before this was asked for.
  const foreign =
    around.anyTopic === true || isOwnTopic(environment, document) || before?.document.source.topic === document.source.topic
      ? []
      : [{ path: 'source.topic', expected: `must begin with "${environment}.": other topics may be of other environments` }];
  const isNew = !around.all.some(
    (saved) => saved.document.environment === environment && saved.document.connection === connection,
  );
  const ofEnvironment = others.filter((other) => other.environment === environment).length;
  const tooMany =
    isNew && ofEnvironment >= mostConnections
      ? [{ path: 'connection', expected: `must not be more than ${mostConnections} of one environment` }]
      : [];
  const compiled = compileMapping(document);
  const slow =
    compiled.ok && isSlow(compiled.value, around.elapsedMs)
      ? [{ path: 'mapping', expected: 'must take less time for a large record' }]
      : [];
  const faults = [
    ...misplaced,
    ...taken,
    ...foreign,
    ...tooMany,
    ...slow,
    ...(compiled.ok ? [] : compiled.error.map(({ path, fault }) => ({ path, expected: fault }))),
  ];
  if (!compiled.ok || faults.length > 0) return { kind: 'faulty', faults };
  const warnings = warningsOf(document, others).map((kind) => ({ kind, text: connectionWarnings[kind] }));
  return {
    kind: 'usable',
    document,
    mapping: compiled.value,
    warnings: [
      ...warnings,
      ...(readsMore(before, compiled.value) ? [rewind] : []),
      ...(before && isOtherSource(before.document, document) ? [newSource] : []),
    ],
    dangers: [
      ...(around.beforeUnreadable ? [replacesUnreadable] : []),
      ...risingDangersOf(before?.document, document, others).map((kind) => ({ kind, text: risingDangers[kind] })),
    ],
  };
}

/** An id has no dot: what begins with one and a dot begins with no other. */
const isOwnTopic = (environment: string, { source }: ConnectionDocument): boolean => source.topic.startsWith(`${environment}.`);

const replacesUnreadable = {
  kind: 'replaces-unreadable',
  text: 'The document before it can not be read, so that nobody can say what becomes more dangerous.',
} as const;

const rewind = {
  kind: 'new-attributes-need-a-rewind',
  text: 'It reads attributes that were not kept until now (keepAttributes: mapped): they are unknown until the topic is read again.',
} as const;

const newSource = {
  kind: 'new-source-needs-an-epoch',
  text: 'Its topic, or what orders its records, is another one: it is not read until you raise the epoch of the source, because positions of the two do not compare.',
} as const;

const isOtherSource = ({ source: was }: ConnectionDocument, { source: is }: ConnectionDocument): boolean =>
  was.topic !== is.topic || orderOfSource(was.format) !== orderOfSource(is.format);

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
