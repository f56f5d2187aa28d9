import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
import dockerfileUtils from 'dockerfile-utils';
import ts from 'typescript';
import { parseAllDocuments, parse } from 'yaml';

const HERE = 'scripts/check-deploy';

/** Every fault of the files of an installation, one line each. */
export async function findFaults() {
  return [...faultsOfDockerfile(), ...faultsOfCompose(), ...(await faultsOfManifests()), ...faultsOfQueries()];
}

function faultsOfDockerfile() {
  return dockerfileUtils.validate(readFileSync('Dockerfile', 'utf8')).map(({ message, range }) => {
    const sentence = typeof message === 'string' ? message : message.value;
    return `Dockerfile:${range.start.line + 1}: ${sentence}`;
  });
}

/** By the schema of the Compose Specification, and the rules of dclint. */
function faultsOfCompose() {
  const { status, stdout, stderr } = spawnSync(
    `${HERE}/node_modules/.bin/dclint`,
    ['compose.yaml', '--max-warnings', '0', '--no-color'],
    { encoding: 'utf8' },
  );
  return status === 0 ? [] : [`compose.yaml: ${stdout}${stderr}`];
}

/** By the schemas of the API of Kubernetes. */
async function faultsOfManifests() {
  const directory = 'deploy/kubernetes';
  const resources = parse(readFileSync(`${directory}/kustomization.yaml`, 'utf8')).resources;
  const files = readdirSync(directory).filter((file) => file !== 'kustomization.yaml');
  const forgotten = files.filter((file) => !resources.includes(file));
  const faults = forgotten.map((file) => `${directory}/${file}: not in kustomization.yaml`);
  for (const file of resources) {
    for (const document of parseAllDocuments(readFileSync(`${directory}/${file}`, 'utf8'))) {
      const fault = document.errors[0]?.message ?? (await faultOfManifest(document.toJS()));
      if (fault !== undefined) faults.push(`${directory}/${file}: ${fault}`);
    }
  }
  return faults;
}

async function faultOfManifest(manifest) {
  const { apiVersion, kind } = manifest;
  const model = `kubernetes-models/${apiVersion}/${kind}`;
  try {
    const { [kind]: Model } = await import(model);
    new Model(manifest).validate();
  } catch (error) {
    return error.message;
  }
  return faultOfMembers(model, kind, manifest);
}

/** Members that do not exist: the schemas let them pass, the compiler does not. */
function faultOfMembers(model, kind, manifest) {
  const directory = mkdtempSync(join(HERE, 'node_modules/.manifest-'));
  const file = join(directory, 'manifest.ts');
  writeFileSync(
    file,
    `import type { I${kind} } from '${model}';\nexport const it: I${kind} = ${JSON.stringify(manifest)};\n`,
  );
  const program = ts.createProgram([file], { noEmit: true, strict: true, skipLibCheck: true, types: [] });
  const [diagnostic] = ts.getPreEmitDiagnostics(program);
  rmSync(directory, { recursive: true });
  return diagnostic && ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ');
}

/** Queries that Prometheus cannot read. */
function faultsOfQueries() {
  return queries().flatMap(({ where, query }) => {
    let fault;
    parser.parse(query).iterate({
      enter: ({ type, from }) => {
        if (type.isError) fault ??= `${where}: not PromQL at character ${from}: ${query}`;
      },
    });
    return fault === undefined ? [] : [fault];
  });
}

function queries() {
  const { groups } = parse(readFileSync('deploy/prometheus/alerts.yaml', 'utf8'));
  const { panels } = JSON.parse(readFileSync('deploy/grafana/cloakroom.json', 'utf8'));
  return [
    ...groups.flatMap(({ rules }) => rules.map(({ alert, expr }) => ({ where: `alert ${alert}`, query: expr }))),
    ...panels.flatMap(({ title, targets = [] }) =>
      // What Grafana puts in place of its variable.
      targets.map(({ expr }) => ({ where: `panel ${title}`, query: expr.replaceAll('$__rate_interval', '5m') })),
    ),
  ];
}
