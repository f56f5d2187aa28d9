import { isIPv6 } from 'node:net';

const GROUPS = 8;
/** Of the eight groups, those that name a network; whoever has one has all of its addresses. */
const NETWORK_GROUPS = 4;

/**
 * What limits take for one place: an IPv4 address, also where it is written as IPv6 (RFC 4291, 2.5.5.2), or the /64 of an
 * IPv6 address, the least that a customer is given (RFC 6177). Anything else stands for itself.
 */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const groups = groupsOf(address.split('%')[0] ?? '');
  const [high = 0, low = 0] = groups.slice(-2);
  if (groups.slice(0, 6).join() === '0,0,0,0,0,65535') {
    return [high >> 8, high & 255, low >> 8, low & 255].join('.');
  }
  return `${groups
    .slice(0, NETWORK_GROUPS)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
}

/** The eight numbers of an IPv6 address that is known to be one. */
function groupsOf(address: string): number[] {
  const [left = [], right = []] = address.split('::').map((half) => half.split(':').filter(Boolean).flatMap(numbersOf));
  return [...left, ...Array.from<number>({ length: GROUPS - left.length - right.length }).fill(0), ...right];
}

/** One group; two for an IPv4 address at the end. */
function numbersOf(group: string): number[] {
  if (!group.includes('.')) return [Number.parseInt(group, 16)];
  const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
  return [(a << 8) | b, (c << 8) | d];
}
