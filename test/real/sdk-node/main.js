// One span, one log record, one counter, with the SDK for Node as it starts without any setting of its own.
import { logs, metrics, SeverityNumber, trace } from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';

const sdk = new NodeSDK();
sdk.start();
trace.getTracer('shop').startActiveSpan('place order', (span) => {
  logs.getLogger('shop').emit({ severityNumber: SeverityNumber.WARN, severityText: 'WARN', body: 'stock is low' });
  metrics.getMeter('shop').createCounter('orders.placed').add(3);
  span.end();
});
await sdk.shutdown();
