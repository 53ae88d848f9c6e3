import { dayOf, type Day, type SightedGroup, type Sighting } from '@tallystick/tokens-domain';

/** What the counts have to be, counted here device by device. */
export class ExactCounts {
  readonly #groups = new Map<string, number>();

  add({ at, ...facts }: Omit<Sighting, 'device'>): void {
    this.#grow({ ...facts, day: dayOf(at), devices: 1 });
  }

  /** The same without the groups before this day. */
  from(day: Day): ExactCounts {
    const kept = new ExactCounts();
    for (const [name, devices] of this.#groups) if (Number(name.split(' ')[0]) >= day) kept.#groups.set(name, devices);
    return kept;
  }

  /** @throws Error with the first group that differs, when the store counted another number in any. */
  compare(what: string, counted: readonly SightedGroup[]): void {
    const told = new ExactCounts();
    for (const group of counted) told.#grow(group);
    for (const name of new Set([...this.#groups.keys(), ...told.#groups.keys()])) {
      const [expected, found] = [this.#groups.get(name) ?? 0, told.#groups.get(name) ?? 0];
      if (expected !== found) throw new Error(`the counts are not exact: ${what}, ${name}: ${found} instead of ${expected}`);
    }
  }

  #grow({ day, presented, platform, siblings, devices }: SightedGroup): void {
    const name = `${day} ${presented} ${platform} ${siblings?.revision} ${siblings?.met}`;
    this.#groups.set(name, (this.#groups.get(name) ?? 0) + devices);
  }
}
