// Why a server does not have its usual port, where a service of the system is the reason.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { servers } from './servers/index.mjs';

/** @type {Partial<Record<import('./servers/index.mjs').ServerName, string>>} */
const services = { redis: 'redis-server', postgres: 'postgresql' };

/** @param {import('./state.mjs').StackState} state @returns {string[]} a line for each server that had to give way */
export function portsTakenByServices({ servers: running }) {
  return Object.values(servers).flatMap(({ name, usualPorts }) => {
    const usual = usualPorts['port'];
    const port = running[name]?.ports['port'];
    if (port === undefined || port === usual) return [];
    const service = services[name];
    const isService =
      service && existsSync('/run/systemd/system') && spawnSync('systemctl', ['is-active', '--quiet', service]).status === 0;
    const by = isService ? `the system's own service; to have it: sudo systemctl disable --now ${service}` : 'another program';
    return [`${name}: port ${usual} is taken by ${by}`];
  });
}
