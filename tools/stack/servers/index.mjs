// The servers of a stack, in the order in which they are shown.
import { kafka } from './kafka.mjs';
import { oidc } from './oidc.mjs';
import { redis } from './redis.mjs';
import { temporal } from './temporal.mjs';

/** @typedef {'redis' | 'kafka' | 'temporal' | 'oidc'} ServerName */

/** @typedef {{ redis?: string, kafka?: string, temporal?: string, temporalUi?: string, oidc?: string }} Addresses */

/** @typedef {Record<string, number>} Ports  by role, e.g. `{ port: 7233, ui: 8233 }` */

/**
 * Something that a person must install.
 * @typedef {{ what: string, why: string, command: string }} Missing
 */

/**
 * What looking for a server's programs found: all that is missing, or the programs, or a way to install them.
 * @typedef {{ missing: Missing[] } | { tool: Tool } | { install: (step: import('../terminal.mjs').Step, signal?: AbortSignal) => Promise<Tool> }} Found
 */

/** @typedef {Record<string, string>} Tool  paths of the programs of one server, by role */

/**
 * How one server is found, run and asked.
 * @typedef {object} Server
 * @property {ServerName} name
 * @property {Ports} usualPorts
 * @property {boolean} [onlyAsProcess]  there is no container of it
 * @property {number} startWithinMs
 * @property {number} stopWithinMs  it is forced after that
 * @property {(place: { env: NodeJS.ProcessEnv, cache: string }) => Promise<Found>} find
 * @property {(place: { folder: string, ports: Ports, tool: Tool }) => Promise<Command>} prepare  writes its files; keeps data that is there
 * @property {(ports: Ports) => Promise<void>} answers  one real request; rejects when it is not ready
 * @property {(ports: Ports) => Addresses} addresses
 */

/**
 * `mark` is an argument that only this server of this stack is called with.
 * @typedef {{ command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv, mark: string }} Command
 */

/** @type {Record<ServerName, Server>} */
export const servers = { redis, kafka, temporal, oidc };

/** @type {readonly ServerName[]} */
export const serverNames = ['redis', 'kafka', 'temporal', 'oidc'];

/** @param {string} name @returns {name is ServerName} */
export const isServerName = (name) => Object.hasOwn(servers, name);
