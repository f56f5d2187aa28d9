import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { buildPlayground } from '../../scripts/build-playground.mjs';
import { Demo, type DemoTour } from '../../src/demo/demo.js';
import { Api, refusal } from '../support/api.js';
import { openBrowser, type WatchedPage, whyNoBrowser } from '../support/browser.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const inBrowser = whyNoBrowser === undefined ? describe : describe.skip;
if (whyNoBrowser !== undefined) console.warn(`the playground is not tested: ${whyNoBrowser}`);

const PATIENCE_MS = 20_000;

describe('the playground', () => {
  let service: TestApp;
  let tour: DemoTour;
  beforeAll(async () => {
    await buildPlayground();
    service = await startTestApp();
    tour = await service.app.get(Demo, { strict: false }).seed(service.url);
  }, 60_000);
  afterAll(() => service.close());

  /** Two who talk in a chat of theirs, as in the demo. */
  async function tourOfItsOwn(): Promise<DemoTour> {
    const [{ id: workspaceId, defaultChatId: chatId }, desk, support] = await Promise.all([
      service.admin.workspace(),
      service.admin.user('Case desk', ['pii:rehydrate']),
      service.admin.user('Support'),
    ]);
    const members = `/v1/workspaces/${workspaceId}/members`;
    await service.admin.put(`${members}/${desk.id}`, { role: 'owner', piiAccess: true });
    await service.admin.put(`${members}/${support.id}`, { role: 'member' });
    await support.api.post(`/v1/chat/${chatId}/messages`, { message: 'from ada.lovelace@example.org' });
    return { workspaceId, chatId, deskKey: desk.api.key ?? '', supportKey: support.api.key ?? '' };
  }

  it('is not there in production unless it is switched on', async () => {
    const off = await startTestApp({ PLAYGROUND: 'false' }, service);
    for (const path of ['/playground', '/playground/playground.js', `/playground/stored/${tour.chatId}`]) {
      expect(await refusal(new Api(off.url, tour.deskKey).get(path))).toBe('404 not_found');
    }
    await off.close();
  });

  it('runs nothing but its own files, and holds no key', async () => {
    const guest = new Api(service.url);
    for (const file of ['', '/playground.js', '/playground.css']) {
      const { status, headers, text } = await guest.get(`/playground${file}`);
      const policy = headers.get('content-security-policy');
      expect([file, status, policy]).toEqual([
        file,
        200,
        expect.stringMatching(/^default-src 'none'; script-src 'self';/),
      ]);
      expect(policy).not.toMatch(/unsafe|\*/);
      expect(text).not.toMatch(/ckr_(?:test|live)_\w{20}/);
    }
    expect(await refusal(guest.get('/playground/..%2fpackage.json'))).toBe('404 not_found');
  });

  it('shows rows to members of the chat only', async () => {
    const path = `/playground/stored/${tour.chatId}`;
    const stranger = await service.admin.user('Stranger');
    expect(await refusal(new Api(service.url).get(path))).toBe('401 unauthenticated');
    expect(await refusal(stranger.api.get(path))).toBe('404 chat_not_found');
    const open = await service.admin.workspace({ visibility: 'public' });
    expect(await refusal(stranger.api.get(`/playground/stored/${open.defaultChatId}`))).toBe('403 forbidden');
    const { status, body, text } = await new Api(service.url, tour.supportKey).get<Record<string, unknown[]>>(path);
    expect([status, body['messages']?.length]).toEqual([200, 3]);
    expect(body['entries']?.length).toBeGreaterThan(2);
    expect(text).not.toMatch(/lovelace|@example|555 0147|DE89 ?3704/i);
    expect(text).toMatch(/"sealed_value": ?"\\\\x[0-9a-f]{40,}"/);
  });

  inBrowser('in a browser', () => {
    let browser: WatchedPage;
    let page: Page;
    let own: DemoTour;
    beforeEach(async () => {
      own = await tourOfItsOwn();
      browser = await openBrowser();
      ({ page } = browser);
      await page.goto(`${service.url}/playground#${fragment(own)}`);
      await connected('Case desk');
      await connected('Support');
    }, 60_000);
    afterEach(async () => {
      await browser.close();
      // It complains of nothing but what was refused on purpose.
      const refusals =
        /^(?:400|403|console: Failed to load resource: the server responded with a status of (?:400|403))/;
      expect(browser.complaints.filter((complaint) => !refusals.test(complaint))).toEqual([]);
    });

    const pane = (name: string): Locator =>
      page.locator('.pane').filter({ has: page.getByRole('heading', { name, exact: true }) });
    const log = (name: string): Locator => pane(name).getByRole('log');
    const says = (name: string, text: string | RegExp): Promise<void> =>
      log(name).getByText(text).last().waitFor({ timeout: PATIENCE_MS });
    const press = (name: string, button: string): Promise<void> =>
      pane(name).getByRole('button', { name: button }).click();
    const connected = (name: string): Promise<void> =>
      pane(name)
        .locator('.state')
        .getByText(/^connected/)
        .waitFor({ timeout: PATIENCE_MS });
    const say = async (name: string, text: string): Promise<void> => {
      await pane(name).getByLabel('Message', { exact: true }).fill(text);
      await press(name, 'Send');
    };
    const refused = (name: string, code: string): Promise<void> =>
      log(name).getByRole('link', { name: code, exact: true }).last().waitFor({ timeout: PATIENCE_MS });

    it('takes the keys out of its address at once', async () => {
      expect(page.url()).toBe(`${service.url}/playground`);
      expect(await page.evaluate('JSON.stringify([location.href, document.documentElement.outerHTML])')).not.toContain(
        own.deskKey,
      );
      expect(await page.evaluate('localStorage.length + sessionStorage.length + document.cookie.length')).toBe(0);
    }, 60_000);

    it('shows two who talk, one with originals and one without, and what is stored of it', async () => {
      await says('Case desk', 'ada.lovelace@example.org');
      await says('Support', '<EMAIL_ADDRESS_1>');
      await say('Support', 'now write to grace@example.org');
      await says('Case desk', 'now write to grace@example.org');
      await says('Support', '<EMAIL_ADDRESS_2>');
      const stored = page.locator('#database');
      await stored.getByText('now write to <EMAIL_ADDRESS_2>').first().waitFor();
      await stored
        .getByText(/"sealed_value": "\\\\x[0-9a-f]{40,}"/)
        .first()
        .waitFor();
      expect(await stored.innerText()).not.toContain('@example.org');
      expect(await log('Support').innerText()).not.toContain('@example.org');
      await browser.picture('playground');
    }, 60_000);

    it('sends the PII headers that are switched on', async () => {
      await say('Support', 'now write to grace@example.org');
      const desk = pane('Case desk');
      await desk.getByText('PII headers', { exact: true }).click();
      const header = (name: string): Locator => desk.getByRole('checkbox', { name, exact: true });
      await header('X-Auto-Pii-Mapping').check();
      await say('Case desk', 'known: public@example.org');
      await says('Support', 'known: public@example.org');
      await header('X-Pii-Mapping').check();
      await desk.getByLabel('Value of X-Pii-Mapping').fill('{"<PERSON_9>": "Zoë"}');
      await say('Case desk', 'Zoë signs');
      await says('Support', /<PERSON_\d> signs|<PERSON_9>/);
      await header('X-Pii-Mapping').uncheck();
      await header('X-Pii-Positions').check();
      await say('Case desk', 'A-7 is a case');
      await says('Support', '<CASE_NUMBER_1>');
      await desk.getByLabel('Value of X-Pii-Positions').fill('[{"start": 9');
      await say('Case desk', 'not sent');
      await refused('Case desk', 'pii_positions_malformed');
      await header('X-Chat-History-Pii-Mapping').check();
      await press('Case desk', 'Read the history');
      await says('Case desk', 'history read over REST');
      await says('Case desk', 'now write to grace@example.org');
      const support = pane('Support');
      await support.getByText('PII headers', { exact: true }).click();
      await support.getByRole('checkbox', { name: 'X-Chat-History-Pii-Mapping', exact: true }).check();
      await press('Support', 'Read the history');
      await refused('Support', 'pii_access_required');
      await support.getByRole('checkbox', { name: 'Originals in live messages' }).check();
      await refused('Support', 'pii_access_required');
      await press('Support', 'Connect again').catch(() => undefined);
      await support.getByRole('checkbox', { name: 'Originals in live messages' }).uncheck();
      await connected('Support');
      await browser.picture('playground-headers');
    }, 90_000);

    it('refuses strings that are replayed or forged, and links to the page of each code', async () => {
      await press('Support', 'Replay a message string');
      await refused('Support', 'message_replayed');
      await press('Support', 'Forge a message string');
      await refused('Support', 'message_string_invalid');
      const link = log('Support').getByRole('link', { name: 'message_replayed' });
      const target = await link.getAttribute('href');
      expect(target).toBe('/docs/errors/message_replayed');
      expect((await new Api(service.url).get(target ?? '')).status).toBe(200);
    }, 60_000);

    it('comes back after a lost connection and after the end of a session', async () => {
      const state = pane('Support').locator('.state');
      const before = await state.innerText();
      await press('Support', 'Drop the connection');
      await says('Support', 'connection lost');
      await connected('Support');
      expect(await state.innerText()).not.toBe(before);
      await press('Support', 'Expire the session');
      await refused('Support', 'session_expired');
      await connected('Support');
      await say('Support', 'here again');
      await says('Case desk', 'here again');
    }, 60_000);

    it('erases a person for those who may', async () => {
      await say('Support', 'now write to grace@example.org');
      await says('Case desk', 'now write to grace@example.org');
      const erase = async (name: string): Promise<void> => {
        await pane(name).getByLabel('Type').selectOption('EMAIL_ADDRESS');
        await pane(name).getByLabel('Value', { exact: true }).fill('grace@example.org');
        await press(name, 'Erase for good');
      };
      await erase('Support');
      await refused('Support', 'forbidden');
      await erase('Case desk');
      await says('Case desk', 'erased for good: <EMAIL_ADDRESS_2>');
      await says('Case desk', /now write to\s*<EMAIL_ADDRESS_2>/);
      await browser.picture('playground-erased');
    }, 60_000);
  });

  inBrowser('on a phone in the dark', () => {
    it('fits, and is used with the keyboard alone', async () => {
      const own = await tourOfItsOwn();
      const browser = await openBrowser({ width: 375, height: 740 });
      const { page } = browser;
      await page.emulateMedia({ colorScheme: 'dark' });
      await page.goto(`${service.url}/playground`);
      // No keys in the address: they are typed, from field to field.
      await page.getByLabel('Chat id').focus();
      for (const [index, value] of [own.chatId, own.deskKey, own.supportKey].entries()) {
        if (index > 0) await page.keyboard.press('Tab');
        await page.keyboard.type(value);
      }
      await page.keyboard.press('Enter');
      const first = page.locator('.pane').first();
      await first
        .locator('.state')
        .getByText(/^connected/)
        .waitFor({ timeout: PATIENCE_MS });
      const reached = new Set<string>();
      for (let presses = 0; presses < 60; presses++) {
        await page.keyboard.press('Tab');
        reached.add(
          String(await page.evaluate('document.activeElement.textContent.trim() || document.activeElement.name')),
        );
      }
      for (const name of ['message', 'Send', 'Drop the connection', 'Forge a message string', 'Erase for good']) {
        expect([...reached]).toContain(name);
      }
      await first.getByLabel('Message', { exact: true }).focus();
      await page.keyboard.type('by keyboard');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await first.getByRole('log').getByText('by keyboard').waitFor({ timeout: PATIENCE_MS });
      // Nothing sticks out to the side.
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(375);
      const [ground, ink] = (await page.evaluate(
        '[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]',
      )) as [string, string];
      expect(brightness(ground)).toBeLessThan(80);
      expect(brightness(ink)).toBeGreaterThan(180);
      await browser.picture('playground-phone-dark');
      expect(browser.complaints).toEqual([]);
      await browser.close();
    }, 90_000);
  });
});

const fragment = ({ chatId, deskKey, supportKey }: DemoTour): string =>
  new URLSearchParams({ chat: chatId, first: deskKey, second: supportKey }).toString();

/** Of `rgb(r, g, b)`, from 0 to 255. */
function brightness(colour: string): number {
  const [red = 0, green = 0, blue = 0] = (colour.match(/\d+/g) ?? []).map(Number);
  return (red + green + blue) / 3;
}
