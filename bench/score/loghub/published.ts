/**
 * Grouping accuracy on the 2,000 labelled lines per system as published, with masks and thresholds chosen for each
 * system. Drain: Zhu et al., ICSE-SEIP 2019. Brain: Yu et al., IEEE TSC 2023.
 */
export const published: Readonly<Record<string, { readonly drain: number; readonly brain: number }>> = {
  Android: { drain: 0.911, brain: 0.961 },
  Apache: { drain: 1, brain: 1 },
  BGL: { drain: 0.963, brain: 0.986 },
  HDFS: { drain: 0.998, brain: 0.998 },
  HPC: { drain: 0.887, brain: 0.945 },
  Hadoop: { drain: 0.948, brain: 0.949 },
  HealthApp: { drain: 0.78, brain: 1 },
  Linux: { drain: 0.69, brain: 0.996 },
  Mac: { drain: 0.787, brain: 0.942 },
  OpenSSH: { drain: 0.788, brain: 1 },
  OpenStack: { drain: 0.733, brain: 1 },
  Proxifier: { drain: 0.527, brain: 0.527 },
  Spark: { drain: 0.92, brain: 0.998 },
  Thunderbird: { drain: 0.955, brain: 0.971 },
  Windows: { drain: 0.997, brain: 0.997 },
  Zookeeper: { drain: 0.967, brain: 0.987 },
};
