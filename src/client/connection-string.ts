import { CloakroomError } from './cloakroom-error.js';

/** What opens one session in one chat. */
export interface ConnectionString {
  /** Works once, and soon. */
  readonly connectionString: string;
  /** 32 bytes in base64url, with which the messages of the session are signed. */
  readonly messageKey: string;
  readonly expiresAt: string;
  readonly sessionExpiresAt: string;
}

export interface ConnectionStringRequest {
  /** Where the service is, such as `https://chat.example.org`. */
  readonly url: string;
  readonly chatId: string;
  /** An API key or a bearer token; none as a guest of a public workspace. Keep it out of browsers. */
  readonly apiKey?: string | undefined;
  /** How long the session may last, where that is less than what the service allows (1 h). */
  readonly sessionSeconds?: number;
}

const TIMEOUT_MS = 10_000;

/** Asks the service for a connection string. @throws CloakroomError */
export async function getConnectionString(request: ConnectionStringRequest): Promise<ConnectionString> {
  const { url, chatId, apiKey, sessionSeconds } = request;
  let answer: Response;
  let body: unknown;
  try {
    answer = await fetch(new URL(`/v1/chat/${encodeURIComponent(chatId)}/connection-string`, url), {
      method: 'POST',
      headers: {
        ...(apiKey !== undefined && { Authorization: `Bearer ${apiKey}` }),
        ...(sessionSeconds !== undefined && { 'Content-Type': 'application/json' }),
      },
      ...(sessionSeconds !== undefined && { body: JSON.stringify({ sessionSeconds }) }),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    body = await answer.json();
  } catch {
    throw new CloakroomError('unreachable', true);
  }
  if (!answer.ok) throw CloakroomError.of(body, answer.status === 429 || answer.status >= 500);
  return body as ConnectionString;
}
