import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { WorkspaceBody } from '../support/api.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly allOf?: readonly Schema[];
  readonly example?: unknown;
}

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const NASTY: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e21,
  '',
  ' ',
  'x',
  'x'.repeat(300),
  '\uffff\ufffe\u0001\u202e',
  '💥',
  "'; --",
  '2030-W01-1',
  '+275760-09-13T00:00:00Z',
  '9999-12-31T23:59:60Z',
  '0000-01-01T00:00:00Z',
  '00000000-0000-0000-0000-000000000000',
  'NaN',
  [],
  [null],
  [[]],
  [{}],
  ['x', 'x'],
  {},
  { x: 1 },
  { '<P_1>': '$&' },
  { length: 5 },
  { toString: 'x', valueOf: 1, hasOwnProperty: 2 },
];

describe('nasty values', () => {
  let service: TestApp;
  let document: OpenApi;
  let workspace: WorkspaceBody;
  let userId: string;
  beforeAll(async () => {
    service = await startTestApp();
    document = (await service.admin.get<OpenApi>('/docs/json')).body;
    workspace = await service.admin.workspace();
    userId = (await service.admin.user('Nobody')).id;
  });
  afterAll(() => service.close());

  const known = (name: string): string =>
    ({ workspaceId: workspace.id, spaceId: workspace.id, chatId: workspace.defaultChatId, userId })[name] ??
    randomUUID();
  /** The documented path with ids that exist, as far as they do. */
  const pathOf = (template: string): string =>
    template.replace(/\{(\w+)\}/g, (_, name: string) =>
      name === 'id' ? (template.includes('/users/') ? userId : workspace.id) : known(name),
    );
  const resolve = (schema: Schema): Schema => {
    const name = schema.$ref?.split('/').at(-1);
    return name === undefined ? schema : (document.components.schemas[name] ?? {});
  };
  const propertiesOf = (schema: Schema): Readonly<Record<string, Schema>> => {
    const { properties = {}, allOf = [] } = resolve(schema);
    return Object.assign({}, properties, ...allOf.map(propertiesOf)) as Readonly<Record<string, Schema>>;
  };
  const exampleOf = (schema: Schema): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(propertiesOf(schema))
        .filter(([, property]) => property.example !== undefined)
        .map(([name, { example }]) => [name, name.endsWith('Id') ? known(name) : example]),
    );

  // Deleting would take away what the others are tried on.
  const operations = () =>
    Object.entries(document.paths).flatMap(([template, methods]) =>
      Object.entries(methods)
        .filter(([method]) => method !== 'delete')
        .map(([method, operation]) => ({ template, method: method.toUpperCase(), operation })),
    );
  const failures: string[] = [];
  const AT_ONCE = 32;
  let underWay: Promise<void>[] = [];
  const settle = async (): Promise<void> => {
    await Promise.all(underWay);
    underWay = [];
  };
  const attempt = async (what: string, method: string, path: string, body?: unknown): Promise<void> => {
    underWay.push(call(what, method, path, body));
    if (underWay.length === AT_ONCE) await settle();
  };
  const call = async (what: string, method: string, path: string, body: unknown): Promise<void> => {
    const { status, text } = await service.admin.call(
      method,
      path,
      body === undefined ? undefined : JSON.stringify(body),
    );
    if (status >= 500) failures.push(`${method} ${what}: ${status} ${text}`);
  };

  it('in bodies are never a fault of the service', async () => {
    for (const { template, method, operation } of operations()) {
      const schema = operation.requestBody?.content['application/json']?.schema;
      if (!schema) continue;
      const example = exampleOf(schema);
      for (const value of NASTY) {
        await attempt(`${template} = ${JSON.stringify(value)}`, method, pathOf(template), value);
        for (const [name, property] of Object.entries(propertiesOf(schema))) {
          const what = `${template} ${name} = ${JSON.stringify(value)}`;
          await attempt(what, method, pathOf(template), { ...example, [name]: value });
          for (const inner of Object.keys(propertiesOf(property))) {
            await attempt(`${what} in ${inner}`, method, pathOf(template), { ...example, [name]: { [inner]: value } });
          }
        }
      }
    }
    await settle();
    expect(failures).toEqual([]);
    expect(service.logs.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  }, 120_000);

  it('in queries and paths are never a fault of the service', async () => {
    const texts = [...NASTY.filter((value) => typeof value === 'string'), '%zz', '%00', '%ff', 'a&a', '[]', '1e400'];
    for (const { template, method, operation } of operations()) {
      for (const { name, in: place } of operation.parameters ?? []) {
        for (const text of texts) {
          const value = text.startsWith('%') || text.includes('&') ? text : encodeURIComponent(text);
          if (place === 'query')
            await attempt(`${template} ?${name}=${value}`, method, `${pathOf(template)}?${name}=${value}`);
          if (place !== 'path' || value === '') continue;
          const path = pathOf(template.replace(`{${name}}`, value));
          await attempt(`${template} ${name}=${value}`, method, path, method === 'GET' ? undefined : {});
        }
      }
    }
    await settle();
    expect(failures).toEqual([]);
  }, 120_000);
});
