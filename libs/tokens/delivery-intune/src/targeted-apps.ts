import type { ManagedApp, Platform } from '@tallystick/tokens-domain';
import { z } from 'zod';
import type { Graph } from './graph-calls.ts';
import { type Fault, fault, isFault } from './intune-faults.ts';
import { graphVersionOf, type Policy } from './intune-policy.ts';

const mobileApp = z.looseObject({
  bundleId: z.string().nullish(),
  packageId: z.string().nullish(),
  appIdentifier: z.string().nullish(),
});

/**
 * Whether a policy is for the app and no other: a token is never written where another app would read it. What an id stands for never
 * changes over there, so it is asked once.
 */
export type TargetsApp = (policy: Policy, platform: Platform, what: string, deadline: AbortSignal) => Promise<Fault | undefined>;

export function createTargetsApp(graph: Graph, app: ManagedApp): TargetsApp {
  const known = new Set<string>();

  async function isApp(id: string, platform: Platform, what: string, deadline: AbortSignal): Promise<Fault | undefined> {
    if (known.has(`${platform}/${id}`)) return undefined;
    const path = `/deviceAppManagement/mobileApps/${encodeURIComponent(id)}`;
    const answer = await graph.get(graphVersionOf(platform), path, `the app of ${what}`, deadline);
    if (isFault(answer)) return answer.reason === 'slot-not-found' ? fault('app-not-found', answer.detail) : answer;
    const read = mobileApp.safeParse(answer.body);
    const { bundleId, packageId, appIdentifier } = read.success ? read.data : {};
    const isIt = platform === 'ios' ? bundleId === app.iosBundleId : (packageId ?? appIdentifier) === app.androidPackage;
    if (!isIt)
      return fault(
        'app-not-found',
        `${what} is for another app than ${platform === 'ios' ? app.iosBundleId : app.androidPackage}: nothing is written to it`,
      );
    known.add(`${platform}/${id}`);
    return undefined;
  }

  return async ({ targetedMobileApps }, platform, what, deadline) => {
    if (!targetedMobileApps?.length) return fault('app-not-found', `${what} is for no app: set its targeted app`);
    for (const id of targetedMobileApps) {
      const wrong = await isApp(id, platform, what, deadline);
      if (wrong) return wrong;
    }
    return undefined;
  };
}
