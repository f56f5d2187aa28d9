import type { AuthenticatedRequest, Principal } from '../../auth/principal.js';
import { CodedError } from '../../errors/coded-error.js';
import { analyze } from '../analyzer.js';
import { maskForGood } from '../mask-for-good.js';
import type { Reader } from './audit-entry.js';

const HEADER = 'X-Access-Reason';
const MAX_REASON = 200;
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/**
 * Who reads originals by an HTTP call, and why.
 * @throws CodedError `header_not_ascii`, `duplicate_header`, `validation_failed`
 */
export function readerOf({ principal, id, raw }: AuthenticatedRequest): Reader & { readonly principal: Principal } {
  const { rawHeaders } = raw;
  const values = rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === 'x-access-reason');
  if (values.length > 1) throw new CodedError('duplicate_header', { header: HEADER });
  const [value = ''] = values;
  if (!PRINTABLE_ASCII.test(value)) throw new CodedError('header_not_ascii', { header: HEADER });
  return { principal, requestId: id, ...maskedReason(value, { header: HEADER }) };
}

/** A reason as it may be stored; nothing where none was given. @throws CodedError `validation_failed` */
export function maskedReason(text: string, where: { header?: string; fields?: string[] }): { reason?: string } {
  if (text.length > MAX_REASON) throw new CodedError('validation_failed', where);
  const reason = text.trim();
  return reason === '' ? {} : { reason: maskForGood(reason, analyze(reason)) };
}
