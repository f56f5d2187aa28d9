/* oxlint-disable typescript/no-unnecessary-type-parameters -- the signatures are Nest's */
import type { ExecutionContext, Type } from '@nestjs/common';
import type { Event } from 'socket.io';
import type { ChatSocket } from './chat-socket.js';

export type EventHandler = (socket: ChatSocket, payload: unknown) => unknown;

type WsArgumentsHost = ReturnType<ExecutionContext['switchToWs']>;
type Reply = (answer: unknown) => void;

/** One event on its way, as Nest's guards and filters look at it: the arguments are socket, payload, ack and name. */
export class EventContext implements ExecutionContext, WsArgumentsHost {
  private readonly payload: unknown;
  private readonly ack: Reply | undefined;
  private gateway: object | undefined;
  private handler: EventHandler | undefined;

  constructor(
    private readonly socket: ChatSocket,
    private readonly event: Event,
  ) {
    const last: unknown = event.at(-1);
    this.ack = typeof last === 'function' ? (last as Reply) : undefined;
    const count = event.length - (this.ack ? 2 : 1);
    // More than one payload fits no form, and is refused as such.
    this.payload = count <= 1 ? (count === 1 ? (event[1] as unknown) : undefined) : event.slice(1, count + 1);
  }

  /** Names the handler that the event is for. */
  lead(gateway: object, handler: EventHandler): void {
    this.gateway = gateway;
    this.handler = handler;
  }

  reply(answer: unknown): void {
    this.ack?.(answer);
  }

  getClient<T>(): T {
    return this.socket as T;
  }

  getData<T>(): T {
    return this.payload as T;
  }

  getPattern(): string {
    return this.event[0];
  }

  getArgs<T extends unknown[]>(): T {
    return [this.socket, this.payload, this.ack, this.getPattern()] as unknown as T;
  }

  getArgByIndex<T>(index: number): T {
    return this.getArgs()[index] as T;
  }

  getClass<T>(): Type<T> {
    return this.gateway?.constructor as Type<T>;
  }

  getHandler(): EventHandler {
    return this.handler as EventHandler;
  }

  getType<T extends string>(): T {
    return 'ws' as T;
  }

  switchToWs(): WsArgumentsHost {
    return this;
  }

  switchToHttp(): never {
    throw new TypeError('An event is no request.');
  }

  switchToRpc(): never {
    throw new TypeError('An event is no call.');
  }
}
