import type {
  ConnectionDocument,
  ConnectionStore,
  DirectoryCheck,
  ReconciliationStore,
  UserIndex,
} from '@tallystick/devices-domain';
import type { Instant } from '@tallystick/kernel-core';
import type { Logger } from '@tallystick/platform-observability';
import type { Audit } from '../audit/audit.ts';

/** One part of a connection test (P30). `secret`, `host`: whether the worker has the secret, and may call the address. */
export interface ConnectionCheck {
  readonly part: 'secret' | 'host' | DirectoryCheck['part'];
  readonly result: DirectoryCheck['result'];
  /** Kebab-case; never what the directory answered. */
  readonly because?: string;
  /** Where a secret that is missing has to be: a file or variable, by name. */
  readonly expected?: string;
}

export type Inspection =
  | { readonly kind: 'inspected'; readonly checks: readonly ConnectionCheck[] }
  /** No worker answered in time. */
  | { readonly kind: 'unanswered' };

/** Tests a connection where the credentials are: in a worker (ADR 5.6). Its calls draw from the budget of the directory. Writes nothing. */
export interface ConnectionInspector {
  inspect(document: ConnectionDocument, by: string): Promise<Inspection>;
}

/** What the controllers of connections need, handed in by the composition root. */
export interface ConnectionsNeeds {
  readonly store: ConnectionStore;
  readonly audit: Audit;
  readonly records: Pick<ReconciliationStore, 'record'>;
  /** Left out: a mapping can be tried on named users and given attributes, and on no sample. */
  readonly index?: Pick<UserIndex, 'random'>;
  /** A connection may read any topic, and not only those whose names begin with its environment and a dot. */
  readonly anyTopic?: boolean;
  /** Left out: connections can't be tested. */
  readonly inspector?: ConnectionInspector;
  readonly logger: Pick<Logger, 'info'>;
  readonly now: () => Instant;
  /** Milliseconds of a clock that only goes on. */
  readonly elapsedMs: () => number;
}
