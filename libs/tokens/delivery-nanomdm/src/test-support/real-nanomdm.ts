import { startNanomdm } from '../simulated/index.ts';
import { apiKey, type MdmUnderTest, webhookKey } from './mdm-under-test.ts';

/** What the test runner installed; it is a failure, never a skip, when it is not there. */
export function nanomdmProgram(): string {
  const program = process.env['STACK_NANOMDM'];
  if (!program) throw new Error('STACK_NANOMDM is not set, so there is no NanoMDM to test against: run "npm test -- int <path>"');
  return program;
}

/** A server of its own, with everything in a folder that goes with it. */
export async function realNanomdm(webhookUrl: string, storage: 'inmem' | 'filekv'): Promise<MdmUnderTest> {
  const { url, enrol, connect, close } = await startNanomdm({
    ...{ program: nanomdmProgram(), webhookUrl, apiKey, webhookKey, storage },
  });
  return {
    ...{ enrol, connect, close },
    async call({ method, path, headers, body }) {
      const answer = await fetch(url + path, {
        method,
        headers: Object.fromEntries(Object.entries(headers).filter(([name]) => ['authorization', 'content-type'].includes(name))),
        ...(body === '' ? {} : { body }),
      });
      return { status: answer.status, text: await answer.text() };
    },
  };
}
