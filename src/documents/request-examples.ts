/** Examples by their names, as OpenAPI wants them. */
type Examples = Readonly<Record<string, { readonly summary: string; readonly value: object }>>;

/** Stands for an id that only the reader can know. */
const SOME_ID = '0198f2b4-7c1e-7d3a-9b52-4f6d8e0a1c37';

const MESSAGES: Examples = {
  plain: { summary: 'The service detects', value: { message: 'mail Ada at ada@example.org' } },
  mapping: {
    summary: 'You name the values',
    value: { message: 'Zoë signs for parcel 7', pii: { mapping: { '<PERSON_1>': 'Zoë' } } },
  },
  positions: {
    summary: 'Your detector found spans',
    value: {
      message: 'meet Grace on Monday',
      pii: { positions: [{ start: 5, end: 10, type: 'PERSON' }], auto: false },
    },
  },
};

/**
 * Bodies that can be sent as they stand, by the schema of the body: what "Try it out" starts from. The persons are
 * invented, addresses lie in example domains, numbers are test numbers.
 */
export const REQUEST_EXAMPLES: Readonly<Record<string, Examples>> = {
  CreateUserDto: {
    service: { summary: 'A service', value: { displayName: 'Support bot' } },
    person: {
      summary: 'Somebody of your directory',
      value: { displayName: 'Second line', externalId: 'employee-00817' },
    },
  },
  CreateApiKeyDto: {
    plain: { summary: 'Rights of the roles only', value: { name: 'laptop' } },
    originals: { summary: 'May also see originals', value: { name: 'case desk', scopes: ['pii:rehydrate'] } },
  },
  CreateWorkspaceDto: {
    plain: { summary: 'Private, detection on', value: { name: 'Customer support' } },
    public: { summary: 'Open to guests', value: { name: 'Help desk', visibility: 'public' } },
    policy: {
      summary: 'With a PII policy',
      value: {
        name: 'Claims',
        piiPolicy: { mode: 'required', vault: true, types: 'all', operators: { CREDIT_CARD: 'mask' } },
      },
    },
  },
  UpdateWorkspaceDto: {
    name: { summary: 'Another name', value: { name: 'Customer care' } },
    policy: { summary: 'Always mask', value: { piiPolicy: { mode: 'required' } } },
  },
  PutMemberDto: {
    member: { summary: 'Reads and writes', value: { role: 'member' } },
    originals: { summary: 'May also see originals', value: { role: 'member', piiAccess: true } },
  },
  ConnectionStringRequestDto: {
    short: { summary: 'For ten minutes', value: { sessionSeconds: 600 } },
  },
  PutTenantPatternDto: {
    plain: { summary: 'Numbers of employees', value: { expression: 'EMP-[0-9]{6}' } },
    context: {
      summary: 'Only beside a word that says so',
      value: { expression: '(?i)(?:case|nr\\.?) ?(?P<value>[0-9]{5,8})', context: ['case', 'claim'], score: 0.9 },
    },
  },
  CreateInvitationDto: {
    one: { summary: 'For one person, for a week', value: { role: 'member' } },
    many: { summary: 'For a class of readers', value: { role: 'reader', maxUses: 30 } },
  },
  RestrictDto: { until: { summary: 'Until it is lifted', value: { reason: 'advertising' } } },
  DetectDto: {
    plain: { summary: 'Detection alone', value: { text: 'mail Ada at ada@example.org' } },
    mapping: {
      summary: 'With values of your own',
      value: { text: 'Zoë signs for parcel 7', mapping: { '<PERSON_1>': 'Zoë' } },
    },
  },
  RehydrateDto: {
    mapping: {
      summary: 'With values of your own',
      value: { text: 'I wrote to <PERSON_1>', mapping: { '<PERSON_1>': 'Ada' } },
    },
  },
  CreateChatDto: {
    plain: { summary: 'Put the id of your workspace', value: { workspaceId: SOME_ID, title: 'Returns' } },
  },
  UpdateChatDto: { plain: { summary: 'Another title', value: { title: 'Returns and refunds' } } },
  EditMessageDto: { plain: { summary: 'Another text', value: { message: 'mail Ada at ada@example.com' } } },
  SetReadMarkDto: { plain: { summary: 'The first message is read', value: { seq: 1 } } },
  SetTypingDto: { plain: { summary: 'Has begun', value: { typing: true } } },
  SearchDto: {
    plain: { summary: 'Words of the masked text', value: { query: 'parcel' } },
    without: { summary: 'And words that must not be there', value: { query: 'parcel -late' } },
  },
  SearchValueDto: {
    plain: { summary: 'Where an address was said', value: { type: 'EMAIL_ADDRESS', value: 'ada@example.org' } },
  },
  RevealDto: { plain: { summary: 'One person', value: { placeholders: ['<PERSON_1>'] } } },
  SubjectExportDto: {
    plain: { summary: 'All with this address', value: { type: 'EMAIL_ADDRESS', value: 'ada@example.org' } },
  },
  EraseDto: {
    value: { summary: 'A value in all chats', value: { type: 'EMAIL_ADDRESS', value: 'ada@example.org' } },
    chat: { summary: 'All values of a chat; put its id', value: { chatId: SOME_ID } },
  },
  SendMessageDto: MESSAGES,
  SendSpaceMessageDto: MESSAGES,
};
