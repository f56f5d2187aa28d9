import { Controller, Get, Param, Res, UseGuards } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Open } from '../auth/auth.guard.js';
import type { ChatAccess } from '../chat/chat-access.js';
import { ChatAccessGuard } from '../chat/chat-access.guard.js';
import { CurrentChat } from '../chat/current-chat.decorator.js';
import { CodedError } from '../errors/coded-error.js';
import { isPageFile, type PageFile, readPageFile } from './page-files.js';
import { type StoredRows, StoredRowsStore } from './stored-rows.store.js';

/** Only this page's own files run and style it; it speaks to nobody but this service, and nobody frames it. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Of Fastify's reply, what is used here. */
interface Reply {
  header(name: string, value: string): Reply;
  send(content: Buffer): unknown;
}

/**
 * The page on which two users meet. It knows no key: keys come to it in the fragment of its address, which browsers keep
 * to themselves, or are typed in.
 */
@ApiExcludeController()
@Controller('playground')
export class PlaygroundController {
  constructor(private readonly rows: StoredRowsStore) {}

  @Get()
  @Open()
  page(@Res() reply: Reply): void {
    sendFile(reply, 'index.html');
  }

  @Get(':file')
  @Open()
  file(@Param('file') name: string, @Res() reply: Reply): void {
    if (!isPageFile(name)) throw new CodedError('not_found');
    sendFile(reply, name);
  }

  /** For members of the chat. What lies there of originals is sealed; visitors of a public workspace see none of it. */
  @Get('stored/:chatId')
  @UseGuards(ChatAccessGuard)
  stored(@CurrentChat() { chat, access }: ChatAccess): Promise<StoredRows> {
    if (access.standing === 'visitor') throw new CodedError('forbidden');
    return this.rows.latest(chat.workspaceId, chat.chatId);
  }
}

function sendFile(reply: Reply, name: PageFile): void {
  const file = readPageFile(name);
  if (!file) throw new CodedError('not_found');
  reply
    .header('Content-Type', file.type)
    .header('Content-Security-Policy', POLICY)
    .header('Cache-Control', 'no-cache')
    .send(file.content);
}
