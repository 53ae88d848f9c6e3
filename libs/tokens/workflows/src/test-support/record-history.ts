import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';

/**
 * Writes the history of a closed run as a golden file, without the names and paths of the machines that made it; only with RECORD_HISTORIES=1.
 * @param queues the task queues of this test run, the longer names first: the file says `tokens`.
 */
export async function recordHistory(name: string, handle: WorkflowHandle, queues: readonly string[]): Promise<void> {
  if (process.env['RECORD_HISTORIES'] !== '1') return;
  const history = JSON.parse(historyToJSON(await handle.fetchHistory())) as unknown;
  const root = join(import.meta.dirname, '../../../../..');
  const anonymous = JSON.stringify(
    history,
    (_, value: unknown) => (typeof value === 'string' && /^\d+@.+$/.test(value) ? 'worker' : value),
    2,
  );
  const histories = join(import.meta.dirname, '../histories');
  mkdirSync(histories, { recursive: true });
  const text = anonymous
    .replaceAll(/"stackTrace": "[^"]*"/g, (trace) => trace.replaceAll(/(?:\/[\w@.-]+)+(?=\/(?:libs|node_modules)\/)/g, '/app'))
    .replaceAll(root, '/app');
  const said = queues.reduce((all, queue) => all.replaceAll(queue, 'tokens'), text);
  writeFileSync(join(histories, `${name}.json`), `${said}\n`);
}
