import { Body, Controller, Get, Header, Param, Post, Put, Req, UseGuards } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiParam } from '@nestjs/swagger';
import { AnswerKeeper, type KeepAnswer } from '../../auth/answer-keeper.js';
import { GuestsWelcome } from '../../auth/auth.guard.js';
import { ApiErrors, Authenticated } from '../../auth/authenticated.decorator.js';
import { Idempotent } from '../../auth/idempotency.interceptor.js';
import { isUuid } from '../../edge/uuid.js';
import { CodedError } from '../../errors/coded-error.js';
import { readerOf } from '../../pii/audit/reader.js';
import { ChatAccessGuard } from '../chat-access.guard.js';
import type { ChatRequest } from '../chat-request.js';
import { MessageDto } from '../messages/message.dto.js';
import type { MessageView } from '../messages/message-view.js';
import type { AddedAttachment, AttachmentDownload } from '../wire.js';
import { AddAttachmentDto, AddedAttachmentDto, AttachmentDownloadDto } from './attachment.dto.js';
import { readAttachment } from './attachment-form.js';
import { Attachments } from './attachments.service.js';

const uuidParam = (name: string) => ({ name, schema: { type: 'string', format: 'uuid' } }) as const;

@Authenticated('Attachments')
@UseGuards(ChatAccessGuard)
@ApiParam(uuidParam('chatId'))
@ApiParam(uuidParam('messageId'))
@Controller('v1/chat/:chatId/messages/:messageId/attachments')
export class AttachmentsController {
  constructor(private readonly attachments: Attachments) {}

  @Post()
  @Idempotent()
  @ApiOperation({
    summary: 'Add a file to a message',
    description:
      'For the author of the message. Upload it with the call that is answered, then finish it. 404 `attachments_off` where ' +
      'the service has no object store.',
  })
  @ApiBody({ type: AddAttachmentDto })
  @ApiCreatedResponse({ type: AddedAttachmentDto })
  @ApiErrors(
    'chat_not_found',
    'message_not_found',
    'attachments_off',
    'validation_failed',
    'forbidden',
    'masking_required',
    'conflict',
    'payload_too_large',
  )
  add(
    @Req() request: ChatRequest,
    @Param('messageId') messageId: string,
    @Body() body: unknown,
    @AnswerKeeper() keepAnswer: KeepAnswer,
  ): Promise<AddedAttachment> {
    const form = readAttachment(body);
    return this.attachments.add(request.principal, request, known(messageId, 'message_not_found'), form, keepAnswer);
  }

  @Put(':attachmentId')
  @ApiParam(uuidParam('attachmentId'))
  @ApiOperation({
    summary: 'Finish a file that was uploaded',
    description: 'From now on it is shown on its message. Text is looked through before that.',
  })
  @ApiOkResponse({ type: MessageDto })
  @ApiErrors(
    'chat_not_found',
    'message_not_found',
    'attachment_not_found',
    'attachments_off',
    'attachment_not_uploaded',
    'forbidden',
    'masking_required',
  )
  finish(
    @Req() request: ChatRequest,
    @Param('messageId') messageId: string,
    @Param('attachmentId') attachmentId: string,
  ): Promise<MessageView> {
    const id = known(attachmentId, 'attachment_not_found');
    return this.attachments.finish(request.principal, request, known(messageId, 'attachment_not_found'), id);
  }

  @Get(':attachmentId')
  @GuestsWelcome()
  @Header('Cache-Control', 'no-store')
  @ApiParam(uuidParam('attachmentId'))
  @ApiHeader({ name: 'X-Access-Reason', required: false, description: 'Why; kept, masked, in the audit.' })
  @ApiOperation({
    summary: 'Ask for an address to download a file from',
    description:
      'What holds personal data is for its author and for those who may see originals, audited; what was not looked through ' +
      'is for members.',
  })
  @ApiOkResponse({ type: AttachmentDownloadDto })
  @ApiErrors(
    'chat_not_found',
    'attachment_not_found',
    'attachments_off',
    'forbidden',
    'pii_access_required',
    'access_reason_required',
  )
  get(
    @Req() request: ChatRequest,
    @Param('messageId') messageId: string,
    @Param('attachmentId') attachmentId: string,
  ): Promise<AttachmentDownload> {
    const id = known(attachmentId, 'attachment_not_found');
    return this.attachments.get(readerOf(request), request, known(messageId, 'attachment_not_found'), id);
  }
}

/** What is no id of ours names nothing. */
function known(id: string, code: 'attachment_not_found' | 'message_not_found'): string {
  if (!isUuid(id)) throw new CodedError(code);
  return id;
}
