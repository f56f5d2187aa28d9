import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** Of `abc`, for the examples. */
const SHA256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const OBJECT = 'https://files.example.org/cloakroom/0198f5b2-7d5c-7e2a-9f6e-1b2c3d4e5f60';

/** Checked by `readAttachment`, for the socket too. */
export class AddAttachmentDto {
  @ApiProperty({ minLength: 1, maxLength: 200, example: 'returns.csv', description: 'Masked for good.' })
  name: string;

  @ApiProperty({ type: 'integer', minimum: 1, example: 1024, description: 'Bytes' })
  size: number;

  @ApiProperty({ pattern: '^[a-z]{1,20}/[a-z0-9][a-z0-9.+-]{0,99}$', example: 'text/csv' })
  type: string;

  @ApiProperty({
    pattern: '^[0-9a-f]{64}$',
    example: SHA256,
  })
  sha256: string;
}

export class SignedCallDto {
  @ApiProperty({
    format: 'uri',
    example: `${OBJECT}?X-Amz-Signature=1f2e`,
    description: 'Good for one PUT of exactly this content; no key of yours goes there.',
  })
  url: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'To be sent exactly so.',
    example: { 'content-type': 'text/csv', 'x-amz-checksum-sha256': 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=' },
  })
  requestHeaders: Record<string, string>;

  @ApiProperty({ format: 'date-time' })
  expiresAt: string;
}

export class AddedAttachmentDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ example: 'returns.csv', description: 'As others will see it.' })
  name: string;

  @ApiProperty({ type: SignedCallDto })
  upload: SignedCallDto;
}

export class AttachmentDownloadDto {
  @ApiProperty({ format: 'uri', example: `${OBJECT}?X-Amz-Signature=3d4c` })
  url: string;

  @ApiProperty({ format: 'date-time' })
  expiresAt: string;
}

export class AttachmentDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ example: 'returns.csv', description: 'Masked' })
  name: string;

  @ApiProperty({ example: 'text/csv' })
  type: string;

  @ApiProperty({ type: 'integer', description: 'Bytes' })
  size: number;

  @ApiProperty({ pattern: '^[0-9a-f]{64}$', example: SHA256 })
  sha256: string;

  @ApiProperty({
    enum: ['clean', 'found', 'none'],
    description: 'Whether personal data was found in it; `none`: it was not looked through.',
  })
  scan: 'clean' | 'found' | 'none';

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'integer' },
    description: 'How many values of each type.',
    example: { EMAIL_ADDRESS: 2 },
  })
  findings?: Record<string, number>;
}
