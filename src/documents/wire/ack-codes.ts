import type { ErrorCode } from '../../errors/code-table.js';

export const HANDSHAKE_CODES: readonly ErrorCode[] = [
  'validation_failed',
  'connection_string_missing',
  'connection_string_invalid',
  'connection_string_expired',
  'connection_string_used',
  'chat_not_found',
  'access_revoked',
  'pii_access_required',
  'connect_rate_limited',
  'too_many_failures',
];

/** What a `connect_error` may carry. */
export const CONNECT_ERROR_CODES: readonly ErrorCode[] = [
  ...HANDSHAKE_CODES,
  'too_many_sockets',
  'malformed_payload',
  'namespace_not_served',
  'server_shutdown',
  'unavailable',
];

/** What the ack of every event may carry. */
export const EVERY_ACK_CODES: readonly ErrorCode[] = [
  'malformed_payload',
  'unknown_event',
  'rate_limited',
  'byte_rate_limited',
  'server_shutdown',
  'unavailable',
  'internal',
];

export const IN_SESSION: readonly ErrorCode[] = ['session_required', 'session_expired'];

export const INSTRUCTED: readonly ErrorCode[] = [
  'validation_failed',
  'invalid_text',
  'pii_mapping_malformed',
  'auto_pii_mapping_malformed',
  'pii_positions_malformed',
  'bad_span',
];

export const SIGNED: readonly ErrorCode[] = [
  ...IN_SESSION,
  'message_string_missing',
  'message_string_invalid',
  'message_replayed',
  'forbidden',
  'message_not_found',
  'pii_in_identifier',
];

export const CHANGED: readonly ErrorCode[] = [...SIGNED, 'idempotency_key_reused'];
