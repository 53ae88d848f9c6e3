import type { CheckFinding, Platform } from '@tallystick/tokens-domain';
import { z } from 'zod';
import { readKeys } from './held-keys.ts';
import { type ConfigurationsNeeds, nameOf } from './intune-configurations.ts';
import { type Fault, fault, findingOf, isFault } from './intune-faults.ts';
import { graphVersionOf, odataTypes, policiesPath, policy } from './intune-policy.ts';
import { conforming } from './parse-json.ts';

const page = z.looseObject({ value: z.array(z.unknown()), '@odata.nextLink': z.string().optional() });
const listed = policy.extend({ id: z.string() });
const mostPages = 100;

/**
 * Other policies for the same app that set the key too: a device that gets both has a conflict and may take neither. Such a one is named
 * whatever it holds: the next delivery makes the values differ.
 */
export async function findOtherPolicies(
  { graph, app, targetsApp }: Pick<ConfigurationsNeeds, 'graph' | 'app' | 'targetsApp'>,
  platform: Platform,
  ids: readonly string[],
  deadline: AbortSignal,
): Promise<readonly CheckFinding[]> {
  const what = 'the list of app configuration policies';
  const version = graphVersionOf(platform);
  const findings: CheckFinding[] = [];
  const incomplete = (why: Fault): readonly CheckFinding[] => [
    ...findings,
    findingOf({ ...why, detail: `${why.detail}; other policies with the same key are not ruled out` }, 'warning'),
  ];
  let answer = await graph.get(version, policiesPath, what, deadline);
  for (let pages = 1; ; pages++) {
    if (isFault(answer)) return incomplete(answer);
    const read = page.safeParse(answer.body);
    if (!read.success) return incomplete(fault('unreadable', `${what}: Graph gave no list as is known`));
    for (const item of read.data.value) {
      const other = conforming(listed, item);
      if (!other || ids.includes(other.id.toLowerCase()) || other['@odata.type'] !== odataTypes[platform]) continue;
      const name = nameOf(other.id, platform);
      const keys = readKeys(other, platform, app, name);
      if (isFault(keys) || !keys.keys.some(({ key }) => key === app.key)) continue;
      const isForAnother = await targetsApp(other, platform, name, deadline);
      if (isForAnother && isForAnother.reason !== 'app-not-found') return incomplete(isForAnother);
      if (!isForAnother)
        findings.push({
          severity: 'warning',
          what: 'conflicting-policies',
          detail: `${name} is for the same app and sets ${app.key} too: devices with both may take neither; name it in this target, or take the key out of it`,
        });
    }
    const next = read.data['@odata.nextLink'];
    if (next === undefined) return findings;
    if (pages === mostPages) return incomplete(fault('unreadable', `${what} has more than ${mostPages} pages`));
    answer = await graph.getNext(next, version, what, deadline);
  }
}
