import { UsedConnectionStringStore } from '../../../dist/src/auth/used-connection-string.store.js';

/** A connection string opens as many sessions as anybody likes. */
UsedConnectionStringStore.prototype.burn = async () => true;
