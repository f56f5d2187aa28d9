import { CloakroomError } from '../../client/client.js';

const TIMEOUT_MS = 30_000;

/** A call with the key of a user. @throws CloakroomError with the code of the refusal */
export async function call<Body>(
  key: string,
  method: string,
  path: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Body> {
  let answer: Response;
  try {
    answer = await fetch(path, {
      method,
      headers: { 'X-API-Key': key, ...(body && { 'Content-Type': 'application/json' }), ...headers },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body && { body: JSON.stringify(body) }),
    });
  } catch {
    throw new CloakroomError('unreachable', true);
  }
  const said: unknown = await answer.json();
  if (!answer.ok) throw CloakroomError.of(said);
  return said as Body;
}
