import { KafkaSendError } from '@tallystick/platform-kafka';
import { environmentId } from '@tallystick/kernel-core';
import { type AuditReport, AuditVerifier, GatheredChains, type PublishedChains, readStatement } from '@tallystick/platform-audit';
import type { PublishedUpTo, RevocationTopic } from '@tallystick/tokens-audit-kafka';
import type { RingShard, TokenId } from '@tallystick/tokens-domain';
import { testSigner } from './test-signer.ts';

export interface SentRecord {
  readonly key: string;
  readonly value: string;
}

/** The topics in memory, as the publisher writes and the recovery reads them. */
export class MemoryKafka {
  /** False: every call fails. */
  reachable = true;
  readonly audit: SentRecord[] = [];
  readonly heads: SentRecord[] = [];
  readonly revocations: SentRecord[] = [];
  /** Called before each send; it may throw, or wait. */
  onSend: (topic: string) => Promise<void> | void = () => undefined;

  readonly producer = {
    send: async (topic: string, messages: readonly unknown[]) => {
      await this.onSend(topic);
      if (!this.reachable) throw new KafkaSendError('not-sent', 'Kafka is away');
      (topic === 'audit' ? this.audit : topic === 'heads' ? this.heads : this.revocations).push(
        ...(messages as readonly SentRecord[]),
      );
      return [];
    },
  };

  readonly published: PublishedChains = {
    look: async (chains) => {
      await Promise.resolve();
      if (!this.reachable) throw new Error('Kafka is away');
      const statements = this.heads.flatMap(({ value }) => {
        const read = readStatement(value, testSigner.trusted);
        return read.kind === 'statement' ? [read.statement] : [];
      });
      const found = new GatheredChains(chains, statements);
      for (const { value } of this.audit) found.record(value);
      return found.chains;
    },
  };
  readonly ends = () => Promise.resolve({ 0: `${this.audit.length}` });

  /** What a verifier says of what was published. */
  verify(): AuditReport {
    const verifier = new AuditVerifier({ keys: testSigner.trusted });
    for (const record of this.audit) verifier.record(record);
    for (const { value } of this.heads) verifier.statement(value);
    return verifier.report();
  }

  readonly topic: RevocationTopic = {
    read: async (onRevocation) => {
      await Promise.resolve();
      if (!this.reachable) throw new Error('Kafka is away');
      const published = new Map<RingShard, PublishedUpTo>();
      for (const { key, value } of this.revocations) {
        const [first = '', second = ''] = key.split('/');
        if (first === ':progress') published.set(second as RingShard, JSON.parse(value) as PublishedUpTo);
        else onRevocation({ environment: environmentId(first), token: second as TokenId });
      }
      return published;
    },
  };
}
