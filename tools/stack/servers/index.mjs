// The servers of a stack, in the order in which they are shown.
import { connect } from './connect.mjs';
import { kafka } from './kafka.mjs';
import { oidc } from './oidc.mjs';
import { postgres } from './postgres.mjs';
import { redis } from './redis.mjs';
import { temporal } from './temporal.mjs';

/** @typedef {'redis' | 'kafka' | 'temporal' | 'oidc' | 'postgres' | 'connect'} ServerName */

/**
 * @typedef {{ redis?: string, kafka?: string, temporal?: string, temporalUi?: string, oidc?: string, postgres?: string, connect?: string }} Addresses
 */

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
 * @property {boolean} [onlyByName]  no part of the usual stack: started only when it is asked for
 * @property {readonly ServerName[]} [needs]  started with it and before it, ended after it
 * @property {NodeJS.Signals} [stopSignal]  what ends it properly; SIGTERM unless said
 * @property {number} startWithinMs
 * @property {number} stopWithinMs  it is forced after that
 * @property {(place: { env: NodeJS.ProcessEnv, cache: string }) => Promise<Found>} find
 * @property {(place: { folder: string, ports: Ports, tool: Tool, others?: Addresses }) => Promise<Command>} prepare  writes its files; keeps
 *   data that is there. `others` are the addresses of what it needs
 * @property {(ports: Ports) => Promise<void>} answers  one real request; rejects when it is not ready
 * @property {(ports: Ports) => Addresses} addresses
 */

/**
 * `mark` is an argument that only this server of this stack is called with.
 * @typedef {{ command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv, mark: string }} Command
 */

/** @type {Record<ServerName, Server>} */
export const servers = { redis, kafka, temporal, oidc, postgres, connect };

/** @type {readonly ServerName[]} */
export const serverNames = ['redis', 'kafka', 'temporal', 'oidc', 'postgres', 'connect'];

/** What a stack has unless servers are named. */
export const usualServers = serverNames.filter((name) => !servers[name].onlyByName);

/** @param {readonly ServerName[]} names @returns {ServerName[]} these, and what they need */
export const withNeeds = (names) =>
  serverNames.filter((name) => names.includes(name) || names.some((other) => servers[other].needs?.includes(name)));

/** @param {string} name @returns {name is ServerName} */
export const isServerName = (name) => Object.hasOwn(servers, name);
