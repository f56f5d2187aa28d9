import { describe, expect, it } from '@jest/globals';
import { BETWEEN_ITEMS, WrittenPage } from './page.js';

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
    expect(JSON.parse(page(...items).textWith('message', values))).toEqual({
      items: items.map((item, index) => ({ ...item, message: values[index] })),
      nextCursor: 'next',
    });
    expect(JSON.parse(page().textWith('message', []))).toEqual({ items: [], nextCursor: null });
  });
});
