const word = '[\\p{L}\\p{N}_]';
const between = '[^\\p{L}\\p{N}_]';
const mostTokens = 16;

/**
 * A regular expression (RE2) that matches the lines of a template: its words with anything but words between them. `*` is
 * one word or several with digits in a row, as `tokensOf` of the cause engine makes them.
 */
export function patternOf(tokens: readonly string[]): string {
  const parts = tokens.map((token) =>
    token === '*' ? `${word}+(?:${between}+${word}*\\p{N}${word}*)*` : escaped(token),
  );
  const end = tokens.length < mostTokens ? `${between}*$` : `(?:${between}|$)`;
  return `^${between}*${parts.join(`${between}+`)}${parts.length === 0 ? '$' : end}`;
}

const escaped = (token: string): string => token.replaceAll(/[^\p{L}\p{N}_]/gu, (character) => `\\${character}`);

/** The text of a log record as templates are made of: that of a JSON object in it, if it has one. */
export const messageSql = `if(startsWith(Body, '{'), multiIf(JSONExtractString(Body, 'log') != '', JSONExtractString(Body, 'log'),
    JSONExtractString(Body, 'message') != '', JSONExtractString(Body, 'message'), JSONExtractString(Body, 'msg') != '', JSONExtractString(Body, 'msg'),
    JSONExtractString(Body, 'body') != '', JSONExtractString(Body, 'body'), Body), Body)`;
