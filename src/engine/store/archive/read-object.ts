import { promisify } from 'node:util';
import { crc32, zstdDecompress } from 'node:zlib';
import { limits } from '../../domain/limits.ts';
import { frameHeaderBytes, readFrameHeader } from './frame.ts';
import { type ArchiveRecord, type Damage, readRecords } from './record.ts';

const decompress = promisify(zstdDecompress);

export interface FrameContent {
  readonly records: readonly ArchiveRecord[];
  readonly damage: readonly Damage[];
}

/**
 * The records of an object, frame by frame. What is damaged is told with its offset; frames behind a damaged one are
 * read as far as the lengths still lead to them.
 */
export async function* readObject(bytes: Buffer): AsyncGenerator<FrameContent> {
  for (let at = 0; at < bytes.length;) {
    const header = readFrameHeader(bytes, at);
    if (header === 'short') return yield damaged(at, 'the object is cut short within a frame');
    if (header === 'foreign') return yield damaged(at, 'no frame begins here');
    const start = at + frameHeaderBytes;
    const body = bytes.subarray(start, start + header.compressedBytes);
    if (body.length < header.compressedBytes) return yield damaged(at, 'the object is cut short within a frame');
    if (crc32(body) !== header.crc) yield damaged(at, "a frame's CRC-32 is not that of its bytes");
    else if (header.contentBytes > limits.archive.frameContentBytes) yield damaged(at, 'a frame says it is too large');
    else yield await contentOf(body, header.contentBytes, at);
    at = start + header.compressedBytes;
  }
}

async function contentOf(body: Buffer, contentBytes: number, at: number): Promise<FrameContent> {
  try {
    const content = await decompress(body, { maxOutputLength: Math.max(1, contentBytes) });
    if (content.length !== contentBytes) return damaged(at, "a frame's content has another length than it says");
    const { records, damage } = readRecords(content);
    return { records, damage: damage.map(({ problem }) => ({ offset: at, problem })) };
  } catch (error) {
    return damaged(at, `a frame cannot be decompressed: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function damaged(offset: number, problem: string): FrameContent {
  return { records: [], damage: [{ offset, problem }] };
}
