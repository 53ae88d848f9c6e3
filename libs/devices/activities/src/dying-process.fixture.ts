import type { CallGate } from '@tallystick/devices-testing';

/** A process that dies once, at the first such call, and of which nothing is heard after that. */
export function dies(when: 'before' | 'after', on: string): CallGate {
  let dead = false;
  const gate = (at: 'before' | 'after') => (call: string) => {
    dead ||= at === when && call === on;
    if (dead) throw new Error('the process dies');
  };
  return { before: gate('before'), after: gate('after') };
}
