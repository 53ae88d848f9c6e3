import { type Instant, instant } from '@tallystick/kernel-core';
import { type Platform, type Segment, segmentName, type TokenId } from './ring.ts';
import { countDevices, type Day, type Presented, type SightedGroup, type SightingCounts } from './sighting-ports.ts';

/** So many devices of the window, and which share of its devices that is: 0…1, and 0 when the window has none. */
export interface AdoptionPart {
  readonly devices: number;
  readonly share: number;
  /** The newest day on which one of them was seen last; undefined when there is none. */
  readonly lastSeen: Day | undefined;
}

export interface TokenAdoption extends AdoptionPart {
  readonly token: TokenId;
  /** Undefined for a token that is not in the list (any more) but that devices still present. */
  readonly segment: string | undefined;
  /** Its share of the devices that presented any token of its segment: how far a rotation of the segment has come. */
  readonly shareOfSegment: number;
}

export interface SegmentAdoption extends AdoptionPart {
  readonly segment: string;
  readonly tokens: readonly TokenId[];
}

export interface PlatformAdoption extends AdoptionPart {
  readonly platform: Platform | 'other';
}

export interface AdoptionOfDay {
  readonly day: Day;
  /** Devices seen on this day. */
  readonly devices: number;
  /** What they presented last on it; the shares are of the devices of this day. Only what was presented at all. */
  readonly presented: readonly { readonly presented: Presented; readonly devices: number; readonly share: number }[];
}

export interface AdoptionReport {
  /** Devices whose last sighting is in the window. `tokens`, `nothing` and `unknown` sum up to it; so do `segments` and `withoutSegment`, and `platforms`. */
  readonly devices: number;
  /** Every token of the list, in its order, also when no device presents it; then tokens that are not in the list. */
  readonly tokens: readonly TokenAdoption[];
  readonly nothing: AdoptionPart;
  readonly unknown: AdoptionPart;
  /** By the segment of the token that a device presented, which says for whom the token was meant; in the order of the tokens. */
  readonly segments: readonly SegmentAdoption[];
  /** Devices that presented nothing, an unknown value, or a token that is not in the list. */
  readonly withoutSegment: AdoptionPart;
  readonly platforms: readonly PlatformAdoption[];
  /** Every day of the window, oldest first, also those without a device. */
  readonly days: readonly AdoptionOfDay[];
}

/**
 * Exact figures of a window, made of exact counts. Pure. A device last seen after `toDay` (a clock ahead) counts as seen in the window;
 * series after it are left out. Says nothing of whether the figures are good enough to act on: that is `judgeAdoption`.
 * @throws RangeError when the window ends before it begins or is longer than 366 days.
 */
export function adoptionReport({
  counts,
  window: { fromDay, toDay },
  tokens,
}: {
  readonly counts: SightingCounts;
  /** Both days are in it. */
  readonly window: { readonly fromDay: Day; readonly toDay: Day };
  readonly tokens: readonly { readonly id: TokenId; readonly segment: Segment }[];
}): AdoptionReport {
  const length = toDay - fromDay + 1;
  if (!(length >= 1 && length <= 366)) throw new RangeError('a window has 1–366 days');
  const groups = counts.current.filter(({ day }) => day >= fromDay);
  const devices = countDevices(groups);
  const part = (of: readonly SightedGroup[]): AdoptionPart => ({
    devices: countDevices(of),
    share: share(countDevices(of), devices),
    lastSeen: of.reduce<Day | undefined>((newest, { day }) => (newest === undefined || day > newest ? day : newest), undefined),
  });

  const byPresented = groupBy(groups, ({ presented }) => presented);
  const of = (presented: Presented): readonly SightedGroup[] => byPresented.get(presented) ?? [];
  const listed = groupBy(tokens, ({ segment }) => segmentName(segment));
  const segments = [...listed].map(([segment, members]): SegmentAdoption => ({
    segment,
    tokens: members.map(({ id }) => id),
    ...part(members.flatMap(({ id }) => of(id))),
  }));
  const segmentSize = new Map(segments.map(({ segment, devices: size }) => [segment, size]));
  const inList = new Set<Presented>(tokens.map(({ id }) => id));
  const strangers = [...byPresented.keys()].filter(
    (presented): presented is TokenId => isToken(presented) && !inList.has(presented),
  );
  return {
    devices,
    tokens: [
      ...tokens.map(({ id, segment: meant }): TokenAdoption => {
        const segment = segmentName(meant);
        const own = part(of(id));
        return { token: id, segment, ...own, shareOfSegment: share(own.devices, segmentSize.get(segment) ?? 0) };
      }),
      ...strangers.map((id): TokenAdoption => ({ token: id, segment: undefined, ...part(of(id)), shareOfSegment: 0 })),
    ],
    nothing: part(of('nothing')),
    unknown: part(of('unknown')),
    segments,
    withoutSegment: part(groups.filter(({ presented }) => !inList.has(presented))),
    platforms: [...groupBy(groups, ({ platform }) => platform)].map(([platform, some]) => ({ platform, ...part(some) })),
    days: daysOf(counts.series, fromDay, length),
  };
}

