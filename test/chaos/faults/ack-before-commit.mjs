import { setTimeout as delay } from 'node:timers/promises';
import { Database } from '../../../dist/src/database/database.js';

/** Messages are acked while their transaction is still open. */
const { query, transaction } = Database.prototype;
Database.prototype.query = function early(statement, values) {
  if (!/INSERT INTO messages\b/.test(statement.text)) return query.call(this, statement, values);
  return new Promise((resolve, reject) => {
    transaction
      .call(this, async (open) => {
        resolve(await open.query(statement, values));
        await delay(150);
      })
      .catch(reject);
  });
};
