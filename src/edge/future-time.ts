import { CodedError } from '../errors/coded-error.js';

/** @throws CodedError `validation_failed` for a time that has passed, or is no time */
export function futureTime(text: string, field: string): Date {
  const time = new Date(text);
  if (!(time.getTime() > Date.now())) throw new CodedError('validation_failed', { fields: [field] });
  return time;
}
