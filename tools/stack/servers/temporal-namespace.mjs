// One gRPC call by hand: it shows that Temporal's frontend and store work, without starting the CLI for each try.
import { connect } from 'node:http2';

const path = '/temporal.api.workflowservice.v1.WorkflowService/DescribeNamespace';

/** @param {string} namespace  at most 127 bytes */
function requestBytes(namespace) {
  const name = Buffer.from(namespace);
  const message = Buffer.concat([Buffer.from([0x0a, name.length]), name]); // field 1: the name
  const prefix = Buffer.alloc(5); // not compressed; length
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/**
 * @param {number} port  of the frontend, on 127.0.0.1
 * @param {string} namespace
 * @param {number} withinMs
 * @returns {Promise<void>} rejects unless the server describes the namespace
 */
export function describeNamespace(port, namespace, withinMs) {
  return new Promise((done, fail) => {
    const session = connect(`http://127.0.0.1:${port}`);
    const end = (/** @type {Error | undefined} */ error) => {
      clearTimeout(timer);
      session.destroy();
      if (error) fail(error);
      else done();
    };
    const timer = setTimeout(() => end(new Error(`no answer within ${withinMs} ms`)), withinMs);
    session.once('error', end);
    const call = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' });
    const judge = (/** @type {import('node:http2').IncomingHttpHeaders} */ headers) => {
      const status = headers['grpc-status'];
      if (status === undefined) return; // it comes with the trailers
      end(status === '0' ? undefined : new Error(`gRPC status ${status}: ${headers['grpc-message'] ?? ''}`));
    };
    call.once('response', judge);
    call.once('trailers', judge);
    call.once('error', end);
    call.once('close', () => end(new Error('the call ended without a status')));
    call.resume();
    call.end(requestBytes(namespace));
  });
}
