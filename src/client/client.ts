/*
 * The published entry `cloakroom/client`: Node 20 or later and browsers. It shares the wire types with the service, and
 * nothing else.
 */
export { Chat, type ChatOptions, connect, type FileToAttach, type HistoryOptions, type SendOptions } from './chat.js';
export {
  type ClientErrorCode,
  CloakroomError,
  type CloakroomErrorCode,
  type ServiceErrorCode,
} from './cloakroom-error.js';
export { type ConnectionString, type ConnectionStringRequest, getConnectionString } from './connection-string.js';
export type { ChatEvents } from './listeners.js';
export { getMessageString, type MessagePieces } from './message-string.js';
export type { PiiOptions, Span } from './pii-strings.js';
export type { ClientEvent, DataOf, PayloadOf } from './wire-types.js';
export type * from '../chat/wire.js';
