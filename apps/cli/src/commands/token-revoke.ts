import type { Answer, Context } from '../context.ts';
import { take } from '../http/clients.ts';
import { printable } from '../output/printable.ts';
import { moment, number, plural, share } from '../output/words.ts';
import { openValueSink, type ValueFlags } from './one-time-value.ts';
import { propagationText, proposedAnswer, warningsOf } from './token-outcome.ts';

interface RevokeFlags extends ValueFlags {
  readonly force?: boolean;
}

export async function revokeTokens(context: Context, [given]: readonly unknown[], flags: RevokeFlags): Promise<Answer> {
  const { clients, environment, change, confirm, progress } = context;
  const tokens = [...new Set(given as readonly string[])];
  const path = { environment: environment() };
  const { reason, key } = await change();
  const many = tokens.length > 1;
  await confirm(() => consequences(context, tokens, flags), many ? 'Revoke them?' : 'Revoke it?');
  const sink = openValueSink(flags);
  try {
    progress.tell('waiting until no validator can accept it any more');
    const done = await take(
      clients.tokens().POST('/v1/environments/{environment}/tokens/revoke', {
        params: { path, header: { 'Idempotency-Key': key } },
        body: { tokens, reason, ...(flags.force ? { force: { reason } } : {}) },
      }),
      true,
    );
    if (done.outcome === 'proposed') return proposedAnswer(done);
    const { replacement, ...rest } = done;
    const { value, ...made } = replacement ?? {};
    const shown = sink.take(value);
    return {
      result: { ...rest, ...(replacement && { replacement: { ...made, ...(shown === undefined ? {} : { value: shown }) } }) },
      text: [
        `${tokens.join(', ')}: no validator can accept ${many ? 'them' : 'it'} any more, ${propagationText(rest)}.`,
        ...(replacement ? [replacementText(replacement, shown, value !== undefined, flags, key)] : []),
        ...warningsOf(rest, rest),
      ],
    };
  } finally {
    sink.drop();
  }
}

/** The last token was revoked by force: another was made, or nobody could pair any more. */
function replacementText(
  { id, label }: { readonly id: string; readonly label: string },
  shown: string | undefined,
  hasValue: boolean,
  { valueTo }: ValueFlags,
  key: string,
): string {
  const made = `A new token was made in its place: ${id} (${printable(label)}).`;
  if (shown !== undefined) return `${made}\nvalue  ${shown}`;
  if (!hasValue) return made;
  return valueTo === undefined
    ? `${made} Its value is shown to you for ten minutes: repeat with --idempotency-key ${key} --value-to FILE.`
    : `${made} Its value is in ${valueTo}.`;
}

/** Whom it hits, before it is asked for. In an emergency `--yes` leaves these questions out. */
async function consequences(
  { clients, environment }: Context,
  tokens: readonly string[],
  { force = false }: RevokeFlags,
): Promise<readonly string[]> {
  const path = { environment: environment() };
  const adoption = await take(clients.tokens().GET('/v1/environments/{environment}/adoption', { params: { path } })).catch(
    () => undefined,
  );
  const lines: string[] = [];
  for (const token of tokens) {
    const found = await take(
      clients.tokens().GET('/v1/environments/{environment}/tokens/{token}', { params: { path: { ...path, token } } }),
    );
    const seen = adoption?.figures?.tokens.find((one) => one.token === token);
    const who = adoption?.figures
      ? `${number(seen?.devices ?? 0)} of ${plural(adoption.figures.devices, 'device')} presented it last (${share(seen?.share ?? 0)})`
      : 'how many devices present it is unknown';
    lines.push(`  ${found.id}  ${found.label}, ${found.state} since ${moment(found.createdAt)}: ${who}`);
  }
  return [
    `To be revoked in ${path.environment}:`,
    ...lines,
    'After the answer no device that presents it pairs or signs on. It can not be undone.',
    ...(force ? ['By force: the guards are not heard.'] : []),
  ];
}
