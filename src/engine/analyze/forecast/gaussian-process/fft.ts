/**
 * A complex Fourier transform for convolutions, in place. `forward` leaves the spectrum in bit-reversed order (decimation
 * in frequency) and `inverse` takes it in that order (decimation in time), so that products of spectra need no reordering
 * at all. `inverse` does not divide by the size.
 */
export interface Fft {
  /** A power of two; `re` and `im` have this many elements. */
  readonly size: number;
  readonly forward: (re: Float64Array, im: Float64Array) => void;
  readonly inverse: (re: Float64Array, im: Float64Array) => void;
}

const plans = new Map<number, Fft>();

/** The transform whose size is the smallest power of two ≥ `atLeast`; plans are kept, there are few sizes. */
export function fftOf(atLeast: number): Fft {
  let size = 2;
  while (size < atLeast) size *= 2;
  let plan = plans.get(size);
  if (plan === undefined) {
    plan = planOf(size);
    plans.set(size, plan);
  }
  return plan;
}

function planOf(size: number): Fft {
  const cos = new Float64Array(size / 2);
  const sin = new Float64Array(size / 2);
  for (let k = 0; k < size / 2; k++) {
    cos[k] = Math.cos((2 * Math.PI * k) / size);
    sin[k] = Math.sin((2 * Math.PI * k) / size);
  }
  return {
    size,
    forward: (re, im) => {
      for (let half = size >> 1, stride = 1; half >= 1; half >>= 1, stride <<= 1) {
        for (let k = 0, twiddle = 0; k < half; k++, twiddle += stride) {
          const c = cos[twiddle]!;
          const s = -sin[twiddle]!;
          for (let a = k; a < size; a += 2 * half) {
            const b = a + half;
            const dr = re[a]! - re[b]!;
            const di = im[a]! - im[b]!;
            re[a] = re[a]! + re[b]!;
            im[a] = im[a]! + im[b]!;
            re[b] = dr * c - di * s;
            im[b] = dr * s + di * c;
          }
        }
      }
    },
    inverse: (re, im) => {
      for (let half = 1, stride = size >> 1; half < size; half <<= 1, stride >>= 1) {
        for (let k = 0, twiddle = 0; k < half; k++, twiddle += stride) {
          const c = cos[twiddle]!;
          const s = sin[twiddle]!;
          for (let a = k; a < size; a += 2 * half) {
            const b = a + half;
            const tr = re[b]! * c - im[b]! * s;
            const ti = re[b]! * s + im[b]! * c;
            re[b] = re[a]! - tr;
            im[b] = im[a]! - ti;
            re[a] = re[a]! + tr;
            im[a] = im[a]! + ti;
          }
        }
      }
    },
  };
}
