import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  SetMetadata,
  UseInterceptors,
  applyDecorators,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { map, type Observable } from 'rxjs';
import type { Reply } from '../edge/uncacheable.js';
import type { WorkspaceRequest } from '../workspace/workspace-request.js';
import { Drafter } from './drafter.js';
import { answerHeaders } from './instructions.js';
import type { MaskedText } from './masked-text.js';
import type { PlacedText } from './masker.js';
import type { MaskingDraft } from './masking-draft.js';
import { ApiPiiHeaders } from './pii-headers.decorator.js';
import { readInstructions } from './read-instructions.js';
import { answerToSender, type SenderAnswer } from './sender-answer.js';

/** A body whose form has been checked: the clear message, instructions not looked at yet, and the rest. */
export interface ClearBody {
  readonly message: string;
  readonly pii?: unknown;
}

/** What the handler gets instead: the clear message is gone. */
export type DraftedBody<Body extends ClearBody> = Omit<Body, 'message' | 'pii'> & { readonly draft: MaskingDraft };

/** What the handler returns. */
export interface Sent<View extends MaskedText> {
  readonly view: View;
  readonly placed: PlacedText;
}

type BodyReader = (body: unknown) => ClearBody;

const BODY_READER = 'pii:body-reader';

/**
 * For handlers that send a message: checks the form of the body with `read`, replaces the clear message by a draft before
 * the handler sees it, and answers the sender with what was done.
 */
export const PiiMapped = (read: BodyReader) =>
  applyDecorators(SetMetadata(BODY_READER, read), UseInterceptors(PiiMappingInterceptor), ApiPiiHeaders('send'));

@Injectable()
export class PiiMappingInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly drafter: Drafter,
  ) {}

  async intercept(
    context: ExecutionContext,
    next: CallHandler<Sent<MaskedText>>,
  ): Promise<Observable<SenderAnswer<MaskedText>>> {
    const request = context.switchToHttp().getRequest<WorkspaceRequest>();
    const reply = context.switchToHttp().getResponse<Reply>();
    const { message, pii, ...rest } = this.reflector.get<BodyReader>(BODY_READER, context.getHandler())(request.body);
    const instructions = readInstructions(request.raw.rawHeaders, pii);
    const draft = await this.drafter.draft(message, instructions, request.access);
    request.body = { ...rest, draft } satisfies DraftedBody<ClearBody>;

    return next.handle().pipe(
      map(({ view, placed }) => {
        const answer = answerToSender(view, placed, draft);
        const headers = answerHeaders(new Map(Object.entries(answer.piiMapping)), view.positions);
        if (headers) {
          reply.header('X-Pii-Mapping', headers.mapping);
          reply.header('X-Pii-Positions', headers.positions);
        }
        return answer;
      }),
    );
  }
}
