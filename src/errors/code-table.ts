/** One error that a client can meet: what happened, what to do, and whether the same call may succeed later. */
export interface ErrorEntry {
  /** HTTP status of the REST answer. Socket acks carry the code only. */
  readonly status: number;
  /** What happened, in one fixed sentence: never built from the input. */
  readonly title: string;
  readonly cause: string;
  readonly remedy: string;
  readonly retryable: boolean;
}

const entry = (status: number, title: string, cause: string, remedy: string, retryable = false): ErrorEntry =>
  Object.freeze({ status, title, cause, remedy, retryable });

/**
 * The closed table of errors (RFC 9457 `code` member and socket acks alike). A code that is not here cannot be raised;
 * texts are fixed, so that no error can quote a message, a mapped value, a key or a token.
 */
export const ERROR_TABLE = Object.freeze({
  // Identity
  unauthenticated: entry(
    401,
    'Authentication is required or was refused.',
    'No credential was sent, or the API key or bearer token is unknown, expired or revoked.',
    'Send a valid key in X-API-Key, or the same key or a token of the configured issuer as Authorization: Bearer.',
  ),
  forbidden: entry(
    403,
    'You may not do this.',
    'The credential is valid, but its role, grant or scope does not cover the call.',
    'Ask an owner or admin of the workspace for the role, or use a key with the scope that the operation names.',
  ),
  pii_access_required: entry(
    403,
    'Originals may not be shown to you.',
    'Reading originals from the vault needs the grant piiAccess in the workspace and a key with the scope pii:rehydrate.',
    'Ask the owner for piiAccess and use such a key, or rehydrate with a mapping of your own.',
  ),
  access_reason_required: entry(
    403,
    'A reason is required.',
    'The workspace demands a reason from whoever reads originals.',
    'Send it in X-Access-Reason, or as accessReason on the socket.',
  ),
  masking_required: entry(
    403,
    'This workspace does not allow unmasked messages.',
    'Automatic detection was switched off for a call into a workspace whose PII policy is "required".',
    'Leave out X-Auto-Pii-Mapping, or send true.',
  ),
  origin_not_allowed: entry(
    403,
    'This origin may not call the service.',
    'The Origin header names a site that is not in ALLOWED_ORIGINS.',
    'Add the origin to ALLOWED_ORIGINS, or call from a server, which sends no Origin.',
  ),

  // Not there, or not yours: the answer is the same
  not_found: entry(
    404,
    'There is nothing here.',
    'The path or resource does not exist, or is not visible to you.',
    'Check the path against the API documents.',
  ),
  workspace_not_found: entry(
    404,
    'No such workspace.',
    'The workspace does not exist, or is not visible to you.',
    'Check the id, or ask to be added as a member.',
  ),
  chat_not_found: entry(
    404,
    'No such chat.',
    'The chat does not exist, or is not visible to you.',
    'Check the id, or ask to be added to its workspace.',
  ),
  message_not_found: entry(
    404,
    'No such message.',
    'The message does not exist in this chat.',
    'Check the id against the history of the chat.',
  ),
  user_not_found: entry(404, 'No such user.', 'The user does not exist, or is not visible to you.', 'Check the id.'),
  api_key_not_found: entry(
    404,
    'No such API key.',
    'The key does not exist, or is not yours to see.',
    'List the keys of the user.',
  ),
  token_key_not_found: entry(
    404,
    'No such signing key.',
    'The ring has no key of that name, or it was revoked before.',
    'Check the name against TOKEN_KEYS.',
  ),

  attachment_not_found: entry(
    404,
    'No such attachment.',
    'The message has no such attachment, or it was removed with its message, or it was never finished.',
    'Check the id against the message.',
  ),
  attachments_off: entry(
    404,
    'This service takes no attachments.',
    'Its operator has configured no object store.',
    'Send without, or ask the operator to set ATTACHMENT_STORE_URL.',
  ),
  invitation_invalid: entry(
    404,
    'The invitation lets nobody in.',
    'It is not one of ours, has expired, was revoked or used up, or you are banned: which of them is not told.',
    'Ask whoever invited you for another one.',
  ),

  // Input
  validation_failed: entry(
    400,
    'The request does not have the documented form.',
    'A field is missing, unknown, of the wrong type or out of range; "fields" names it.',
    'Compare the request with the API documents.',
  ),
  malformed_json: entry(
    400,
    'The body is not acceptable JSON.',
    'It is no JSON, not UTF-8, nested too deeply, or has a duplicate or forbidden key.',
    'Send plain JSON in UTF-8, each key once.',
  ),
  invalid_text: entry(
    400,
    'The text has characters that cannot be stored.',
    'It contains NUL or a lone surrogate.',
    'Remove the characters.',
  ),
  invalid_cursor: entry(
    400,
    'The cursor is not one of ours.',
    'A cursor was made up, altered or taken from another list.',
    'Use nextCursor exactly as it was answered.',
  ),
  pii_in_identifier: entry(
    400,
    'An identifier looks like personal data.',
    'An id chosen by the client contains an e-mail address, a phone number or the like; ids are not masked.',
    'Use a random id.',
  ),
  header_not_ascii: entry(
    400,
    'A header has bytes outside ASCII.',
    'HTTP headers are bytes; characters beyond ASCII would arrive altered.',
    'Escape them as \\uXXXX in the JSON, or send the JSON in base64url.',
  ),
  duplicate_header: entry(
    400,
    'A header was sent twice.',
    'Two values would be joined into one that nobody wrote.',
    'Send the header once.',
  ),
  pii_mapping_malformed: entry(
    400,
    'The PII mapping is malformed.',
    'It is not a JSON object of placeholders to non-empty values within the limits; "reason" says which rule.',
    'See the grammar of X-Pii-Mapping.',
  ),
  auto_pii_mapping_malformed: entry(
    400,
    'X-Auto-Pii-Mapping is malformed.',
    'It is neither true, false nor a list of entity types.',
    'Send true, false or entity types separated by commas.',
  ),
  pii_positions_malformed: entry(
    400,
    'The PII positions are malformed.',
    'They are not a JSON array of {start, end, type}; "reason" says which rule.',
    'See the grammar of X-Pii-Positions.',
  ),
  bad_span: entry(
    400,
    'A span does not fit the text.',
    'A span lies outside the text, is empty or overlaps another; "index" names it.',
    'Count in Unicode code points, end exclusive, without overlaps.',
  ),
  history_pii_mapping_malformed: entry(
    400,
    'X-Chat-History-Pii-Mapping is malformed.',
    'It is neither the word vault nor a mapping; "reason" says which rule.',
    'Send vault, or a mapping as in X-Pii-Mapping.',
  ),
  pii_header_and_body: entry(
    400,
    'PII instructions came twice.',
    'Headers and the body member "pii" were both present.',
    'Use one of the two.',
  ),
  pattern_refused: entry(
    400,
    'The pattern cannot be used.',
    'It is no regular expression of RE2, matches the empty text, is too large once compiled, or the workspace has too many; "reason" says which.',
    'Write it without back references and look-around, with small repetitions, or remove a pattern that is not needed.',
  ),
  payload_too_large: entry(
    413,
    'The payload is too large.',
    'The body or frame is over 64 KiB, or the rehydrated answer would be over 256 KiB.',
    'Send less at a time, or ask for fewer messages.',
  ),
  headers_too_large: entry(
    431,
    'The headers are too large.',
    'All headers together, or the address, are over 16 KiB.',
    'Send a large mapping in the body, as the member "pii".',
  ),
  request_timeout: entry(
    408,
    'The request took too long to arrive.',
    'Its headers were not there after 10 seconds, or the whole of it after 30.',
    'Repeat it over a better line, or send less at a time.',
    true,
  ),
  unsupported_media_type: entry(
    415,
    'The body has a type that is not understood.',
    'Only application/json is accepted.',
    'Send Content-Type: application/json.',
  ),
  method_not_allowed: entry(
    405,
    'The path does not have this method.',
    'The path exists with other methods only.',
    'Check the API documents.',
  ),
  idempotency_key_malformed: entry(
    400,
    'The idempotency key is malformed.',
    'It is not 1 to 64 characters of A-Z a-z 0-9 _ -.',
    'Use a random key such as a UUID.',
  ),
  idempotency_key_reused: entry(
    422,
    'The idempotency key was used for another request.',
    'The same key came with a different body or path before.',
    'Use a new key for a new request.',
  ),
  idempotency_in_progress: entry(
    409,
    'The first request with this idempotency key is still running.',
    'Two requests with one key came at the same time.',
    'Repeat the request a little later.',
    true,
  ),
  attachment_not_uploaded: entry(
    409,
    'The file is not in the store yet.',
    'Nothing was uploaded, or something of another size or hash than was said.',
    'Upload it with the call that was answered when it was added, then finish it again.',
    true,
  ),
  conflict: entry(
    409,
    'The change conflicts with the present state.',
    'For example an externalId that is taken, or removing the last owner.',
    'Read the resource again and decide anew.',
  ),

  // Tokens
  connection_string_missing: entry(
    401,
    'A connection string is required.',
    'The handshake or chat:connect had no chatId or no connectionString.',
    'Ask for one with POST /chat/{chatId}/connection-string and send both.',
  ),
  connection_string_invalid: entry(
    401,
    'The connection string is not acceptable.',
    'It is forged, altered, made for another chat, or signed with a key that is no longer in use.',
    'Ask for a new one for this chat.',
  ),
  connection_string_expired: entry(
    401,
    'The connection string has expired.',
    'It lives 60 seconds by default.',
    'Ask for a new one and connect at once.',
  ),
  connection_string_used: entry(
    401,
    'The connection string was used before.',
    'Each opens one session only.',
    'Ask for a new one for each connection, for instance with auth as a function.',
  ),
  session_required: entry(
    401,
    'The socket has no session in a chat.',
    'chat:disconnect ended it, or it expired.',
    'Send chat:connect with a new connection string.',
  ),
  session_expired: entry(
    401,
    'The session has ended.',
    'Its lifetime is over.',
    'Ask for a new connection string and connect again.',
  ),
  access_revoked: entry(
    401,
    'The right to read this chat has ended.',
    'The key, the membership, the chat, the workspace or the signing key was revoked or deleted, or the user ended the session.',
    'Ask for access again; where the session alone was ended, a new connection string opens another.',
  ),
  message_string_missing: entry(
    401,
    'The message string is missing.',
    'Every message carries its own secret.',
    'Compute it from the message key, see docs/protocol.md.',
  ),
  message_string_invalid: entry(
    401,
    'The message string does not match.',
    'The message, a header twin, the counter, the event or the session differs from what was signed.',
    'Compute it over exactly what is sent.',
  ),
  message_replayed: entry(
    401,
    'The counter did not grow.',
    'The message was sent before in this session, or counters went backwards.',
    'Increase the counter with every message of a session.',
  ),
  too_many_bad_messages: entry(
    401,
    'Too many bad message strings.',
    'Five messages of the session had no valid message string.',
    'Reconnect with a new connection string and check the client.',
  ),

  // Socket
  unknown_event: entry(
    400,
    'There is no such event.',
    'The event name is not part of the protocol.',
    'See docs/asyncapi.json.',
  ),
  malformed_payload: entry(
    400,
    'The payload does not have the documented form.',
    'A member is missing, unknown or of the wrong type.',
    'See docs/asyncapi.json.',
  ),
  namespace_not_served: entry(
    404,
    'Nobody is served on this namespace.',
    'Only the namespace /connect exists.',
    'Connect to /connect.',
  ),

  // Capacity and faults
  rate_limited: entry(
    429,
    'Too many requests.',
    'The limit of this caller is used up.',
    'Wait for the time in Retry-After or retryAfter.',
    true,
  ),
  byte_rate_limited: entry(
    429,
    'Too much data.',
    'This socket or caller has sent more bytes than its limit allows.',
    'Wait for the time in Retry-After or retryAfter.',
    true,
  ),
  connect_rate_limited: entry(
    429,
    'Too many connections in a short time.',
    'The address or the user has opened as many sessions as a minute allows.',
    'Wait for the time in retryAfter, and keep connections open.',
    true,
  ),
  too_many_sockets: entry(
    429,
    'Too many sockets are open.',
    'The user, or the address of a guest, has as many sockets open as one may.',
    'Close sockets that are not needed any more.',
    true,
  ),
  too_many_failures: entry(
    429,
    'Too many wrong credentials came from this address.',
    'Keys, tokens or connection strings that were sent from it within a minute were wrong.',
    'Wait for the time in Retry-After or retryAfter, and check the credential.',
    true,
  ),
  slow_consumer: entry(
    503,
    'The client reads too slowly.',
    'Over 256 packets or 1 MiB were waiting for it.',
    'Reconnect with lastSeq and read faster.',
    true,
  ),
  server_shutdown: entry(
    503,
    'The server is shutting down.',
    'A restart or deployment.',
    'Reconnect after a short random delay.',
    true,
  ),
  overloaded: entry(
    503,
    'The service has too much to do.',
    'A bounded queue is full.',
    'Repeat after the time in Retry-After.',
    true,
  ),
  unavailable: entry(
    503,
    'A part that the service needs does not answer.',
    'The database or the vault is down, or a detector in a workspace that requires masking; nothing was acknowledged.',
    'Repeat after the time in Retry-After, with the same clientMessageId or Idempotency-Key.',
    true,
  ),
  no_signing_key: entry(
    503,
    'No connection string can be signed at present.',
    'Every key in TOKEN_KEYS of the node that answered was revoked; it says that it is not ready.',
    'Repeat a little later; the operator starts the node with a new key.',
    true,
  ),
  vault_unreadable: entry(
    500,
    'A vault entry cannot be opened.',
    'A key is missing or a stored value was altered.',
    'Tell the operator the request id.',
  ),
  internal: entry(
    500,
    'Something went wrong on our side.',
    'A fault that we did not foresee.',
    'Tell the operator the request id.',
  ),
} satisfies Record<string, ErrorEntry>);

export type ErrorCode = keyof typeof ERROR_TABLE;
