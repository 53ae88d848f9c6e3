/** Where the links are that a proxy stands in. Kafka has none: clients go on to the address that the broker tells them, past any proxy. */
export const links = [
  'validator-1-redis',
  'validator-2-redis',
  'token-service-redis',
  'worker-redis',
  'worker-provider',
] as const;
export type LinkName = (typeof links)[number];

const workers = ['temporal-worker', 'temporal-worker-2'] as const;
const validators = ['pairing-validator-1', 'pairing-validator-2'] as const;
/** Where the tokens half keeps its rings: one Redis behind links that can be broken, or a primary with two replicas that sentinels lead to, past any link. */
export const shapes = ['one-redis', 'led-by-sentinels'] as const;
export type Shape = (typeof shapes)[number];

export type StruckProcess = (typeof workers)[number] | (typeof validators)[number] | 'provisioning-service' | 'token-service';

interface Fault {
  /** One of them is drawn. */
  readonly targets: readonly [string, ...string[]];
  /** From the strike until healing begins, in milliseconds. */
  readonly forMs: readonly [least: number, most: number];
  /** Rows of the reliability list. */
  readonly rows: readonly string[];
  /** Left out: in all. */
  readonly shape?: Shape;
}

/** Longer than any lease (5.5 s), so that whoever goes on afterwards goes on with a lease that is over. */
const overALease = [6_000, 9_000] as const;
const aMoment = [500, 4_000] as const;

/** Everything that strikes. */
export const faults = {
  'worker-killed': { targets: workers, forMs: aMoment, rows: ['R1', 'R3'] },
  'worker-stopped': { targets: workers, forMs: [6_000, 18_000], rows: ['R1', 'R34'] },
  'bridge-killed': { targets: ['provisioning-service'], forMs: aMoment, rows: ['R4'] },
  'bridge-stopped': { targets: ['provisioning-service'], forMs: overALease, rows: ['R4', 'R14'] },
  'validator-killed': { targets: validators, forMs: aMoment, rows: ['R35'] },
  'validator-stopped': { targets: validators, forMs: overALease, rows: ['R35', 'R36'] },
  'token-service-killed': { targets: ['token-service'], forMs: aMoment, rows: ['R5'] },
  'token-service-stopped': { targets: ['token-service'], forMs: overALease, rows: ['R5'] },
  'temporal-restarted': { targets: ['temporal'], forMs: aMoment, rows: ['R6'] },
  'kafka-restarted': { targets: ['kafka'], forMs: aMoment, rows: ['R15', 'R43'] },
  'redis-restarted': { targets: ['redis'], forMs: aMoment, rows: ['R35', 'R42'] },
  'redis-failed-over': { targets: ['primary of the rings'], forMs: overALease, rows: ['R35', 'R42'], shape: 'led-by-sentinels' },
  'link-slow': { targets: links, forMs: [4_000, 8_000], rows: ['R27', 'R35', 'R36'] },
  'link-silent': { targets: links, forMs: overALease, rows: ['R27', 'R35'] },
  'link-reset': { targets: links, forMs: [2_000, 6_000], rows: ['R27', 'R35'] },
  'link-narrow': { targets: links, forMs: [4_000, 8_000], rows: ['R27', 'R35'] },
  'provider-limits': { targets: ['provider-answers'], forMs: [4_000, 8_000], rows: ['R28'] },
  'provider-slow': { targets: ['provider-answers'], forMs: [4_000, 8_000], rows: ['R27'] },
  'provider-resets-after': { targets: ['provider-answers'], forMs: [3_000, 6_000], rows: ['R29'] },
  'provider-fails-after': { targets: ['provider-answers'], forMs: [3_000, 6_000], rows: ['R29'] },
  'provider-lists-late': { targets: ['provider-listing'], forMs: [4_000, 10_000], rows: ['R30'] },
} as const satisfies Readonly<Record<string, Fault>>;
export type FaultKind = keyof typeof faults;
export const faultKinds = Object.keys(faults) as readonly FaultKind[];

