// The smallest part of the Kafka protocol that tells a working broker from an open port: a Metadata request, version 5.
import { ask } from '../sockets.mjs';

const metadata = 3;
const version = 5;

/** @returns {Buffer} asks for the cluster, and for no topic */
function metadataRequest() {
  const body = Buffer.alloc(8 + 2 + 4 + 1);
  body.writeInt16BE(metadata, 0);
  body.writeInt16BE(version, 2);
  body.writeInt32BE(1, 4); // correlation id
  body.writeInt16BE(-1, 8); // no client id
  body.writeInt32BE(0, 10); // no topic
  body.writeInt8(0, 14); // create none
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length);
  return Buffer.concat([size, body]);
}

/**
 * @param {Buffer} answer
 * @returns {{ brokers: number, controller: number } | undefined} the number of live brokers and the controller's id (-1 = none);
 *   undefined while the answer is not whole
 */
function clusterOf(answer) {
  if (answer.length < 4 || answer.length < 4 + answer.readInt32BE(0)) return undefined;
  let at = 4 + 4 + 4; // size, correlation id, throttle time
  const skipText = () => {
    at += 2 + Math.max(answer.readInt16BE(at), 0); // -1 = null
  };
  const brokers = answer.readInt32BE(at);
  at += 4;
  for (let n = 0; n < brokers; n++) {
    at += 4; // id
    skipText(); // host
    at += 4; // port
    skipText(); // rack
  }
  skipText(); // cluster id
  return { brokers, controller: answer.readInt32BE(at) };
}

/** @param {number} port  on 127.0.0.1 @returns {Promise<void>} rejects unless the broker is a live member of its cluster */
export async function brokerAnswers(port) {
  const { brokers, controller } = await ask(port, metadataRequest(), clusterOf, 3_000);
  if (brokers === 0 || controller < 0) throw new Error('the broker is not in its own cluster yet');
}
