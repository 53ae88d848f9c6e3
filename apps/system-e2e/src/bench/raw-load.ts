import { connect, type Socket } from 'node:net';
import { cpuMicrosecondsOf } from './process-figures.ts';

/** One HTTP/1.1 request as it goes over the wire; `number` counts the requests of a run. */
export type WireRequest = (number: number) => string;

const statusLine = Buffer.from('HTTP/1.1 ');
const allGood = Buffer.from('HTTP/1.1 200');

/** A connection that counts answers as they come, without parsing more of them than it must. @throws by `onFault`. */
async function open(url: string, onAnswers: (count: number) => void, onFault: (error: Error) => void): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  socket.on('error', onFault);
  let carried = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    const bytes = carried.length === 0 ? chunk : Buffer.concat([carried, chunk]);
    let [count, at] = [0, 0];
    for (;;) {
      const found = bytes.indexOf(statusLine, at);
      if (found === -1 || found + allGood.length > bytes.length) break;
      if (bytes.compare(allGood, 0, allGood.length, found, found + allGood.length) !== 0)
        return onFault(new Error(`an answer of ${url} is not 200: ${bytes.subarray(found, found + 60).toString('latin1')}`));
      count += 1;
      at = found + allGood.length;
    }
    carried = Buffer.from(bytes.subarray(Math.max(at, bytes.length - allGood.length + 1)));
    if (count > 0) onAnswers(count);
  });
  return socket;
}

export interface ClosedLoad {
  readonly perSecond: number;
  /** Processor time of the server's process for each answer, in microseconds; unlike the rate, it hardly depends on who else is busy. */
  readonly cpuMicroseconds: number;
}

/** Asks as fast as the server answers. @throws Error on the first answer that is not 200. */
export async function closedLoad(options: {
  readonly url: string;
  readonly pid: number;
  readonly request: WireRequest;
  readonly connections: number;
  /** Requests under way on each connection. */
  readonly pipelined: number;
  readonly seconds: number;
  /** Until the counting begins; default 1 500. */
  readonly settleMs?: number;
}): Promise<ClosedLoad> {
  const { url, pid, request, connections, pipelined, seconds, settleMs = 1_500 } = options;
  let [sent, answered, isOver] = [0, 0, false];
  let fault: Error | undefined;
  const burst = (count: number): string => {
    let text = '';
    for (let i = 0; i < count; i += 1) text += request(sent++);
    return text;
  };
  const sockets: Socket[] = [];
  for (let i = 0; i < connections; i += 1) {
    const socket = await open(
      url,
      (count) => {
        answered += count;
        if (!isOver) socket.write(burst(count), 'latin1');
      },
      (error) => (fault ??= error),
    );
    sockets.push(socket);
  }
  for (const socket of sockets) socket.write(burst(pipelined), 'latin1');
  await pause(settleMs); // until the server is warm
  const [from, before, cpuBefore] = [performance.now(), answered, cpuMicrosecondsOf(pid)];
  await pause(seconds * 1_000);
  const perSecond = (answered - before) / ((performance.now() - from) / 1_000);
  const cpuMicroseconds = (cpuMicrosecondsOf(pid) - cpuBefore) / (answered - before);
  isOver = true;
  for (const socket of sockets) socket.destroy();
  if (fault) throw fault;
  return { perSecond, cpuMicroseconds };
}

/** Asks at a fixed rate whether or not the server keeps up. @returns milliseconds from when each request was due until its answer. */
export async function openLoad(options: {
  readonly url: string;
  readonly request: WireRequest;
  readonly connections: number;
  readonly perSecond: number;
  readonly seconds: number;
}): Promise<readonly number[]> {
  const { url, request, connections, perSecond, seconds } = options;
  const latencies: number[] = [];
  let fault: Error | undefined;
  const lines: { readonly socket: Socket; readonly due: number[] }[] = [];
  for (let i = 0; i < connections; i += 1) {
    const due: number[] = [];
    const socket = await open(
      url,
      (count) => {
        const now = performance.now();
        for (const at of due.splice(0, count)) latencies.push(now - at);
      },
      (error) => (fault ??= error),
    );
    lines.push({ socket, due });
  }
  const startedAt = performance.now();
  let sent = 0;
  while (performance.now() - startedAt < seconds * 1_000) {
    for (; startedAt + (sent * 1_000) / perSecond <= performance.now(); sent += 1) {
      const line = lines[sent % lines.length]!;
      line.due.push(startedAt + (sent * 1_000) / perSecond);
      line.socket.write(request(sent), 'latin1');
    }
    await pause(1);
  }
  await pause(500);
  for (const { socket } of lines) socket.destroy();
  if (fault) throw fault;
  return latencies;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
