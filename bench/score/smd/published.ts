/** Published or recomputed means over five machines of SMD, for comparison; they hold for that data only. */
export const published = [
  { name: 'PCA', vusPrTrain: null, vusPrHead: 0.358, note: 'published (TSB-AD)' },
  { name: 'CNN', vusPrTrain: null, vusPrHead: 0.328, note: 'published (TSB-AD)' },
  { name: 'AutoEncoder', vusPrTrain: null, vusPrHead: 0.323, note: 'published (TSB-AD)' },
  { name: 'KMeansAD', vusPrTrain: null, vusPrHead: 0.31, note: 'published (TSB-AD)' },
  { name: 'LSTMAD', vusPrTrain: null, vusPrHead: 0.27, note: 'published (TSB-AD)' },
] as const;
