/** What a model of a service says of one window: how badly it could be made from what is usual, and of what. */
export interface Vote {
  readonly service: string;
  /** Those `of calls` look at the calls of the whole system, and vote for the services that make them. */
  readonly family: 'linear' | 'autoencoder' | 'linear of calls' | 'autoencoder of calls';
  /** Id of the model, a row of `obs_models`. */
  readonly model: string;
  /** Error of the window over the median error of held-back time: 1 is usual. */
  readonly error: number;
  /** The features that carry it, the most telling first; shares are at most 1 together. */
  readonly carriers: readonly { readonly subject: string; readonly feature: string; readonly share: number }[];
}
