import { expect, it } from '@jest/globals';
import type { ChainHead } from './chain.ts';
import { type ChainName, chainName } from './chain-name.ts';
import { HeadsPublisher } from './heads-publisher.ts';
import { readAuditSigner, readStatement } from './signing.ts';
import { MemoryOutboxes, MemoryTopics, newKey } from './test-chains.fixture.ts';

it('heads of 10,000 chains at once are told in pieces that any broker takes', async () => {
  const signer = readAuditSigner(newKey());
  const sent: string[] = [];
  const publisher = new HeadsPublisher({
    ...{ half: 'devices', signer, outbox: new MemoryOutboxes(), logger: { info: () => undefined } as never },
    send: (statement) => Promise.resolve(sent.push(statement)),
    ends: () => Promise.resolve({}),
    clock: { nowMs: () => 0 },
    nowMs: () => 1_800_000_000_000,
    sinceVouched: () => undefined,
  });
  const head: ChainHead = { generation: 1, sequence: 1_000_000, hash: 'ab'.repeat(32) };
  const names = Array.from({ length: 10_000 }, (_, at) => chainName('devices', `${'e'.repeat(58)}${at}`.slice(0, 63)));
  publisher.accepted(new Map<ChainName, ChainHead>(names.map((name) => [name, head])));
  await publisher.tick();
  const told = sent.flatMap((text) => {
    const read = readStatement(text, signer.trusted);
    return read.kind === 'statement' ? [read.statement] : [];
  });
  expect(Math.max(...sent.map((text) => Buffer.byteLength(text)))).toBeLessThan(1_000_000);
  expect(new Set(told.flatMap(({ heads }) => heads.map(({ chain }) => chain))).size).toBe(10_000);
  expect(told.at(-1)).toMatchObject({ chains: 10_000 });
});

it('an outbox that can not be read does not end the vouching for the others', async () => {
  const topics = new MemoryTopics();
  const outboxes = new MemoryOutboxes();
  const relay = topics.relay(outboxes);
  const state = outboxes.state.bind(outboxes);
  outboxes.state = (name) => (name === 'bad' ? Promise.reject(new Error('WRONGTYPE')) : state(name));
  outboxes.write('bad', 'beta', '{}');
  for (let minute = 0; minute < 5; minute++) {
    outboxes.write('good', 'acme', '{}');
    topics.nowMs += 60_000;
    await relay.round();
  }
  const vouched = { generation: 1, sequence: 6 };
  expect(topics.verify().chains).toMatchObject([{ chain: 'tokens/acme', verdict: 'whole', upTo: vouched, vouched }]);
});
