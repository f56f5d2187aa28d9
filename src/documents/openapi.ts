import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { ProblemDto } from '../errors/problem.dto.js';

const DESCRIPTION = `Cloakroom is a chat service that takes personal data off at the door: it is replaced by placeholders such as
\`<PERSON_1>\` before a message is stored, broadcast or logged, and put back only for those entitled.

Every path below also answers without the prefix \`/v1\`, except \`/v1/spaces\`. Start with **Authorize** and the key that the
service printed at its first start. Errors are \`application/problem+json\` with a \`code\` of a closed table. Live messages
travel over Socket.IO: see the [AsyncAPI document](/docs/asyncapi.json).`;

/** The OpenAPI document of the running application, or of one that was made for this only. */
export function createOpenApiDocument(app: INestApplication): OpenAPIObject {
  const settings = new DocumentBuilder()
    .setTitle('Cloakroom')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addApiKey({ type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'An API key, ckr_…' }, 'apiKey')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key, or a JWT of the configured issuer' }, 'bearer')
    .addTag('Users and keys')
    .addTag('Workspaces')
    .addTag('Chats')
    .addTag('Messages')
    .addTag('PII')
    .addTag('Operations')
    .build();
  return SwaggerModule.createDocument(app, settings, {
    extraModels: [ProblemDto],
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}_${method}`,
  });
}
