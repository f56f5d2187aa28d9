import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { Demo } from './demo.js';

@Module({ imports: [AuthModule], providers: [Demo] })
export class DemoModule {}
