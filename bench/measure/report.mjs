import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { barChart, lineChart } from './plot.mjs';
import { median, written } from './statistics.mjs';

const directory = new URL('../results/', import.meta.url);

const SLICES =
  'Slices take turns; medians and quartiles of the slices. ' +
  '**Ratios are to the first system; absolute figures are those of this machine.**';

/** One page of bench/results: tables with ratios, and plots beside it. Printed as well. */
export class Report {
  #lines = [];
  #plots = 0;

  /** @param how the figures came about */
  constructor(name, title, how = SLICES) {
    this.name = name;
    mkdirSync(directory, { recursive: true });
    const day = new Date().toISOString().slice(0, 10);
    this.text(`# ${title}`);
    this.text(
      `${day}, Node ${process.versions.node}, ${cpus().length} cores shared by server, PostgreSQL (durability on) and load. ${how}`,
    );
  }

  text(text) {
    this.#lines.push(text, '');
  }

  /** Rows as `compare` makes them. */
  table(title, rows) {
    this.text(`## ${title}`);
    const cells = rows.map((row) => [row.measure, row.system, row.median, row.quartiles, written(row.ratio, 2)]);
    this.text(markdownTable(['measure', 'system', 'median', 'quartiles', 'ratio'], cells));
    console.log(`\n${title}\n${markdownTable(['measure', 'system', 'median', 'quartiles', 'ratio'], cells)}`);
  }

  plainTable(title, head, rows) {
    this.text(`## ${title}`);
    this.text(markdownTable(head, rows));
    console.log(`\n${title}\n${markdownTable(head, rows)}`);
  }

  bars(title, results, of, unit) {
    const bars = [...results].map(([label, slices]) => ({ label, value: median(slices.map(of)) }));
    this.#plot(title, barChart(`${title}: ${unit}`, bars));
  }

  /** @param series `{label, points: [[x, y]]}` */
  lines(title, series, axes) {
    this.#plot(title, lineChart(title, series, axes));
  }

  #plot(title, svg) {
    this.#plots += 1;
    const file = `${this.name}-${this.#plots}.svg`;
    writeFileSync(new URL(file, directory), svg);
    this.text(`![${title}](${file})`);
  }

  write() {
    writeFileSync(new URL(`${this.name}.md`, directory), `${this.#lines.join('\n').trimEnd()}\n`);
  }
}

function markdownTable(head, rows) {
  const widths = head.map((title, column) =>
    Math.max(title.length, 3, ...rows.map((row) => String(row[column]).length)),
  );
  const left = (column) => column === 0 || Number.isNaN(Number.parseFloat(rows[0]?.[column]));
  const line = (cells) =>
    `| ${cells.map((cell, column) => (left(column) ? String(cell).padEnd(widths[column]) : String(cell).padStart(widths[column]))).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (left(column) ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}
