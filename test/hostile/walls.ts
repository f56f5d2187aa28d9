import { A_FILE } from '../support/s3-server.js';
import type { Ids } from './documented.js';

/** Who calls. The guest calls a public workspace without a key, nobody a private one. */
export const STANDINGS = [
  'none',
  'guest',
  'foreign',
  'reader',
  'member',
  'admin',
  'owner',
  'revoked',
  'expired',
] as const;
export type Standing = (typeof STANDINGS)[number];

/** Routes that ask nobody who they are. */
export const OPEN: ReadonlySet<string> = new Set(['GET /health/live', 'GET /health/ready', 'GET /metrics']);

export const BODIES = {
  patternType: 'BADGE_NUMBER',
  pattern: { expression: 'badge-[0-9]{4}' },
  /** Where the documented examples do not make a call that passes. */
  bodies: {
    'PUT /v1/workspaces/{id}/members/{userId}': () => ({ role: 'reader' }),
    'POST /v1/workspaces/{id}/erasures': ({ userId }) => ({ userId }),
    'POST /v1/chat/{chatId}/messages/{messageId}/attachments': () => A_FILE.form,
    'PUT /v1/workspaces/{id}/patterns/{type}': () => ({ expression: 'badge-[0-9]{5}' }),
    'PUT /v1/workspaces/{id}/bans/{userId}': () => ({}),
    'PUT /v1/workspaces/{id}/mutes/{userId}': () => ({}),
    'POST /v1/workspaces/{id}/invitations': () => ({ role: 'reader' }),
    'POST /v1/invitations/accept': ({ invitationToken }) => ({ token: invitationToken }),
    'POST /v1/chat/{chatId}/messages': () => ({ message: 'from somebody' }),
    'POST /v1/spaces/{spaceId}/chat': () => ({ message: 'from somebody' }),
    'POST /v1/pii/detect': () => ({ text: 'mail ada@example.org' }),
    'POST /v1/pii/rehydrate': () => ({ text: '<PERSON_1>', mapping: { '<PERSON_1>': 'Ada' } }),
    'PUT /v1/chat/{chatId}/read': () => ({ seq: 1 }),
    'POST /v1/chat/{chatId}/pii/reveal': () => ({ placeholders: ['<PERSON_1>'] }),
  } satisfies Readonly<Record<string, (ids: Ids) => unknown>> as Readonly<Record<string, (ids: Ids) => unknown>>,
};

