import { lookup as resolve, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import type { OutboundOptions } from './outbound.ts';

const local = new BlockList();
local.addSubnet('0.0.0.0', 8);
local.addSubnet('127.0.0.0', 8);
local.addSubnet('169.254.0.0', 16); // also where clouds answer with the credentials of this machine
local.addAddress('::', 'ipv6');
local.addAddress('::1', 'ipv6');
local.addSubnet('fe80::', 10, 'ipv6');
local.addAddress('fd00:ec2::254', 'ipv6'); // credentials of a machine in a cloud
local.addSubnet('64:ff9b::', 96, 'ipv6'); // any IPv4 address, the local ones too, by a translator

/** An address of this machine or of its link, also when it is written as an IPv6 address. Not an address: false. */
export function isLocalAddress(address: string): boolean {
  const bare = address.replace(/^\[|\]$/g, '');
  const version = isIP(bare);
  return version !== 0 && local.check(bare, version === 6 ? 'ipv6' : 'ipv4');
}

/** `safe`: by https, to addresses elsewhere only. `insecure`: as it is written. */
export type Destination = 'safe' | 'insecure' | 'not-allowed';

/** What the list says about a URL, before any name is looked up. */
export function destinationOf(
  url: URL,
  { hosts, insecureHosts = [] }: Pick<OutboundOptions, 'hosts' | 'insecureHosts'>,
): Destination {
  if (url.username !== '' || url.password !== '') return 'not-allowed';
  const named = (host: string): boolean => {
    const lower = host.toLowerCase();
    return lower === url.hostname || lower === url.host;
  };
  if ((url.protocol === 'https:' || url.protocol === 'http:') && insecureHosts.some(named)) return 'insecure';
  if (url.protocol !== 'https:' || isLocalAddress(url.hostname)) return 'not-allowed';
  return hosts.some((host) => host.toLowerCase() === url.host) ? 'safe' : 'not-allowed';
}

export const addressNotAllowed = 'ADDRESS_NOT_ALLOWED';

/** Looks a name up when a connection is made, and fails when any of its addresses is local: the one that was checked is the one that is used. */
export const lookupElsewhere: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error) return callback(error, '', 0);
    const [first] = addresses;
    if (!first || addresses.some((it) => isLocalAddress(it.address)))
      return callback(Object.assign(new Error(addressNotAllowed), { code: addressNotAllowed }), '', 0);
    if (options.all) return callback(null, addresses);
    return callback(null, first.address, first.family);
  });
};
