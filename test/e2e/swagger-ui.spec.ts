import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { openBrowser, type WatchedPage, whyNoBrowser } from '../support/browser.js';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.js';

const inBrowser = whyNoBrowser === undefined ? describe : describe.skip;
if (whyNoBrowser !== undefined) console.warn(`Swagger UI is not tested: ${whyNoBrowser}`);

interface Executed {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Record<string, unknown>;
}

inBrowser('Swagger UI in a browser', () => {
  let service: ServiceProcess;
  let browser: WatchedPage;
  beforeAll(async () => {
    service = await startServiceProcess({ DEMO: 'true' });
    browser = await openBrowser();
    await browser.page.goto(`${service.url}/docs`);
    await browser.page.locator('.opblock').first().waitFor();
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await service.stop();
  });

  /** What the tour of the demo printed under a name. */
  const shown = (name: string): string => new RegExp(`^ {2}${name}=(\\S+)$`, 'm').exec(service.printed())?.[1] ?? '';

  it('takes a key of the demo, and executes calls as they are prefilled', async () => {
    const { page, complaints } = browser;
    await browser.picture('swagger-ui-start');
    await page.getByRole('button', { name: 'Authorize' }).click();
    await page.locator('.modal-ux').getByLabel('Value').first().fill(shown('DESK'));
    await page.locator('.modal-ux').getByRole('button', { name: 'Apply credentials' }).first().click();
    await browser.picture('swagger-ui-authorized');
    await page.locator('.modal-ux').getByRole('button', { name: 'Close' }).first().click();

    const created = await execute(page, 'Workspaces_create');
    expect([created.status, created.body['name']]).toEqual([201, 'Customer support']);
    await browser.picture('swagger-ui-created');
    expect((await execute(page, 'Users_me')).status).toBe(200);

    const sent = await execute(page, 'Messages_sendToSpace', { spaceId: shown('SPACE') });
    expect([sent.status, sent.body['message']]).toEqual([200, 'mail Ada at ada@example.org']);
    expect(sent.body['text']).not.toContain('ada@example.org');
    for (const name of Object.keys(sent.headers)) expect(name).not.toMatch(/^x-(auto-)?(chat-)?pii|^idempotency/);
    await browser.picture('swagger-ui-sent');
    // The documented refusal is shown with its example, not as a reference.
    const refusal = page.locator('[id$="-Messages_sendToSpace"] tr.response[data-code="404"]').last();
    await refusal.getByText('/docs/errors/').first().waitFor();
    expect((await execute(page, 'Messages_spaceHistory', { spaceId: shown('SPACE') })).status).toBe(200);
    expect((await execute(page, 'Pii_detect')).status).toBe(200);
    expect((await execute(page, 'Search_inChat', { chatId: shown('CHAT') })).status).toBe(200);
    expect(complaints).toEqual([]);
  }, 120_000);

  it('shows the page of an error code', async () => {
    const { page, complaints } = browser;
    await page.goto(`${service.url}/docs/errors/chat_not_found`);
    await page.getByText('No such chat.').waitFor();
    await page.getByRole('link', { name: 'All codes' }).click();
    await page.getByRole('link', { name: 'rate_limited', exact: true }).waitFor();
    await browser.picture('errors');
    expect(complaints).toEqual([]);
  }, 30_000);
});

/** Opens an operation, fills in the ids that only the reader can know, and presses Execute. */
async function execute(page: Page, operationId: string, ids: Readonly<Record<string, string>> = {}): Promise<Executed> {
  const operation: Locator = page.locator(`[id$="-${operationId}"]`);
  await operation.locator('.opblock-summary-control').click();
  for (const [name, id] of Object.entries(ids)) {
    await operation.locator(`tr[data-param-name="${name}"] input`).fill(id);
  }
  const answered = page.waitForResponse((response) => response.url().includes('/v1/'));
  await operation.getByRole('button', { name: 'Execute' }).click();
  const response = await answered;
  await operation.locator('.live-responses-table').waitFor();
  return {
    status: response.status(),
    headers: await response.request().allHeaders(),
    body: (await response.json()) as Record<string, unknown>,
  };
}
