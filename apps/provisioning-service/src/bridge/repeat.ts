/** Acts at once, and again so long after each end, until stopped; `stop` waits for what is under way. `act` never rejects. */
export function repeat(act: () => Promise<void>, intervalMs: number): { readonly stop: () => Promise<void> } {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  const run = (): void => {
    running = act().then(() => {
      if (!stopped) timer = setTimeout(run, intervalMs);
    });
  };
  run();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
