import { Session } from 'node:inspector';

/*
 * Loaded by the servers of a soak: on SIGUSR2 V8 collects whatever can be collected, and gives back what that leaves free.
 * What is resident then is what stays.
 */
const session = new Session();
session.connect();
process.on('SIGUSR2', () => session.post('HeapProfiler.collectGarbage'));
