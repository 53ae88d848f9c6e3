import { connect } from 'node:net';

/** One session of a database: statements run one after the other, each `run` in a transaction of its own unless it says BEGIN. */
export interface Session {
  /** @returns the rows of all statements, each value as text @throws Error with what the database says */
  readonly run: (sql: string) => Promise<readonly (readonly (string | null)[])[]>;
  readonly end: () => void;
}

interface Answer {
  rows: (string | null)[][];
  fault?: Error;
  readonly done: (answer: Answer) => void;
}

/**
 * Just enough of the PostgreSQL protocol (3.0, simple queries, trust) for tests that make changes: no driver is needed for that.
 * @param address `postgres://user@host:port/database`
 */
export async function openSession(address: string): Promise<Session> {
  const { hostname, port, username, pathname } = new URL(address);
  const socket = connect({ host: hostname, port: Number(port) });
  const waiting: Answer[] = [];
  let input = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    input = Buffer.concat([input, chunk]);
    while (input.length >= 5 && input.length >= 1 + input.readInt32BE(1)) {
      const end = 1 + input.readInt32BE(1);
      take(String.fromCharCode(input[0] ?? 0), input.subarray(5, end));
      input = input.subarray(end);
    }
  });
  const give = (fault: Error): void => {
    for (const answer of waiting.splice(0)) answer.done({ ...answer, fault });
  };
  socket.once('error', give);
  socket.once('close', () => give(new Error('the database closed the session')));

  function take(type: string, body: Buffer): void {
    const [answer] = waiting;
    if (!answer) return;
    if (type === 'D') answer.rows.push(rowOf(body));
    if (type === 'E') answer.fault ??= new Error(faultOf(body));
    if (type === 'Z') waiting.shift()?.done(answer);
  }
  const ask = (message: Buffer): Promise<(string | null)[][]> =>
    new Promise((resolve, reject) => {
      waiting.push({ rows: [], done: ({ rows, fault }) => (fault ? reject(fault) : resolve(rows)) });
      socket.write(message);
    });
  await ask(framed(Buffer.from(`\0\x03\0\0user\0${username}\0database\0${pathname.slice(1)}\0\0`)));
  return {
    run: (sql) => ask(Buffer.concat([Buffer.from('Q'), framed(Buffer.from(`${sql}\0`))])),
    end: () => socket.destroy(),
  };
}

function framed(body: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeInt32BE(4 + body.length);
  return Buffer.concat([size, body]);
}

function rowOf(body: Buffer): (string | null)[] {
  let at = 2;
  return Array.from({ length: body.readInt16BE(0) }, () => {
    const length = body.readInt32BE(at);
    at += 4 + Math.max(length, 0);
    return length < 0 ? null : body.toString('utf8', at - length, at);
  });
}

const faultOf = (body: Buffer): string =>
  body
    .toString()
    .split('\0')
    .find((field) => field.startsWith('M'))
    ?.slice(1) ?? 'an error without a text';
