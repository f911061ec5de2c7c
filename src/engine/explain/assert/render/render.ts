import type { Paint } from '../../render/paint.ts';
import type { AssertAnswer } from '../answer.ts';
import { renderAssertGithub } from './github.ts';
import { renderAssertJunit } from './junit.ts';
import { renderAssertMarkdown } from './markdown.ts';
import { renderAssertText } from './text.ts';

export const assertFormats = ['text', 'json', 'markdown', 'github', 'junit'] as const;
export type AssertFormat = (typeof assertFormats)[number];

export function renderAssert(
  answer: AssertAnswer,
  format: AssertFormat,
  options: { readonly width: number; readonly paint: Paint },
): string {
  switch (format) {
    case 'text':
      return renderAssertText(answer, options);
    case 'json':
      return JSON.stringify(answer);
    case 'markdown':
      return renderAssertMarkdown(answer);
    case 'github':
      return renderAssertGithub(answer);
    case 'junit':
      return renderAssertJunit(answer);
  }
}
