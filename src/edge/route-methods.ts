interface Route {
  readonly segments: readonly string[];
  readonly methods: readonly string[];
}

/** Which methods each path has: the router itself says no more than that nobody handles a call. */
export class RouteMethods {
  private readonly routes: Route[] = [];

  /** @param pattern as the router takes it, with `:name` for a segment that varies */
  add(pattern: string, methods: string | readonly string[]): void {
    this.routes.push({ segments: pattern.split('/'), methods: [methods].flat() });
  }

  /** In alphabetical order, without repetitions; none where the path does not exist. @param url may have a query */
  at(url: string): string[] {
    const segments = url.split('?', 1)[0]?.split('/') ?? [];
    const methods = this.routes.filter((route) => covers(route, segments)).flatMap((route) => route.methods);
    return [...new Set(methods)].toSorted();
  }
}

function covers(route: Route, segments: readonly string[]): boolean {
  if (route.segments.length !== segments.length) return false;
  return route.segments.every((pattern, at) =>
    pattern.startsWith(':') ? segments[at] !== '' : pattern === segments[at],
  );
}
