import { benchToken, type Questions } from './k6-script.ts';
import type { WireRequest } from './raw-load.ts';

/** The questions that k6 asks, as they go over the wire for a load that costs less than k6 does. */
export function requestsOf({ url, body, headers, environments, tokens, newDeviceEvery }: Questions): WireRequest {
  const run = Math.floor(Math.random() * 36 ** 4).toString(36).padStart(4, '0'); // prettier-ignore
  const { pathname, host } = new URL(url.replace('{environment}', '~'));
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1\r\nHost: ${host}\r\n${lines.join('')}Content-Length: `;
  const paths = Array.from({ length: environments }, (_, at) => `POST ${pathname.replace('~', `bench-${at}`)} ${head}`);
  const parts = body.split(/(\{environment\}|\{token\}|\{device\})/);
  return (number) => {
    const environment = number % environments;
    const device = number % newDeviceEvery === 0 ? 1_000 + number : number % 1_000;
    let text = '';
    for (const part of parts)
      if (part === '{environment}') text += `bench-${environment}`;
      else if (part === '{token}') text += benchToken(environment, number % tokens);
      else if (part === '{device}') text += `${run}-${String(device).padStart(12, '0')}`;
      else text += part;
    return `${paths[environment]}${text.length}\r\n\r\n${text}`;
  };
}
