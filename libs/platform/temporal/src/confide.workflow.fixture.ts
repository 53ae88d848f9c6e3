import {
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertMemo,
} from '@temporalio/workflow';

const { hear } = proxyActivities<{ hear(text: string): Promise<string> }>({
  startToCloseTimeout: '20s',
  heartbeatTimeout: '10s',
  summary: 'summary of the activity: needle',
});

/** For the test of sealed payloads: every road on which a text can come into a history. */
export async function confide(text: string): Promise<string> {
  let told: string | undefined;
  setHandler(defineSignal<[string]>('tell'), (more) => {
    told = more;
  });
  setHandler(defineQuery<string>('ask'), () => `asked: ${text}`);
  setHandler(defineUpdate<string, [string]>('change'), (more) => `changed: ${more}`);
  setCurrentDetails(`details: ${text}`);
  upsertMemo({ noted: text });
  const heard = await hear(text);
  await sleep(10, { summary: 'summary of the timer: needle' });
  await condition(() => told !== undefined);
  return `${heard}, ${told}`;
}
