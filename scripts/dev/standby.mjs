/*
 * The next service, waiting: what takes longest to load does not change while somebody works on the source. It begins when
 * it is told to, and ends with whoever started it.
 */
const HEAVY = [
  'helmet',
  '@nestjs/platform-fastify',
  '@nestjs/platform-socket.io',
  '@nestjs/swagger',
  '@nestjs/typeorm',
  '@nestjs/websockets',
  'class-validator',
  'ibantools',
  'ioredis',
  'jose',
  'libphonenumber-js/max',
  'pg',
  'pino',
  'prom-client',
  'rate-limiter-flexible',
  're2js',
  'typeorm',
];

process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.setSourceMapsEnabled(true);
const begin = new Promise((resolve) => process.once('message', resolve));
for (const name of HEAVY) await import(name).catch(() => undefined);
await begin;
await import('../../dist/src/main.js');
