import { render, renderToString } from 'ink';
import { App, Frame } from './app.tsx';
import type { Model } from './state/model.ts';
import type { StateStore } from './state/store.ts';
import type { Theme } from './theme.ts';

export interface Streams {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

export interface Screen {
  /** Settles when the program ended by itself or was closed; rejects with what a component threw. */
  readonly ended: Promise<void>;
  /** Gives the terminal back as it was. */
  close(): void;
}

/** Data arrive once a second; keys are answered at once. More frames than this nobody sees. */
const framesPerSecond = 20;

/** Takes over the terminal until the state says exit. */
export function openScreen(store: StateStore, theme: Theme, streams: Streams): Screen {
  const instance = render(<App store={store} theme={theme} />, {
    ...streams,
    exitOnCtrlC: false,
    alternateScreen: true,
    incrementalRendering: true,
    interactive: true,
    maxFps: framesPerSecond,
  });
  const unsubscribe = store.subscribe(() => {
    if (store.get().exit !== null) instance.unmount();
  });
  const restore = (): void => instance.unmount();
  // Before Node prints what went wrong, so that it is read on the screen that stays.
  process.on('uncaughtExceptionMonitor', restore);
  const forget = (): void => {
    unsubscribe();
    process.off('uncaughtExceptionMonitor', restore);
  };
  return { ended: instance.waitUntilExit().then(forget), close: restore };
}

/** The frame of a state as text, without the blanks at the ends of lines. */
export function frameText(model: Model, theme: Theme): string {
  const text = renderToString(<Frame model={model} theme={theme} />, { columns: model.size.columns });
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
