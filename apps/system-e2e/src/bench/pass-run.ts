import { fullPassWorkflowId } from '@tallystick/devices-workflow-api';
import type { PassId } from '@tallystick/devices-domain';
import type { Client } from '@temporalio/client';
import type { SeenPass } from '../system/provisioning-client.ts';
import { waitUntil } from '../system/wait-until.ts';
import type { DevicesBench } from './devices-bench.ts';

/** Starts a preview (of another document, if one is given) or a pass, and waits for its end. @throws Error unless it ends as done. */
export async function runPass(
  { operator }: DevicesBench,
  kind: 'preview' | 'pass',
  progress: (pass: SeenPass) => void,
  document?: object,
): Promise<SeenPass> {
  const { id } = await operator.startPass(kind, document);
  const pass = await waitUntil(
    `the end of a ${kind}`,
    async () => {
      const pass = await operator.pass(id);
      progress(pass);
      return !['planning', 'applying'].includes(pass.stage) && pass;
    },
    { withinMs: 3_600_000, everyMs: 250 },
  );
  if (pass.stage !== 'done') throw new Error(`a ${kind} ended as ${pass.stage}${pass.because ? `: ${pass.because}` : ''}`);
  return pass;
}

/** Events in the histories of all runs of a pass's workflow. */
export async function eventsOf(
  client: Client,
  { ref }: DevicesBench,
  { id, kind }: SeenPass,
): Promise<{ readonly events: number; readonly runs: number }> {
  const workflowId = fullPassWorkflowId({ ...ref, pass: id as PassId, kind: kind as 'preview' | 'pass' });
  return waitUntil('the histories of a pass', async () => {
    let [events, runs, open] = [0, 0, 0];
    for await (const run of client.workflow.list({ query: `WorkflowId = "${workflowId}"` })) {
      runs += 1;
      events += run.historyLength ?? 0;
      if (run.status.name === 'RUNNING') open += 1;
    }
    return runs > 0 && open === 0 && { events, runs };
  });
}
