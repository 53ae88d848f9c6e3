import { KafkaSendError } from '@tallystick/platform-kafka';
import { environmentId } from '@tallystick/kernel-core';
import type { PublishedUpTo, RevocationTopic } from '@tallystick/tokens-audit-kafka';
import type { RingShard, TokenId } from '@tallystick/tokens-domain';

export interface SentRecord {
  readonly key: string;
  readonly value: string;
}

/** Both topics in memory, as the publisher writes and the recovery reads them. */
export class MemoryKafka {
  /** False: every call fails. */
  reachable = true;
  readonly audit: SentRecord[] = [];
  readonly revocations: SentRecord[] = [];
  /** Called before each send; it may throw, or wait. */
  onSend: (topic: string) => Promise<void> | void = () => undefined;

  readonly producer = {
    send: async (topic: string, messages: readonly unknown[]) => {
      await this.onSend(topic);
      if (!this.reachable) throw new KafkaSendError('not-sent', 'Kafka is away');
      (topic === 'audit' ? this.audit : this.revocations).push(...(messages as readonly SentRecord[]));
      return [];
    },
  };

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
