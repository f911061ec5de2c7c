import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;

/** One span, one log record, one counter, with the SDK for Java as it configures itself. */
public final class PlaceOrder {
  public static void main(String[] args) {
    try (var sdk = AutoConfiguredOpenTelemetrySdk.initialize().getOpenTelemetrySdk()) {
      var span = sdk.getTracer("shop").spanBuilder("place order").startSpan();
      try (var scope = span.makeCurrent()) {
        sdk.getLogsBridge().get("shop").logRecordBuilder()
            .setSeverity(Severity.WARN).setSeverityText("WARN").setBody("stock is low").emit();
        sdk.getMeter("shop").counterBuilder("orders.placed").build().add(3);
      }
      span.end();
    }
  }
}
