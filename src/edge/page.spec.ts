import { describe, expect, it } from '@jest/globals';
import { BETWEEN_ITEMS, idOfCursor, toPage, WrittenPage } from './page.js';

const page = (...items: { readonly text: string }[]): WrittenPage<{ readonly text: string }> =>
  new WrittenPage(items.map((item) => JSON.stringify(item)).join(BETWEEN_ITEMS), items.length > 0 ? 'next' : null);

describe('a page that was written as JSON', () => {
  const items = [{ text: 'one,\ttwo' }, { text: '},\t{"text":"' }, { text: '' }];

  it('is read as it was written', () => {
    expect(page(...items).read()).toEqual({ items, nextCursor: 'next' });
    expect(page().read()).toEqual({ items: [], nextCursor: null });
  });

  it('takes up a member in each of its items, whatever stands in these and in what is added', () => {
    const values = ['"},\t{"', '\u2028\\', '$&'];
    const valueOf = (item: string): string =>
      JSON.stringify(values[items.findIndex(({ text }) => item === JSON.stringify({ text }))]);
    expect(
      page(...items)
        .with('message', valueOf)
        .read(),
    ).toEqual({
      items: items.map((item, index) => ({ ...item, message: values[index] })),
      nextCursor: 'next',
    });
    expect(page().with('message', String).read()).toEqual({ items: [], nextCursor: null });
  });
});

describe('the cursor of a list', () => {
  const rows = ['0198c5a0-0000-7000-8000-000000000001', '0198c5a0-0000-7000-8000-000000000002'].map((id) => ({ id }));
  const cursor = toPage('members', rows, 1, ({ id }) => id).nextCursor ?? '';

  it('is the id of the last item that was shown', () => {
    expect(idOfCursor('members', cursor)).toBe(rows[0]?.id);
    expect(idOfCursor('members', undefined)).toBeUndefined();
    expect(toPage('members', rows, 2, ({ id }) => id).nextCursor).toBeNull();
  });

  it.each([
    ['of another list', toPage('chats', rows, 1, ({ id }) => id).nextCursor ?? ''],
    ['that is an id alone', Buffer.from(rows[0]?.id ?? '').toString('base64url')],
    ['with something added', `${cursor}=`],
    ['that is empty', ''],
  ])('is none %s', (_, other) => {
    expect(() => idOfCursor('members', other)).toThrow(expect.objectContaining({ code: 'invalid_cursor' }));
  });
});
