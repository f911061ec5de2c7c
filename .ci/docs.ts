/** Writes the generated pages of `docs/`: the command reference, the schema and the sizing table. `npm run docs`, after a build. */
import { writeFileSync } from 'node:fs';
import { commandReference } from './docs/command-reference.ts';
import { schemaReference } from './docs/schema-reference.ts';
import { sizingPage } from './docs/sizing-page.ts';

writeFileSync('docs/commands.md', await commandReference(process.cwd()));
writeFileSync('docs/schema.md', schemaReference());
writeFileSync('docs/sizing.md', sizingPage());
