import { describe, expect, it } from '@jest/globals';
import { keptAttributes } from './keep-attributes.ts';

const wanted = new Set(['mail', 'photo']);
const unavailable = { kind: 'unavailable' } as const;

describe('the attributes of a record', () => {
  it('are all kept up to 32 KiB, and only those that the document reads above', () => {
    const small = { mail: 'a', other: 'x'.repeat(32_000), photo: unavailable };
    expect(keptAttributes(small, 'all', wanted)).toEqual(small);
    const large = { ...small, other: 'x'.repeat(32_769) };
    expect(keptAttributes(large, 'all', wanted)).toEqual({ mail: 'a', photo: unavailable });
  });

  it('that the document does not read are dropped when it says so', () => {
    expect(keptAttributes({ mail: 'a', other: 1 }, 'mapped', wanted)).toEqual({ mail: 'a' });
  });

  it('that the document reads are kept whatever their size', () => {
    const photo = 'x'.repeat(1_000_000);
    expect(keptAttributes({ photo, other: 1 }, 'all', wanted)).toEqual({ photo });
  });
});
