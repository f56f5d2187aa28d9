import { ApiProperty } from '@nestjs/swagger';

export class StatusDto {
  @ApiProperty({ enum: ['ok'] })
  status: 'ok';
}
