"""One span, one log record, one counter, with the SDK for Python as `opentelemetry-instrument` starts it."""

from opentelemetry import metrics, trace
from opentelemetry._logs import SeverityNumber, get_logger

with trace.get_tracer("shop").start_as_current_span("place order"):
    get_logger("shop").emit(severity_number=SeverityNumber.WARN, severity_text="WARN", body="stock is low")
    metrics.get_meter("shop").create_counter("orders.placed").add(3)
