import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean } from 'class-validator';

export class SetTypingDto {
  @ApiProperty({ example: true })
  @IsBoolean()
  typing: boolean;
}
