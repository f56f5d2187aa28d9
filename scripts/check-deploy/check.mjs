import { fileURLToPath } from 'node:url';
import { installOwnPackages } from '../own-package.mjs';

/*
 * Holds what an installation is made of to the forms of the programs that read it: the Dockerfile, compose.yaml, the
 * manifests for Kubernetes, the alerts of Prometheus and the dashboard of Grafana. No engine is needed.
 */
process.chdir(fileURLToPath(new URL('../..', import.meta.url)));
await installOwnPackages('scripts/check-deploy');
const { findFaults } = await import('./faults.mjs');
const faults = await findFaults();
for (const fault of faults) console.error(`deploy: ${fault}`);
if (faults.length === 0) console.log('deploy: no faults');
process.exitCode = faults.length === 0 ? 0 : 1;
