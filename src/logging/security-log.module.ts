import { Global, Module } from '@nestjs/common';
import { SecurityLog } from './security-log.js';

/** For every module that lets somebody in, or refuses something. */
@Global()
@Module({ providers: [SecurityLog], exports: [SecurityLog] })
export class SecurityLogModule {}
