import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from '../app.module.js';
import { configurationDocument } from '../config/configuration-document.js';
import { loadConfig } from '../config/config.js';
import { createAsyncApiDocument } from './asyncapi.js';
import { errorsDocument } from './error-pages.js';
import { createOpenApiDocument } from './openapi.js';

/*
 * npm run -s documents: writes the generated files below docs/. With `--check` nothing is written: one line for each file
 * that differs, and exit code 1.
 */

const random = (): string => randomBytes(32).toString('base64url');

/** Settings that touch nothing: no directory, no secret of anybody. */
const config = loadConfig({}, () => ({
  API_KEY_SECRET: random(),
  TOKEN_KEYS: `documents:${random()}`,
  MASTER_KEYS: `documents:${random()}`,
}));

// A preview has routes and decorators, and no instances: hence no database.
const app = await NestFactory.create<NestFastifyApplication>(
  AppModule.forRoot(config, { url: 'postgres://nobody@localhost/none', poolSize: 2 }),
  new FastifyAdapter(),
  { preview: true, logger: false },
);
const openApi = createOpenApiDocument(app);
const json = (document: object): string => `${JSON.stringify(document, undefined, 2)}\n`;

const files: Readonly<Record<string, string>> = {
  'docs/openapi.json': json(openApi),
  'docs/asyncapi.json': json(createAsyncApiDocument(openApi)),
  'docs/errors.md': errorsDocument(),
  'docs/configuration.md': configurationDocument(),
};

const present = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};

const stale = Object.entries(files).filter(([file, text]) => present(file) !== text);
if (!process.argv.includes('--check')) {
  for (const [file, text] of stale) {
    writeFileSync(file, text);
    console.log(`documents: wrote ${file}`);
  }
} else if (stale.length > 0) {
  for (const [file] of stale) console.error(`documents: ${file} is stale: npm run build && npm run -s documents`);
  process.exitCode = 1;
}
