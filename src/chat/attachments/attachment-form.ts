import { CodedError } from '../../errors/coded-error.js';
import { requireText } from '../messages/send-form.js';

/** A file that somebody wants to attach. */
export interface AttachmentForm {
  readonly name: string;
  readonly size: number;
  readonly type: string;
  readonly sha256: string;
}

const MAX_NAME = 200;
const TYPE = /^[a-z]{1,20}\/[a-z0-9][a-z0-9.+-]{0,99}$/;
const SHA_256 = /^[0-9a-f]{64}$/;

const MEMBERS = ['name', 'size', 'type', 'sha256'];

/**
 * The same over REST and the socket.
 * @throws CodedError `validation_failed`, `invalid_text`
 */
export function readAttachment(body: unknown): AttachmentForm {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw invalid('body');
  if (Object.keys(body).some((member) => !MEMBERS.includes(member))) {
    throw new CodedError('validation_failed', { reason: 'unknown_field' });
  }
  const { name, size, type, sha256 } = body as Readonly<Record<string, unknown>>;
  const text = requireText(name, 'name');
  if (text.length > MAX_NAME || /\p{Cc}/u.test(text)) throw invalid('name');
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 1) throw invalid('size');
  if (typeof type !== 'string' || !TYPE.test(type)) throw invalid('type');
  if (typeof sha256 !== 'string' || !SHA_256.test(sha256)) throw invalid('sha256');
  return { name: text, size, type, sha256 };
}

const invalid = (field: string): CodedError => new CodedError('validation_failed', { fields: [field] });
