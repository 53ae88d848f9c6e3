import { expect, it } from '@jest/globals';
import { placeOf } from './leak-reports.ts';

const uuid = '1b4e28ba-2fa1-41d2-883f-0016d3cca427';
const own = 'q7Zt-x2Lk_9vB.4n';
const all = [uuid, own, 'tsk_abcdefghijklmnop', 'x'].map((token) => ({ token, source: 'search' }));

it.each([
  ['code search', 'https://example.com:8443/a/b?c=d#e', 'code search https://example.com:8443'],
  ['code search', `https://user:${own}@example.com/${uuid}`, 'code search https://example.com'],
  [`file ${own}.txt`, undefined, 'file [value].txt'],
  ['a TSK_abcdefghij', undefined, 'a [value]'],
  [`of ${uuid.toUpperCase()}`, undefined, '[value]'],
  [`of ${uuid.replaceAll('-', '')}`, undefined, '[value]'],
  [`of ${uuid.replaceAll('-', '%2D')}`, undefined, '[value]'],
  [`of ${own.replace('q', '%2571')}`, undefined, '[value]'],
  ['search', `https://${uuid}.example.com/`, 'search https://[value].example.com'],
  ['search', `https://${own.toLowerCase()}.example.com/`, '[value]'],
  ['search', 'no url at all', 'search'],
] as const)(
  'no reported value, of whatever item and however written, is in a source that is kept (%s, %s)',
  (source, url, kept) => {
    expect(placeOf({ token: 'other-item-value', source, ...(url === undefined ? {} : { url }) }, all)).toBe(kept);
  },
);
