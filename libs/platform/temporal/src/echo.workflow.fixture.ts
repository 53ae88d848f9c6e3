import { proxyActivities } from '@temporalio/workflow';

const { echo } = proxyActivities<{ echo(text: string): Promise<string> }>({
  startToCloseTimeout: '20s',
  retry: { maximumAttempts: 1 },
});

/** For the test of the worker. */
export async function echoWorkflow(text: string): Promise<string> {
  return echo(text);
}
