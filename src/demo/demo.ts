import { Injectable } from '@nestjs/common';
import { ApiKeysService } from '../auth/api-keys.service.js';
import { createApiKey } from '../auth/api-key.js';
import type { Scope } from '../auth/scope.js';
import { UserStore } from '../auth/user.store.js';

/** The keys are made anew at each start and shown once, like every key; those of yesterday are of no use to anybody. */
const KEY_LIFE_MS = 24 * 3_600_000;
const TIMEOUT_MS = 30_000;

/** Invented persons, addresses in example.org, numbers for tests. */
const MESSAGES = [
  'Hello, this is Ada Lovelace. My parcel 7 has not come.',
  'Please write to ada.lovelace@example.org or call +1 212 555 0147.',
  'The refund goes to DE89 3704 0044 0532 0130 00. Was ada.lovelace@example.org right?',
];

/** What a person needs to look around. */
export interface DemoTour {
  readonly workspaceId: string;
  readonly chatId: string;
  /** Key of the owner, who may see originals. */
  readonly deskKey: string;
  /** Key of a member, who sees masked text. */
  readonly supportKey: string;
}

/**
 * Two users, a workspace and a chat that something was said in, for looking around. Begun twice it is the same: users are
 * found by their external ids, messages are sent under client ids. Everything but users and keys goes through the API.
 */
@Injectable()
export class Demo {
  constructor(
    private readonly users: UserStore,
    private readonly keys: ApiKeysService,
  ) {}

  /** @param url where this very service listens */
  async seed(url: string): Promise<DemoTour> {
    const desk = await this.userWithKey('Case desk', 'demo-case-desk', ['pii:rehydrate']);
    const support = await this.userWithKey('Support', 'demo-support', []);
    const asDesk = caller(url, desk.key);
    const { items } = await asDesk<{ items: Workspace[] }>('GET', '/v1/workspaces');
    const workspace = items[0] ?? (await asDesk<Workspace>('POST', '/v1/workspaces', { name: 'Demo' }));
    const { id: workspaceId, defaultChatId: chatId } = workspace;
    const members = `/v1/workspaces/${workspaceId}/members`;
    await asDesk('PUT', `${members}/${desk.id}`, { role: 'owner', piiAccess: true });
    await asDesk('PUT', `${members}/${support.id}`, { role: 'member', piiAccess: false });
    const asSupport = caller(url, support.key);
    for (const [index, message] of MESSAGES.entries()) {
      await asSupport('POST', `/v1/chat/${chatId}/messages`, { message, clientMessageId: `demo-${index + 1}` });
    }
    return { workspaceId, chatId, deskKey: desk.key, supportKey: support.key };
  }

  private async userWithKey(displayName: string, externalId: string, scopes: Scope[]) {
    const user = (await this.users.findByExternalId(externalId)) ?? (await this.users.create(displayName, externalId));
    const { key } = createApiKey('test');
    await this.keys.keep(user.id, key, 'demo', scopes, new Date(Date.now() + KEY_LIFE_MS));
    return { id: user.id, key };
  }
}

interface Workspace {
  readonly id: string;
  readonly defaultChatId: string;
}

const caller =
  (url: string, key: string) =>
  async <Body>(method: string, path: string, body?: unknown): Promise<Body> => {
    const answer = await fetch(url + path, {
      method,
      headers: { 'X-API-Key': key, ...(body !== undefined && { 'Content-Type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!answer.ok) throw new Error(`the demo could not ${method} its data (${answer.status})`);
    return (await answer.json()) as Body;
  };

/** One screen for the person at the terminal. */
export function tourText(origin: string, tour: DemoTour, playground: boolean): string {
  const { workspaceId, chatId, deskKey, supportKey } = tour;
  // In the fragment, which browsers send to nobody.
  const keys = new URLSearchParams({ chat: chatId, first: deskKey, second: supportKey }).toString();
  const link = playground
    ? `
Both side by side, in a browser:

  ${origin}/playground#${keys}
`
    : '';
  return `
Demo: a chat in which personal data was said, and two who look at it. The keys hold for a day.
${link}
  export CLOAKROOM_URL=${origin}
  CHAT=${chatId}
  SPACE=${workspaceId}
  DESK=${deskKey}
  SUPPORT=${supportKey}

Paste the five lines above into another terminal, then:

  1. What everybody sees, and the database holds
     curl -sS $CLOAKROOM_URL/v1/chat/$CHAT/messages -H "X-API-Key: $SUPPORT"
  2. With originals, for the case desk alone, which has piiAccess; every reading is audited
     curl -sS $CLOAKROOM_URL/v1/chat/$CHAT/messages -H "X-API-Key: $DESK" -H 'X-Chat-History-Pii-Mapping: vault'
  3. The same as Support is refused: pii_access_required
     curl -sS $CLOAKROOM_URL/v1/chat/$CHAT/messages -H "X-API-Key: $SUPPORT" -H 'X-Chat-History-Pii-Mapping: vault'
  4. Live: listen here, and send from another terminal
     CLOAKROOM_API_KEY=$SUPPORT npm run -s cloakroom -- chat tail $CHAT
     CLOAKROOM_API_KEY=$DESK npm run -s cloakroom -- chat send $CHAT "call +1 212 555 0147"
  5. Erase a person: nobody can turn the placeholder back
     curl -sS $CLOAKROOM_URL/v1/workspaces/$SPACE/erasures -H "X-API-Key: $DESK" -H 'Content-Type: application/json' \\
       -d '{"type": "EMAIL_ADDRESS", "value": "ada.lovelace@example.org"}'
`;
}