/** Route by route, the status for each of the standings, in their order. The keys and users named belong to somebody else. */
export const WALLS: Readonly<Record<string, string>> = {
  'DELETE /v1/api-keys/{id}': '401 401 404 404 404 404 404 401 401',
  'DELETE /v1/chat/{chatId}': '401 401 404 403 403 204 204 401 401',
  'DELETE /v1/chat/{chatId}/messages/{messageId}': '401 401 404 403 204 204 204 401 401',
  'DELETE /v1/chat/{chatId}/messages/{messageId}/pin': '401 401 404 403 200 200 200 401 401',
  'DELETE /v1/chat/{chatId}/messages/{messageId}/reactions/{reaction}': '401 401 404 403 200 200 200 401 401',
  'DELETE /v1/token-keys/{kid}': '401 401 403 403 403 403 403 401 401',
  'DELETE /v1/users/{id}/sessions': '401 401 404 404 404 404 404 401 401',
  'DELETE /v1/users/{id}/sessions/{sessionId}': '401 401 404 404 404 404 404 401 401',
  'DELETE /v1/users/{userId}': '401 401 403 403 403 403 403 401 401',
  'DELETE /v1/workspaces/{id}': '401 401 404 403 403 403 204 401 401',
  'DELETE /v1/workspaces/{id}/bans/{userId}': '401 401 404 403 403 204 204 401 401',
  'DELETE /v1/workspaces/{id}/invitations/{invitationId}': '401 401 404 403 403 204 204 401 401',
  'DELETE /v1/workspaces/{id}/members/{userId}': '401 401 404 403 403 204 204 401 401',
  'DELETE /v1/workspaces/{id}/mutes/{userId}': '401 401 404 403 403 204 204 401 401',
  'DELETE /v1/workspaces/{id}/patterns/{type}': '401 401 404 403 403 204 204 401 401',
  'GET /v1/chat': '401 200 404 200 200 200 200 401 401',
  'GET /v1/chat/{chatId}': '401 200 404 200 200 200 200 401 401',
  'GET /v1/chat/{chatId}/messages': '401 200 404 200 200 200 200 401 401',
  'GET /v1/chat/{chatId}/messages/{messageId}/attachments/{attachmentId}': '401 404 404 200 200 200 200 401 401',
  'GET /v1/chat/{chatId}/messages/{messageId}/edits': '401 401 404 200 200 200 200 401 401',
  'GET /v1/chat/{chatId}/pii': '401 401 404 200 200 200 200 401 401',
  'GET /v1/chat/{chatId}/pins': '401 200 404 200 200 200 200 401 401',
  'GET /v1/chat/{chatId}/presence': '401 401 404 200 200 200 200 401 401',
  'GET /v1/chat/{chatId}/read': '401 401 404 200 200 200 200 401 401',
  'GET /v1/spaces/{spaceId}/chat': '401 200 404 200 200 200 200 401 401',
  'GET /v1/users/me': '401 401 200 200 200 200 200 401 401',
  'GET /v1/users/{id}/api-keys': '401 401 404 404 404 404 404 401 401',
  'GET /v1/users/{id}/sessions': '401 401 404 404 404 404 404 401 401',
  'GET /v1/workspaces': '401 401 200 200 200 200 200 401 401',
  'GET /v1/workspaces/{id}': '401 200 404 200 200 200 200 401 401',
  'GET /v1/workspaces/{id}/audit': '401 401 404 403 403 200 200 401 401',
  'GET /v1/workspaces/{id}/bans': '401 401 404 403 403 200 200 401 401',
  'GET /v1/workspaces/{id}/erasures': '401 401 404 403 403 403 200 401 401',
  'GET /v1/workspaces/{id}/erasures/{erasureId}': '401 401 404 403 403 403 200 401 401',
  'GET /v1/workspaces/{id}/export': '401 401 404 403 403 200 200 401 401',
  'GET /v1/workspaces/{id}/invitations': '401 401 404 403 403 200 200 401 401',
  'GET /v1/workspaces/{id}/members': '401 401 404 403 403 200 200 401 401',
  'GET /v1/workspaces/{id}/moderation': '401 401 404 403 403 200 200 401 401',
  'GET /v1/workspaces/{id}/mutes': '401 401 404 403 403 200 200 401 401',
  'GET /v1/workspaces/{id}/patterns': '401 401 404 403 403 200 200 401 401',
  'PATCH /v1/chat/{chatId}': '401 401 404 403 403 200 200 401 401',
  'PATCH /v1/chat/{chatId}/messages/{messageId}': '401 401 404 403 200 403 403 401 401',
  'PATCH /v1/workspaces/{id}': '401 401 404 403 403 403 200 401 401',
  'POST /v1/chat': '401 401 404 403 403 201 201 401 401',
  'POST /v1/chat/{chatId}/connection-string': '401 201 404 201 201 201 201 401 401',
  'POST /v1/chat/{chatId}/messages': '401 201 404 403 201 201 201 401 401',
  'POST /v1/chat/{chatId}/messages/{messageId}/attachments': '401 401 404 403 201 403 403 401 401',
  'POST /v1/chat/{chatId}/pii/reveal': '401 401 404 403 403 403 403 401 401',
  'POST /v1/chat/{chatId}/search': '401 401 404 200 200 200 200 401 401',
  'POST /v1/invitations/accept': '401 401 200 200 200 200 200 401 401',
  'POST /v1/pii/detect': '401 401 200 200 200 200 200 401 401',
  'POST /v1/pii/rehydrate': '401 401 200 200 200 200 200 401 401',
  'POST /v1/spaces/{spaceId}/chat': '401 200 404 403 200 200 200 401 401',
  'POST /v1/users': '401 401 403 403 403 403 403 401 401',
  'POST /v1/users/{id}/api-keys': '401 401 404 404 404 404 404 401 401',
  'POST /v1/workspaces': '401 401 201 201 201 201 201 401 401',
  'POST /v1/workspaces/{id}/erasures': '401 401 404 403 403 403 201 401 401',
  'POST /v1/workspaces/{id}/export': '401 401 404 403 403 403 403 401 401',
  'POST /v1/workspaces/{id}/invitations': '401 401 404 403 403 201 201 401 401',
  'POST /v1/workspaces/{id}/search': '401 401 404 200 200 200 200 401 401',
  'POST /v1/workspaces/{id}/search/values': '401 401 404 403 403 403 403 401 401',
  'PUT /v1/chat/{chatId}/messages/{messageId}/attachments/{attachmentId}': '401 401 404 403 200 404 404 401 401',
  'PUT /v1/chat/{chatId}/messages/{messageId}/pin': '401 401 404 403 200 200 200 401 401',
  'PUT /v1/chat/{chatId}/messages/{messageId}/reactions/{reaction}': '401 401 404 403 200 200 200 401 401',
  'PUT /v1/chat/{chatId}/read': '401 401 404 200 200 200 200 401 401',
  'PUT /v1/chat/{chatId}/typing': '401 204 404 403 204 204 204 401 401',
  'PUT /v1/workspaces/{id}/bans/{userId}': '401 401 404 403 403 200 200 401 401',
  'PUT /v1/workspaces/{id}/members/{userId}': '401 401 404 403 403 200 200 401 401',
  'PUT /v1/workspaces/{id}/mutes/{userId}': '401 401 404 403 403 200 200 401 401',
  'PUT /v1/workspaces/{id}/patterns/{type}': '401 401 404 403 403 200 200 401 401',
};

