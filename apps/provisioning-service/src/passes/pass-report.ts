import type { ConnectionRef, PassEntry, PassId, PassStore } from '@tallystick/devices-domain';

export type ReportFormat = 'jsonl' | 'csv';

export const reportTypes: Readonly<Record<ReportFormat, string>> = {
  jsonl: 'application/jsonl; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
};

const pageSize = 500;

/**
 * The results of a pass as text, a page at a time: never more than one page is in memory. The first page is read before this resolves, so that
 * a store that is away is said with a status; one that goes away later breaks the download off, which is seen as such.
 */
export async function reportOf(
  store: Pick<PassStore, 'entries'>,
  ref: ConnectionRef,
  pass: PassId,
  { format, only }: { readonly format: ReportFormat; readonly only?: PassEntry['result'] | undefined },
): Promise<AsyncGenerator<string>> {
  const rowOf = format === 'csv' ? csvRow : jsonRow;
  const rowsOf = (entries: readonly PassEntry[]): string =>
    entries
      .filter(({ result }) => only === undefined || result === only)
      .map(rowOf)
      .join('');
  const first = await store.entries(ref, pass, undefined, pageSize);
  return (async function* () {
    if (format === 'csv') yield `${columns.join(',')}\r\n`;
    for (let page = first; ; page = await store.entries(ref, pass, page.next, pageSize)) {
      const rows = rowsOf(page.entries);
      if (rows !== '') yield rows;
      if (page.next === undefined) return;
    }
  })();
}

const jsonRow = (entry: PassEntry): string => `${JSON.stringify(entry)}\n`;

const columns = [
  'user',
  'result',
  'because',
  'deletions',
  'suspensions',
  'removals',
  'replacements',
  'accountChanges',
  'steps',
  'findings',
  'planHash',
] as const;

const csvRow = ({ user, result, because, counts, plan, planHash }: PassEntry): string => {
  const steps = plan?.steps.map(({ kind, slot, reason }) => [kind, slot, reason].filter((part) => part !== undefined).join(' '));
  const findings = plan?.findings.map((finding) =>
    [finding.kind, 'slot' in finding ? finding.slot : undefined].filter((part) => part !== undefined).join(' '),
  );
  const cells = [
    user,
    result,
    because,
    counts?.deletions,
    counts?.suspensions,
    counts?.removals,
    counts?.replacements,
    counts && (counts.accountChanges ?? 0), // none in a pass of before they were counted
    steps?.join('; '),
    findings?.join('; '),
    planHash,
  ];
  return `${cells.map(csvCell).join(',')}\r\n`;
};

/** RFC 4180, and never a formula: spreadsheets run a cell that begins with one of `= + - @`, also behind white space. */
export function csvCell(value: string | number | undefined): string {
  if (typeof value === 'number') return String(value);
  const text = value ?? '';
  const safe = /^\s*[=+\-@]/.test(text) || /^[\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
