import { generateKeyPairSync } from 'node:crypto';
import { composeAuditRelay } from './kafka-audit-relay.ts';
import { GatheredChains } from './published-chains.ts';
import type { AuditReport, VerifierOptions } from './audit-report.ts';
import { AuditVerifier } from './audit-verifier.ts';
import type { ChainedOutbox, HeadMove, MoveOutcome, OutboxClaim, WaitingEntry } from './outbox.port.ts';
import { type AuditSigner, readAuditSigner, readStatement } from './signing.ts';

export const newKey = (): string => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

interface Outbox {
  seq: number;
  entries: WaitingEntry[];
  readonly heads: Map<string, string>;
  upTo: number | undefined;
  claim: { relay: string; fence: number };
}

/** Outboxes in memory, on a server that can go back. */
export class MemoryOutboxes implements ChainedOutbox {
  #outboxes = new Map<string, Outbox>();
  #server = 1;

  write(outbox: string, place: string, text: string): void {
    const found = this.of(outbox);
    found.seq += 1;
    found.entries.push({ seq: found.seq, place, epoch: `epoch-${this.#server}`, text });
  }
  of(outbox: string): Outbox {
    const found = this.#outboxes.get(outbox) ?? {
      ...{ seq: 0, entries: [], heads: new Map(), upTo: undefined, claim: { relay: '', fence: 0 } },
    };
    this.#outboxes.set(outbox, found);
    return found;
  }
  snapshot(): unknown {
    return structuredClone(this.#outboxes);
  }
  /** Another server, which has what was there then, or now. */
  failOver(snapshot: unknown = this.snapshot()): void {
    this.#outboxes = structuredClone(snapshot) as Map<string, Outbox>;
    this.#server += 1;
  }

  outboxes(): Promise<readonly string[]> {
    return Promise.resolve([...this.#outboxes.keys()]);
  }
  /** Whoever asks has it: claims that run out are what relays have to live with. */
  async claim(outbox: string, relay: string): Promise<OutboxClaim> {
    await Promise.resolve();
    const { claim } = this.of(outbox);
    if (claim.relay !== relay) Object.assign(claim, { relay, fence: claim.fence + 1 });
    return { fence: claim.fence, server: `server-${this.#server}` };
  }
  async read(outbox: string, count: number): Promise<readonly WaitingEntry[]> {
    await Promise.resolve();
    return this.of(outbox).entries.slice(0, count);
  }
  async state(outbox: string) {
    await Promise.resolve();
    const { upTo, heads } = this.of(outbox);
    return { upTo, heads: new Map(heads) };
  }
  async move(outbox: string, { fence, server }: OutboxClaim, moves: readonly HeadMove[]): Promise<MoveOutcome> {
    await Promise.resolve();
    const { claim, heads } = this.of(outbox);
    if (claim.fence !== fence || server !== `server-${this.#server}`) return 'superseded';
    if (moves.some(({ place, before }) => heads.get(place) !== before)) return 'heads-differ';
    for (const { place, after } of moves) heads.set(place, after);
    return 'done';
  }
  async remove(outbox: string, claim: OutboxClaim, seq: number, moves: readonly HeadMove[]): Promise<MoveOutcome> {
    const outcome = await this.move(outbox, claim, moves);
    const found = this.of(outbox);
    if (outcome === 'done') Object.assign(found, { upTo: seq, entries: found.entries.filter((entry) => entry.seq > seq) });
    return outcome;
  }
  release(): Promise<void> {
    return Promise.resolve();
  }
}

export interface Sent {
  readonly key: string;
  readonly value: string;
}

export interface RelayHooks {
  /** Before what is published is read; it may throw, or wait. */
  readonly onRead?: () => Promise<void>;
  readonly before?: (batch: { readonly entries: readonly WaitingEntry[] }) => Promise<void>;
  readonly every?: (ms: number, work: () => void) => () => void;
}

/** Both topics, and relays over them. */
export class MemoryTopics {
  audit: Sent[] = [];
  heads: Sent[] = [];
  signer: AuditSigner;
  /** Before each send; it may throw, or wait. */
  onSend: (topic: string) => Promise<void> | void = () => undefined;
  nowMs = 1_800_000_000_000;
  readonly log: string[] = [];

  constructor(pem = newKey()) {
    this.signer = readAuditSigner(pem);
  }

  relay(outbox: ChainedOutbox, relayId = 'one', more: RelayHooks = {}) {
    const told = (level: string) => (_facts: unknown, text: string) => void this.log.push(`${level} ${text}`);
    const logger = { info: told('info'), warn: told('warn'), error: told('error') } as never;
    return composeAuditRelay({
      ...{ half: 'tokens', outbox, relayId, logger, signer: this.signer, headsEveryMs: 0 },
      topics: { audit: 'audit', heads: 'heads' },
      look: () => Promise.resolve(),
      ...(more.before && { before: more.before }),
      ...(more.every && { every: more.every }),
      producer: {
        send: async (topic, messages) => {
          await this.onSend(topic);
          (topic === 'audit' ? this.audit : this.heads).push(...(messages as readonly unknown[] as readonly Sent[]));
          return [];
        },
      },
      ends: () => Promise.resolve({}),
      published: {
        look: async (chains) => {
          await more.onRead?.();
          const statements = this.heads.flatMap(({ value }) => {
            const read = readStatement(value, this.signer.trusted);
            return read.kind === 'statement' ? [read.statement] : [];
          });
          const found = new GatheredChains(chains, statements);
          for (const { value } of this.audit) found.record(value);
          return found.chains;
        },
      },
      clock: { nowMs: () => this.nowMs, sleep: () => Promise.resolve() },
      nowMs: () => (this.nowMs += 1_000),
      metrics: {
        waiting: () => undefined,
        published: () => undefined,
        sinceSuccess: () => undefined,
        sinceVouched: () => undefined,
      },
    });
  }

  verify(options: Partial<VerifierOptions> = {}): AuditReport {
    const verifier = new AuditVerifier({ keys: this.signer.trusted, ...options });
    for (const record of this.audit) verifier.record(record);
    for (const { value } of this.heads) verifier.statement(value);
    return verifier.report();
  }
}
