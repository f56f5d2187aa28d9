import { applyDecorators } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { ApiErrors } from '../../auth/authenticated.decorator.js';
import type { ErrorCode } from '../../errors/code-table.js';
import { PiiMapped } from '../../pii/pii-mapping.interceptor.js';
import type { SendForm } from './send-form.js';

const CODES: readonly ErrorCode[] = [
  'chat_not_found',
  'message_not_found',
  'forbidden',
  'masking_required',
  'validation_failed',
  'malformed_json',
  'invalid_text',
  'pii_in_identifier',
  'header_not_ascii',
  'pii_mapping_malformed',
  'auto_pii_mapping_malformed',
  'pii_positions_malformed',
  'bad_span',
  'history_pii_mapping_malformed',
  'pii_header_and_body',
  'idempotency_key_malformed',
  'payload_too_large',
  'overloaded',
];

/** A route that sends a message. `codes` are what it may answer beside what every such route does. */
export const Send = (read: (body: unknown) => SendForm, ...codes: ErrorCode[]) =>
  applyDecorators(
    PiiMapped(read),
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description: 'Stands in for clientMessageId where the body has none.',
      schema: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
    }),
    ApiErrors(...codes, ...CODES),
  );
