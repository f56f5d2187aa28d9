import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { getMessageString, importMessageKey } from './message-string.js';

const { messageKey, cases } = JSON.parse(readFileSync('test/vectors/message-string-vectors.json', 'utf8')) as {
  messageKey: string;
  cases: { name: string; pieces: string[]; messageString: string }[];
};

describe('getMessageString', () => {
  it.each(cases.map((one) => [one.name, one] as const))('agrees with the test vector: %s', async (_, one) => {
    const [, sessionId = '', counter, event = '', chatId = '', clientMessageId, message, ...rest] = one.pieces;
    const [piiMapping, autoPiiMapping, piiPositions, reference] = rest;
    const said = { sessionId, counter: Number(counter), event, chatId, clientMessageId, message };
    const pieces = { ...said, piiMapping, autoPiiMapping, piiPositions, reference };
    expect(await getMessageString(messageKey, pieces)).toBe(one.messageString);
    expect(await getMessageString(await importMessageKey(messageKey), pieces)).toBe(one.messageString);
    expect(await getMessageString(messageKey, { ...pieces, counter: Number(counter) + 1 })).not.toBe(one.messageString);
  });
});
