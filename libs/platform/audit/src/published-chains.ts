import type { Kafka } from 'kafkajs';
import { endOffsets, readToEnd } from '@tallystick/platform-kafka';
import { type ChainHead, headOf, readRecord } from './chain.ts';
import type { AuditChainTopics } from './chain-topics.ts';
import type { AuditHalf, ChainName } from './chain-name.ts';
import { isAfter, type PublishedChain } from './decide-generation.ts';
import { type HeadsStatement, readStatement, type TrustedKeys } from './signing.ts';

/** What is published of some chains, as it is when it is asked. Throws when Kafka is away. */
export interface PublishedChains {
  look(chains: ReadonlySet<ChainName>): Promise<ReadonlyMap<ChainName, PublishedChain>>;
}

export interface KafkaChainsOptions {
  readonly kafka: Kafka;
  readonly topics: AuditChainTopics;
  readonly half: AuditHalf;
  readonly keys: TrustedKeys;
  /** Of the reading consumer groups. */
  readonly groupPrefix: string;
}

/** So many statements are read at first, from the end; then more and more, until a complete one is among them. */
const firstStatements = 300n;

/**
 * Reads the statements back to the newest complete one, and the audit from where that one says: what lies before is in its heads. Without one
 * the audit is read whole.
 */
export function kafkaChains({ kafka, topics, half, keys, groupPrefix }: KafkaChainsOptions): PublishedChains {
  const statementsFrom = async (from: ReadonlyMap<number, bigint>): Promise<readonly HeadsStatement[]> => {
    const found: HeadsStatement[] = [];
    await readToEnd({
      ...{ kafka, topic: topics.heads, groupPrefix, from },
      onRecord: ({ value }) => {
        const read = readStatement(String(value), keys);
        if (read.kind === 'statement' && read.statement.half === half) found.push(read.statement);
      },
    });
    return found;
  };
  /** The newest complete one and all after it, that one last; or all that there are. */
  const newestStatements = async (): Promise<readonly HeadsStatement[]> => {
    const partitions = await endOffsets(kafka, topics.heads);
    for (let count = firstStatements; ; count *= 8n) {
      const from = new Map(
        partitions.map(({ partition, low, high }) => [partition, greatest(BigInt(low), BigInt(high) - count)]),
      );
      const statements = [...(await statementsFrom(from))].reverse();
      const complete = statements.findIndex((one) => one.complete);
      if (complete >= 0) return statements.slice(0, complete + 1);
      if (partitions.every(({ partition, low }) => from.get(partition) === BigInt(low))) return statements;
    }
  };
  return {
    async look(chains) {
      const statements = await newestStatements();
      const from = statements.find(({ complete }) => complete)?.from ?? {};
      const found = new GatheredChains(chains, statements);
      await readToEnd({
        ...{ kafka, topic: topics.audit, groupPrefix },
        from: new Map(Object.entries(from).map(([partition, offset]) => [Number(partition), BigInt(offset)])),
        onRecord: ({ value }) => found.record(String(value)),
      });
      return found.chains;
    },
  };
}

/** What is published of some chains, gathered from statements that a trusted key has signed, and from records. */
export class GatheredChains {
  readonly chains: ReadonlyMap<ChainName, PublishedChain & { readonly records: Lite[] }>;

  constructor(chains: ReadonlySet<ChainName>, statements: readonly HeadsStatement[]) {
    this.chains = new Map([...chains].map((chain) => [chain, { vouched: newestOf(chain, statements), records: [] }]));
  }

  record(value: string): void {
    const read = readRecord(value);
    if (read.kind !== 'record') return;
    const { kind, chain, generation, sequence, hash, previous } = read.record;
    this.chains.get(chain)?.records.push({ kind, generation, sequence, hash, previous });
  }
}

const greatest = (one: bigint, other: bigint): bigint => (one > other ? one : other);

type Lite = PublishedChain['records'][number];

function newestOf(chain: ChainName, statements: readonly HeadsStatement[]): ChainHead | undefined {
  const heads = statements.flatMap((statement) => statement.heads.filter((head) => head.chain === chain));
  const newest = heads.reduce<ChainHead | undefined>((best, head) => (best && !isAfter(head, best) ? best : head), undefined);
  return newest && headOf(newest);
}
