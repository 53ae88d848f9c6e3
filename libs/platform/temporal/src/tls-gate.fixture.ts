import { connect, createSecureServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { testCertificates } from '@tallystick/platform-testing';

const { authority, server: own } = testCertificates;

/** Who has called, as the gate saw it. */
export interface SeenCaller {
  readonly authorization: string | undefined;
  /** The name in the client certificate that the gate has verified. */
  readonly certificate: string | undefined;
}

const passedOn = ({ connection: _, ...headers }: IncomingHttpHeaders): IncomingHttpHeaders => headers;

/** TLS in front of a Temporal server that has none: it wants a client certificate, or takes anybody, and passes on every call as it is. */
export async function startTlsGate(temporal: string, { wantsCertificate }: { readonly wantsCertificate: boolean }) {
  const seen: SeenCaller[] = [];
  const upstream = connect(`http://${temporal}`);
  const gate = createSecureServer({
    ...{ key: own.key, cert: own.certificate, ca: authority },
    ...{ requestCert: wantsCertificate, rejectUnauthorized: wantsCertificate },
  });
  gate.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    const { subject } = (stream.session?.socket as TLSSocket).getPeerCertificate?.() ?? {};
    seen.push({ authorization: headers.authorization, certificate: [subject?.CN].flat()[0] });
    const call = upstream.request({ ...passedOn(headers), ':authority': temporal, ':scheme': 'http' });
    let trailers: IncomingHttpHeaders = {};
    call.on('trailers', (last: IncomingHttpHeaders) => void (trailers = last));
    call.on('response', (answer, flags: number) => {
      if (stream.destroyed) return;
      const isAll = (flags & 1) === 1; // an answer without a body: its trailers are its headers
      stream.respond(answer, isAll ? { endStream: true } : { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers(trailers));
      if (!isAll) call.pipe(stream);
    });
    for (const end of ['error', 'aborted', 'close'] as const) stream.on(end, () => call.close());
    call.on('error', () => stream.close());
    stream.pipe(call);
  });
  await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(gate.address() as AddressInfo).port}`,
    seen,
    close: () => {
      upstream.destroy();
      gate.close();
    },
  };
}
