import { describe, expect, it } from '@jest/globals';
import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import { interceptors, readTexts, traceHeader, traceLinksHeader } from './carry-traces.workflow.ts';

const trace = (id: string, flag = '01') => `00-${id.repeat(32)}-${id.repeat(16)}-${flag}`;
const [a, b, c] = [trace('a'), trace('b'), trace('c')];
const told = (parent: unknown): Headers => ({ [traceHeader]: defaultPayloadConverter.toPayload(parent) });

/** A run: what it is told, and what its activities hear. */
function run() {
  const { inbound: [inbound] = [], outbound: [outbound] = [] } = interceptors();
  const pass = (_: unknown): never => undefined as never;
  return {
    start: (headers: Headers) => inbound?.execute?.({ args: [], headers }, pass),
    signal: (headers: Headers) => inbound?.handleSignal?.({ signalName: 's', args: [], headers }, pass),
    activity: () => {
      let heard: Headers = {};
      void outbound?.scheduleActivity?.({ headers: {} } as never, ({ headers }) => ((heard = headers), Promise.resolve()));
      return [readTexts(heard, traceHeader)[0], readTexts(heard, traceLinksHeader), Object.keys(heard).length];
    },
  };
}

describe('the trace of a run', () => {
  it('is that of who woke it; those who join while it is busy are linked to what comes next', () => {
    const { start, signal, activity } = run();
    void start(told(a));
    void signal(told(a)); // a signal with start says it twice
    expect(activity()).toEqual([a, [], 1]);
    void signal(told(b));
    void signal(told(c));
    expect(activity()).toEqual([b, [c], 2]);
    expect(activity()).toEqual([b, [c], 2]); // the next attempt, and whatever belongs to the same look
  });

  it('is one that is kept, where others are not', () => {
    const { signal, activity } = run();
    void signal(told(trace('d', '00')));
    void signal(told(c));
    expect(activity()).toEqual([c, [trace('d', '00')], 2]);
  });

  it('is none where nobody tells one, as in every history of before; what is no trace stops nothing', () => {
    const { start, signal, activity } = run();
    void start({});
    void signal(told({ any: 'thing' }));
    void signal({ [traceHeader]: { metadata: {}, data: new Uint8Array([1]) } });
    expect(activity()).toEqual([undefined, [], 0]);
  });

  it('has a bounded number of links, however many signals come', () => {
    const { signal, activity } = run();
    for (let n = 10; n < 60; n++) void signal(told(`00-${String(n).repeat(16)}-${'e'.repeat(16)}-01`));
    expect((activity()[1] as readonly string[]).length).toBe(15);
  });
});
