import { describe, expect, it } from '@jest/globals';
import type { DeviceId, PassEntry, PassId, PlanHash, UserHash } from '@tallystick/devices-domain';
import { connectionDocument } from '@tallystick/devices-testing';
import { csvCell, reportOf } from './pass-report.ts';

describe('a cell', () => {
  it.each([
    ['=HYPERLINK("x")', '"\'=HYPERLINK(""x"")"'],
    ['+447700900123', "'+447700900123"],
    ['-1', "'-1"],
    ['@cmd', "'@cmd"],
    [' =1+1', "' =1+1"],
    ['\t=1', "'\t=1"],
    ['a,b', '"a,b"'],
    ['two\nlines', '"two\nlines"'],
    ['plain', 'plain'],
    [-3, '-3'],
    [undefined, ''],
  ])('%j is text for a spreadsheet, and never a formula', (value, cell) => {
    expect(csvCell(value)).toBe(cell);
  });
});

const differs: PassEntry = {
  user: 'a'.repeat(32) as UserHash,
  result: 'differs',
  planHash: '-h1' as PlanHash,
  counts: { deletions: 0, suspensions: 0, removals: 1, replacements: 0, accountChanges: 0 },
  plan: {
    steps: [{ kind: 'unpair', reason: 'value-cleared', slot: 'SMS Number 1', deviceId: '1' as DeviceId }],
    findings: [{ kind: 'user-not-updated' }, { kind: 'primary-demoted', slot: 'SMS Number 1' }],
  },
};
const missing: PassEntry = { user: 'b'.repeat(32) as UserHash, result: 'not-planned', because: 'no-record' };
const ref = connectionDocument();

/** Pages of one entry each; counts how far it was read. */
const pages = (entries: readonly PassEntry[]) => {
  const read: (string | undefined)[] = [];
  return {
    read,
    entries: (_ref: object, _pass: PassId, cursor: string | undefined) => {
      read.push(cursor);
      const n = Number(cursor ?? 0);
      return Promise.resolve({ entries: entries.slice(n, n + 1), ...(n + 1 < entries.length && { next: String(n + 1) }) });
    },
  };
};
const text = async (report: AsyncGenerator<string>): Promise<string> => {
  let all = '';
  for await (const part of report) all += part;
  return all;
};

describe('a report', () => {
  it('as CSV has a row for each user', async () => {
    const report = await reportOf(pages([differs, missing]), ref, 'p' as PassId, { format: 'csv' });
    expect(await text(report)).toBe(
      [
        'user,result,because,deletions,suspensions,removals,replacements,accountChanges,steps,findings,planHash',
        `${'a'.repeat(32)},differs,,0,0,1,0,0,unpair SMS Number 1 value-cleared,user-not-updated; primary-demoted SMS Number 1,'-h1`,
        `${'b'.repeat(32)},not-planned,no-record,,,,,,,,`,
        '',
      ].join('\r\n'),
    );
  });

  it('as JSON Lines has each entry as it is, and only those that were asked for', async () => {
    const report = await reportOf(pages([differs, missing]), ref, 'p' as PassId, { format: 'jsonl', only: 'differs' });
    expect(await text(report)).toBe(`${JSON.stringify(differs)}\n`);
  });

  it('reads a page when it is wanted, and no other before', async () => {
    const store = pages([differs, missing, missing]);
    const report = await reportOf(store, ref, 'p' as PassId, { format: 'jsonl' });
    await report.next();
    expect(store.read).toEqual([undefined]);
    await report.next();
    expect(store.read).toEqual([undefined, '1']);
    await report.return(undefined);
    expect(store.read).toEqual([undefined, '1']);
  });
});
