import { describe, expect, it } from '@jest/globals';
import { Places, type Schema } from './places.js';

const SCHEMAS = {
  Message: {
    required: ['text'],
    properties: { text: { example: 'here' }, pii: { allOf: [{ $ref: '#/components/schemas/Pii' }] } },
  },
  Pii: {
    properties: {
      mapping: { additionalProperties: { type: 'string' }, example: { '<P_1>': 'Ada' } },
      positions: {
        items: { required: ['start', 'end'], properties: { start: {}, end: {} } },
        example: [{ start: 0, end: 1 }],
      },
      history: { oneOf: [{ enum: ['vault'] }, { items: {} }] },
    },
  },
};

/** Another way to say what is in a value. */
const ANY_OF: Schema & { readonly anyOf: readonly Schema[] } = { anyOf: [{}] };

describe('places of a schema', () => {
  const places = new Places(SCHEMAS);
  const all = places.in({ $ref: '#/components/schemas/Message' });

  it('are the whole and every part of it, however deep', () => {
    expect(all.map(({ name }) => name)).toEqual([
      '',
      'text',
      'pii',
      'pii.mapping',
      'pii.mapping.<key>',
      'pii.mapping.<value>',
      'pii.positions',
      'pii.positions[]',
      'pii.positions[].start',
      'pii.positions[].end',
      'pii.history',
      'pii.history[]',
    ]);
  });

  it('take a value beside what must stand there', () => {
    const put = (name: string): unknown => all.find((place) => place.name === name)?.put('strange');
    expect(put('')).toBe('strange');
    expect(put('pii.mapping.<key>')).toEqual({ text: 'here', pii: { mapping: { strange: 'Ada' } } });
    expect(put('pii.mapping.<value>')).toEqual({ text: 'here', pii: { mapping: { '<P_1>': 'strange' } } });
    expect(put('pii.positions[].end')).toEqual({ text: 'here', pii: { positions: [{ start: 0, end: 'strange' }] } });
  });

  it('are not passed over where a document says them in a way that is not read', () => {
    expect(() => places.in({ properties: { either: ANY_OF } })).toThrow('anyOf');
  });
});
