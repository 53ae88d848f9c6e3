import { condition, defineSignal, proxyActivities, setHandler, setWorkflowOptions } from '@temporalio/workflow';

const { build } = proxyActivities<{ build(): Promise<string> }>({ startToCloseTimeout: '20s' });

async function twoSteps(): Promise<string> {
  let goOn = false;
  setHandler(defineSignal('goOn'), () => {
    goOn = true;
  });
  const first = await build();
  await condition(() => goOn);
  return `${first}, ${await build()}`;
}

/** For the test of deployments: as the first build has it. It goes on under the current build. */
export const longLived = (): Promise<string> => twoSteps();

/** The same, pinned to the build that began it. */
export const pinned = (): Promise<string> => twoSteps();
setWorkflowOptions({ versioningBehavior: 'PINNED' }, pinned);
