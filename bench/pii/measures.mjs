// The measures of data/README.md, "Scoring". Offsets are UTF-16 code units; spans of one prediction list do not overlap.

const DIRECT = new Set(
  `PERSON LOCATION EMAIL_ADDRESS PHONE_NUMBER CREDIT_CARD IBAN_CODE IP_ADDRESS US_SSN US_DRIVER_LICENSE PASSPORT USERNAME
  MAC_ADDRESS US_ITIN UK_NHS UK_NINO DE_TAX_ID FR_NIR ES_NIF ES_NIE IT_FISCAL_CODE NL_BSN PL_PESEL SE_PERSONNUMMER BR_CPF
  IN_AADHAAR IN_PAN AU_TFN AU_MEDICARE`.split(/\s+/),
);
const STRUCTURED = new Set(
  'EMAIL_ADDRESS PHONE_NUMBER CREDIT_CARD IBAN_CODE IP_ADDRESS US_SSN US_DRIVER_LICENSE URL PASSPORT MAC_ADDRESS'.split(
    ' ',
  ),
);

/** @returns every measure in percent, over texts `{text, spans}` and a finder `text => spans`. */
export function measure(texts, find) {
  const sum = { gold: 0, found: 0, predicted: 0, right: 0, withDirect: 0, clean: 0 };
  const leak = { direct: [0, 0], structured: [0, 0], all: [0, 0], outside: [0, 0] };
  const types = new Map();
  for (const { text, spans } of texts) {
    const predictions = find(text);
    const covered = coverage(text.length, predictions);
    const inGold = coverage(text.length, spans);
    const direct = spans.filter(({ type }) => DIRECT.has(type));
    for (const gold of direct) {
      const same = coverage(
        text.length,
        predictions.filter(({ type }) => type === gold.type),
      );
      const hit = 2 * countIn(same, gold) >= gold.end - gold.start;
      sum.gold += 1;
      sum.found += hit ? 1 : 0;
    }
    for (const prediction of predictions.filter(({ type }) => DIRECT.has(type))) {
      const same = coverage(
        text.length,
        spans.filter(({ type }) => type === prediction.type),
      );
      sum.predicted += 1;
      sum.right += 2 * countIn(same, prediction) >= prediction.end - prediction.start ? 1 : 0;
    }
    let surviving = 0;
    for (const gold of spans) {
      const [leaked, total] = leakOf(text, gold, covered);
      if (DIRECT.has(gold.type)) add(leak.direct, leaked, total);
      if (STRUCTURED.has(gold.type)) add(leak.structured, leaked, total);
      if (!types.has(gold.type)) types.set(gold.type, [0, 0]);
      add(types.get(gold.type), leaked, total);
      if (DIRECT.has(gold.type)) surviving += leaked;
    }
    if (direct.length > 0) add2(sum, surviving === 0);
    for (let unit = 0; unit < text.length; unit += 1) {
      if (/\s/.test(text[unit]) || inGold[unit]) continue;
      add(leak.outside, covered[unit], 1);
    }
  }
  const recall = percent(sum.found, sum.gold);
  const precision = percent(sum.right, sum.predicted);
  return {
    recall,
    precision,
    f2: precision + recall === 0 ? 0 : (5 * precision * recall) / (4 * precision + recall),
    leakDirect: percent(...leak.direct),
    leakStructured: percent(...leak.structured),
    overRedaction: percent(...leak.outside),
    clean: percent(sum.clean, sum.withDirect),
    leakByType: Object.fromEntries([...types].map(([type, [leaked, total]]) => [type, percent(leaked, total)])),
  };
}

/** F2 of one type alone, over texts in which only that type matters. */
export function f2Of(type, texts, find) {
  const only = ({ text, spans }) => ({ text, spans: spans.filter((span) => span.type === type) });
  return measure(texts.map(only), (text) => find(text).filter((span) => span.type === type)).f2;
}

/** How many of Presidio's own cases (positive, negative) come out with the expected count, by recognizer. */
export function presidioCases(cases, analyze) {
  const table = new Map();
  for (const { recognizer, entity, text, expectedLen, positions } of cases) {
    const types = entity === null ? (recognizer === 'phone' ? 'PHONE_NUMBER' : null) : entity;
    if (types === null) continue;
    const row = table.get(recognizer) ?? { positive: [0, 0], negative: [0, 0], missed: [] };
    table.set(recognizer, row);
    const spans = analyze(text, types);
    const placed =
      positions?.every(([start, end]) => spans.some((span) => span.start < end && start < span.end)) ?? true;
    const right = spans.length === expectedLen && placed;
    add(expectedLen > 0 ? row.positive : row.negative, right ? 1 : 0, 1);
    if (!right) row.missed.push({ text, expectedLen, got: spans.map(({ start, end }) => text.slice(start, end)) });
  }
  return table;
}

function coverage(length, spans) {
  const covered = new Uint8Array(length);
  for (const { start, end } of spans) covered.fill(1, start, end);
  return covered;
}

function countIn(covered, { start, end }) {
  let count = 0;
  for (let unit = start; unit < end; unit += 1) count += covered[unit];
  return count;
}

function leakOf(text, { start, end }, covered) {
  let leaked = 0;
  let total = 0;
  for (let unit = start; unit < end; unit += 1) {
    if (/\s/.test(text[unit])) continue;
    total += 1;
    leaked += 1 - covered[unit];
  }
  return [leaked, total];
}

function add(pair, part, whole) {
  pair[0] += part;
  pair[1] += whole;
}

function add2(sum, clean) {
  sum.withDirect += 1;
  sum.clean += clean ? 1 : 0;
}

function percent(part, whole) {
  return whole === 0 ? 0 : (100 * part) / whole;
}
