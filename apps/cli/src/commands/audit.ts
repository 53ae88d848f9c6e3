import { createReadStream } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import {
  type AuditHalf,
  auditHalves,
  type AuditReport,
  type ChainReport,
  defaultAuditChainTopics,
  type HeadWitness,
  readChainName,
  readTrustedKeys,
  verifyAuditLines,
  verifyAuditTopic,
} from '@tallystick/platform-audit';
import { parseConfig, SettingsError } from '@tallystick/platform-config';
import { createKafka, kafkaAddressOf, kafkaVariables } from '@tallystick/platform-kafka';
import { createLogger } from '@tallystick/platform-observability';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { addLeaf, type Run } from '../command.ts';
import type { Answer, Context } from '../context.ts';
import { exits, Failure, usage } from '../failure.ts';
import { printable } from '../output/printable.ts';
import type { Style } from '../output/style.ts';
import { table } from '../output/table.ts';
import { moment, number } from '../output/words.ts';

interface VerifyFlags {
  readonly keys?: string;
  readonly audit?: string;
  readonly heads?: string;
  readonly knownHeads?: string;
  readonly maxAge?: string;
  readonly half?: AuditHalf;
  readonly auditTopic: string;
  readonly headsTopic: string;
}

export function addAudit(program: Command, run: Run): void {
  const audit = program.command('audit').description('The record of who changed what, and whether it is whole');
  addLeaf(audit, run, {
    name: 'verify',
    summary: 'Whether a record was changed, removed or cut off: every chain against its signed heads',
    more: 'Reads the topics (TALLYSTICK_KAFKA_BROKERS and its companions), or exports of them as JSON Lines. Trusts nothing but the keys that you name. Exit code 7 unless all is whole.',
    options: [
      new Option('--keys <file>', 'the public keys of the signers, Ed25519 in PEM (TALLYSTICK_AUDIT_KEYS_FILE)'),
      new Option('--audit <file>', 'the exported audit; export the heads before it'),
      new Option('--heads <file>', 'the exported heads'),
      new Option('--known-heads <file>', 'heads seen elsewhere, JSON Lines: chain, generation, sequence, hash'),
      new Option(
        '--max-age <time>',
        'the newest signed head of each half may be so old: 10m, 2h, 3d or any (default: 10m, exports: any)',
      ),
      new Option('--half <half>', 'only this half runs (default: both, exports: those that are there)').choices(auditHalves),
      new Option('--audit-topic <topic>').default(defaultAuditChainTopics.audit),
      new Option('--heads-topic <topic>').default(defaultAuditChainTopics.heads),
    ],
    handler: verify,
  });
}

async function verify({ terminal, style, progress }: Context, _: unknown, flags: VerifyFlags): Promise<Answer> {
  const { keys: keysFile = terminal.env['TALLYSTICK_AUDIT_KEYS_FILE'], audit, heads } = flags;
  if (keysFile === undefined)
    throw usage('the keys to trust are missing', 'Say --keys FILE: the public keys of the signers, in PEM.');
  if ((audit === undefined) !== (heads === undefined)) throw usage('say --audit and --heads, or neither');
  // An export may be of any day. Topics are of now: heads and records that were cut at one moment show by nothing but their age.
  const isOfNow = audit === undefined;
  const halves = flags.half ? [flags.half] : isOfNow ? auditHalves : [];
  const options = {
    halves,
    maxAgeMs: ageOf(flags.maxAge ?? (isOfNow ? '10m' : 'any')),
    keys: await keysIn(keysFile),
    ...(flags.knownHeads === undefined ? {} : { knownHeads: headsIn(await textIn(flags.knownHeads)) }),
  };
  progress.tell('the audit is read');
  const report =
    audit === undefined || heads === undefined
      ? await ofTopics(terminal.env, options, { audit: flags.auditTopic, heads: flags.headsTopic })
      : await verifyAuditLines({ ...options, audit: await linesOf(audit), heads: await linesOf(heads) });
  const isWell = report.verdict === 'whole' || report.verdict === 'whole-beside-others';
  return { result: report, text: textOf(style, report), exit: isWell ? exits.done : exits.notWell };
}

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
/** Milliseconds. */
function ageOf(text: string): number {
  if (text === 'any') return Infinity;
  const [, count, unit = ''] = /^([1-9]\d{0,5})([mhd])$/.exec(text) ?? [];
  const each = units[unit];
  if (count === undefined || each === undefined)
    throw usage('--max-age: expected minutes, hours or days, as 10m, 2h or 3d, or any');
  return Number(count) * each;
}

