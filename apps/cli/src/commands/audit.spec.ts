import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ChainedRecord,
  chainName,
  chainNext,
  keyedRecord,
  readAuditSigner,
  signStatement,
} from '@tallystick/platform-audit';
import { runCli } from '../run-cli.ts';
import { testTerminal } from '../test-support/test-terminal.ts';

// What is whole and what is not is the library's to say; here is that the command says it, and ends as it should.
const chain = chainName('tokens', 'acme');
const pem = generateKeyPairSync('ed25519');
const signer = readAuditSigner(pem.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
const link = (before: ChainedRecord | undefined, kind: 'start' | 'entry', text: string) => {
  const head = before ?? { generation: 1, sequence: 0, hash: '0'.repeat(64) };
  return chainNext(chain, head, { kind, outbox: '07', epoch: 'e', seq: head.sequence, text });
};
const from = { generation: 0, sequence: 0, hash: '0'.repeat(64) };
const start = link(undefined, 'start', JSON.stringify({ start: 'first', at: '2027-01-31T08:00:00.000Z', from }));
const first = link(start, 'entry', '{"action":"add-token"}');
const second = link(first, 'entry', '{"action":"revoke-tokens"}');
const past = '2026-01-31T08:00:00.000Z';
const statement = {
  ...{ format: 1 as const, half: 'tokens' as const, at: past },
  ...{ heads: [{ chain, generation: 1, sequence: second.sequence, hash: second.hash }], complete: true, chains: 1, from: {} },
};

let folder: string;
const file = (name: string, ...lines: readonly object[]): string => {
  writeFileSync(join(folder, name), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return join(folder, name);
};
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tallystick-audit-'));
  writeFileSync(join(folder, 'keys.pem'), pem.publicKey.export({ type: 'spki', format: 'pem' }));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function verify(records: readonly ChainedRecord[], ...more: string[]) {
  return verifyBy(statement, records, ...more);
}

async function verifyBy(signed: typeof statement, records: readonly ChainedRecord[], ...more: string[]) {
  const { terminal, shown } = testTerminal({ env: { TALLYSTICK_AUDIT_KEYS_FILE: join(folder, 'keys.pem') } });
  const heads = file('heads.jsonl', { key: 'tokens', value: signStatement(signed, signer) });
  const audit = file('audit.jsonl', ...records.map(keyedRecord));
  return { exit: await runCli(['audit', 'verify', '--audit', audit, '--heads', heads, ...more], terminal), ...shown };
}

describe('audit verify', () => {
  it('ends with 0 where all is whole, and with 7 where a record was cut off, changed, or nobody has signed for long', async () => {
    const whole = await verify([start, first, second]);
    expect([whole.exit, whole.out]).toEqual([0, expect.stringMatching(/^The audit is whole\./)]);
    const cut = await verify([start, first]);
    expect([cut.exit, cut.out]).toEqual([7, expect.stringContaining('cut-off: 1 of tokens/acme')]);
    const changed = await verify([start, { ...first, text: '{"action":"nothing"}' }, second], '--json');
    expect([changed.exit, JSON.parse(changed.out)]).toMatchObject([
      7,
      { command: 'audit verify', result: { verdict: 'faulty' } },
    ]);
    const old = await verify([start, first, second], '--max-age', '1h');
    expect([old.exit, old.out]).toEqual([7, expect.stringContaining('nobody has signed for the tokens half for too long')]);
    expect(old.out).toContain('Newest signed heads: tokens 2026-01-31 08:00Z');
    const alone = await verify([start, first, second], '--half', 'devices');
    expect([alone.exit, alone.out]).toEqual([7, expect.stringContaining('nobody has ever signed for the devices half')]);
    expect((await verify([start, first, second], '--max-age', '1')).exit).toBe(2);
  });

  it('has read the heads as well when the audit was long', async () => {
    const records = [start];
    while (records.length < 5_000) records.push(link(records.at(-1), 'entry', `{"action":"add-token","n":${records.length}}`));
    const { sequence, hash } = records.at(-1)!;
    const all = await verifyBy({ ...statement, heads: [{ chain, generation: 1, sequence, hash }] }, records);
    expect([all.exit, all.out]).toEqual([0, expect.stringMatching(/^The audit is whole\./)]);
  });

  it('trusts no key that it was not given, and says what it needs', async () => {
    const other = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' });
    writeFileSync(join(folder, 'other.pem'), other);
    expect((await verify([start, first, second], '--keys', join(folder, 'other.pem'))).exit).toBe(7);
    expect((await verify([start], '--keys', file('none.pem', {}))).exit).toBe(2);
    const { terminal, shown } = testTerminal({ env: { TALLYSTICK_AUDIT_KEYS_FILE: join(folder, 'keys.pem') } });
    expect(await runCli(['audit', 'verify'], terminal)).toBe(2);
    expect(shown.err).toContain('TALLYSTICK_KAFKA_BROKERS');
  });
});
