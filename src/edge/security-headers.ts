import { IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet from 'helmet';

/** Helmet's headers. They are the same for every answer, so that they are made once and not for each. */
export function securityHeaders(): OutgoingHttpHeaders {
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  const apply = helmet({
    contentSecurityPolicy: {
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'none'"],
        // Swagger UI styles itself inline and draws its icons from data.
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        // Would break the documents on hosts that are reached without TLS.
        upgradeInsecureRequests: null,
      },
    },
  });
  apply(request, response, (error) => {
    if (error !== undefined) throw new TypeError('The security headers cannot be made.');
  });
  return response.getHeaders();
}
