/** The part of asciichart 1.5 that charts use; the package brings no types. */
declare module 'asciichart' {
  export interface PlotConfig {
    readonly height?: number;
    readonly min?: number;
    readonly max?: number;
    readonly offset?: number;
    readonly format?: (value: number, index: number) => string;
  }
  export function plot(series: readonly number[] | readonly (readonly number[])[], config?: PlotConfig): string;
}
