import type { Answer, Context } from '../context.ts';
import type { components } from '../generated/token-service.ts';
import { take } from '../http/clients.ts';
import { table } from '../output/table.ts';
import { day, plural } from '../output/words.ts';

export type Token = components['schemas']['Token'];

const pageSize = 200;

/** All pages. The version is that of the first: what changes meanwhile shows up as a whole or not at all, by token. */
export async function readTokens(
  { clients, environment }: Context,
  state: 'live' | 'revoked' | 'all',
): Promise<readonly Token[]> {
  const tokens: Token[] = [];
  for (let cursor: string | undefined; ;) {
    const query = { limit: pageSize, ...(state === 'all' ? {} : { state }), ...(cursor === undefined ? {} : { cursor }) };
    const path = { environment: environment() };
    const page = await take(clients.tokens().GET('/v1/environments/{environment}/tokens', { params: { path, query } }));
    tokens.push(...page.items);
    if (page.next === undefined) return tokens;
    cursor = page.next;
  }
}

/** The state as a device would find it: a date of its own may keep an active token from being accepted. */
export const stateWord = ({ state, accepted, notBefore }: Token, now: number): string => {
  if (state === 'revoked' || accepted) return state;
  return notBefore !== undefined && Date.parse(notBefore) > now ? 'not yet' : 'expired';
};

export async function listTokens(
  context: Context,
  _: unknown,
  { state }: { state: 'live' | 'revoked' | 'all' },
): Promise<Answer> {
  const tokens = await readTokens(context, state);
  const { colors } = context.style;
  const paints: Readonly<Record<string, (text: string) => string>> = {
    active: colors.green,
    retiring: colors.yellow,
    'not yet': colors.yellow,
    expired: colors.red,
    revoked: colors.red,
  };
  const rows = tokens.map((token) => [
    token.id,
    token.label,
    stateWord(token, context.terminal.time()),
    token.segmentName,
    day(token.createdAt),
    day(token.revoked?.at ?? token.expiresAt),
  ]);
  const columns = [
    { head: 'TOKEN' },
    { head: 'LABEL', flexible: true as const },
    { head: 'STATE', paint: (text: string, cell: string) => paints[cell]?.(text) ?? text },
    { head: 'SEGMENT', flexible: true as const },
    { head: 'MADE' },
    { head: 'ENDS' },
  ];
  const text = rows.length === 0 ? 'no tokens' : table(context.style, columns, rows);
  return { result: { items: tokens }, text: [text, colors.dim(plural(rows.length, 'token'))] };
}
