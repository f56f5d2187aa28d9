import { ConfigError } from './config-error.js';
import type { Values } from './variables.js';

/** The S3-compatible store in which attachments lie. */
export interface AttachmentObjects {
  /** With the bucket in its path. */
  readonly url: URL;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly maxBytes: number;
}

/** Undefined where no store is set. @throws ConfigError where only a part is, or it is reached without TLS in production */
export function attachmentObjects(values: Values, production: boolean): AttachmentObjects | undefined {
  const { ATTACHMENT_STORE_URL: url, ATTACHMENT_STORE_ACCESS_KEY: accessKey } = values;
  const secretKey = values.ATTACHMENT_STORE_SECRET_KEY;
  if (url === undefined && accessKey === undefined && secretKey === undefined) return undefined;
  const together = 'must be set together with the other ATTACHMENT_STORE_ variables, or none of them';
  if (url === undefined) throw new ConfigError('ATTACHMENT_STORE_URL', together);
  if (accessKey === undefined) throw new ConfigError('ATTACHMENT_STORE_ACCESS_KEY', together);
  if (secretKey === undefined) throw new ConfigError('ATTACHMENT_STORE_SECRET_KEY', together);
  if (url.search !== '' || url.hash !== '') throw new ConfigError('ATTACHMENT_STORE_URL', 'must have no query');
  if (production && url.protocol !== 'https:') {
    throw new ConfigError('ATTACHMENT_STORE_URL', 'must be an https address in production');
  }
  const maxBytes = values.ATTACHMENT_MAX_KIB * 1_024;
  return Object.freeze({ url, region: values.ATTACHMENT_STORE_REGION, accessKey, secretKey, maxBytes });
}
