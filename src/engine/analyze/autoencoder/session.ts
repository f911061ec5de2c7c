import { InferenceSession, Tensor } from 'onnxruntime-node';

/** One thread: a step is too small to be shared out, and the machine belongs to the user's services. */
export function openSession(onnx: Uint8Array): Promise<InferenceSession> {
  return InferenceSession.create(onnx, {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // Errors come back as exceptions; ONNX Runtime's own warnings would go to stderr.
    logSeverityLevel: 3,
  });
}

/** Rows × features as ONNX Runtime takes them; the values are not copied. */
export function matrix(values: Float32Array, features: number): Tensor {
  return new Tensor('float32', values, [values.length / features, features]);
}

/** An output's numbers. Our graphs have only float outputs; a missing one is a defect of the graph. */
export function floatsOf(results: InferenceSession.ReturnType, name: string): Float32Array {
  const values = results[name]?.data;
  if (!(values instanceof Float32Array)) throw new Error(`the graph gave no float tensor "${name}"`);
  return values;
}