/**
 * Event by event, what each of the standings is answered. Three have no session: they get the code of the handshake, and
 * nothing for the event. The foreign one has a session of their own, and names what is in another chat.
 */
const events = (answers: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(answers).map(([event, those]) => [
      event,
      `connection_string_missing ${those} access_revoked access_revoked`,
    ]),
  );

/** Guest, foreign, reader, member, admin, owner. */
export const SOCKET_WALLS: Readonly<Record<string, string>> = events({
  'attachment:add': 'forbidden message_not_found forbidden ok forbidden forbidden',
  'attachment:finish': 'forbidden attachment_not_found forbidden ok attachment_not_found attachment_not_found',
  'attachment:get': 'ok attachment_not_found ok ok ok ok',
  'chat:connect': 'ok connection_string_invalid ok ok ok ok',
  'chat:disconnect': 'ok ok ok ok ok ok',
  'edits:get': 'forbidden message_not_found ok ok ok ok',
  'history:get': 'ok ok ok ok ok ok',
  'message:delete': 'forbidden message_not_found forbidden ok ok ok',
  'message:edit': 'forbidden message_not_found forbidden ok forbidden forbidden',
  'message:send': 'ok message_not_found forbidden ok ok ok',
  'pin:set': 'forbidden message_not_found forbidden ok ok ok',
  'pins:get': 'ok ok ok ok ok ok',
  'presence:get': 'forbidden ok ok ok ok ok',
  'reaction:set': 'forbidden message_not_found forbidden ok ok ok',
  'read:get': 'forbidden ok ok ok ok ok',
  'read:set': 'forbidden ok ok ok ok ok',
  'session:renew': 'ok connection_string_invalid ok ok ok ok',
  'typing:set': 'ok ok forbidden ok ok ok',
});
