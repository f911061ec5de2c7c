/** Apart from the renderers themselves, because the command's help must not load them. */
export const explanationFormats = ['text', 'json', 'markdown', 'html', 'junit', 'github'] as const;
export type ExplanationFormat = (typeof explanationFormats)[number];