async function ofTopics(
  env: Context['terminal']['env'],
  options: Parameters<typeof verifyAuditTopic>[0] extends infer All ? Omit<All, 'kafka' | 'topics'> : never,
  topics: { readonly audit: string; readonly heads: string },
): Promise<AuditReport> {
  const config = parseConfig(z.object(kafkaVariables('TALLYSTICK')), env);
  if (!config.ok) {
    const [fault] = config.error;
    throw usage(
      `${fault?.variable ?? 'TALLYSTICK_KAFKA_BROKERS'}: ${fault?.expected ?? 'is missing'}`,
      'Say where Kafka is, or give exports by --audit and --heads.',
    );
  }
  const logger = createLogger({ service: 'tallystick-cli', level: 'silent' });
  let address: ReturnType<typeof kafkaAddressOf>;
  try {
    address = kafkaAddressOf('TALLYSTICK', config.value);
  } catch (error) {
    if (error instanceof SettingsError) throw usage(error.message);
    throw error;
  }
  const kafka = createKafka({ ...address, clientId: 'tallystick-audit-verify', logger });
  return verifyAuditTopic({ ...options, kafka, topics }).catch((error: unknown) => {
    throw new Failure(
      exits.unreachable,
      `the topics of the audit can not be read (${error instanceof Error ? error.name : 'unknown'})`,
      'Look at the brokers, at your rights there, and whether both topics are there.',
    );
  });
}

async function textIn(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => {
    throw usage(`${file} can not be read`);
  });
}

async function keysIn(file: string) {
  try {
    return readTrustedKeys(await textIn(file));
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw usage(`${file}: expected Ed25519 public keys in PEM`);
  }
}

const headShape = z.object({
  chain: z.string().refine((text) => readChainName(text) !== undefined),
  generation: z.int().min(0),
  sequence: z.int().min(0),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
});
function headsIn(text: string): readonly HeadWitness[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line, at) => {
      try {
        return headShape.parse(JSON.parse(line)) as HeadWitness;
      } catch {
        throw usage(`--known-heads: line ${at + 1} is no head: chain, generation, sequence, hash`);
      }
    });
}

async function linesOf(file: string): Promise<AsyncIterable<string>> {
  await open(file, 'r').then(
    (handle) => handle.close(),
    () => {
      throw usage(`${file} can not be read`);
    },
  );
  return linesIn(file);
}

/** The file is opened when its lines are asked for: those that came before would be lost, and a whole audit told as one that nobody vouches for. */
async function* linesIn(file: string): AsyncIterable<string> {
  yield* createInterface({ input: createReadStream(file), crlfDelay: Infinity });
}

const meanings: Readonly<Record<ChainReport['faults'][number]['kind'], string>> = {
  changed: 'not what was chained',
  missing: 'gone from the middle or the front',
  'missing-generation': 'a generation is gone whole, though a later one goes on after it',
  'cut-off': 'gone from the end: a signed head vouches for more',
  forked: 'two histories were signed',
  unpublished: 'gone from the store before they could be chained',
  unchained: 'published outside the chain',
  foreign: 'beside the chain, by somebody else',
};

function textOf(style: Style, report: AuditReport): readonly string[] {
  const { colors } = style;
  const good = report.verdict === 'whole';
  const columns = [
    { head: 'CHAIN' },
    { head: 'VERDICT', paint: (text: string, cell: string) => (cell === 'whole' ? colors.green(text) : colors.red(text)) },
    { head: 'RECORDS', align: 'right' as const },
    { head: 'UP TO', align: 'right' as const },
    { head: 'VOUCHED', align: 'right' as const },
    { head: 'AT' },
  ];
  const rows = report.chains.map(({ chain, verdict, records, upTo, vouched }) => [
    ...[chain, verdict, number(records), number(upTo.sequence)],
    ...[vouched ? number(vouched.sequence) : '–', moment(vouched?.at)],
  ]);
  const faults = report.chains.flatMap(({ chain, faults: all }) =>
    all.map(
      ({ kind, generation, sequence, count }) =>
        `${kind}: ${number(count)} of ${chain} from ${number(sequence)} (generation ${generation}): ${meanings[kind]}`,
    ),
  );
  const notes = [
    ...faults,
    ...(report.missingChains > 0 ? [`${number(report.missingChains)} chains are signed for, and nothing of them is there`] : []),
    ...report.staleHalves.map(
      (half) => `nobody has signed for the ${half} half for too long: what came later may have been cut off`,
    ),
    ...report.missingHalves.map(
      (half) => `nobody has ever signed for the ${half} half: if it does not run, say --half for the other`,
    ),
    ...(report.unknownKeys.length > 0 ? [`signed by keys that you do not trust: ${report.unknownKeys.join(', ')}`] : []),
    ...(report.foreign > 0
      ? [`${number(report.foreign)} records and statements are of no chain, or not signed by whom they name`]
      : []),
  ].map(printable);
  const newest = Object.entries(report.newestStatements).map(([half, at]) => `${half} ${moment(at)}`);
  return [
    `The audit is ${good ? colors.green(report.verdict) : colors.red(report.verdict)}.`,
    `Newest signed heads: ${newest.join(', ') || '–'}`,
    ...(rows.length > 0 ? [table(style, columns, rows)] : []),
    ...(notes.length > 0 ? [notes.join('\n')] : []),
  ];
}
