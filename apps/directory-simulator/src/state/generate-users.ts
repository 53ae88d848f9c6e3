import { createHash } from 'node:crypto';
import { type Device, newAccount } from '../core/account.ts';
import { guidOf } from '../core/pingone-ids.ts';
import { type Simulator } from './simulator.ts';

type Kind = 'email' | 'sms' | 'voice';

/** Which users are made; see the README for their values. */
export interface Generation {
  readonly count: number;
  readonly prefix: string;
  readonly devices: readonly Kind[];
  readonly names: 'pingid' | 'pingone';
  readonly mfaEnabled: boolean;
}

const nicknames = {
  pingid: { email: 'Email 1', sms: 'SMS Number 1', voice: 'Voice Number 1' },
  pingone: { email: 'Email 1', sms: 'SMS 1', voice: 'Voice 1' },
} as const;

/** All of them have one picture: it is the longest text of an account, and nobody looks at it. */
const picUrl = `${'A'.repeat(52)}=`;

/** Makes many users without reading them from anywhere: one digest for each, and no text twice that could be shared. */
export function generateUsers(simulator: Simulator, seed: string, generation: Generation): void {
  const { count, prefix, devices: kinds, mfaEnabled } = generation;
  const now = simulator.now();
  for (let number = 1; number <= count; number += 1) {
    const username = `${prefix}${String(number).padStart(6, '0')}`;
    const email = `${username}@example.com`;
    const bytes = createHash('sha512').update(`${seed}\ngenerated\n${prefix}\n${number}`).digest();
    const [first, ...others] = kinds.map((kind, place) => {
      // Odd and above 2^58, like every drawn id.
      const id = (bytes.readBigUInt64BE(24 + place * 8) >> 2n) | (1n << 58n) | 1n;
      return deviceOf(kind, id, generation.names, now, kind === 'email' ? email : String(number).padStart(7, '0'));
    });
    const account = newAccount({
      username,
      email,
      fname: `Given ${number}`,
      lname: `Family ${number}`,
      role: 'REGULAR',
      guid: guidOf(bytes),
      userId: bytes.readUInt32BE(16) >>> 1,
      picUrl,
      status: first ? 'ACTIVE' : 'NOT_ACTIVE',
      mfaEnabled,
      now,
      ...(first && { devices: [first, ...others] as const }),
    });
    simulator.directory.put(username, account);
  }
}

function deviceOf(kind: Kind, id: bigint, names: Generation['names'], now: number, value: string): Device {
  const nickname = nicknames[names][kind];
  switch (kind) {
    case 'email':
      return { id, type: 'Email', nickname, enrolledAt: now, facts: { kind: 'email', address: value } };
    case 'sms':
      return { id, type: 'SMS', nickname, enrolledAt: now, facts: { kind: 'phone', countryCode: '1', number: `202${value}` } };
    case 'voice':
      return { id, type: 'Voice', nickname, enrolledAt: now, facts: { kind: 'phone', countryCode: '1', number: `303${value}` } };
  }
}
