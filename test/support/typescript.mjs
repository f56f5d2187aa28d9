import { register } from 'node:module';

/*
 * Lets plain node run the TypeScript of this repository, with the compiler and settings that Jest uses: for Jest's global
 * set-up, which Jest does not transform, and for processes of their own (`node --import ./test/support/typescript.mjs x.ts`).
 */
register('./typescript-hooks.mjs', import.meta.url);
