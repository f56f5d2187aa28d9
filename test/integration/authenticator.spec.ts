import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createApiKey, parseApiKey } from '../../src/auth/api-key.js';
import { Api } from '../support/api.js';
import { listenToStatements } from '../support/statement-log.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

describe('a refused API key', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp();
  });
  afterAll(() => service.close());

  const attempts = async (key: string): Promise<{ asked: string[]; answers: Set<string> }> => {
    const log = listenToStatements(service.app);
    const answers = new Set<string>();
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const { status, body } = await new Api(service.url, key).get<{ code: string }>('/v1/users/me');
      answers.add(`${status} ${body.code}`);
    }
    log.stop();
    return { asked: log.names, answers };
  };

  it('costs the same whether there is such a key or not, also while that key is in use', async () => {
    const unknown = createApiKey('test').key;
    const wrong = withSecretOf(unknown, service.adminKey);
    expect(parseApiKey(wrong)?.lookupId).toBe(parseApiKey(service.adminKey)?.lookupId);
    expect((await service.admin.get('/v1/users/me')).status).toBe(200);

    // What the database is asked is what could be measured from outside; everything else is microseconds. A cache that
    // answered for known ids alone told which ids there are.
    const [known, never] = [await attempts(wrong), await attempts(unknown)];
    expect(known).toEqual(never);
    expect(known.answers).toEqual(new Set(['401 unauthenticated']));
    expect(known.asked).toEqual(Array.from({ length: 5 }, () => 'api_key_find_live'));
  });

  it('asks nothing of the database when its check digits are wrong', async () => {
    const { asked, answers } = await attempts(`${createApiKey('test').key.slice(0, -6)}000000`);
    expect(asked).toEqual([]);
    expect(answers).toEqual(new Set(['401 unauthenticated']));
  });

  it('does not put the right key out of the cache', async () => {
    expect((await service.admin.get('/v1/users/me')).status).toBe(200);
    const { asked } = await attempts(withSecretOf(createApiKey('test').key, service.adminKey));
    expect(asked.length).toBeGreaterThan(0);
    const log = listenToStatements(service.app);
    expect((await service.admin.get('/v1/users/me')).status).toBe(200);
    log.stop();
    expect(log.names).not.toContain('api_key_find_live');
  });
});

/** The key of one id with the secret of another, and check digits that are right. */
function withSecretOf(secretOwner: string, idOwner: string): string {
  const body = `ckr_test_${parseApiKey(idOwner)?.lookupId ?? ''}_${parseApiKey(secretOwner)?.secret ?? ''}`;
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  let digits = '';
  for (let rest = crc32(body); digits.length < 6; rest = Math.floor(rest / 62))
    digits = alphabet.charAt(rest % 62) + digits;
  return body + digits;
}
