// One span, one log record, one counter, with the SDK for Go and the exporters that the environment asks for.
package main

import (
	"context"
	"errors"
	"log"

	"go.opentelemetry.io/contrib/bridges/otelslog"
	"go.opentelemetry.io/contrib/exporters/autoexport"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/trace"
)

func main() {
	if err := placeOrder(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func placeOrder(ctx context.Context) error {
	spans, err := autoexport.NewSpanExporter(ctx)
	if err != nil {
		return err
	}
	records, err := autoexport.NewLogExporter(ctx)
	if err != nil {
		return err
	}
	points, err := autoexport.NewMetricReader(ctx)
	if err != nil {
		return err
	}
	tracing := trace.NewTracerProvider(trace.WithBatcher(spans))
	logging := sdklog.NewLoggerProvider(sdklog.WithProcessor(sdklog.NewBatchProcessor(records)))
	metering := metric.NewMeterProvider(metric.WithReader(points))

	inSpan, span := tracing.Tracer("shop").Start(ctx, "place order")
	otelslog.NewLogger("shop", otelslog.WithLoggerProvider(logging)).WarnContext(inSpan, "stock is low")
	counter, err := metering.Meter("shop").Int64Counter("orders.placed")
	if err != nil {
		return err
	}
	counter.Add(inSpan, 3)
	span.End()
	return errors.Join(tracing.Shutdown(ctx), logging.Shutdown(ctx), metering.Shutdown(ctx))
}
