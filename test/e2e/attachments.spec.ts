import { createHash, randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import { messageString } from '../../src/auth/message-string.js';
import { AttachmentSweep } from '../../src/chat/attachments/attachment-sweep.js';
import { Retention } from '../../src/chat/retention/retention.js';
import { connect } from '../../src/client/client.js';
import { Api, type MessageBody, type PageBody, refusal, type WorkspaceBody } from '../support/api.js';
import { ChatClient } from '../support/chat-client.js';
import { S3Server } from '../support/s3-server.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

jest.setTimeout(60_000);

type Message = MessageBody & { readonly updatedSeq?: number; readonly attachments?: readonly object[] };
interface Added {
  readonly id: string;
  readonly name: string;
  readonly upload: { readonly url: string; readonly requestHeaders: Readonly<Record<string, string>> };
}

const formOf = (content: Buffer, name = 'list.csv', type = 'text/csv') => ({
  name,
  type,
  size: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
});
const upload = async ({ upload: { url, requestHeaders: headers } }: Added, content: Buffer): Promise<number> =>
  (await fetch(url, { method: 'PUT', headers, body: new Uint8Array(content) })).status;

const CLEAN = Buffer.from('parcel,weight\n7,12\n');
const WITH_PII = Buffer.from(`${'padding,'.repeat(4_000)}\nada@example.org,4111 1111 1111 1111\nbob@example.org\n`);
const IMAGE = Buffer.from('89504e470d0a1a0a', 'hex');

let store: S3Server;
let service: TestApp;
let direct: Client;
beforeAll(async () => {
  store = await S3Server.start();
  service = await startTestApp(store.env);
  direct = new Client({ connectionString: service.database.url });
  await direct.connect();
});
afterAll(async () => {
  await direct.end();
  await service.close();
  await store.close();
});

/** A workspace with a member who has sent a message. */
async function withMessage(settings: Readonly<Record<string, unknown>> = {}, { admin } = service) {
  const workspace = await admin.workspace(settings);
  const ada = await admin.user('Ada');
  await admin.put(`/v1/workspaces/${workspace.id}/members/${ada.id}`, { role: 'member' });
  const path = `/v1/chat/${workspace.defaultChatId}/messages`;
  const { id } = (await ada.api.post<Message>(path, { message: 'see the file' })).body;
  const files = `${path}/${id}/attachments`;
  const add = async (content: Buffer, name?: string, type?: string) =>
    (await ada.api.post<Added>(files, formOf(content, name, type))).body;
  const attach = async (content: Buffer, name?: string, type?: string) => {
    const added = await add(content, name, type);
    expect(await upload(added, content)).toBe(200);
    const finished = await ada.api.put<Message>(`${files}/${added.id}`, {});
    expect(finished.status).toBe(200);
    return { ...added, message: finished.body };
  };
  return { workspace, ada, path, messageId: id, files, add, attach };
}

const sweep = () => service.app.get(AttachmentSweep, { strict: false }).run();
const objectOf = ({ defaultChatId, id }: WorkspaceBody, file: { id: string }) =>
  `/files/${id}/${defaultChatId}/${file.id}`;

describe('an attachment', () => {
  it('is uploaded to the store by a signed call, shown on its message, and downloaded by another', async () => {
    const { workspace, path, messageId, files, attach } = await withMessage();
    const reader = await ChatClient.open(service.admin, workspace.defaultChatId);
    const file = await attach(CLEAN, 'for ada@example.org.csv');
    expect(file.name).toBe('for <EMAIL_ADDRESS_1>');
    const shown = {
      id: file.id,
      name: file.name,
      type: 'text/csv',
      size: CLEAN.length,
      sha256: formOf(CLEAN).sha256,
      scan: 'clean',
    };
    expect(file.message).toMatchObject({ id: messageId, seq: 1, updatedSeq: 2, attachments: [shown] });
    expect(file.message).not.toHaveProperty('editedAt');
    expect(await reader.until('message:updated', 1)).toMatchObject([{ id: messageId, attachments: [shown] }]);
    const late = await ChatClient.open(service.admin, workspace.defaultChatId, { lastSeq: 1 });
    expect(late.of('message:updated')).toMatchObject([{ updatedSeq: 2, attachments: [shown] }]);
    expect((await service.admin.get<PageBody<Message>>(path)).body.items).toMatchObject([{ attachments: [shown] }]);

    const answer = await service.admin.get<{ url: string }>(`${files}/${file.id}`);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const download = await fetch(answer.body.url);
    expect(Buffer.from(await download.arrayBuffer())).toEqual(CLEAN);
    expect(download.headers.get('content-disposition')).toBe(
      `attachment; filename*=UTF-8''for%20%3CEMAIL_ADDRESS_1%3E`,
    );
    expect((await fetch(answer.body.url.replace(/.$/, (last) => (last === '0' ? '1' : '0')))).status).toBe(403);
    expect((await fetch(answer.body.url, { method: 'DELETE' })).status).toBe(403);
    for (const client of [reader, late]) client.close();
  });

  it('has to be what was said: size, type and hash are the store’s to check, and ours', async () => {
    const { workspace, ada, files, add } = await withMessage();
    const added = await add(CLEAN);
    const finish = () => refusal(ada.api.put(`${files}/${added.id}`, {}));
    expect(await finish()).toBe('409 attachment_not_uploaded');
    expect(await upload(added, Buffer.alloc(CLEAN.length))).toBe(400);
    expect(await upload(added, WITH_PII)).toBe(403);
    const { url, requestHeaders } = added.upload;
    expect(
      await upload(
        { ...added, upload: { url, requestHeaders: { ...requestHeaders, 'content-type': 'text/html' } } },
        CLEAN,
      ),
    ).toBe(403);
    expect(store.objects.has(objectOf(workspace, added))).toBe(false);
    // A store that does not look at hashes.
    store.objects.set(objectOf(workspace, added), { type: 'text/csv', content: Buffer.alloc(CLEAN.length) });
    expect(await finish()).toBe('409 attachment_not_uploaded');
    expect(await upload(added, CLEAN)).toBe(200);
    for (let n = 0; n < 2; n++)
      expect((await ada.api.put<Message>(`${files}/${added.id}`, {})).body.updatedSeq).toBe(2);
  });

  it('is looked through where it is text; what is found is counted, and the file for those entitled', async () => {
    const { workspace, ada, files, attach } = await withMessage({ visibility: 'public' });
    const officer = await service.admin.user('Officer', ['pii:rehydrate']);
    await service.admin.put(`/v1/workspaces/${workspace.id}/members/${officer.id}`, {
      role: 'reader',
      piiAccess: true,
    });
    const found = await attach(WITH_PII);
    const findings = { EMAIL_ADDRESS: 2, CREDIT_CARD: 1 };
    expect(found.message.attachments).toMatchObject([{ scan: 'found', findings }]);
    expect(JSON.stringify(found.message)).not.toMatch(/example\.org|4111 1111/);
    expect(await refusal(service.admin.get(`${files}/${found.id}`))).toBe('403 pii_access_required');
    for (const { api } of [ada, officer]) expect((await api.get(`${files}/${found.id}`)).status).toBe(200);
    const { items } = (
      await service.admin.get<PageBody<{ action: string; actorId: string; counts: object }>>(
        `/v1/workspaces/${workspace.id}/audit`,
      )
    ).body;
    expect(items.map(({ action, actorId, counts }) => [action, actorId, counts])).toContainEqual([
      'reveal',
      officer.id,
      findings,
    ]);
    expect(items.map(({ action }) => action)).toContain('reveal_refused');

    const [image, clean] = [await attach(IMAGE, 'photo.png', 'image/png'), await attach(CLEAN)];
    expect(image.message.attachments).toContainEqual(expect.objectContaining({ id: image.id, scan: 'none' }));
    const guest = new Api(service.url);
    expect((await service.admin.get(`${files}/${image.id}`)).status).toBe(200);
    expect(await refusal(guest.get(`${files}/${image.id}`))).toBe('403 forbidden');
    expect(await refusal(guest.get(`${files}/${found.id}`))).toBe('403 pii_access_required');
    expect((await guest.get(`${files}/${clean.id}`)).status).toBe(200);
  });

  it('has no place in a workspace that requires masking unless nothing is found in it', async () => {
    const { workspace, ada, files, add, attach } = await withMessage({ piiPolicy: { mode: 'required' } });
    expect(await refusal(ada.api.post(files, formOf(IMAGE, 'photo.png', 'image/png')))).toBe('403 masking_required');
    expect((await attach(CLEAN)).message.attachments).toMatchObject([{ scan: 'clean' }]);
    const refused = await add(WITH_PII);
    expect(await upload(refused, WITH_PII)).toBe(200);
    expect(await refusal(ada.api.put(`${files}/${refused.id}`, {}))).toBe('403 masking_required');
    expect(await refusal(ada.api.put(`${files}/${refused.id}`, {}))).toBe('404 attachment_not_found');
    await sweep();
    expect(store.objects.has(objectOf(workspace, refused))).toBe(false);
  });

  it('is no text because somebody says so: what is packed was looked at by nobody, whatever it is called', async () => {
    const packed = gzipSync(WITH_PII);
    const lax = await withMessage();
    expect((await lax.attach(packed)).message.attachments).toMatchObject([{ scan: 'none' }]);
    const strict = await withMessage({ piiPolicy: { mode: 'required' } });
    for (const content of [packed, IMAGE, Buffer.from('ada@example.org', 'utf16le')]) {
      const added = await strict.add(content);
      expect(await upload(added, content)).toBe(200);
      expect(await refusal(strict.ada.api.put(`${strict.files}/${added.id}`, {}))).toBe('403 masking_required');
    }
  });

  it('is text in UTF-8 or, with its mark, in UTF-16, in colours or in Latin-1 for the most part', async () => {
    const { attach } = await withMessage();
    const text = 'Zoë: \u001b[1mada@example.org\u001b[0m';
    const marked = Buffer.from(`\ufeff${text}`, 'utf16le');
    for (const content of [Buffer.from(text), marked, Buffer.from(marked).swap16(), Buffer.from(text, 'latin1')]) {
      const { id, message } = await attach(content);
      const found = { id, scan: 'found', findings: expect.objectContaining({ EMAIL_ADDRESS: 1 }) };
      expect(message.attachments).toContainEqual(expect.objectContaining(found));
    }
  });

  it('is called in the answer of the store what it is called here, and lies there under ids alone', async () => {
    const { workspace, files, attach } = await withMessage();
    for (const name of [`it's (a) list*.csv`, 'приказ "a"; filename=b.csv', '../../etc/passwd', 'a%0d%0aX: b']) {
      const file = await attach(CLEAN, name);
      const { url } = (await service.admin.get<{ url: string }>(`${files}/${file.id}`)).body;
      expect(new URL(url).pathname).toBe(objectOf(workspace, file));
      const [, said = ''] =
        (await fetch(url)).headers.get('content-disposition')?.split(`attachment; filename*=UTF-8''`) ?? [];
      // RFC 8187, section 3.2.1.
      expect(said).toMatch(/^(?:[\w!#$&+.^`|~-]|%[0-9A-F]{2})+$/);
      expect(decodeURIComponent(said)).toBe(file.name);
    }
  });

  it('is the author’s to add, in a sound form, and there are not too many', async () => {
    const { workspace, ada, files, path } = await withMessage();
    const bob = await service.admin.user('Bob');
    await service.admin.put(`/v1/workspaces/${workspace.id}/members/${bob.id}`, { role: 'member' });
    const stranger = await service.admin.user('Stranger');
    const add = (api: Api, change: object = {}) => refusal(api.post(files, { ...formOf(CLEAN), ...change }));
    expect(await add(bob.api)).toBe('403 forbidden');
    expect(await add(stranger.api)).toBe('404 chat_not_found');
    expect(await add(new Api(service.url))).toBe('401 unauthenticated');
    for (const change of [
      { name: '' },
      { name: 'a\nb' },
      { name: 'x'.repeat(201) },
      { size: 0 },
      { size: 1.5 },
      { size: '1' },
      { type: 'text' },
      { type: 'Text/CSV' },
      { type: 'text/csv; charset=utf-8' },
      { sha256: 'x' },
      { key: 'elsewhere' },
    ]) {
      expect(await add(ada.api, change)).toBe('400 validation_failed');
    }
    expect(await add(ada.api, { size: 1024 * 1024 + 1 })).toBe('413 payload_too_large');
    expect(await add(ada.api, { size: 10 * 1024 * 1024 + 1, type: 'image/png' })).toBe('413 payload_too_large');
    expect(await refusal(ada.api.post(`${path}/${randomUUID()}/attachments`, formOf(CLEAN)))).toBe(
      '404 message_not_found',
    );
    expect(await refusal(ada.api.put(`${files}/${randomUUID()}`, {}))).toBe('404 attachment_not_found');
    expect(await refusal(ada.api.get(`${files}/none`))).toBe('404 attachment_not_found');
    for (let n = 0; n < 10; n++) expect(await add(ada.api)).toBe('201 undefined');
    expect(await add(ada.api)).toBe('409 conflict');
  });

  it('is the same on the socket, where its hash is signed', async () => {
    const { workspace, ada, files, messageId } = await withMessage();
    const client = await ChatClient.open(ada.api, workspace.defaultChatId);
    const signed = (sha256: string) => {
      const counter = ++client.counter;
      const pieces = {
        sessionId: client.session?.sessionId ?? '',
        counter,
        event: 'attachment:add',
        chatId: workspace.defaultChatId,
        clientMessageId: '',
        message: sha256,
        reference: messageId,
      };
      return { messageId, ...formOf(CLEAN), counter, messageString: messageString(client.key, pieces) };
    };
    const other = await client.emit('attachment:add', signed(formOf(IMAGE).sha256));
    expect(other.error?.code).toBe('message_string_invalid');
    const changed = async (change: object) =>
      (await client.emit('attachment:add', { ...signed(formOf(CLEAN).sha256), ...change })).error?.code;
    for (const change of [{ size: '1' }, { name: undefined }, { key: 'elsewhere' }]) {
      expect(await changed(change)).toBe('malformed_payload');
    }
    for (const change of [{ size: 0 }, { name: '' }, { type: 'text' }]) {
      expect(await changed(change)).toBe('validation_failed');
    }
    const added = (await client.emit('attachment:add', signed(formOf(CLEAN).sha256))).data as Added;
    const early = await client.emit('attachment:finish', { messageId, attachmentId: added.id });
    expect(early.error).toMatchObject({ code: 'attachment_not_uploaded', retryable: true });
    expect(await upload(added, CLEAN)).toBe(200);
    const finished = await client.emit('attachment:finish', { messageId, attachmentId: added.id });
    expect(finished.data).toMatchObject({ id: messageId, attachments: [{ id: added.id, scan: 'clean' }] });
    const got = await client.emit('attachment:get', { messageId, attachmentId: added.id });
    expect((await fetch((got.data as { url: string }).url)).status).toBe(200);
    expect((await service.admin.get(`${files}/${added.id}`)).status).toBe(200);
    expect((await client.emit('attachment:get', { messageId })).error?.code).toBe('malformed_payload');
    client.close();
  });

  it('is one call of the client', async () => {
    const { workspace, ada, messageId } = await withMessage();
    const apiKey = ada.api.key ?? '';
    const chat = await connect({ url: service.url, chatId: workspace.defaultChatId, apiKey });
    const message = await chat.attach(messageId, {
      name: 'list.csv',
      type: 'text/csv',
      content: new Uint8Array(CLEAN),
    });
    expect(message).toMatchObject({ id: messageId, attachments: [{ name: 'list.csv', scan: 'clean' }] });
    const bob = chat.attach(randomUUID(), { name: 'list.csv', type: 'text/csv', content: new Uint8Array(CLEAN) });
    await expect(bob).rejects.toMatchObject({ code: 'message_not_found' });
    chat.close();
  });

  it('says so while its store does not answer, and needs no store where there is none', async () => {
    const { ada, files, add } = await withMessage();
    const added = await add(CLEAN);
    store.broken = true;
    expect(await refusal(ada.api.put(`${files}/${added.id}`, {}))).toBe('503 unavailable');
    store.broken = false;
    expect(await refusal(ada.api.put(`${files}/${added.id}`, {}))).toBe('409 attachment_not_uploaded');
    const bare = await startTestApp({}, service);
    const onBare = new Api(bare.url, ada.api.key);
    expect(await refusal(onBare.post(files, formOf(CLEAN)))).toBe('404 attachments_off');
    expect(await refusal(onBare.get(`${files}/${added.id}`))).toBe('404 attachments_off');
    await bare.close();
  });
});

describe('attachments live as long as their message', () => {
  const goneAfter = async (end: (made: Awaited<ReturnType<typeof withMessage>>) => Promise<unknown>) => {
    const made = await withMessage();
    const file = await made.attach(CLEAN);
    const object = objectOf(made.workspace, file);
    expect(store.objects.has(object)).toBe(true);
    await end(made);
    const download = await refusal(service.admin.get(`${made.files}/${file.id}`));
    expect(download).toMatch(/^404 (?:attachment|chat)_not_found$/);
    await sweep();
    expect(store.objects.has(object)).toBe(false);
    const { rowCount } = await direct.query('SELECT FROM attachments WHERE id = $1', [file.id]);
    expect(rowCount).toBe(0);
    return made;
  };

  it('when it is deleted', async () => {
    const { path } = await goneAfter(({ path: messages, messageId }) =>
      service.admin.delete(`${messages}/${messageId}`),
    );
    const { items } = (await service.admin.get<PageBody<Message>>(path)).body;
    expect(items[0]).toMatchObject({ text: '' });
    expect(items[0]).not.toHaveProperty('attachments');
  });

  it('when it expires', async () => {
    await goneAfter(async ({ workspace }) => {
      await service.admin.patch(`/v1/workspaces/${workspace.id}`, { piiPolicy: { retentionDays: 1 } });
      await direct.query(`UPDATE messages SET created_at = now() - interval '2 days' WHERE workspace_id = $1`, [
        workspace.id,
      ]);
      await service.app.get(Retention, { strict: false }).run();
    });
  });

  it('when its workspace is deleted', async () => {
    await goneAfter(({ workspace }) => service.admin.delete(`/v1/workspaces/${workspace.id}`));
  });

  it('until what its author sent is erased, or the chat', async () => {
    for (const what of ['userId', 'chatId'] as const) {
      const { path } = await goneAfter(({ workspace, ada }) =>
        service.admin.post(`/v1/workspaces/${workspace.id}/erasures`, {
          [what]: what === 'userId' ? ada.id : workspace.defaultChatId,
        }),
      );
      const { items } = (await service.admin.get<PageBody<Message>>(path)).body;
      expect(items[0]).toMatchObject({ text: 'see the file' });
      expect(items[0]).not.toHaveProperty('attachments');
    }
  });

  it('and an hour where nobody finished them; what the store keeps for a while is tried again', async () => {
    const { workspace, ada, files, add } = await withMessage();
    const added = await add(CLEAN);
    await upload(added, CLEAN);
    await sweep();
    expect(store.objects.has(objectOf(workspace, added))).toBe(true);
    await direct.query(`UPDATE attachments SET created_at = now() - interval '61 minutes' WHERE id = $1`, [added.id]);
    store.broken = true;
    await expect(sweep()).rejects.toThrow('unavailable');
    store.broken = false;
    await sweep();
    expect(store.objects.has(objectOf(workspace, added))).toBe(false);
    expect(await refusal(ada.api.put(`${files}/${added.id}`, {}))).toBe('404 attachment_not_found');
  });

  it('and are in an export as what they are', async () => {
    const { workspace, attach } = await withMessage();
    const file = await attach(WITH_PII);
    const { text } = await service.admin.get(`/v1/workspaces/${workspace.id}/export`);
    expect(JSON.parse(text.split('\n')[0] ?? '')).toMatchObject({ attachments: [{ id: file.id, scan: 'found' }] });
    expect(text).not.toMatch(/X-Amz|example\.org/);
  });

  it('and leave no trace of what they hold, or of how the store is reached, in what is logged', async () => {
    // Of several in one process the latest is the one that logs.
    const logging = await startTestApp(store.env, service);
    const { ada, files, add, attach } = await withMessage({}, logging);
    const { id } = await attach(WITH_PII, 'for ada@example.org.csv');
    expect((await ada.api.get(`${files}/${id}`)).status).toBe(200);
    const unreachable = await add(WITH_PII);
    store.broken = true;
    expect(await refusal(ada.api.put(`${files}/${unreachable.id}`, {}))).toBe('503 unavailable');
    store.broken = false;
    const strict = await withMessage({ piiPolicy: { mode: 'required' } }, logging);
    const refused = await strict.add(WITH_PII);
    expect(await upload(refused, WITH_PII)).toBe(200);
    expect(await refusal(strict.ada.api.put(`${strict.files}/${refused.id}`, {}))).toBe('403 masking_required');

    await logging.close();
    const all = logging.logs.join('\n');
    expect(all).toContain(strict.ada.id);
    expect(all).not.toMatch(/X-Amz-|AKIDEXAMPLE|wJalrXUtn|4111 1111|example\.org/);
  });
});
