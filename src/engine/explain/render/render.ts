import type { Explanation } from '../explanation.ts';
import { renderMarkdown } from './markdown.ts';
import type { Paint } from './paint.ts';
import { renderText } from './text.ts';

export type ExplanationFormat = 'text' | 'json' | 'markdown';

export function render(
  explanation: Explanation,
  format: ExplanationFormat,
  options: { readonly width: number; readonly paint: Paint },
): string {
  if (format === 'json') return JSON.stringify(explanation);
  return format === 'markdown' ? renderMarkdown(explanation) : renderText(explanation, options);
}
