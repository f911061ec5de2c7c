/** Colours by meaning; whoever prints decides what they look like, or that there are none. */
export interface Paint {
  readonly dim: (text: string) => string;
  readonly error: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly good: (text: string) => string;
  readonly accent: (text: string) => string;
}

const asItIs = (text: string): string => text;

export const noPaint: Paint = { dim: asItIs, error: asItIs, warning: asItIs, good: asItIs, accent: asItIs };