function daysOf(series: readonly SightedGroup[], fromDay: Day, length: number): readonly AdoptionOfDay[] {
  const byDay = groupBy(series, ({ day }) => day);
  return Array.from({ length }, (_, at): AdoptionOfDay => {
    const day = fromDay + at;
    const groups = byDay.get(day) ?? [];
    const devices = countDevices(groups);
    const presented = [...groupBy(groups, (group) => group.presented)].map(([what, some]) => ({
      presented: what,
      devices: countDevices(some),
      share: share(countDevices(some), devices),
    }));
    return { day, devices, presented };
  });
}

const forecastDays = 14;
const fewestDays = 3;
const longestDays = 365;
const dayMs = 86_400_000;

/**
 * The start of the UTC day at which `token` will have reached the threshold among the devices that present it or one of those that it
 * replaces, if the rest goes on shrinking as it did: today when the newest day shows it reached. The logarithm of the remaining share is
 * fitted by a line over the last 14 days with such devices, each weighing as many devices as were seen on it, from the first on which
 * the token was presented; the threshold counts as reached when less than half a device would remain.
 *
 * Today is unfinished: it counts once it has half as many devices as the days before it have on average. Undefined with fewer than three
 * such days, without progress, or when the answer is more than a year away. It looks at devices by the day on which they were seen, so
 * devices that are rarely seen make it early.
 */
export function forecastThreshold({
  series,
  token,
  replaces,
  threshold,
  today,
}: {
  readonly series: readonly SightedGroup[];
  readonly token: TokenId;
  readonly replaces: readonly TokenId[];
  /** A share, 0…1. */
  readonly threshold: number;
  readonly today: Day;
}): Instant | undefined {
  const days = remainingByDay(series, token, replaces, today);
  const newest = days.at(-1);
  if (!newest) return undefined;
  if (share(newest.adopted, newest.devices) >= threshold) return startOf(today);
  if (days.length < fewestDays) return undefined;
  const line = fit(days);
  if (!(line.slope < 0)) return undefined;
  const target = Math.log(Math.max(1 - threshold, 0.5 / newest.devices));
  const day = Math.max(Math.ceil((target - line.atZero) / line.slope), today + 1);
  return day - today > longestDays ? undefined : startOf(day);
}

interface RemainingOfDay {
  readonly day: Day;
  readonly devices: number;
  readonly adopted: number;
}

/** The days that the forecast may look at, oldest first. */
function remainingByDay(
  series: readonly SightedGroup[],
  token: TokenId,
  replaces: readonly TokenId[],
  today: Day,
): readonly RemainingOfDay[] {
  const concerned = new Set<Presented>([token, ...replaces]);
  const groups = series.filter(({ day, presented, devices }) => day <= today && devices > 0 && concerned.has(presented));
  const days = [...groupBy(groups, ({ day }) => day)]
    .map(([day, some]) => ({
      day,
      devices: countDevices(some),
      adopted: countDevices(some.filter(({ presented }) => presented === token)),
    }))
    .sort((left, right) => left.day - right.day);
  const earlier = days.filter(({ day }) => day < today);
  const isUnfinished = (day: RemainingOfDay): boolean =>
    day.day === today &&
    earlier.length > 0 &&
    day.devices < countDevices(earlier.slice(-forecastDays)) / Math.min(earlier.length, forecastDays) / 2;
  const counted = days.filter((day) => !isUnfinished(day));
  const first = counted.findIndex(({ adopted }) => adopted > 0);
  return first < 0 ? counted.slice(-1) : counted.slice(first).slice(-forecastDays);
}

/** Weighted least squares of the logarithm of the remaining share; half a device more than there is, since zero has no logarithm. */
function fit(days: readonly RemainingOfDay[]): { readonly slope: number; readonly atZero: number } {
  const weight = countDevices(days);
  const points = days.map(({ day, devices, adopted }) => ({
    x: day,
    y: Math.log((devices - adopted + 0.5) / (devices + 0.5)),
    weight: devices / weight,
  }));
  const x = points.reduce((total, point) => total + point.weight * point.x, 0);
  const y = points.reduce((total, point) => total + point.weight * point.y, 0);
  const spread = points.reduce((total, point) => total + point.weight * (point.x - x) ** 2, 0);
  const common = points.reduce((total, point) => total + point.weight * (point.x - x) * (point.y - y), 0);
  const slope = common / spread;
  return { slope, atZero: y - slope * x };
}

const startOf = (day: Day): Instant => instant(day * dayMs);
const isToken = (presented: Presented): presented is TokenId => presented !== 'nothing' && presented !== 'unknown';
const share = (devices: number, of: number): number => (of === 0 ? 0 : devices / of);

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
