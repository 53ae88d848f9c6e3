// One question, one answer, over a plain socket.
import { connect } from 'node:net';

/**
 * @template T
 * @param {number} port  on 127.0.0.1
 * @param {string | Buffer} question
 * @param {(answer: Buffer) => T | undefined} parse  undefined = not whole yet
 * @param {number} withinMs
 * @returns {Promise<T>}
 */
export function ask(port, question, parse, withinMs) {
  return new Promise((done, fail) => {
    const socket = connect({ host: '127.0.0.1', port });
    let answer = Buffer.alloc(0);
    const end = (/** @type {() => void} */ say) => {
      clearTimeout(timer);
      socket.destroy();
      say();
    };
    const timer = setTimeout(() => end(() => fail(new Error(`no answer within ${withinMs} ms`))), withinMs);
    socket.once('connect', () => socket.write(question));
    socket.once('error', (error) => end(() => fail(error)));
    socket.once('close', () => end(() => fail(new Error('the connection was closed'))));
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      try {
        const parsed = parse(answer);
        if (parsed !== undefined) end(() => done(parsed));
      } catch (error) {
        end(() => fail(error));
      }
    });
  });
}
