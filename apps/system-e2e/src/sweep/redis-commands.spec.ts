import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { redisCommands } from './redis-commands.ts';

const bytesOf = (parts: readonly string[]): Buffer =>
  Buffer.from(`*${parts.length}\r\n${parts.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`).join('')}`);

describe('commands to Redis', () => {
  it('are told apart however they share packets, whatever is in them', () => {
    const commands = fc.array(
      fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\r\n', '$3\r\n', '*1')), { minLength: 1 }),
    );
    fc.assert(
      fc.property(commands, fc.array(fc.nat({ max: 40 })), (sent, sizes) => {
        const whole = sent.map(bytesOf);
        let left = Buffer.concat(whole);
        const split = redisCommands();
        const seen: Buffer[] = [];
        for (const size of [...sizes, left.length]) {
          seen.push(...split(left.subarray(0, size)));
          left = left.subarray(size);
        }
        expect(seen.map(String)).toEqual(whole.map(String));
      }),
    );
  });

  it('that are none are a fault, and do not pass for one that is not whole', () => {
    expect(() => redisCommands()(Buffer.from('PING\r\n'))).toThrow('where * is due');
  });
});
