import type { ConnectionRef, PassId } from '@tallystick/devices-domain';

const base = ({ environment, connection }: ConnectionRef): string => `tally:{passes/${environment}/${connection}}`;

/**
 * Hash: kind · stage · version · by sealed name of who started it · startedAt · endedAt · hold · because · applied · users · candidate sealed;
 * and its sums: entries, `n:<result>`, `c:<kind of change>`, `r:<reason>`, `f:<target>`.
 */
export const passKey = (ref: ConnectionRef, pass: PassId): string => `${base(ref)}:pass:${pass}`;

/** Hash: `<shard>/<number, 8 digits>` → its entries, packed and sealed. */
export const pagesKey = (ref: ConnectionRef, pass: PassId): string => `${passKey(ref, pass)}:pages`;

/** Sorted set of the names of those pages, all with score 0: in their own order. */
export const pageOrderKey = (ref: ConnectionRef, pass: PassId): string => `${passKey(ref, pass)}:order`;

/** Sorted set of passes by the moment at which they were started. */
export const passesKey = (ref: ConnectionRef): string => `${base(ref)}:passes`;

/** Hash: `at`, and the sums of the last pass that was done. Kept for ever: a monthly pass needs it too. */
export const lastDoneKey = (ref: ConnectionRef): string => `${base(ref)}:last-done`;
