// The smallest part of the PostgreSQL protocol (3.0, trust) that tells a working database from an open port: one session, one statement.
import { ask } from '../sockets.mjs';

/** @param {string} type  a letter, or nothing for the start of a session @param {string} text */
function message(type, text) {
  const size = Buffer.alloc(4);
  size.writeInt32BE(4 + text.length);
  return Buffer.concat([Buffer.from(type), size, Buffer.from(text, 'latin1')]);
}

/** @param {Buffer} row @returns {string[]} */
function valuesOf(row) {
  let at = 2;
  return Array.from({ length: row.readInt16BE(0) }, () => {
    const length = Math.max(row.readInt32BE(at), 0); // -1 = null
    at += 4 + length;
    return row.toString('utf8', at - length, at);
  });
}

/**
 * @param {Buffer} answer
 * @returns {string[][] | undefined} the rows; undefined while the answer is not whole
 * @throws {Error} with what the database says, e.g. that it is starting up
 */
function rowsOf(answer) {
  const rows = [];
  let ready = 0; // for the session, then after the statement
  for (let at = 0; answer.length >= at + 5;) {
    const end = at + 1 + answer.readInt32BE(at + 1);
    if (answer.length < end) return undefined;
    const type = String.fromCharCode(answer[at] ?? 0);
    const body = answer.subarray(at + 5, end);
    if (type === 'E') throw new Error(/\0M([^\0]*)/.exec(String(body))?.[1] ?? 'an error without a text');
    if (type === 'D') rows.push(valuesOf(body));
    if (type === 'Z' && ++ready === 2) return rows;
    at = end;
  }
  return undefined;
}

/**
 * @param {number} port  on 127.0.0.1 @param {string} sql  ASCII
 * @returns {Promise<string[][]>} the rows, each value as text
 */
export const askDatabase = (port, sql) => {
  const start = message('', '\0\x03\0\0user\0postgres\0database\0postgres\0\0');
  return ask(port, Buffer.concat([start, message('Q', `${sql}\0`)]), rowsOf, 3_000);
};
