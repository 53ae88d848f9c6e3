import { differences, type SourcePerson, wantedAccount } from '../proof/wanted-account.ts';
import type { SeenUser } from '../system/seen-directory.ts';
import { kinds, type Member } from './people.ts';

const ownName = 'iPhone of mine';

/**
 * How somebody's account differs from what must be (I1, I2, I9). Which of their earlier records were seen is not known, and must not matter: what is
 * judged by its id is what no record may touch, their own device, and who is primary.
 *
 * @param first the account before the run
 */
export function differencesOf(
  { kind, dialect }: Member,
  first: SeenUser,
  seen: SeenUser | undefined,
  newest: SourcePerson | null,
): readonly string[] {
  const rules = { ...kinds[kind].rules, dialect };
  const own = kinds[kind].rules.devices === 'merge' ? first.devices.filter(({ nickname }) => nickname === ownName) : [];
  const isLeaver = newest === null || !newest.enabled;
  // Who has left keeps what they had, whichever record that was of.
  const before = isLeaver && seen ? { ...seen, devices: [...own, ...seen.devices.filter(({ nickname }) => nickname !== ownName)] } : { ...first, devices: own }; // prettier-ignore
  const wanted = wantedAccount(before, newest, rules);
  const found = [...differences(seen, wanted)];
  if (
    seen?.status === 'ACTIVE' &&
    kind === 'less' &&
    seen.devices.find(({ role }) => role === 'PRIMARY')?.nickname !== primaryOf(first)
  )
    found.push(`${primaryOf(first)} is not primary any more`);
  return found;
}

const primaryOf = ({ devices }: SeenUser): string | undefined => devices.find(({ role }) => role === 'PRIMARY')?.nickname;
