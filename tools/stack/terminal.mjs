// Shows what is being done while it is done: live on a terminal, one plain line per step elsewhere.

/**
 * @typedef {object} StepEvent
 * @property {string} key  one step at a time per key, e.g. `kafka`
 * @property {'begin' | 'note' | 'done' | 'failed'} state
 * @property {string} text
 * @property {number} elapsedMs  since the step began
 */

/** @typedef {(event: StepEvent) => void} Watcher */

/** @typedef {{ note: (text: string) => void, done: (text: string) => void, failed: (text: string) => void }} Step */

/** @param {Watcher} watch @param {string} key @param {string} text @returns {Step} */
export function beginStep(watch, key, text) {
  const since = performance.now();
  /** @param {StepEvent['state']} state */
  const say = (state) => (/** @type {string} */ words) =>
    watch({ key, state, text: words, elapsedMs: Math.round(performance.now() - since) });
  say('begin')(text);
  return { note: say('note'), done: say('done'), failed: say('failed') };
}

/** @param {number} ms */
const seconds = (ms) => `${(ms / 1000).toFixed(1).padStart(5)} s`;

/** @param {StepEvent} event */
const line = ({ key, state, text, elapsedMs }) =>
  `${seconds(elapsedMs)}  ${key.padEnd(9)}${state === 'failed' ? 'FAILED: ' : ''}${text}`;

/**
 * One line when a step ends; for a step of more than two seconds also what it is doing, and again every 30 seconds.
 * @param {(line: string) => void} print
 * @returns {Watcher}
 */
export function plainWatcher(print) {
  /** @type {Map<string, { text: string, since: number, timer: NodeJS.Timeout }>} */
  const running = new Map();
  const tell = (/** @type {string} */ key) => {
    const step = running.get(key);
    if (!step) return;
    print(`${line({ key, state: 'note', text: step.text, elapsedMs: performance.now() - step.since })} …`);
    step.timer = setTimeout(tell, 30_000, key).unref();
  };
  return (event) => {
    const step = running.get(event.key);
    if (event.state === 'note' && step) step.text = event.text;
    if (event.state === 'begin') {
      clearTimeout(step?.timer);
      running.set(event.key, { text: event.text, since: performance.now(), timer: setTimeout(tell, 2_000, event.key).unref() });
    }
    if (event.state === 'done' || event.state === 'failed') {
      clearTimeout(step?.timer);
      running.delete(event.key);
      print(line(event));
    }
  };
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/**
 * A spinner line with all running steps; each step that ends leaves its line above it.
 * @param {NodeJS.WriteStream} stream
 * @returns {Watcher}
 */
function liveWatcher(stream) {
  const colour = !process.env['NO_COLOR'];
  const mark = { done: colour ? '\x1b[32m✔\x1b[0m' : '✔', failed: colour ? '\x1b[31m✖\x1b[0m' : '✖' };
  /** @type {Map<string, { text: string, since: number }>} */
  const running = new Map();
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  let frame = 0;
  const draw = () => {
    const all = [...running].map(
      ([key, { text, since }]) => `${key}: ${text} (${((performance.now() - since) / 1000).toFixed(0)} s)`,
    );
    const text = `${frames[frame++ % frames.length]} ${all.join('  ·  ')}`;
    stream.write(`\r\x1b[2K${[...text].slice(0, (stream.columns || 80) - 1).join('')}`);
  };
  return (event) => {
    if (event.state === 'begin') running.set(event.key, { text: event.text, since: performance.now() });
    const step = running.get(event.key);
    if (event.state === 'note' && step) step.text = event.text;
    if (event.state === 'done' || event.state === 'failed') {
      running.delete(event.key);
      stream.write(`\r\x1b[2K${mark[event.state]} ${line(event)}\n`);
    }
    if (running.size > 0) timer ??= setInterval(draw, 100).unref();
    else {
      clearInterval(timer);
      timer = undefined;
      stream.write('\r\x1b[2K');
    }
  };
}

/**
 * @param {NodeJS.WriteStream} stream
 * @returns {Watcher} live where a person looks, plain in a file, a pipe or CI
 */
export const watcherFor = (stream) =>
  stream.isTTY && !process.env['CI'] && process.env['TERM'] !== 'dumb'
    ? liveWatcher(stream)
    : plainWatcher((text) => stream.write(`${text}\n`));

/** @param {string[][]} rows  the first is the head @returns {string} */
export function table(rows) {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
