import { Effect } from 'effect';
import protobuf from 'protobufjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { sealModel } from '../../../../src/engine/analyze/autoencoder/model-file.ts';
import { GraphBuilder } from '../../../../src/engine/analyze/autoencoder/onnx/graph-builder.ts';
import { openScorer, scoreWindows } from '../../../../src/engine/analyze/autoencoder/score.ts';
import { trainAutoencoder, type TrainedModel } from '../../../../src/engine/analyze/autoencoder/train.ts';
import { correlatedRows } from './support/rows.ts';

const features = 6;
const rows = correlatedRows(200, features, 1);
let model: TrainedModel;

beforeAll(async () => {
  model = await Effect.runPromise(trainAutoencoder(rows, { rows: 200, features }, { epochs: 2, hidden: [3, 2, 3] }));
});

const refusal = (file: Uint8Array) => Effect.runPromise(Effect.flip(Effect.scoped(openScorer(file))));

/** As much of onnx.proto as the check reads, in its own words. */
const schema = `syntax = "proto3";
message Entry { string key = 1; string value = 2; }
message OperatorSet { string domain = 1; int64 version = 2; }
message Attribute { string name = 1; float f = 2; int64 i = 3; int32 type = 20; }
message Node { repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4; repeated Attribute attribute = 5; }
message Tensor { repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9; }
message Dimension { int64 dim_value = 1; string dim_param = 2; }
message TensorShape { repeated Dimension dim = 1; }
message TensorType { int32 elem_type = 1; TensorShape shape = 2; }
message Type { TensorType tensor_type = 1; }
message Value { string name = 1; Type type = 2; }
message Graph { repeated Node node = 1; string name = 2; repeated Tensor initializer = 5; repeated Value input = 11; repeated Value output = 12; }
message Model { int64 ir_version = 1; string producer_name = 2; Graph graph = 7; repeated OperatorSet opset_import = 8; repeated Entry metadata_props = 14; }`;

describe('a model file', () => {
  test('is an ONNX model to another reader: inputs, outputs, named weights, scaling', () => {
    const type = protobuf.parse(schema, { keepCase: true }).root.lookupType('Model');
    const read = type.toObject(type.decode(model.onnx), { longs: Number }) as {
      ir_version: number;
      opset_import: { version: number }[];
      graph: {
        node: { op_type: string; input: string[]; output: string[] }[];
        initializer: { name: string; dims?: number[]; raw_data: Uint8Array }[];
        input: { name: string; type: { tensor_type: { shape: { dim: object[] } } } }[];
        output: { name: string }[];
      };
    };
    expect(read.ir_version).toBe(8);
    expect(read.opset_import).toMatchObject([{ version: 18 }]);
    expect(read.graph.input.map(({ name }) => name)).toEqual(['windows']);
    expect(read.graph.input[0]?.type.tensor_type.shape.dim).toEqual([
      { dim_param: 'windows' },
      { dim_value: features },
    ]);
    expect(read.graph.output.map(({ name }) => name)).toEqual(['errors', 'feature_errors']);
    const named = new Map(read.graph.initializer.map((tensor) => [tensor.name, tensor]));
    expect(named.get('layer_0_matrix')?.dims).toEqual([features, 3]);
    expect(named.get('layer_0_matrix')?.raw_data.length).toBe(features * 3 * 4);
    expect(named.get('centre')?.dims).toEqual([features]);
    expect(named.get('scale')?.dims).toEqual([features]);
    // Every tensor that a node reads comes from somewhere.
    const known = new Set(['windows', ...named.keys(), ...read.graph.node.flatMap(({ output }) => output)]);
    expect(read.graph.node.flatMap(({ input }) => input).filter((name) => !known.has(name))).toEqual([]);
  });

  test('cut short anywhere is a tagged error', async () => {
    for (let length = 0; length < model.onnx.length; length += 61)
      expect(await refusal(model.onnx.subarray(0, length))).toMatchObject({
        _tag: 'ModelUnreadable',
        reason: /cut short/,
      });
    expect(await refusal(model.onnx.subarray(0, -1))).toMatchObject({ _tag: 'ModelUnreadable' });
  });

  test('with one changed byte is a tagged error', async () => {
    for (let at = 0; at < model.onnx.length; at += 97) {
      const changed = Uint8Array.from(model.onnx);
      changed[at]! ^= 0x10;
      expect(await refusal(changed), `byte ${at}`).toMatchObject({ _tag: 'ModelUnreadable' });
    }
  });

  test('that is not ONNX, or not an autoencoder, is a tagged error', async () => {
    expect(await refusal(sealModel(new TextEncoder().encode('not a model')))).toMatchObject({
      _tag: 'ModelUnreadable',
    });
    const graph = new GraphBuilder('other');
    graph.output('y', graph.op('Neg', [graph.input('x', 'float', ['rows', 2])]), ['rows', 2]);
    expect(await refusal(sealModel(graph.build()))).toMatchObject({ _tag: 'ModelUnreadable', reason: /windows/ });
  });

  test('scores many rows as it scores one, and refuses rows of another width', async () => {
    const all = await Effect.runPromise(scoreWindows(model, correlatedRows(1500, features, 2)));
    expect(all.errors).toHaveLength(1500);
    const last = correlatedRows(1500, features, 2).subarray(1499 * features);
    const one = await Effect.runPromise(scoreWindows(model, last));
    expect(one.errors[0]).toBeCloseTo(all.errors[1499]!, 5);
    const none = await Effect.runPromise(scoreWindows(model, new Float32Array(0)));
    expect(none.errors).toHaveLength(0);
    const wrong = await Effect.runPromise(Effect.flip(scoreWindows(model, new Float32Array(7))));
    expect(wrong).toMatchObject({ _tag: 'RowsDoNotFit' });
  });
});
