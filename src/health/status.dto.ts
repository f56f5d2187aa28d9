import { ApiProperty } from '@nestjs/swagger';

export class StatusDto {
  @ApiProperty({ enum: ['ok'] })
  status: 'ok';
}

export class ReadinessDto {
  @ApiProperty({ enum: ['ok', 'degraded'], description: '`degraded` while hints are interrupted; calls are served.' })
  status: 'ok' | 'degraded';

  @ApiProperty({
    enum: ['connected', 'interrupted'],
    description: 'Whether hints of other nodes arrive; while they do not, their messages come up to two seconds late.',
  })
  hints: 'connected' | 'interrupted';
}