const toOneRedis: ReadonlySet<string> = new Set<LinkName>(['validator-1-redis', 'validator-2-redis', 'token-service-redis']);
/** What can be struck there; none: the kind does not strike. */
export function targetsOf(kind: FaultKind, shape: Shape): readonly string[] {
  const { targets, shape: only }: Fault = faults[kind];
  if (only !== undefined && only !== shape) return [];
  return shape === 'one-redis' ? targets : targets.filter((target) => !toOneRedis.has(target));
}

interface Struck {
  readonly fault: FaultKind;
  readonly target: string;
}
const isValidator = ({ target }: Struck): boolean => /^(?:pairing-)?validator/.test(target);
const isRedis = ({ fault }: Struck): boolean => fault === 'redis-restarted' || fault === 'redis-failed-over';

/** Pairs that do not strike together, whichever is first, and why. */
const excluded: readonly {
  readonly why: string;
  readonly is: (one: Struck, other: Struck) => boolean;
}[] = [
  {
    why: 'What is dead can not be stopped as well, and a link has one fault at a time: one could not tell which of them it stood.',
    is: (one, other) => one.target === other.target,
  },
  {
    why: 'Without any validator that answers nothing is proved: each of them is right as long as it is silent.',
    is: (one, other) => isValidator(one) && (isValidator(other) || isRedis(other)),
  },
  {
    why: 'A link to a Redis that is dead carries nothing that its fault could hit.',
    is: (one, other) => one.target.endsWith('-redis') && other.fault === 'redis-restarted',
  },
];

/** Why two may not strike at the same time; `undefined`: they may. */
export const whyNotTogether = (one: Struck, other: Struck): string | undefined =>
  excluded.find(({ is }) => is(one, other) || is(other, one))?.why;

/** Rows that do not strike here, and where they are proved instead. */
export const elsewhere: Readonly<Record<string, string>> = {
  R2: 'at every point, not at random ones: the sweep of the worker',
  R7: 'an event again after its run has closed: the sweep of the bridge',
  R8: 'needs more signals than any load here sends: integration test of the workflows',
  R9: 'recorded histories: replay tests',
  R10: 'another build, which breaks determinism: integration test of the workflows',
  R11: 'a setting of the worker: integration test of the workflows',
  R12: 'struck all the time: the load sends out of order',
  R13: 'struck all the time: the load is drawn from the seed',
  R16: 'struck all the time: the load sends each record up to three times, and old ones again',
  R17: 'offsets are not rewound while a load runs: the demo, and a bench',
  R18: 'what is lost before it is read is an alarm, no fault that heals: devices-source test',
  R19: 'bad records are parked by design, and here nothing may be: devices-faults test',
  R20: 'as R19',
  R21: 'as R19, with a parking topic that takes nothing: devices-source test',
  R22: 'a change of the format, not of the weather: unit tests of the source',
  R23: 'a rename is in the sweep; here usernames stay, so that accounts can be told apart',
  R24: 'guards hold what they see by design, and here nothing may be held: devices-guards test',
  R25: 'as R24',
  R26: 'as R24',
  R31: 'a limit that is lowered holds people by design: devices-never-less test',
  R32: 'credentials are quarantined by design: devices-never-less test',
  R33: 'struck all the time: an administrator removes devices at the provider',
  R37: 'the bench and tokens-faults test ask 2,000 times a second; here the load is modest',
  R38: 'clocks are shifted in tokens-faults test',
  R39: 'one order of events: tokens-faults test',
  R40: 'rotations: rotation-road and rotation-targets tests',
  R41: 'a guard: unit tests of the ring',
  R44: 'the soak; and R14: a rest and a burst are in it',
  R45: 'the soak',
  R46: 'devices-restore test',
  R47: 'a model of one worker with a clock of its own (flooded-tenant, connection-places), and directory-outbounds',
};
