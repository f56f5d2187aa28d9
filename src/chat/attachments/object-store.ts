import { Injectable } from '@nestjs/common';
import { type AttachmentObjects, Config } from '../../config/config.js';
import { CodedError } from '../../errors/coded-error.js';
import { presign, type S3Call } from './s3-signature.js';

/** What an object has to be, by its own hash. */
export interface ObjectForm {
  readonly size: number;
  readonly type: string;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** A call that whoever has it can make without a credential until it expires. */
export interface SignedCall {
  readonly url: string;
  /** To be sent exactly so. */
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly expiresAt: string;
}

const UPLOAD_SECONDS = 600;
const DOWNLOAD_SECONDS = 60;
const OWN_SECONDS = 60;
const ANSWER_MS = 10_000;

/**
 * The S3-compatible store in which attachments lie; this service never passes their content on. Whoever uploads or downloads
 * is given an address that is signed for that one call.
 */
@Injectable()
export class ObjectStore {
  private readonly objects: AttachmentObjects | undefined;

  constructor({ attachments }: Config) {
    this.objects = attachments;
  }

  get isOn(): boolean {
    return this.objects !== undefined;
  }

  /** The most that an attachment may have. */
  get maxBytes(): number {
    return this.configured().maxBytes;
  }

  /** The store holds whoever uploads to size, type and hash. */
  upload(key: string, { size, type, sha256 }: ObjectForm): SignedCall {
    const requestHeaders = {
      'content-type': type,
      'x-amz-checksum-sha256': Buffer.from(sha256, 'hex').toString('base64'),
    };
    const { url, expiresAt } = this.sign(
      'PUT',
      key,
      UPLOAD_SECONDS,
      {},
      { ...requestHeaders, 'content-length': String(size) },
    );
    return { url, expiresAt, requestHeaders };
  }

  /** For saving, not for showing: what somebody uploaded is no page of the store's. */
  download(key: string, name: string): SignedCall {
    const disposition = `attachment; filename*=UTF-8''${inParameter(name)}`;
    const { url, expiresAt } = this.sign('GET', key, DOWNLOAD_SECONDS, { 'response-content-disposition': disposition });
    return { url, expiresAt, requestHeaders: {} };
  }

  /** Bytes of an object; undefined where there is none. @throws CodedError `unavailable` */
  async size(key: string): Promise<number | undefined> {
    const answer = await this.call('HEAD', key);
    return answer.ok ? Number(answer.headers.get('content-length')) : undefined;
  }

  /** An object that is known to be small; undefined where there is none. @throws CodedError `unavailable` */
  async read(key: string): Promise<Buffer | undefined> {
    const answer = await this.call('GET', key);
    if (!answer.ok) return undefined;
    try {
      return Buffer.from(await answer.arrayBuffer());
    } catch {
      throw new CodedError('unavailable');
    }
  }

  /** To remove what is not there is no fault. @throws CodedError `unavailable` */
  async remove(key: string): Promise<void> {
    await this.call('DELETE', key);
  }

  private sign(
    method: S3Call['method'],
    key: string,
    expiresInSeconds: number,
    query: Readonly<Record<string, string>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    const objects = this.configured();
    const url = new URL(`${objects.url.href.replace(/\/$/, '')}/${key}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const now = new Date();
    return {
      url: presign({ method, url, headers, expiresInSeconds }, objects, now),
      expiresAt: new Date(now.getTime() + expiresInSeconds * 1_000).toISOString(),
    };
  }

  /** An answer that is either a yes or a 404. */
  private async call(method: S3Call['method'], key: string): Promise<Response> {
    try {
      const { url } = this.sign(method, key, OWN_SECONDS);
      const answer = await fetch(url, { method, redirect: 'error', signal: AbortSignal.timeout(ANSWER_MS) });
      if (answer.ok || answer.status === 404) return answer;
    } catch {
      // As an answer that is none. The error would quote the address, which is a credential.
    }
    throw new CodedError('unavailable');
  }

  private configured(): AttachmentObjects {
    if (!this.objects) throw new CodedError('attachments_off');
    return this.objects;
  }
}

/** RFC 8187 allows fewer characters than a URL does. */
const inParameter = (text: string): string =>
  encodeURIComponent(text).replace(/['()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
