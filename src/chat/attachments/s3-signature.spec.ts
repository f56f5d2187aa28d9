import { describe, expect, it } from '@jest/globals';
import { presign } from './s3-signature.js';

const credentials = {
  region: 'us-east-1',
  accessKey: 'AKIAIOSFODNN7EXAMPLE',
  secretKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const now = new Date('2013-05-24T00:00:00Z');
const url = new URL('https://examplebucket.s3.amazonaws.com/test.txt');

describe('presign', () => {
  it('signs as the documents of AWS do', () => {
    expect(presign({ method: 'GET', url, expiresInSeconds: 86_400 }, credentials, now)).toBe(
      'https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256' +
        '&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request' +
        '&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
        '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
    );
  });

  it('signs method, path, query, headers and time', () => {
    const call = { method: 'PUT', url, headers: { 'content-length': '3' }, expiresInSeconds: 60 } as const;
    const signatures = [
      presign(call, credentials, now),
      presign({ ...call, method: 'GET' }, credentials, now),
      presign({ ...call, url: new URL('/other', url) }, credentials, now),
      presign({ ...call, url: new URL("?response-content-disposition=a'b", url) }, credentials, now),
      presign({ ...call, headers: { 'content-length': '4' } }, credentials, now),
      presign({ ...call, expiresInSeconds: 61 }, credentials, now),
      presign(call, { ...credentials, secretKey: 'another' }, now),
      presign(call, credentials, new Date('2013-05-25T00:00:00Z')),
    ].map((signed) => new URL(signed).searchParams.get('X-Amz-Signature'));
    expect(new Set(signatures).size).toBe(signatures.length);
  });
});
