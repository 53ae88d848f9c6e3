// Docker's health check: whether this container's process is ready. Kubernetes asks by itself, and does not use it.
import { readFileSync } from 'node:fs';
import { get as getPlain } from 'node:http';
import { get as getTls } from 'node:https';
import { portVariables } from './processes.mjs';

const started = readFileSync('/proc/1/cmdline', 'utf8').split('\0');
const [, variable = ''] =
  Object.entries(portVariables).find(([name]) => started.some((part) => part === `/app/bin/${name}` || part === name)) ?? [];
const { OPERATIONS_PORT: operations, HTTP_TLS_CERT_FILE: certificate, [variable]: own } = process.env;
const isTls = !operations && Boolean(certificate);
const get = isTls ? getTls : getPlain;
// It asks itself: who answers on this port in this container is known, whatever name is in the certificate.
const address = { host: '127.0.0.1', port: operations || own, path: '/health/ready', rejectUnauthorized: false, timeout: 4_000 };
get(address, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1))
  .on('timeout', () => process.exit(1))
  .on('error', () => process.exit(1));
