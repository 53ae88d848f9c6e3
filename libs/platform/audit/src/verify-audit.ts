import type { Kafka } from 'kafkajs';
import { endOffsets, readToEnd } from '@tallystick/platform-kafka';
import { z } from 'zod';
import type { AuditReport, VerifierOptions } from './audit-report.ts';
import { AuditVerifier } from './audit-verifier.ts';
import type { AuditChainTopics } from './chain-topics.ts';

type Lines = Iterable<string> | AsyncIterable<string>;

const line = z.object({ key: z.string().nullable(), value: z.string().nullable() });

/**
 * Verifies exported topics: JSON Lines of `{ "key", "value" }`, the value as text. Export the heads first, then the audit: heads that are newer
 * than the records look like records that were cut off. A line that is no such object counts as foreign.
 */
export async function verifyAuditLines({
  audit,
  heads,
  ...options
}: VerifierOptions & { readonly audit: Lines; readonly heads: Lines }): Promise<AuditReport> {
  const verifier = new AuditVerifier(options);
  for await (const text of audit) if (text.trim() !== '') verifier.record(lineOf(text));
  for await (const text of heads) if (text.trim() !== '') verifier.statement(lineOf(text).value);
  return verifier.report();
}

function lineOf(text: string): z.infer<typeof line> {
  try {
    return line.parse(JSON.parse(text));
  } catch {
    return { key: null, value: null };
  }
}

/**
 * Verifies the topics themselves. Where the heads end is asked first: what is published meanwhile is no fault.
 * @throws Error when Kafka is away or a topic is not there.
 */
export async function verifyAuditTopic({
  kafka,
  topics,
  groupPrefix = 'tallystick-audit-verify',
  ...options
}: VerifierOptions & {
  readonly kafka: Kafka;
  readonly topics: AuditChainTopics;
  readonly groupPrefix?: string;
}): Promise<AuditReport> {
  const verifier = new AuditVerifier(options);
  const ends = await endOffsets(kafka, topics.heads);
  const read = { kafka, groupPrefix };
  await readToEnd({
    ...{ ...read, topic: topics.audit },
    onRecord: ({ key, value }) => verifier.record({ key: textOf(key), value: textOf(value) }),
  });
  await readToEnd({
    ...{ ...read, topic: topics.heads, to: new Map(ends.map(({ partition, high }) => [partition, BigInt(high)])) },
    onRecord: ({ value }) => verifier.statement(textOf(value)),
  });
  return verifier.report();
}

/** Bytes that are no UTF-8 come out as another text, whose hash is not the one that was told. */
const textOf = (bytes: Buffer | null): string | null => bytes?.toString('utf8') ?? null;
