/** The other systems that are installed (`npm ci --prefix bench`), as finders; none is needed. */
export async function peers() {
  return {};
}
