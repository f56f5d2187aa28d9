import { ApiProperty } from '@nestjs/swagger';

export class StatusDto {
  @ApiProperty({ enum: ['ok'] })
  status: 'ok';
}

export class ReadinessDto extends StatusDto {
  @ApiProperty({
    enum: ['connected', 'interrupted'],
    description: 'Whether hints of other nodes arrive; while they do not, their messages come up to two seconds late.',
  })
  hints: 'connected' | 'interrupted';
}
