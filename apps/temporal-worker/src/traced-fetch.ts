import { currentTraceParent, inSpan } from '@tallystick/platform-observability';
import type { FetchLike } from '@tallystick/tokens-client-http';

/** For calls of our own token service only, which goes on with the trace: nobody else is told of it. */
export const tracedFetch: FetchLike = (url, init) => {
  const { hostname, port } = new URL(url);
  const attributes = {
    'http.request.method': init.method,
    'server.address': hostname,
    ...(port === '' ? {} : { 'server.port': Number(port) }),
  };
  return inSpan(`${init.method} token-service`, { kind: 'client', attributes }, async (span) => {
    const parent = currentTraceParent();
    const headers = parent === undefined ? init.headers : { ...init.headers, traceparent: parent };
    const answer = await fetch(url, { ...init, headers });
    span.set({ 'http.response.status_code': answer.status });
    if (answer.status >= 500) span.failed(String(answer.status));
    return answer;
  });
};
