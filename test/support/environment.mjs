import { TestEnvironment } from 'jest-environment-node';

/** Node; and nothing that the tests of a file have started is left when they have run, see leftovers.ts. */
export default class extends TestEnvironment {
  async handleTestEvent({ name }) {
    if (name === 'run_finish') await this.global.closeLeftovers?.();
  }
}
