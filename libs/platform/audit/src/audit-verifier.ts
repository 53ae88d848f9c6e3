import type { AuditReport, ChainFault, ChainReport, FaultKind, HeadWitness, VerifierOptions } from './audit-report.ts';
import { type ChainedRecord, type ChainStart, chainStartShape, readRecord } from './chain.ts';
import { type AuditHalf, type ChainName, chainName, readChainName } from './chain-name.ts';
import { isAfter } from './decide-generation.ts';
import { missingBefore } from './missing-generations.ts';
import { readStatement } from './signing.ts';
import { VerifiedGeneration } from './verified-generation.ts';

export interface TopicRecord {
  readonly key: string | null;
  readonly value: string | null;
}

interface Chain {
  readonly generations: Map<number, VerifiedGeneration>;
  readonly altered: Map<string, Pick<ChainedRecord, 'generation' | 'sequence'>>;
  readonly faults: ChainFault[];
  readonly vouchedAt: Map<string, string>;
  /** Generations that a head speaks of, and of which nothing is there though later ones are: the greatest sequence of each. */
  readonly gone: Map<number, number>;
  vouched: ChainReport['vouched'];
  before: number;
  unchained: number;
}

/**
 * Give it every record of the audit, in any order, then every statement; then ask for the report. It needs nothing but what it is given. Keeps 16
 * bytes per record.
 */
export class AuditVerifier {
  readonly #options: VerifierOptions;
  readonly #chains = new Map<ChainName, Chain>();
  /** Records that are in no chain, by key: whose chain begins later they lie before. */
  readonly #unchained = new Map<string, number>();
  readonly #unknownKeys = new Set<string>();
  readonly #named = new Set<ChainName>();
  readonly #counted = new Map<string, number>();
  readonly #newest = new Map<AuditHalf, string>();
  #foreign = 0;

  constructor(options: VerifierOptions) {
    this.#options = options;
  }

  record({ key, value }: TopicRecord): void {
    if (!this.#isWanted(key ?? '')) return;
    const read = readRecord(value ?? '');
    if (read.kind === 'unchained') {
      this.#outside(key);
      return;
    }
    const { chain: name, generation, sequence } = read.kind === 'record' ? read.record : read.claims;
    const isAtHome = readChainName(name)?.place === key;
    const chain = this.#chain(name);
    if (read.kind === 'altered' || !isAtHome) {
      chain.altered.set(`${generation}/${sequence}`, { generation, sequence });
      return;
    }
    const { record } = read;
    const of = chain.generations.get(generation) ?? new VerifiedGeneration();
    chain.generations.set(generation, of);
    of.add(record);
    if (record.kind === 'start') this.#started(of, record);
    if (record.kind === 'missing') {
      const { from = 0, to = 0 } = missingRange(record.text);
      if (
        !chain.faults.some(
          (fault) => fault.kind === 'unpublished' && fault.generation === generation && fault.sequence === sequence,
        )
      )
        chain.faults.push({ kind: 'unpublished', generation, sequence, count: to - from + 1 });
    }
  }

