import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { deviceGuid, deviceIdOfGuid, guidOf } from './pingone-ids.ts';

const uuid4 = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
const id = fc.bigInt({ min: 1n, max: (1n << 63n) - 1n });

describe('the UUID of a device', () => {
  it('has the form of version 4, differs from id to id, and leads back to its id', () => {
    fc.assert(
      fc.property(id, id, (one, other) => {
        expect(deviceGuid(one)).toMatch(uuid4);
        expect(deviceIdOfGuid(deviceGuid(one))).toBe(one);
        expect(deviceGuid(one) === deviceGuid(other)).toBe(one === other);
      }),
    );
  });

  it('is read from nothing else', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uuid(), fc.string()), (text) => {
        const read = deviceIdOfGuid(text);
        expect(read === undefined || deviceGuid(read) === text).toBe(true);
      }),
    );
    expect(deviceIdOfGuid('')).toBeUndefined();
  });
});

it('the UUID of a user has the form of version 4, whatever was drawn', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 32 }), (bytes) => expect(guidOf(Buffer.from(bytes))).toMatch(uuid4)),
  );
});
