import { Box, Text, useInput, usePaste, useWindowSize } from 'ink';
import { useEffect, useSyncExternalStore, type ReactNode } from 'react';
import { keyNames } from './key-names.ts';
import { Body } from './pages/body.tsx';
import { LineView, ThemeContext } from './parts/line.tsx';
import { Pane } from './parts/pane.tsx';
import { footerLine, scopeLine, tabsLine } from './present/frame.ts';
import { answerPane } from './present/explanation.ts';
import { helpLines } from './present/help.ts';
import type { Explaining } from './state/explaining.ts';
import { footerRows, headerRows, tooSmall } from './state/layout.ts';
import { smallestSize, type Model } from './state/model.ts';
import type { StateStore } from './state/store.ts';
import type { Theme } from './theme.ts';

/** The program on a terminal: keys and size go into the state, the state is drawn. */
export function App({ store, theme }: { readonly store: StateStore; readonly theme: Theme }): ReactNode {
  const model = useSyncExternalStore(store.subscribe, store.get);
  const { columns, rows } = useWindowSize();
  useEffect(() => store.send({ type: 'resized', columns, rows }), [store, columns, rows]);
  useInput((input, key) => {
    for (const name of keyNames(input, key)) store.send({ type: 'key', name });
  });
  usePaste((text) => store.send({ type: 'pasted', text }));
  return <Frame model={model} theme={theme} />;
}

/** One frame, a function of the state alone; `--once` and the golden frames draw it without a terminal. */
export function Frame({ model, theme }: { readonly model: Model; readonly theme: Theme }): ReactNode {
  const { columns, rows } = model.size;
  if (tooSmall(model)) {
    return (
      <Text wrap="truncate">
        {`${columns}×${rows} is too small: obs watch needs ${smallestSize.columns}×${smallestSize.rows}`}
      </Text>
    );
  }
  return (
    <ThemeContext value={theme}>
      <Box flexDirection="column" width={columns} height={rows}>
        <LineView line={tabsLine(model)} />
        <LineView line={scopeLine(model)} />
        <Box flexDirection="column" height={rows - headerRows - footerRows}>
          <Middle model={model} />
        </Box>
        <LineView line={footerLine(model)} />
      </Box>
    </ThemeContext>
  );
}

function Middle({ model }: { readonly model: Model }): ReactNode {
  if (model.help !== null) return <Help model={model} offset={model.help.offset} />;
  return model.explaining === null ? <Body model={model} /> : <Answer model={model} explaining={model.explaining} />;
}

/** The explanation over the page. */
function Answer({ model, explaining }: { readonly model: Model; readonly explaining: Explaining }): ReactNode {
  const { columns, rows } = model.size;
  const pane = answerPane(model, explaining);
  return <Pane {...pane} isFocused width={columns} height={rows - headerRows - footerRows} />;
}

function Help({ model, offset }: { readonly model: Model; readonly offset: number }): ReactNode {
  const { columns, rows } = model.size;
  const height = rows - headerRows - footerRows;
  const lines = helpLines(model.role, columns);
  const from = Math.min(offset, Math.max(0, lines.length - height + 1));
  const note = lines.length > height - 1 ? 'j k scroll, Esc closes' : 'Esc closes';
  return <Pane title="Keys" note={note} isFocused width={columns} height={height} lines={lines.slice(from)} />;
}
