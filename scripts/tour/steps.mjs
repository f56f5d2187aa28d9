import { readFileSync } from 'node:fs';

/**
 * What a page tells its reader to do, and what it says will happen.
 *
 * @typedef {object} Step
 * @property {string} place page and line, for whoever has to mend it
 * @property {string} language of the block: bash, js
 * @property {string} kind the word after it: `tour` is run, `start` starts the service, `browser` starts a server for a page
 * @property {string} code
 * @property {string} output what is shown below it, `…` for anything; empty where nothing is
 */

/** Run by others: `verify` runs this tour. */
const ELSEWHERE = ['npm run verify'];
const KINDS = ['tour', 'start', 'browser'];
const BLOCK = /^```(\w*) ?(\w*)\n(.*?)^```$/gms;

/**
 * Every block of a page in its order. There is none that nobody tries.
 *
 * @param {string} page
 * @returns {Step[]}
 */
export function stepsOf(page) {
  const text = readFileSync(page, 'utf8');
  const steps = [];
  for (const { 1: language, 2: kind, 3: code, index } of text.matchAll(BLOCK)) {
    const place = `${page}:${text.slice(0, index).split('\n').length}`;
    if (kind === 'output') {
      const step = steps.at(-1);
      if (!step || step.output !== '') throw new Error(`${place}: an output of nothing`);
      step.output = code;
    } else if (KINDS.includes(kind)) {
      steps.push({ place, language, kind, code: code.trimEnd(), output: '' });
    } else if (!ELSEWHERE.includes(code.trim())) {
      throw new Error(
        `${place}: nobody tries this block; begin it with bash tour, js tour, bash start or bash browser`,
      );
    }
  }
  return steps;
}

/** Whether the parts between the ellipses come in this order and nothing else beside them; white space does not count. */
export function isLike(answer, shown) {
  const parts = shown
    .replace(/\s+/g, '')
    .split('…')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*?')}$`, 's').test(answer.replace(/\s+/g, ''));
}
