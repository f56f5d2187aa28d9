import { existsSync } from 'node:fs';

const CHROMIUM = '/usr/bin/chromium';
const PATIENCE_MS = 30_000;

/** Undefined where a browser can be driven; otherwise why not. */
export const whyNoBrowser = existsSync(CHROMIUM) ? undefined : `${CHROMIUM} is not installed`;

/** Opens the page of the browser example, sends a message with it, and returns what the page then shows. */
export async function visit(url, message) {
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto(url);
    await page.getByText('connected', { exact: true }).waitFor();
    await page.getByLabel('Message').fill(message);
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText(`kept: ${message}`).waitFor();
    await page.getByRole('listitem').first().waitFor();
    return (await page.getByRole('listitem').allInnerTexts()).map((line) => `${line}\n`).join('');
  } finally {
    await browser.close();
  }
}