  statement(value: string | null): void {
    const read = readStatement(value ?? '', this.#options.keys);
    if (read.kind === 'unknown-key') this.#unknownKeys.add(read.keyId);
    else if (read.kind === 'not-signed') this.#foreign += 1;
    if (read.kind !== 'statement') return;
    const { environments } = this.#options;
    const { half, at, heads, chains } = read.statement;
    if (at > (this.#newest.get(half) ?? '')) this.#newest.set(half, at);
    if (!environments) this.#counted.set(half, Math.max(this.#counted.get(half) ?? 0, chains));
    for (const head of heads) if (this.#isWanted(readChainName(head.chain)?.place ?? '')) this.#vouch(head, at, read.keyId);
  }

  #isWanted(place: string): boolean {
    return this.#options.environments?.includes(place) ?? true;
  }

  report(): AuditReport {
    const { knownHeads = [], halves = [], maxAgeMs = Infinity, nowMs = Date.now } = this.#options;
    for (const head of knownHeads) this.#vouch(head, '', 'known');
    const chains = [...this.#chains]
      .map(([name, chain]) => this.#reportOf(name, chain))
      .sort((a, b) => (a.chain < b.chain ? -1 : 1));
    const named = (half: string) => [...this.#named].filter((name) => name.startsWith(`${half}/`)).length;
    const missingChains = [...this.#counted].reduce((sum, [half, count]) => sum + Math.max(0, count - named(half)), 0);
    const missingHalves = halves.filter((half) => !this.#newest.has(half));
    // Each for itself: one that goes on signing does not vouch for the other, which may have been cut.
    const staleHalves = [...this.#newest].flatMap(([half, at]) => (nowMs() - Date.parse(at) > maxAgeMs ? [half] : []));
    const isUnsigned = maxAgeMs !== Infinity && this.#newest.size === 0;
    const foreign = this.#foreign + [...this.#unchained.values()].reduce((sum, count) => sum + count, 0);
    const has = (verdict: ChainReport['verdict']) => chains.some((chain) => chain.verdict === verdict);
    const isFaulty = has('faulty') || missingChains > 0 || missingHalves.length > 0 || staleHalves.length > 0 || isUnsigned;
    const isVouched = chains.length > 0 && !has('not-vouched');
    const isAlone = foreign === 0 && this.#unknownKeys.size === 0 && !has('whole-beside-others');
    return {
      verdict: isFaulty ? 'faulty' : !isVouched ? 'not-vouched' : isAlone ? 'whole' : 'whole-beside-others',
      chains,
      newestStatements: Object.fromEntries(
        [...new Set([...halves, ...this.#newest.keys()])].map((half) => [half, this.#newest.get(half)]),
      ),
      missingHalves,
      missingChains,
      staleHalves,
      unknownKeys: [...this.#unknownKeys],
      foreign,
    };
  }

  #chain(name: ChainName): Chain {
    const known = this.#chains.get(name);
    if (known) return known;
    const place = readChainName(name)?.place ?? '';
    const chain: Chain = {
      generations: new Map(),
      altered: new Map(),
      faults: [],
      vouchedAt: new Map(),
      gone: new Map(),
      vouched: undefined,
      before: name.startsWith('tokens/') ? (this.#unchained.get(place) ?? 0) : 0,
      unchained: 0,
    };
    // Only the tokens' half had entries before there were chains.
    if (chain.before > 0) this.#unchained.delete(place);
    this.#chains.set(name, chain);
    return chain;
  }

  #outside(key: string | null): void {
    const place = key ?? '';
    const name = readChainName(`tokens/${place}`) ? chainName('tokens', place) : undefined;
    const chain = name && this.#chains.get(name);
    if (chain) chain.unchained += 1;
    else this.#unchained.set(place, (this.#unchained.get(place) ?? 0) + 1);
  }

  #started(generation: VerifiedGeneration, { sequence, previous, text, hash }: ChainedRecord): void {
    const told = startOf(text);
    if (told) generation.started({ sequence, hash, previous, told });
  }

  #vouch(head: HeadWitness, at: string, keyId: string): void {
    const { chain: name, generation, sequence, hash } = head;
    this.#named.add(name);
    const chain = this.#chain(name);
    const place = `${generation}/${sequence}`;
    const before = chain.vouchedAt.get(place);
    const fault = (kind: FaultKind) => void chain.faults.push({ kind, generation, sequence, count: 1 });
    if (before !== undefined && before !== hash) {
      fault('forked');
      return;
    }
    if (chain.vouchedAt.size < 100_000) chain.vouchedAt.set(place, hash);
    const of = chain.generations.get(generation);
    if (of?.reach(sequence, hash)) {
      of.vouched = Math.max(of.vouched, sequence);
      const one = { generation, sequence, hash };
      if (!chain.vouched || isAfter(one, { ...chain.vouched, hash })) chain.vouched = { generation, sequence, at, keyId };
    } else if (of && sequence > of.first && sequence < of.last && !of.has(sequence)) {
      of.vouched = Math.max(of.vouched, sequence); // the gap is found with the others
    } else if (!of && [...chain.generations.keys()].some((one) => one > generation)) {
      chain.gone.set(generation, Math.max(sequence, chain.gone.get(generation) ?? 0));
    } else if (before === undefined) fault(!of || sequence > of.last ? 'cut-off' : of.has(sequence) ? 'changed' : 'missing');
  }

  #reportOf(name: ChainName, chain: Chain): ChainReport {
    const faults = [...chain.faults];
    const newestVouched = chain.vouched?.generation ?? 0;
    const begun: ChainReport['generations'][number][] = [];
    const goneOnFrom = new Set<number>();
    const missing = new Map(chain.gone);
    const newestFirst = [...chain.generations].sort(([a], [b]) => b - a);
    // The newest first: a generation that is vouched for vouches for what it goes on from.
    for (const [number, generation] of newestFirst) {
      const add = (kind: FaultKind, sequence: number, count = 1) =>
        void faults.push({ kind, generation: number, sequence, count });
      const isVouched = generation.vouched > 0 || newestVouched === 0;
      if (!isVouched && !goneOnFrom.has(number)) {
        // After the newest head it waits for the next one; before it, somebody would have vouched for it.
        if (number < newestVouched) add('foreign', generation.first, generation.records);
        continue;
      }
      const begins = this.#judgeStart(chain, number, generation, add);
      if (begins) {
        goneOnFrom.add(begins.from.generation);
        const between = missingBefore(number, begins, chain.generations.keys());
        for (const [first, last] of between) {
          // Whatever was gone on with before it can't be told from a stranger's, and is not called one.
          const older = newestFirst.find(([one]) => one < first)?.[0];
          if (older !== undefined && first <= begins.from.generation) goneOnFrom.add(older);
          faults.push({ kind: 'missing-generation', generation: first, sequence: begins.told.sequence, count: last - first + 1 });
          for (const one of missing.keys()) if (one >= first && one <= last) missing.delete(one);
        }
        if (number > 1) begun.unshift({ generation: number, ...begins.told });
      }
      this.#judgeRecords(generation, newestVouched > 0, add);
    }
    for (const [generation, sequence] of missing) faults.push({ kind: 'missing-generation', generation, sequence, count: 1 });
    this.#judgeAltered(chain, faults);
    if (chain.unchained > 0) faults.push({ kind: 'unchained', generation: 0, sequence: 0, count: chain.unchained });
    const [number, newest] = newestFirst.find(([, one]) => one.vouched > 0) ?? newestFirst[0] ?? [0, undefined];
    const isFaulty = faults.some(({ kind }) => kind !== 'foreign');
    const sumOf = (of: 'records' | 'repetitions') => newestFirst.reduce((sum, [, one]) => sum + one[of], 0);
    return {
      chain: name,
      verdict: isFaulty ? 'faulty' : !chain.vouched ? 'not-vouched' : faults.length > 0 ? 'whole-beside-others' : 'whole',
      upTo: { generation: number, sequence: newest?.last ?? 0 },
      vouched: chain.vouched,
      records: sumOf('records'),
      repetitions: sumOf('repetitions'),
      before: chain.before,
      generations: begun,
      faults,
    };
  }

  /** A generation begins with its start, which continues what it says, or the chain's very beginning. */
  #judgeStart(chain: Chain, number: number, generation: VerifiedGeneration, add: AddFault) {
    const { start, first } = generation;
    if (!start || start.sequence !== first) {
      if (!chain.altered.has(`${number}/${first - 1}`)) add('missing', Math.max(1, first - 1));
      return undefined;
    }
    const { from, start: why, at, skipped } = start.told;
    if (from.sequence + 1 !== start.sequence || from.hash !== start.previous) add('changed', start.sequence);
    const before = chain.generations.get(from.generation);
    if (before && from.sequence > 0 && !before.reach(from.sequence, from.hash))
      add(before.has(from.sequence) ? 'forked' : 'missing', from.sequence);
    else if (before && generation.vouched > 0) before.vouched = Math.max(before.vouched, from.sequence);
    const toldThenLost = Math.max(0, (before?.last ?? 0) - from.sequence);
    return { from, ...(skipped && { skipped }), told: { sequence: start.sequence, why, at, toldThenLost } };
  }

  #judgeRecords(generation: VerifiedGeneration, isVouched: boolean, add: AddFault): void {
    // Beyond the newest head whatever does not fit may be anybody's: the next head says what is missing.
    const isSure = (sequence: number) => !isVouched || sequence <= generation.vouched;
    for (const [from, to] of generation.gaps()) add(isSure(from) ? 'missing' : 'foreign', from, to - from + 1);
    for (const sequence of generation.breaks()) add(isSure(sequence) ? 'changed' : 'foreign', sequence);
    const { sequences, uncounted } = generation.others();
    for (const sequence of sequences) add('foreign', sequence);
    if (uncounted > 0) add('foreign', 0, uncounted);
  }

  /** A record that is not what was hashed stands for a changed one where nothing else stands in its place. */
  #judgeAltered(chain: Chain, faults: ChainFault[]): void {
    for (const { generation, sequence } of chain.altered.values()) {
      const isBeside = chain.generations.get(generation)?.has(sequence) ?? false;
      const isSame = (one: ChainFault) => one.generation === generation && one.sequence === sequence && one.count === 1;
      const told = faults.filter((one) => (one.kind === 'missing' || one.kind === 'cut-off') && isSame(one));
      for (const one of told) faults.splice(faults.indexOf(one), 1);
      faults.push({ kind: isBeside ? 'foreign' : 'changed', generation, sequence, count: 1 });
    }
  }
}

type AddFault = (kind: FaultKind, sequence: number, count?: number) => void;

function startOf(text: string): ChainStart | undefined {
  try {
    return chainStartShape.parse(JSON.parse(text)) as ChainStart;
  } catch {
    return undefined;
  }
}

function missingRange(text: string): { readonly from?: number; readonly to?: number } {
  try {
    const { from, to } = JSON.parse(text) as { from: unknown; to: unknown };
    return typeof from === 'number' && typeof to === 'number' && to >= from ? { from, to } : {};
  } catch {
    return {};
  }
}
