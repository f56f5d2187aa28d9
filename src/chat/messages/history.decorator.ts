import { applyDecorators } from '@nestjs/common';
import { ApiOkResponse, ApiQuery } from '@nestjs/swagger';
import { ApiErrors } from '../../auth/authenticated.decorator.js';
import type { ErrorCode } from '../../errors/code-table.js';
import { DEFAULT_LIMIT, MAX_LIMIT } from '../../edge/page.js';
import { HistoryRehydrated } from '../../pii/history-rehydration.interceptor.js';
import { MessagePageDto } from './message.dto.js';

const SEQ = { type: 'integer', minimum: 0 } as const;

/** A route that answers with a page of history. `codes` are what it may answer beside what every such route does. */
export const History = (...codes: ErrorCode[]) =>
  applyDecorators(
    HistoryRehydrated(),
    ApiQuery({
      name: 'before',
      required: false,
      schema: SEQ,
      description: 'The latest messages before this seq.',
    }),
    ApiQuery({
      name: 'after',
      required: false,
      schema: SEQ,
      description: 'The first messages after this seq.',
    }),
    ApiQuery({ name: 'cursor', required: false, schema: { type: 'string' }, description: 'nextCursor of a page.' }),
    ApiQuery({
      name: 'limit',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT },
    }),
    ApiOkResponse({ type: MessagePageDto }),
    ApiErrors(
      ...codes,
      'chat_not_found',
      'validation_failed',
      'invalid_cursor',
      'header_not_ascii',
      'pii_mapping_malformed',
      'history_pii_mapping_malformed',
      'pii_access_required',
      'payload_too_large',
    ),
  );
