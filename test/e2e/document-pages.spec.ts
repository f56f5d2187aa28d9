import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CLIENT_EVENTS } from '../../src/documents/wire/client-events.js';
import { SERVER_EVENTS } from '../../src/documents/wire/server-events.js';
import { Api } from '../support/api.js';
import { openBrowser, type WatchedPage, whyNoBrowser } from '../support/browser.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const inBrowser = whyNoBrowser === undefined ? describe : describe.skip;
if (whyNoBrowser !== undefined) console.warn(`Pages of the documents are not tested in a browser: ${whyNoBrowser}`);

const PAGES = ['/docs/events', '/docs/errors', '/docs/errors/chat_not_found'];

describe('pages of the documents', () => {
  let service: TestApp;
  let guest: Api;
  beforeAll(async () => {
    service = await startTestApp();
    guest = new Api(service.url);
  });
  afterAll(() => service.close());

  it.each(PAGES)('%s runs no script and loads nothing from elsewhere', async (path) => {
    const { status, headers, text } = await guest.get(path);
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const policy = headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|\*/);
    expect(text).not.toMatch(/<script|<style| style=| on\w+=|(?:src|href)="(?:https?:)?\/\//);
  });

  it('lead nowhere that is not there', async () => {
    for (const path of PAGES) {
      const { text } = await guest.get(path);
      const ids = new Set([...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
      const targets = new Set([...text.matchAll(/href="([^"]+)"/g)].map(([, target = '']) => target));
      for (const target of targets) {
        if (target.startsWith('#')) expect([path, target, ids.has(target.slice(1))]).toEqual([path, target, true]);
        else if (target !== 'data:,') expect([target, (await guest.get(target)).status]).toEqual([target, 200]);
      }
    }
  });

  inBrowser('in a browser', () => {
    let browser: WatchedPage;
    beforeAll(async () => {
      browser = await openBrowser();
    }, 60_000);
    afterAll(() => browser.close());

    it('tell every event, and open by keyboard', async () => {
      const { page, complaints } = browser;
      await page.goto(`${service.url}/docs/events`);
      for (const name of [...Object.keys(CLIENT_EVENTS), ...Object.keys(SERVER_EVENTS)]) {
        expect([name, await page.locator(`h3[id="${name}"]`).count()]).toEqual([name, 1]);
      }
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('To the content');
      const example = page.locator('summary', { hasText: 'Example of message:send' }).first();
      await example.focus();
      await page.keyboard.press('Enter');
      await page.getByText('"messageString": "ms1_…"').first().waitFor();
      await browser.picture('events-light');
      expect(complaints).toEqual([]);
    }, 30_000);

    it('fit a phone, and are readable by day and by night', async () => {
      const { page, complaints } = browser;
      await page.setViewportSize({ width: 360, height: 740 });
      for (const path of PAGES) {
        await page.goto(service.url + path);
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme });
          const seen = await page.evaluate(() => ({
            width: document.documentElement.scrollWidth,
            colours: [...document.querySelectorAll('h1, td, a, p')].map((element) => getComputedStyle(element).color),
            ground: getComputedStyle(document.body).backgroundColor,
          }));
          expect([path, seen.width]).toEqual([path, 360]);
          for (const colour of new Set(seen.colours)) {
            expect(`${path} ${colorScheme} ${colour} ${contrast(colour, seen.ground) >= 4.5}`).toMatch(/true$/);
          }
          await browser.picture(`${path.split('/').slice(2).join('-')}-phone-${colorScheme}`);
        }
      }
      expect(complaints).toEqual([]);
    }, 60_000);
  });
});

/** Of two colours `rgb(r, g, b)`, by WCAG 2.2. */
function contrast(one: string, other: string): number {
  const luminance = (colour: string): number => {
    const [r = 0, g = 0, b = 0] = (colour.match(/\d+/g) ?? []).map((part) => {
      const share = Number(part) / 255;
      return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [lighter = 0, darker = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (lighter + 0.05) / (darker + 0.05);
}
