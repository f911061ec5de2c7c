import type { Explanation } from '../explanation.ts';
import type { FailLevel } from '../severity.ts';
import type { ExplanationFormat } from './formats.ts';
import { renderGithub } from './github.ts';
import { renderHtml } from './html.ts';
import { renderJunit } from './junit.ts';
import { renderMarkdown } from './markdown.ts';
import type { Paint } from './paint.ts';
import { renderText } from './text.ts';

export { explanationFormats, type ExplanationFormat } from './formats.ts';

export interface RenderOptions {
  /** Terminal cells, of text. */
  readonly width: number;
  /** Colours, of text. */
  readonly paint: Paint;
  /** From what on a test case of JUnit failed; `warning` where not given. */
  readonly failOn?: FailLevel | undefined;
}

export function render(explanation: Explanation, format: ExplanationFormat, options: RenderOptions): string {
  switch (format) {
    case 'text':
      return renderText(explanation, options);
    case 'json':
      return JSON.stringify(explanation);
    case 'markdown':
      return renderMarkdown(explanation);
    case 'html':
      return renderHtml(explanation);
    case 'junit':
      return renderJunit(explanation, options.failOn);
    case 'github':
      return renderGithub(explanation);
  }
}
