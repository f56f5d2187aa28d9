import { type CanActivate, Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import { GUARDS_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner, ModuleRef } from '@nestjs/core';
import { GATEWAY_METADATA, MESSAGE_METADATA } from '@nestjs/websockets/constants.js';
import type { Event } from 'socket.io';
import { CodedError } from '../../errors/coded-error.js';
import { toCodedError } from '../../errors/to-coded-error.js';
import { SecurityLog } from '../../logging/security-log.js';
import { Metrics } from '../../health/metrics.js';
import { Traces } from '../../tracing/traces.js';
import { AckErrorFilter } from './ack-error.filter.js';
import type { ChatSocket } from './chat-socket.js';
import { EventContext, type EventHandler } from './event-context.js';

interface Route {
  readonly gateway: object;
  readonly handler: EventHandler;
  readonly guards: readonly CanActivate[];
}

/**
 * Takes events to the handlers that gateways declare with `@SubscribeMessage`, through the guards that they declare with
 * `@UseGuards`, and failures to the `AckErrorFilter`. Nest would put that pipeline together anew for every event, with
 * interceptors, pipes and observables that nobody uses here, at more than what masking and storing the message cost; and
 * hold subscriptions for every event of every socket. Here it is resolved once, at the start.
 */
@Injectable()
export class EventDispatch implements OnModuleInit {
  private readonly routes = new Map<string, Route>();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly modules: ModuleRef,
    private readonly failures: AckErrorFilter,
    private readonly metrics: Metrics,
    private readonly traces: Traces,
    private readonly security: SecurityLog,
  ) {}

  onModuleInit(): void {
    for (const { instance, metatype } of this.discovery.getProviders()) {
      if (typeof metatype !== 'function' || !Reflect.hasMetadata(GATEWAY_METADATA, metatype)) continue;
      const gateway = instance as Record<string, EventHandler>;
      for (const method of this.scanner.getAllMethodNames(metatype.prototype as object)) {
        const handler = gateway[method];
        const event: unknown = handler && Reflect.getMetadata(MESSAGE_METADATA, handler);
        if (!handler || typeof event !== 'string') continue;
        const guards = guardsOf(metatype, handler).map((guard) => this.modules.get(guard, { strict: false }));
        this.routes.set(event, { gateway, handler, guards });
      }
    }
  }

  serve(socket: ChatSocket, event: Event): void {
    void this.traces.call(event[0], () => this.dispatch(socket, event));
  }

  private async dispatch(socket: ChatSocket, event: Event): Promise<void> {
    const context = new EventContext(socket, event);
    try {
      const route = this.routes.get(context.getPattern());
      if (!route) throw new CodedError('unknown_event');
      context.lead(route.gateway, route.handler);
      for (const guard of route.guards) {
        const verdict = guard.canActivate(context) as boolean | Promise<boolean>;
        // Nothing is waited for where nothing has to be.
        if (!(typeof verdict === 'boolean' ? verdict : await verdict)) throw new CodedError('forbidden');
      }
      const answer = route.handler.call(route.gateway, socket, context.getData());
      context.reply(answer instanceof Promise ? await answer : answer);
      this.metrics.acks.inc({ event: context.getPattern(), code: 'ok' });
    } catch (error) {
      const { code } = toCodedError(error);
      this.metrics.acks.inc({ event: context.getPattern(), code });
      this.security.refused(code, { event: context.getPattern() }, socket.data.session?.principal);
      this.traces.failed(error);
      // oxlint-disable-next-line promise/valid-params -- a filter of Nest, no promise
      this.failures.catch(error, context);
    }
  }
}

function guardsOf(gateway: Type | Function, handler: EventHandler): Type<CanActivate>[] {
  return [gateway, handler].flatMap(
    (target) => (Reflect.getMetadata(GUARDS_METADATA, target) as Type<CanActivate>[] | undefined) ?? [],
  );
}
