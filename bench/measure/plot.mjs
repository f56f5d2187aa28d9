const COLOURS = ['#555', '#c60', '#999', '#06c', '#093', '#909'];
const escape = (text) => String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const label = (number) => (number >= 10 ? Math.round(number).toLocaleString('en') : number.toPrecision(2));

const svg = (width, height, body) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="12">\n` +
  `<rect width="100%" height="100%" fill="#fff"/>\n${body.join('\n')}\n</svg>\n`;

/** @param bars `{label, value}` */
export function barChart(title, bars) {
  const most = Math.max(...bars.map(({ value }) => value));
  const body = [`<text x="10" y="20" font-size="14">${escape(title)}</text>`];
  for (const [index, { label: name, value }] of bars.entries()) {
    const y = 36 + index * 26;
    const width = Math.max(1, (value / most) * 380);
    body.push(
      `<text x="10" y="${y + 14}">${escape(name)}</text>`,
      `<rect x="150" y="${y}" width="${width.toFixed(1)}" height="18" fill="${COLOURS[index % COLOURS.length]}"/>`,
      `<text x="${(156 + width).toFixed(1)}" y="${y + 14}">${label(value)}</text>`,
    );
  }
  return svg(620, 46 + bars.length * 26, body);
}

/** Lines over a logarithmic x. @param series `{label, points: [[x, y]]}` */
export function lineChart(title, series, { x, y }) {
  const points = series.flatMap((line) => line.points);
  const [least, most] = [Math.min(...points.map(([at]) => at)), Math.max(...points.map(([at]) => at))];
  const top = Math.max(...points.map(([, value]) => value)) * 1.1;
  const logarithmic = least > 0 && most / least > 8;
  const scale = (at) =>
    logarithmic ? Math.log(at / least) / Math.log(most / least) : (at - least) / (most - least || 1);
  const px = (at) => 60 + scale(at) * 460;
  const py = (value) => 270 - (value / top) * 220;
  const body = [
    `<text x="10" y="20" font-size="14">${escape(title)}</text>`,
    `<path d="M60 50V270H520" fill="none" stroke="#000"/>`,
    `<text x="290" y="306" text-anchor="middle">${escape(x)}</text>`,
    `<text x="10" y="42">${escape(y)}</text>`,
    `<text x="54" y="54" text-anchor="end">${label(top)}</text><text x="54" y="274" text-anchor="end">0</text>`,
  ];
  for (const at of new Set(points.map(([value]) => value))) {
    body.push(`<text x="${px(at).toFixed(1)}" y="286" text-anchor="middle">${label(at)}</text>`);
  }
  for (const [index, { label: name, points: line }] of series.entries()) {
    const colour = COLOURS[index % COLOURS.length];
    const path = line.map(([at, value], n) => `${n ? 'L' : 'M'}${px(at).toFixed(1)} ${py(value).toFixed(1)}`).join('');
    body.push(
      `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      ...line.map(
        ([at, value]) => `<circle cx="${px(at).toFixed(1)}" cy="${py(value).toFixed(1)}" r="3" fill="${colour}"/>`,
      ),
      `<text x="530" y="${60 + index * 18}" fill="${colour}">${escape(name)}</text>`,
    );
  }
  return svg(680, 320, body);
}
