import { createPrivateKey, createPublicKey, hkdfSync, sign } from 'node:crypto';
import type { TypeCounts } from '../audit/audit-entry.js';

export const ERASURE_KINDS = ['value', 'user', 'chat', 'workspace'] as const;
export type ErasureKind = (typeof ERASURE_KINDS)[number];

/** What is certified: never a value. */
export interface Receipt {
  readonly id: string;
  readonly workspaceId: string;
  readonly kind: ErasureKind;
  /** When no reader could see the originals any more. */
  readonly logicalAt: string;
  /** Until when `kids` are to be retired: from then on no copy can be opened either. */
  readonly finalBy: string;
  /** By chat and entity type. */
  readonly counts: Readonly<Record<string, TypeCounts>>;
  readonly kids: readonly string[];
}

/** PKCS #8 of an Ed25519 key up to its 32 bytes of seed (RFC 8410, section 7). */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

export interface ReceiptSigner {
  /** Raw 32 bytes in base64url, as `x` in a JWK (RFC 8037). */
  readonly publicKey: string;
  /** Ed25519 (RFC 8032) over the canonical JSON of the receipt (RFC 8785), base64url. */
  sign(receipt: Receipt): string;
}

/** The key is derived, so that all nodes and all times of an installation sign alike. */
export function createReceiptSigner(secret: Buffer): ReceiptSigner {
  const seed = Buffer.from(hkdfSync('sha256', secret, '', 'cloakroom/erasure-receipt/v1', 32));
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: 'der', type: 'pkcs8' });
  seed.fill(0);
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  return {
    publicKey: x,
    sign: (receipt) => sign(null, Buffer.from(canonicalJson(receipt)), key).toString('base64url'),
  };
}

/** Members in order, no white space. Strings, integers, arrays and objects are all that a receipt has. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(',')}}`;
}
