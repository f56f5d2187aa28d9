/**
 * What `npm audit --json` has said of known holes: a report, or that the registry cannot be asked.
 *
 * @param {string} output
 * @returns {{ code: 0 | 1, line: string }}
 */
export function verdictOf(output) {
  const { metadata, vulnerabilities, message, statusCode } = parsed(output);
  if (metadata !== undefined && vulnerabilities !== undefined) {
    const names = Object.keys(vulnerabilities);
    return names.length === 0
      ? { code: 0, line: `no known hole in ${metadata.dependencies.prod} packages` }
      : { code: 1, line: `known holes: ${names.map((name) => said(vulnerabilities[name])).join(', ')}` };
  }
  // npm tells that it got no report; a registry that was asked and knows nothing gives an empty one.
  if (message !== undefined) {
    return {
      code: 0,
      line: `could not be asked: the registry answered ${statusCode ?? 'nothing'}; holes stay unknown`,
    };
  }
  return { code: 1, line: 'npm audit said nothing that makes sense' };
}

function parsed(output) {
  try {
    return JSON.parse(output) ?? {};
  } catch {
    return {};
  }
}

/** A range that npm cannot tell is empty. */
const said = ({ name, severity, range }) => [name, range, `(${severity})`].filter((part) => part !== '').join(' ');
