/** Quantile of a list, 0 to 1, between neighbours. */
export function quantile(numbers, share) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const low = Math.floor(at);
  return sorted[low] + ((sorted[low + 1] ?? sorted[low]) - sorted[low]) * (at - low);
}

export const median = (numbers) => quantile(numbers, 0.5);

/** Runs `slice(system)` for every system in turn, `rounds` times, so that what happens on the machine meets them all. */
export async function interleaved(systems, rounds, slice) {
  const results = new Map(systems.map((system) => [system.name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const system of systems) {
      const result = await slice(system);
      results.get(system.name).push(result);
      console.error(`${round + 1}/${rounds} ${system.name}: ${brief(result)}`);
    }
  }
  return results;
}

const brief = (result) =>
  Object.entries(result)
    .filter(([, value]) => typeof value === 'number')
    .map(([name, value]) => `${name} ${value.toPrecision(4)}`)
    .join(', ');

/** Medians, quartiles and the ratio of medians to the first system, for each measure. */
export function compare(results, measures) {
  const [floor] = results.keys();
  return measures.flatMap(({ name, of, digits = 0 }) =>
    [...results].map(([system, slices]) => {
      const numbers = slices.map(of);
      const base = median(results.get(floor).map(of));
      return {
        measure: name,
        system,
        median: written(median(numbers), digits),
        quartiles: `${written(quantile(numbers, 0.25), digits)} – ${written(quantile(numbers, 0.75), digits)}`,
        ratio: median(numbers) / base,
      };
    }),
  );
}

/** A figure; a dash where a slice was too short to have one. */
export const written = (figure, digits) => (Number.isNaN(figure) ? '–' : figure.toFixed(digits));
