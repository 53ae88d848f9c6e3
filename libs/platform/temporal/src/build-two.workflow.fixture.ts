import { condition, defineSignal, patched, proxyActivities, setHandler, setWorkflowOptions } from '@temporalio/workflow';

const { build } = proxyActivities<{ build(): Promise<string> }>({ startToCloseTimeout: '20s' });

/** For the test of deployments: as the second build has it. Those that began before it do as they did. */
export async function longLived(): Promise<string> {
  let goOn = false;
  setHandler(defineSignal('goOn'), () => {
    goOn = true;
  });
  const before = patched('asks-twice') ? `${await build()}, ` : '';
  const first = await build();
  await condition(() => goOn);
  return `${before}${first}, ${await build()}`;
}

/** Would break every run of the first build: nothing but its pin protects one. */
export async function pinned(): Promise<string> {
  let goOn = false;
  setHandler(defineSignal('goOn'), () => {
    goOn = true;
  });
  await condition(() => goOn);
  return `rewritten, ${await build()}`;
}
setWorkflowOptions({ versioningBehavior: 'PINNED' }, pinned);
