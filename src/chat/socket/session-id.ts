import { randomBytes } from 'node:crypto';

const BYTES = 16;

/** A session id as this service writes it: 16 random bytes in base64url. */
export const SESSION_ID = /^[A-Za-z0-9_-]{22}$/;

export const newSessionId = (): string => randomBytes(BYTES).toString('base64url');

export const isSessionId = (text: string): boolean => SESSION_ID.test(text);
