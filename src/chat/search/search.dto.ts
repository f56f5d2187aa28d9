import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length, Matches } from 'class-validator';
import { PageQuery } from '../../edge/page.query.dto.js';
import { MessageDto } from '../messages/message.dto.js';

/** In the body, not in the URL: what is looked for is nobody's business, and URLs are logged everywhere. */
export class SearchDto extends PageQuery {
  @ApiProperty({
    minLength: 1,
    maxLength: 200,
    example: 'parcel -late',
    description:
      'Words, all of which must occur; "in quotes" in this order, `or` between alternatives, `-` before what must not ' +
      'occur. Placeholders are found as they stand, such as `<PERSON_1>`.',
  })
  @IsString()
  @Length(1, 200)
  query: string;
}

export class SearchValueDto extends PageQuery {
  @ApiProperty({ example: 'EMAIL_ADDRESS' })
  @IsString()
  @Matches(/^[A-Z][A-Z0-9_]{0,31}$/)
  type: string;

  @ApiProperty({ minLength: 1, maxLength: 1024, example: 'ada@example.org' })
  @IsString()
  @Length(1, 1024)
  value: string;
}

export class FoundPageDto {
  @ApiProperty({ type: [MessageDto], description: 'The latest first' })
  items: MessageDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}
