/** Writes the generated pages of `docs/`: the command reference and the schema. `npm run docs`, after a build. */
import { writeFileSync } from 'node:fs';
import { commandReference } from './docs/command-reference.ts';
import { schemaReference } from './docs/schema-reference.ts';

writeFileSync('docs/commands.md', await commandReference(process.cwd()));
writeFileSync('docs/schema.md', schemaReference());
