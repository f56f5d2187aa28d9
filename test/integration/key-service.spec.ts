import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '../../src/database/database.js';
import { createKeyProvider } from '../../src/pii/vault/keys/create-key-provider.js';
import { KeyPresence } from '../../src/pii/vault/keys/key-presence.js';
import { KeyRotation } from '../../src/pii/vault/keys/key-rotation.js';
import { MasterKeyUseStore } from '../../src/pii/vault/keys/master-key-use.store.js';
import { ChatKeys } from '../../src/pii/vault/chat-keys.js';
import type { Api, MessageBody, ProblemBody, WorkspaceBody } from '../support/api.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const TOKEN = 'kms-token-of-the-test';
const VAULT = { 'X-Chat-History-Pii-Mapping': 'vault' };

/** A key service as somebody might write it: keys in memory, AES-256-GCM, the context authenticated. */
class KeyService {
  readonly keys = new Map([['kms-1', randomBytes(32)]]);
  current = 'kms-1';
  mode: 'up' | 'slow' | 'failing' = 'up';
  calls = 0;
  private readonly server: Server = createServer((request, response) => void this.answer(request, response));

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/keys`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  rotate(kid: string): void {
    this.keys.set(kid, randomBytes(32));
    this.current = kid;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.calls += 1;
    const fields = JSON.parse(await text(request)) as Record<string, string>;
    if (this.mode === 'slow') return;
    const { status, body } =
      request.headers.authorization !== `Bearer ${TOKEN}`
        ? { status: 401, body: {} }
        : this.mode === 'failing'
          ? { status: 500, body: { echo: fields } }
          : this.do(request.url ?? '', fields);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  private do(path: string, fields: Record<string, string>): { status: number; body: object } {
    const bytes = (name: string) => Buffer.from(fields[name] ?? '', 'base64url');
    if (path === '/keys/wrap') {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', this.keys.get(this.current) ?? '', nonce).setAAD(bytes('context'));
      const sealed = Buffer.concat([nonce, cipher.update(bytes('plaintext')), cipher.final(), cipher.getAuthTag()]);
      return { status: 200, body: { kid: this.current, wrapped: sealed.toString('base64url') } };
    }
    const key = this.keys.get(fields['kid'] ?? '');
    if (!key) return { status: 404, body: {} };
    if (path === '/keys/destroy') return { status: this.keys.delete(fields['kid'] ?? '') ? 204 : 404, body: {} };
    const wrapped = bytes('wrapped');
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, wrapped.subarray(0, 12), { authTagLength: 16 })
        .setAAD(bytes('context'))
        .setAuthTag(wrapped.subarray(-16));
      const plaintext = Buffer.concat([decipher.update(wrapped.subarray(12, -16)), decipher.final()]);
      return { status: 200, body: { plaintext: plaintext.toString('base64url') } };
    } catch {
      return { status: 422, body: {} };
    }
  }
}

describe('master keys in a key service', () => {
  const kms = new KeyService();
  let service: TestApp;
  let workspace: WorkspaceBody;
  let reader: Api;

  const path = () => `/v1/chat/${workspace.defaultChatId}/messages`;
  const send = (message: string) => service.admin.post<MessageBody & ProblemBody>(path(), { message });
  const reveal = () => reader.get<{ items: MessageBody[] } & ProblemBody>(path(), VAULT);
  /** As if the keys had been cached for five minutes. */
  const forget = () =>
    service.app.get(ChatKeys, { strict: false }).forget({ workspaceId: workspace.id, chatId: workspace.defaultChatId });
  const rotation = () =>
    new KeyRotation(
      new MasterKeyUseStore(service.app.get(Database, { strict: false })),
      createKeyProvider(service.config),
    );

  beforeAll(async () => {
    service = await startTestApp({ MASTER_KEYS: '', MASTER_KMS_URL: await kms.start(), MASTER_KMS_TOKEN: TOKEN });
    workspace = await service.admin.workspace();
    const user = await service.admin.user('Reader', ['pii:rehydrate']);
    reader = user.api;
    await service.admin.put(`/v1/workspaces/${workspace.id}/members/${user.id}`, { role: 'reader', piiAccess: true });
    await send('ada@example.org');
  });
  afterAll(async () => {
    await service.close();
    await kms.stop();
  });

  it('opens what it has wrapped, and is asked once for each chat', async () => {
    forget();
    const calls = kms.calls;
    const answers = await Promise.all([reveal(), reveal(), reveal()]);
    expect(answers.map(({ body }) => body.items[0]?.message)).toEqual(Array(3).fill('ada@example.org'));
    expect(kms.calls).toBe(calls + 1);
  });

  it.each(['failing', 'slow'] as const)(
    'is %s: originals are out of reach, masked traffic goes on',
    async (mode) => {
      forget();
      kms.mode = mode;
      const refused = await Promise.all([reveal(), send('bob@example.org')]);
      for (const { status, body, headers } of refused) {
        expect({ status, code: body.code }).toEqual({ status: 503, code: 'unavailable' });
        expect(headers.get('retry-after')).toBe('5');
      }
      expect((await send('no value here')).status).toBe(201);
      const masked = await service.admin.get<{ items: MessageBody[] }>(path());
      expect(masked.body.items.map(({ text: shown }) => shown)).toContain('no value here');
      expect((await service.admin.post<ProblemBody>('/v1/workspaces', { name: 'New' })).body.code).toBe('unavailable');

      // The circuit: at once, and without another call.
      while ((await reveal()).status === 503 && kms.calls < 1_000) {
        const [calls, start] = [kms.calls, performance.now()];
        await reveal();
        if (kms.calls === calls && performance.now() - start < 1_000) break;
      }
      const calls = kms.calls;
      expect((await reveal()).body.code).toBe('unavailable');
      expect(kms.calls).toBe(calls);
      kms.mode = 'up';
      await closed();
      expect((await reveal()).body.items[0]?.message).toBe('ada@example.org');
      expect(service.logs.join('')).not.toMatch(/ada@|bob@|kms-token/);
    },
    60_000,
  );

  it('is failing: a deletion that would erase an original deletes nothing, and is done when it is back', async () => {
    const { body: shown } = await send('only here: gone@example.org');
    const remove = () => service.admin.delete<ProblemBody>(`${path()}/${shown.id}`);
    const messageNow = async () => (await reveal()).body.items.find(({ id }) => id === shown.id)?.message;
    forget();
    kms.mode = 'failing';
    const { status, body } = await remove();
    expect({ status, code: body.code }).toEqual({ status: 503, code: 'unavailable' });
    kms.mode = 'up';
    await closed();
    expect(await messageNow()).toBe('only here: gone@example.org');
    expect((await remove()).status).toBe(204);
    expect(await messageNow()).toBe('');
  });

  it('rotates by its own keys; the old one can be destroyed then', async () => {
    kms.rotate('kms-2');
    const before = await rotation().list();
    const chatKeys = before.find(({ kid }) => kid === 'kms-1')?.chatKeys;
    expect(chatKeys).toBeGreaterThan(0);
    expect(before.find(({ kid }) => kid === 'kms-1')).toMatchObject({ current: false });
    expect(await rotation().begin()).toEqual({ kid: 'kms-2', isNew: false });
    expect(await rotation().retire('kms-1')).toEqual({ chatKeys });
    for await (const progress of rotation().rewrapAll()) {
      expect(progress).toEqual({ rewrapped: chatKeys, unreadable: 0 });
    }
    expect(await rotation().retire('kms-2')).toBe('current');
    expect(await rotation().retire('kms-1')).toBeUndefined();
    expect([...kms.keys.keys()]).toEqual(['kms-2']);
    forget();
    expect((await reveal()).body.items[0]?.message).toBe('ada@example.org');
  });

  it('is looked at when the service starts', async () => {
    const presence = service.app.get(KeyPresence, { strict: false });
    await expect(presence.require()).resolves.toBeUndefined();
    const kid = kms.current;
    const key = kms.keys.get(kid) ?? Buffer.alloc(0);
    kms.keys.delete(kid);
    await expect(presence.require()).rejects.toThrow(`MASTER_KMS_URL has no key ${kid}`);
    kms.keys.set(kid, key);
    kms.mode = 'failing';
    await expect(presence.require()).resolves.toBeUndefined();
    kms.mode = 'up';
  });

  it('is failing: what chats remember is out of reach, so that nothing passes where masking is required', async () => {
    const settings = (['required', 'auto'] as const).flatMap((mode) => [true, false].map((vault) => ({ mode, vault })));
    const chats = await Promise.all(settings.map((piiPolicy) => service.admin.workspace({ piiPolicy })));
    const sendToAll = async (message: string, headers = {}) => {
      const sends = chats.map(({ id }) =>
        service.admin.post<MessageBody & ProblemBody>(`/v1/spaces/${id}/chat`, { message }, headers),
      );
      return (await Promise.all(sends)).map(({ body }) => body.text ?? body.code);
    };
    await sendToAll('sign for Ada Lovelace', { 'X-Pii-Mapping': '{"<PERSON_1>": "Ada Lovelace"}' });
    const known = Array(4).fill('ask <PERSON_1>');
    expect(await sendToAll('ask lovelace')).toEqual(known);
    for (const { id, defaultChatId } of chats) {
      service.app.get(ChatKeys, { strict: false }).forget({ workspaceId: id, chatId: defaultChatId });
    }
    kms.mode = 'failing';
    for (let again = 0; again < 2; again += 1) {
      expect(await sendToAll('ask lovelace')).toEqual(['unavailable', 'unavailable', 'ask lovelace', 'ask lovelace']);
    }
    expect((await service.admin.get('/metrics')).text).toContain('detection_failures_total{part="memory"} 8');
    kms.mode = 'up';
    await closed();
    const end = performance.now() + 20_000;
    let answers = await sendToAll('ask lovelace');
    while (answers.join() !== known.join() && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      answers = await sendToAll('ask lovelace');
    }
    expect(answers).toEqual(known);
  }, 60_000);

  /** Resolves when the service is asked again. */
  async function closed(): Promise<void> {
    for (;;) {
      if ((await reveal()).status === 200) return;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
});
