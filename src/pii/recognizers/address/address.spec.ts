import { describe, expect, it } from '@jest/globals';
import { analyze, type NameTagger } from '../../analyzer.js';

const found = (text: string): string[] =>
  analyze(text, { tagNames: () => [] })
    .filter(({ type }) => type === 'LOCATION')
    .map(({ start, end }) => text.slice(start, end));

const tagging =
  (...places: [start: number, end: number][]): NameTagger =>
  () =>
    places.map(([start, end]) => ({ start, end, type: 'LOCATION', score: 1 }));

describe('addresses', () => {
  it.each([
    ['I live at 12 Quarry Hill Road, Apt. 4', '12 Quarry Hill Road, Apt. 4'],
    ['12 Quarry Road\nSuite 7\nAshford, OH 44805', '12 Quarry Road\nSuite 7\nAshford, OH 44805'],
    ['12 Quarry Road, Ashford, Kent TN23 1PH', '12 Quarry Road, Ashford, Kent TN23 1PH'],
    ['Lindenstraße 5, 10969 Berlin', 'Lindenstraße 5, 10969'],
    ['wohnt in der Lindenstr. 5a', 'Lindenstr. 5a'],
    ['14 bis, rue du Moulin', '14 bis, rue du Moulin'],
    ['14, rue du Moulin, 69003 Lyon', '14, rue du Moulin, 69003'],
    ['Calle Molino 14, 28013 Madrid', 'Calle Molino 14, 28013'],
    ['via Molino 14', 'via Molino 14'],
    ['ul. Młyńska 14', 'ul. Młyńska 14'],
    ['Molenstraat 14, 1012 AB Amsterdam', 'Molenstraat 14, 1012 AB'],
    ['Kvarngatan 14', 'Kvarngatan 14'],
    ['my address is Molnar Koz 14', 'Molnar Koz 14'],
    ['Moulin 3 Apt. 9, Uruguay', 'Moulin 3 Apt. 9, Uruguay'],
    ['PSC 12, Box 9, APO AE 09301', 'PSC 12, Box 9, APO AE 09301'],
    ['send it to P.O. Box 104', 'P.O. Box 104'],
    ['PO Box 104', 'PO Box 104'],
    ['at the corner of Quarry Road and 5th Avenue', 'the corner of Quarry Road and 5th Avenue'],
    ['ZIP: 44805', '44805'],
    ['my postal code is K1A 0B1', 'K1A 0B1'],
    ['PLZ 10969', '10969'],
    ['London SW1A 2AA', 'SW1A 2AA'],
    ['Ottawa K1A 0B1', 'K1A 0B1'],
  ])('in %j', (text, value) => expect(found(text)).toEqual([value]));

  it.each([
    'May 12, 2024',
    'Windows 11',
    'Liverpool 1 - 2 City',
    'chapter 12',
    'see page 44805',
    '2 Mars missions',
    '5 days way',
    '12 people in court',
    'Boeing 747',
    'Remembering 25',
    'room 12',
    'the corner of the room and the door',
    'box 12',
    'iPhone 15 Pro',
    'error code 500',
    'we sold 12 Road bikes in 2024 and 2025',
    'Team 7 meets at 3',
  ])('not in %j', (text) => expect(found(text)).toEqual([]));

  it('leaves two places without numbers apart', () => {
    expect(analyze('Paris, Rome', { tagNames: tagging([0, 5], [7, 11]) })).toHaveLength(2);
  });

  it('joins what the tagger finds with what it belongs to', () => {
    expect(analyze('Lindenstraße 5,\n Berlin', { tagNames: tagging([17, 23]) })).toEqual([
      { start: 0, end: 23, type: 'LOCATION', score: 1 },
    ]);
  });
});
