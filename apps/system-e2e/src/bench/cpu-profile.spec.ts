import { describe, expect, it } from '@jest/globals';
import { readCpuProfile } from './cpu-profile.ts';

const frame = (functionName: string, url = '', lineNumber = 0) => ({
  functionName,
  url,
  lineNumber,
  scriptId: '0',
  columnNumber: 0,
});
const ours = 'file:///checkout/apps/pairing-validator/dist/main.js';
const profile = {
  nodes: [
    { id: 1, callFrame: frame('(root)'), children: [2, 3, 4, 5, 6] },
    { id: 2, callFrame: frame('(idle)') },
    { id: 3, callFrame: frame('answer', ours, 40) },
    { id: 4, callFrame: frame('answer', ours, 40) }, // called from elsewhere
    { id: 5, callFrame: frame('writev') },
    { id: 6, callFrame: frame('', '/checkout/node_modules/@scope/name/lib/index.js', 3) },
  ],
  startTime: 0,
  endTime: 1_000,
  samples: [2, 3, 4, 5, 6, 5],
  timeDeltas: [50, 400, 100, 100, 600, 200],
};

describe('a CPU profile', () => {
  it('is read as time on the top of the stack, the most first, one entry for each function', () => {
    const { functions, busyMs, idleMs } = readCpuProfile(JSON.stringify(profile));
    expect(idleMs).toBeCloseTo(0.4);
    expect(busyMs).toBeCloseTo(1);
    expect(functions.map(({ name, place, ms }) => [name, place, ms])).toEqual([
      ['writev', '', 0.6],
      ['(anonymous)', '@scope/name', 0.2],
      ['answer', 'pairing-validator/dist/main.js', 0.2],
    ]);
    expect(functions[0]?.share).toBeCloseTo(0.6);
  });

  it('tells no path of the machine that it was taken on', () => {
    expect(JSON.stringify(readCpuProfile(JSON.stringify(profile)))).not.toContain('checkout');
  });

  it('is refused when it is none', () => {
    expect(() => readCpuProfile('{"nodes":[]}')).toThrow('no CPU profile');
    expect(() => readCpuProfile(JSON.stringify({ ...profile, samples: [9, ...profile.samples.slice(1)] }))).toThrow('no node 9');
  });
});
