import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import { Open } from '../auth/auth.guard.js';
import { problemResponses } from '../errors/problem-responses.js';
import { Metrics } from './metrics.js';
import { Readiness } from './readiness.js';
import { ReadinessDto, StatusDto } from './status.dto.js';

/** For orchestrators and Prometheus: no key is asked for and nothing about anybody is told. */
@ApiTags('Operations')
@Open()
@Controller()
export class HealthController {
  constructor(
    private readonly readiness: Readiness,
    private readonly metrics: Metrics,
  ) {}

  @Get('health/live')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Is the process alive?',
    description: 'Asks nothing else, so that a dead database restarts nobody.',
  })
  @ApiOkResponse({ type: StatusDto })
  live(): StatusDto {
    return { status: 'ok' };
  }

  @Get('health/ready')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Can calls be served now?', description: 'Asks the database and waits a second at most.' })
  @ApiOkResponse({ type: ReadinessDto })
  @ApiServiceUnavailableResponse(problemResponses(['unavailable', 'no_signing_key', 'server_shutdown'])[503])
  ready(): Promise<ReadinessDto> {
    return this.readiness.check();
  }

  @Get('metrics')
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  @ApiOperation({ summary: 'Metrics for Prometheus' })
  @ApiProduces('text/plain')
  @ApiOkResponse({ type: String })
  async exposition(): Promise<string> {
    return this.metrics.registry.metrics();
  }
}
